/** A thread that helps another one: it works in the same memory, on pieces that it takes when there are some. */
import { workerData } from 'node:worker_threads'
import { type Simd, simdOf } from '../simd/index.ts'
import { JOBS } from './jobs.ts'
import { WORD, workOn } from './work.ts'

/** What a hand is given when it starts. */
export interface HandData {
  memory: WebAssembly.Memory
  words: Int32Array
  thread: number
}

/** Rounds follow within microseconds in a training step; to be woken takes longer than to look so often. */
const LOOKS = 20_000

const { memory, words, thread } = workerData as HandData
const given = new Uint32Array(words.buffer, WORD.given * 4)
const worker = { simd: simdOf(memory) as Simd, memory, thread }
for (let seen = 0; ; ) {
  for (let looks = 0; looks < LOOKS && Atomics.load(words, WORD.round) === seen; looks++);
  Atomics.wait(words, WORD.round, seen)
  seen = Atomics.load(words, WORD.round)
  workOn(words, given, JOBS, worker)
}
