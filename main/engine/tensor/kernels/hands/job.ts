import type { Simd } from '../simd/index.ts'

/** What one thread works with: its own functions over the memory, and which of the threads it is. */
export interface Worker {
  simd: Simd
  memory: WebAssembly.Memory
  thread: number
}

/** One piece of some work. All that it is given are numbers: sizes, and addresses in the memory. */
export type Job = (worker: Worker, given: Uint32Array, piece: number) => void
