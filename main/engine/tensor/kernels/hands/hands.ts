import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Worker as Thread } from 'node:worker_threads'
import { programFolders } from '../../folders.ts'
import type { Simd } from '../simd/index.ts'
import type { HandData } from './hand.ts'
import type { Job } from './job.ts'
import { JOBS } from './jobs.ts'
import { NOTHING, WORD, WORDS, workOn } from './work.ts'

/** Threads that work in one memory, this one among them. */
export interface Hands {
  count: number
  /**
   * Does all pieces of a job, each on one of the threads, and comes back when all are done. What comes of it does not depend on
   * how many there are.
   * @param alone true for work so small that to share it takes longer than to do it
   */
  share(job: Job, given: readonly number[], pieces: number, alone: boolean): void
}

/** So long, in milliseconds, the thread that waits for the last piece sleeps at most, should the word that it is done be missed. */
const NAP = 5
const LOOKS = 20_000

/**
 * @param memory is shared between threads where `threads` is more than one
 * @param threads at most so many; where no other can be started, this one does all
 */
export function handsOf(memory: WebAssembly.Memory, simd: Simd, threads: number): Hands {
  const file = memory.buffer instanceof ArrayBuffer ? undefined : handFile()
  const count = file ? threads : 1
  const words = new Int32Array(new SharedArrayBuffer(WORDS * 4))
  const given = new Uint32Array(words.buffer, WORD.given * 4)
  const self = { simd, memory, thread: 0 }
  words[WORD.next] = NOTHING
  for (let thread = 1; thread < count; thread++) {
    const hand = new Thread(file as string, { workerData: { memory, words, thread } satisfies HandData })
    // One that does not start is not missed: the others take its pieces.
    hand.on('error', () => {})
    hand.unref()
  }
  return {
    count,
    share(job, numbers, pieces, alone) {
      given.set(numbers)
      if (alone || count === 1 || pieces === 1) {
        for (let piece = 0; piece < pieces; piece++) job(self, given, piece)
        return
      }
      words[WORD.job] = JOBS.indexOf(job)
      words[WORD.done] = 0
      words[WORD.failed] = 0
      Atomics.store(words, WORD.pieces, pieces)
      Atomics.store(words, WORD.next, 0)
      Atomics.add(words, WORD.round, 1)
      Atomics.notify(words, WORD.round)
      workOn(words, given, JOBS, self)
      for (let looks = 0; ; looks++) {
        const done = Atomics.load(words, WORD.done)
        if (done === pieces) break
        if (looks > LOOKS) Atomics.wait(words, WORD.done, done, NAP)
      }
      Atomics.store(words, WORD.next, NOTHING)
      if (words[WORD.failed]) throw new Error(`A piece of ${job.name} failed`)
    },
  }
}

/** In a clone beside this file, in a build beside the program. */
function handFile(): string | undefined {
  const here = import.meta.filename?.endsWith('.ts')
    ? join(dirname(import.meta.filename), 'hand.ts')
    : undefined
  return [here, ...programFolders().map(folder => join(folder, 'hand.mjs'))].find(
    file => file && existsSync(file),
  )
}
