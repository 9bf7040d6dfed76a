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
    const half = Float16Array.from(values, value =>
      Number.isFinite(value) ? Math.min(LARGEST, Math.max(-LARGEST, value)) : value,
    )
    const packed = edit.add({
      ...tensor,
      name: `${tensor.name}_float16`,
      type: 'float16',
      data: bytesOf(half),
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

/** Largest value of a 16-bit float. */
const LARGEST = 65504
