import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import { fail } from '../../kit/index.ts'

/** WASM can address 4 GiB; the last quarter of one is for what XNNPACK and the package allocate themselves. */
const MOST_BYTES = 3.75 * 2 ** 30

/**
 * Makes the WASM backend say that its memory is full. The package does not look at what its allocation answers: at the end
 * of the memory it would go on at address 0, over its own tables, and die of "memory access out of bounds" there or
 * anywhere later.
 * @throws Failure `unsupported`, from the operation that finds no place
 */
export function guardMemory(backend: BackendWasm, most = MOST_BYTES): void {
  const wasm = backend.wasm as unknown as { _malloc(bytes: number): number; _free(at: number): void }
  // The first call puts the real function in the place of a stub, and would put it in the place of ours.
  wasm._free(wasm._malloc(1))
  const allocate = wasm._malloc
  wasm._malloc = bytes => {
    const at = allocate(bytes) >>> 0
    if (at !== 0 && at + bytes <= most) return at
    if (at !== 0) wasm._free(at)
    throw fail(
      'unsupported',
      `${Math.ceil(bytes / 2 ** 20).toLocaleString('en')} MB more do not fit in the memory that WebAssembly can have (4 GB).`,
      'Take a smaller batch, a smaller model or smaller pictures, or install native TensorFlow.',
    )
  }
}
