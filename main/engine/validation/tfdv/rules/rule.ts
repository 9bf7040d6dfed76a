import type { Feature, Schema } from '../../../metadata/index.ts'
import type { FeatureView } from '../featureView.ts'
import type { Reason } from '../reasons.ts'
import type { SharedDomains } from '../schemaView.ts'

/** A feature of the schema beside the statistics of the data. */
export interface Checked {
  /** The schema's entry: a rule loosens it so far that the data no longer break it. */
  feature: Feature
  view: FeatureView
  schema: Schema
  domains: SharedDomains
  /** Whether the oddities of TensorFlow Data Validation hold as well. */
  quirks: boolean
}

/** One thing that may be expected of a feature: says what is wrong, and loosens the feature accordingly. */
export type Rule = (about: Checked) => Reason[]
