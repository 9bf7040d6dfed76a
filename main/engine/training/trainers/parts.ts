import { type FeatureSpec, type TransformSpec, widthOf } from '../../encoding/index.ts'
import type { NetLayer } from './netSpec.ts'

/** Columns of an encoded row, from `from` to before `to`. */
export interface Range {
  from: number
  to: number
}

/** The features of a transform with the columns in which each stands. */
export function partsOf({ features }: TransformSpec): (Range & { feature: FeatureSpec })[] {
  let at = 0
  return features.map(feature => {
    const from = at
    at += widthOf(feature)
    return { feature, from, to: at }
  })
}

/** The layers that take all columns but those that were taken: the other features, for the layers behind. */
export function restOf(taken: readonly Range[], width: number): NetLayer[] {
  const rest: NetLayer[] = []
  let at = 0
  for (const { from, to } of [...taken, { from: width, to: width }].sort((a, b) => a.from - b.from)) {
    if (from > at)
      rest.push({
        name: `rest_${rest.length + 1}`,
        inputs: ['features'],
        kind: 'columns',
        from: at,
        to: from,
      })
    at = to
  }
  return rest
}

/** One layer of several, beside each other; of one it is that one. */
export function beside(name: string, inputs: string[]): { layers: NetLayer[]; last: string } {
  const [only] = inputs
  if (only !== undefined && inputs.length === 1) return { layers: [], last: only }
  return { layers: [{ name, inputs, kind: 'concat' }], last: name }
}

/** Whether a hyper-parameter is a whole number within limits. */
export const wholeWithin = (low: number, high: number) => ({
  takes: `a whole number from ${low} to ${high}`,
  fits: (value: unknown) =>
    typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high,
})
