import type { Variant } from '#contract'
import type { Needs } from '../../release/index.ts'

/**
 * What a variant needs of a device. The memory is estimated: TensorFlow.js keeps the file's constants beside their
 * float32 form and as much again while it computes; LiteRT reads the weights in place, copies them into the memory of
 * its WebAssembly, and adds the activations, which the proof has planned.
 * @param diskBytes of all files of the release
 */
export function needsOf(
  { kind, bytes, proof }: Pick<Variant, 'kind' | 'bytes' | 'proof'>,
  diskBytes: number,
): Needs {
  const isLite = kind.startsWith('tflite')
  const floats = kind === 'dynamic-range' ? 4 * bytes : bytes
  return {
    runtime: isLite ? 'litert' : 'tfjs',
    diskBytes,
    memoryBytes: isLite ? 2 * bytes + (proof?.arenaBytes ?? bytes) : bytes + 2 * floats,
  }
}
