import type { Job, Worker } from './job.ts'

/**
 * The words that threads share, besides the memory that they work in: the next piece that nobody has taken yet, how many are
 * done, a number that changes with each round, how many pieces there are, which job they are of, whether one of them failed,
 * and what the job is given.
 */
export const WORD = { next: 0, done: 1, round: 2, pieces: 3, job: 4, failed: 5, given: 6 } as const
export const WORDS = 32

/** More than there are pieces of any round: nothing is to be taken. */
export const NOTHING = 2 ** 30

/**
 * Takes pieces of the round and does them until none is left. A thread that wakes late may look at words of the next round
 * already: it takes a piece only in exchange for the number that it saw, which is `NOTHING` while words are written, and
 * reads what it is to do after that, when the words cannot change until its piece is done.
 */
export function workOn(words: Int32Array, given: Uint32Array, jobs: readonly Job[], worker: Worker): void {
  for (;;) {
    const piece = Atomics.load(words, WORD.next)
    if (piece >= Atomics.load(words, WORD.pieces)) return
    if (Atomics.compareExchange(words, WORD.next, piece, piece + 1) !== piece) continue
    try {
      ;(jobs[words[WORD.job] as number] as Job)(worker, given, piece)
    } catch {
      Atomics.store(words, WORD.failed, 1)
    }
    if (Atomics.add(words, WORD.done, 1) + 1 === words[WORD.pieces]) Atomics.notify(words, WORD.done)
  }
}
