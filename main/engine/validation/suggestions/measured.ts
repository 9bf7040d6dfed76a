import type { Drift, SchemaFeature } from '#contract'
import type { DatasetFeatureStatisticsList } from '../../metadata/index.ts'
import { binsOf } from '../driftBins.ts'
import type { Form } from '../schema/form.ts'
import { distributionsOf, measureDrift } from '../tfdv/index.ts'
import { isComparable } from './drift.ts'
import { figuresOf } from './figures.ts'
import { divergence, inner } from './noise.ts'
import type { Reference } from './suggestion.ts'

/** How far apart two sets of rows are in one feature. */
export interface FeatureDrift {
  feature: string
  drift: Drift
}

/** The drift of each feature that both have, alarm or not; the limit is the one that the form has, if any. */
export function driftsOf(
  now: DatasetFeatureStatisticsList,
  reference: Reference,
  form: Form,
): FeatureDrift[] {
  const measure = measuring(now, reference)
  const data = figuresOf(reference.list)
  return form.features.flatMap(feature => {
    const figures = data.features.get(feature.name)
    if (feature.deprecated || !figures || !isComparable({ reference, data, form, feature, figures }))
      return []
    const limit = feature.drift?.find(({ measure: by }) => by === 'jensen-shannon')?.threshold ?? null
    const drift = measure(feature, limit)
    return drift ? [{ feature: feature.name, drift }] : []
  })
}

/** The divergence of each feature without what values far out stretch. */
export function innerDrift(now: DatasetFeatureStatisticsList, reference: Reference) {
  const [before, after] = [distributionsOf(reference.list), distributionsOf(now)]
  return ({ name }: Pick<SchemaFeature, 'name'>): number => {
    const [a, b] = [before(name), after(name)]
    return a && b ? inner(a, b) : 0
  }
}

/** Measures features of new data beside those of the reference. */
export function measuring(now: DatasetFeatureStatisticsList, reference: Reference) {
  const [before, after] = [distributionsOf(reference.list), distributionsOf(now)]
  return ({ name }: Pick<SchemaFeature, 'name'>, threshold: number | null): Drift | null => {
    const [a, b] = [before(name), after(name)]
    if (!a || !b) return null
    const measured = divergence(a, b)
    if (!measured) return null
    const standard = measureDrift(a, b, 'jensenShannon', { source: 'STANDARD', quirks: true })
    return {
      measure: 'jensen-shannon',
      value: measured.value,
      threshold,
      formula: measured.formula,
      against: reference.title,
      bins: binsOf(measured.bins),
      tfdv: standard && Math.abs(standard.value - measured.value) > 1e-12 ? standard.value : null,
    }
  }
}
