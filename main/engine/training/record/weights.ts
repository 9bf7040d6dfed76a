import type { WeightHistogram } from '#contract'
import type { TrainedModel } from '../model.ts'

/** The weights of a model by name, in its order. */
export interface NamedWeights {
  name: string
  shape: number[]
  values: Float32Array | Float64Array | Int32Array
}

/** The weights of a trained model, of its layers or of its graph's constants. */
export function weightsOf(model: TrainedModel, kind: 'layers' | 'graph'): NamedWeights[] {
  if (kind === 'graph')
    return [...model.graph().nodes]
      .filter(node => node.op === 'Const')
      .flatMap(node => {
        const value = node.attrs.value
        const tensor = value?.kind === 'tensor' ? value.value : null
        const data = tensor?.data
        return tensor && (data instanceof Float32Array || data instanceof Float64Array) && data.length > 1
          ? [{ name: node.name, shape: [...tensor.shape], values: data }]
          : []
      })
  const { weightSpecs = [], weightData } = model.artifacts
  let at = 0
  return weightSpecs.map(({ name, shape }) => {
    const count = shape.reduce((a, b) => a * b, 1)
    const values = new Float32Array(weightData, at, count)
    at += count * 4
    return { name, shape: [...shape], values }
  })
}

/** How weights are spread over bins of one width, from the least to the most of them. */
export function histogramOf({ name, shape, values }: NamedWeights, bins: number): WeightHistogram {
  let [least, most, sum, numbers, zeros] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0]
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    numbers++
    sum += value
    if (value === 0) zeros++
    if (value < least) least = value
    if (value > most) most = value
  }
  const about = { layer: name, shape, zeros, missing: values.length - numbers }
  if (numbers === 0)
    return { ...about, edges: [], counts: [], least: null, most: null, mean: null, deviation: null }
  const mean = sum / numbers
  // Weights that are all the same stand in the middle of their bins.
  const [low, high] = least === most ? [least - 0.5, most + 0.5] : [least, most]
  const counts = new Array<number>(bins).fill(0)
  let squares = 0
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    squares += (value - mean) ** 2
    const bin = Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins))
    counts[bin] = (counts[bin] as number) + 1
  }
  const edges = Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins)
  return { ...about, edges, counts, least, most, mean, deviation: Math.sqrt(squares / numbers) }
}
