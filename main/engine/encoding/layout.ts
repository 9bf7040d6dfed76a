import type { Cell } from '#contract'
import { widthOf } from './kinds/index.ts'
import {
  columnsOf,
  type FeatureSpec,
  type InputType,
  inputsOf,
  type TransformInput,
  type TransformSpec,
} from './spec.ts'

/** Where the columns of each feature stand among the inputs, and where it is written in a row. */
export interface Layout {
  inputs: readonly TransformInput[]
  places: Map<FeatureSpec, number[]>
  features: readonly Place[]
  /** Names of the inputs, and of the columns that were left out in training and do no harm. */
  known: ReadonlySet<string>
  ignored: ReadonlySet<string>
}

/** A feature, the inputs that it is made of with their types, and the columns of an encoded row that it takes. */
export interface Place {
  feature: FeatureSpec
  fill: Cell | undefined
  indicator: boolean
  at: readonly number[]
  types: readonly InputType[]
  offset: number
  width: number
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
    let end = 0
    const features = places.map(([feature, from]) => {
      const width = widthOf(feature)
      const types = from.map(place => (inputs[place] as TransformInput).type)
      end += width
      const { fill, indicator = false } = feature
      return { feature, fill, indicator, at: from, types, offset: end - width, width }
    })
    layout = {
      inputs,
      places: new Map(places),
      features,
      known: new Set(at.keys()),
      ignored: new Set(spec.leftOut.map(column => column.name)),
    }
    layouts.set(spec, layout)
  }
  return layout
}
