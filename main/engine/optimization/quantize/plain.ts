import type { LiteModel, LiteOperator, LiteTensor } from '../../graph/index.ts'
import { bytesOf, SubgraphEdit, withSubgraph } from './edit.ts'
import { type Range, union } from './range.ts'

/** The ends of what whole numbers of a type hold. */
const ENDS: Partial<Record<LiteTensor['type'], [low: number, high: number]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  int16: [-32768, 32767],
}

/**
 * A float model without what is only in it for numbers of fewer bits: 16-bit constants that are unpacked become floats,
 * and a `QUANTIZE` whose result is only turned back, which is what training for quantization leaves behind, becomes the
 * range of its tensor.
 *
 * @returns the model and the ranges by tensor of its first subgraph
 */
export function plainFloats(model: LiteModel): { model: LiteModel; ranges: Map<number, Range> } {
  const [before] = model.subgraphs
  if (!before) return { model, ranges: new Map() }
  const { tensors, operators } = before
  const readers = new Map<number, LiteOperator[]>()
  for (const operator of operators)
    for (const input of operator.inputs) readers.set(input, [...(readers.get(input) ?? []), operator])
  const edit = new SubgraphEdit(before)
  const ranges = new Map<number, Range>()
  /** What stands for a tensor that is no longer computed. */
  const instead = new Map<number, number>()
  const dropped = new Set<LiteOperator>()
  for (const operator of operators) {
    const [from = -1] = operator.inputs
    const [to = -1] = operator.outputs
    const [source, result] = [tensors[from], tensors[to]]
    if (!source || !result) continue
    if (operator.op === 'DEQUANTIZE' && source.type === 'float16' && source.data) {
      const half = new Float16Array(new Uint8Array(source.data).buffer)
      edit.tensors[to] = { ...result, data: bytesOf(Float32Array.from(half)) }
      dropped.add(operator)
    }
    const ends = ENDS[result.type]
    const { scale = [], zeroPoint = [] } = result.quantization ?? {}
    const back = readers.get(to) ?? []
    const isTurnedBack =
      operator.op === 'QUANTIZE' &&
      source.type === 'float32' &&
      back.length > 0 &&
      back.every(({ op }) => op === 'DEQUANTIZE') &&
      !before.outputs.includes(to)
    if (!isTurnedBack || !ends || scale.length !== 1) continue
    const [low, high] = ends.map(end => (end - (zeroPoint[0] ?? 0)) * (scale[0] as number)) as [
      number,
      number,
    ]
    const origin = instead.get(from) ?? from
    ranges.set(origin, union(ranges.get(origin), { min: low, max: high }))
    for (const each of [operator, ...back]) dropped.add(each)
    for (const { outputs } of back) instead.set(outputs[0] as number, origin)
    const seen = back.flatMap(({ outputs }) => outputs).find(output => before.outputs.includes(output))
    // What callers see keeps its name.
    if (seen !== undefined && !before.inputs.includes(origin))
      edit.tensors[origin] = { ...(tensors[origin] as LiteTensor), name: tensors[seen]?.name ?? '' }
  }
  if (dropped.size === 0) return { model, ranges }
  for (const operator of operators)
    if (!dropped.has(operator))
      edit.put({ ...operator, inputs: operator.inputs.map(input => instead.get(input) ?? input) })
  const done = edit.done(
    before.inputs,
    before.outputs.map(output => instead.get(output) ?? output),
  )
  return {
    model: withSubgraph(model, done, instead),
    ranges: new Map([...ranges].map(([tensor, range]) => [done.place[tensor] as number, range])),
  }
}
