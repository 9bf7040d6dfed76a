import type { LiteModel } from '../../graph/index.ts'
import { bytesOf, floatsOf, SubgraphEdit, withSubgraph } from './edit.ts'

/**
 * Float constants in 16 bits, unpacked by a `DEQUANTIZE` in front of what reads them: half the size, the same
 * operations (TensorFlow Lite's float16 quantization). Rounds to the nearest, ties to even; what 16 bits cannot hold
 * is cut off at their largest value, where a plain cast would give infinity.
 */
export function float16(model: LiteModel): LiteModel {
  const [before] = model.subgraphs
  if (!before) return model
  const edit = new SubgraphEdit(before)
  const unpacked = new Map<number, number>()
  before.tensors.forEach((tensor, i) => {
    const values = floatsOf(tensor)
    if (!values || values.length === 0) return
    const packed = edit.add({
      ...tensor,
      name: `${tensor.name}_float16`,
      type: 'float16',
      data: bytesOf(halved(values)),
    })
    const { data: _, ...plain } = tensor
    edit.tensors[i] = plain
    unpacked.set(i, packed)
  })
  const done = new Set<number>()
  for (const operator of before.operators) {
    for (const input of operator.inputs) {
      const packed = unpacked.get(input)
      if (packed === undefined || done.has(input)) continue
      done.add(input)
      edit.put({ op: 'DEQUANTIZE', version: 1, inputs: [packed], outputs: [input], options: {} })
    }
    edit.put(operator)
  }
  for (const output of before.outputs) {
    const packed = unpacked.get(output)
    if (packed !== undefined && !done.has(output)) {
      done.add(output)
      edit.put({ op: 'DEQUANTIZE', version: 1, inputs: [packed], outputs: [output], options: {} })
    }
  }
  return withSubgraph(model, edit.done())
}

/** The nearest numbers of 16 bits, ties to even. */
function halved(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const half = new Uint16Array(values.length)
  for (let i = 0; i < bits.length; i++) {
    const all = bits[i] as number
    const sign = (all >>> 16) & 0x8000
    const size = all & 0x7fffffff
    half[i] =
      sign | (size < 0x38800000 ? small(values[i] as number) : size < 0x7f800000 ? normal(size) : odd(size))
  }
  return half
}

/** From 2^-14 on: 10 of 23 bits remain, the exponent counts from 15 instead of 127; what is too large is the largest. */
const normal = (size: number): number => {
  const rounded = size + 0xfff + ((size >>> 13) & 1)
  return Math.min(0x7bff, (rounded - 0x38000000) >>> 13)
}

/** Below that, numbers are multiples of 2^-24. */
const small = (value: number): number => {
  const steps = Math.abs(value) * 2 ** 24
  const down = Math.floor(steps)
  const over = steps - down
  return down + (over > 0.5 || (over === 0.5 && down % 2 === 1) ? 1 : 0)
}

/** Infinity stays what it is, and so does what is no number. */
const odd = (size: number): number => (size === 0x7f800000 ? 0x7c00 : 0x7e00)
