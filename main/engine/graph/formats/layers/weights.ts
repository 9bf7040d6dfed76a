import { fail } from '../../../kit/index.ts'
import { sizeOf, type Tensor } from '../../graph.ts'
import { packedBytes } from '../tfjs/quantized.ts'
import { weightOf } from '../tfjs/weights.ts'
import type { LayersModel } from './model.ts'

const WIDTHS: Record<string, number> = { float32: 4, int32: 4, bool: 1, float16: 2 }

/**
 * The weights of a layers model by their full name: `dense/kernel`. The data lies one after another; packed weights
 * (uint8, uint16, float16) are unpacked.
 */
export function readWeights({ weightSpecs = [], weightData = [] }: LayersModel): Map<string, Tensor> {
  const data = new Pieces(Array.isArray(weightData) ? weightData : [weightData])
  const weights = new Map<string, Tensor>()
  for (const { name, shape, dtype, quantization } of weightSpecs) {
    const packing = quantization as { dtype: 'uint8' } | undefined
    const width = packing ? packedBytes(packing) : WIDTHS[dtype]
    if (width === undefined)
      throw fail(
        'unsupported',
        `The weight "${name}" is stored as ${dtype} values.`,
        'Save the model with plain 32-bit weights.',
      )
    const bytes = data.take(sizeOf(shape) * width)
    if (!bytes) throw fail('unreadable-file', `The weights end before "${name}".`, 'Save the model again.')
    const value = weightOf({ name, shape, dtype, quantization: packing }, bytes)
    if (value.kind === 'tensor') weights.set(name, value.value)
  }
  if (!data.isSpent())
    throw fail('unreadable-file', 'There are more weights than the model describes.', 'Save the model again.')
  return weights
}

/** Buffers read as one. What is a buffer by itself is handed on without a copy. */
class Pieces {
  readonly #pieces: ArrayBuffer[]
  #piece = 0
  #at = 0

  constructor(pieces: ArrayBuffer[]) {
    this.#pieces = pieces
  }

  take(length: number): Uint8Array<ArrayBuffer> | undefined {
    this.#skipSpent()
    const piece = this.#pieces[this.#piece]
    if (piece && this.#at === 0 && piece.byteLength === length && length > 0) {
      this.#piece++
      return new Uint8Array(piece)
    }
    const bytes = new Uint8Array(length)
    for (let done = 0; done < length; ) {
      this.#skipSpent()
      const from = this.#pieces[this.#piece]
      if (!from) return undefined
      const part = new Uint8Array(from, this.#at, Math.min(length - done, from.byteLength - this.#at))
      bytes.set(part, done)
      done += part.length
      this.#at += part.length
    }
    return bytes
  }

  isSpent(): boolean {
    this.#skipSpent()
    return this.#piece >= this.#pieces.length
  }

  #skipSpent(): void {
    for (
      let piece = this.#pieces[this.#piece];
      piece && this.#at >= piece.byteLength;
      piece = this.#pieces[this.#piece]
    ) {
      this.#piece++
      this.#at = 0
    }
  }
}
