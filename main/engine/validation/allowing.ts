import type { Anomaly } from '#contract'
import type { Schema } from '../metadata/index.ts'
import { formOf, withForm } from './schema/form.ts'

/** A threshold just above what was measured, in two digits. */
function above(value: number): number {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1)
  return Number(((Math.floor(value / unit) + 1) * unit).toPrecision(2))
}

/**
 * The schema with what else an anomaly asks for. TensorFlow Data Validation's update leaves the limits of drift and the
 * number of rows as they are; here they too are widened as far as the data need.
 */
export function allowing(schema: Schema, anomalies: Anomaly[]): Schema {
  const form = formOf(schema)
  const features = form.features.map(feature => {
    const next = { ...feature }
    for (const { kind, drift, feature: name, suggested } of anomalies) {
      if (name !== feature.name || suggested || !drift || (kind !== 'drift' && kind !== 'skew')) continue
      next[kind] = next[kind]?.map(limit =>
        limit.measure === drift.measure ? { ...limit, threshold: above(drift.value) } : limit,
      )
    }
    return next
  })
  return withForm(schema, { features })
}
