import { columnsOf, type FeatureSpec, inputsOf, type TransformInput, type TransformSpec } from './spec.ts'

/** Where the columns of each feature stand among the inputs. */
export interface Layout {
  inputs: readonly TransformInput[]
  places: Map<FeatureSpec, number[]>
  /** Names of the inputs, and of the columns that were left out in training and do no harm. */
  known: ReadonlySet<string>
  ignored: ReadonlySet<string>
}

/** A device encodes single rows, so this is found out once. */
const layouts = new WeakMap<TransformSpec, Layout>()

export function layoutOf(spec: TransformSpec): Layout {
  let layout = layouts.get(spec)
  if (!layout) {
    const inputs = inputsOf(spec)
    const at = new Map(inputs.map(({ name }, i) => [name, i]))
    const places = spec.features.map(
      feature => [feature, columnsOf(feature).map(name => at.get(name) as number)] as const,
    )
    layout = {
      inputs,
      places: new Map(places),
      known: new Set(at.keys()),
      ignored: new Set(spec.leftOut.map(column => column.name)),
    }
    layouts.set(spec, layout)
  }
  return layout
}
