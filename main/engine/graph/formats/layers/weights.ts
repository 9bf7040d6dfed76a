import { fail } from '../../../kit/index.ts'
import { sizeOf, type Tensor } from '../../graph.ts'
import type { LayersModel } from './model.ts'

/** The weights of a layers model by their full name: `dense/kernel`. The data lies one after another. */
export function readWeights({ weightSpecs = [], weightData = [] }: LayersModel): Map<string, Tensor> {
  const bytes = joined(weightData)
  const weights = new Map<string, Tensor>()
  let at = 0
  for (const { name, shape, dtype, quantization } of weightSpecs) {
    if (dtype !== 'float32' || quantization)
      throw fail(
        'unsupported',
        `The weight "${name}" is stored as ${quantization ? 'packed' : dtype} values.`,
        'Save the model with plain 32-bit weights.',
      )
    const end = at + sizeOf(shape) * 4
    if (end > bytes.byteLength)
      throw fail('unreadable-file', `The weights end before "${name}".`, 'Save the model again.')
    weights.set(name, { dtype: 'float32', shape, data: new Float32Array(bytes.slice(at, end)) })
    at = end
  }
  if (at !== bytes.byteLength)
    throw fail('unreadable-file', 'There are more weights than the model describes.', 'Save the model again.')
  return weights
}

function joined(parts: ArrayBuffer | ArrayBuffer[]): ArrayBuffer {
  if (!Array.isArray(parts)) return parts
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    whole.set(new Uint8Array(part), at)
    at += part.byteLength
  }
  return whole.buffer
}
