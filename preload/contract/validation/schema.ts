import { z } from 'zod'
import { ColumnType } from '../dataset/version.ts'
import { At, Hash, JobId, Name } from '../ids.ts'

/** How far two sets of rows may lie apart, and by which measure. */
export const DriftMeasure = z.enum(['l-infinity', 'jensen-shannon', 'normalized-difference'])
export type DriftMeasure = z.infer<typeof DriftMeasure>

export const Comparator = z.object({ measure: DriftMeasure, threshold: z.number().min(0) })
export type Comparator = z.infer<typeof Comparator>

/** What a schema says of one feature: the part of the schema's text that a form can show. */
export const SchemaFeature = z.object({
  name: z.string(),
  type: ColumnType,
  /** Must the column be there at all. */
  required: z.boolean(),
  /** Least share of rows that must have a value, 0 to 1. */
  minPresence: z.number().min(0).max(1),
  /** The values a text may have; null: any. */
  domain: z.array(z.string()).nullable(),
  /** Least share of the values that must be in the domain; default all. */
  domainMass: z.number().min(0).max(1).optional(),
  /** The range a number may have; null: any. */
  range: z.object({ min: z.number().nullable(), max: z.number().nullable() }).nullable(),
  /** How many different values a text may have. */
  unique: z.object({ min: z.int().nullable(), max: z.int().nullable() }).nullable().optional(),
  /** Environments, of those that the schema lists, in which the column need not be there (SERVING has no label). */
  notInEnvironments: z.array(z.string()).optional(),
  /** Against the data before. */
  drift: z.array(Comparator).optional(),
  /** Training against serving. */
  skew: z.array(Comparator).optional(),
  /** Not looked at any more. */
  deprecated: z.boolean().optional(),
})
export type SchemaFeature = z.infer<typeof SchemaFeature>

export const Schema = z.object({
  id: Hash,
  dataset: Name,
  number: z.int().min(1),
  features: z.array(SchemaFeature),
  /** The whole schema as TensorFlow Metadata's text (schema.pbtxt); the features are a view of it. */
  text: z.string(),
  environments: z.array(z.string()),
  /** Rows that data must have. */
  rows: z.object({ min: z.int().nullable(), max: z.int().nullable() }),
  /** The file that it was written to. */
  out: z.string().optional(),
  at: At,
  madeBy: JobId.nullable(),
})
export type Schema = z.infer<typeof Schema>
