import { z } from 'zod'
import { SchemaFeature } from './schema.ts'

/** A limit that the data itself suggests; ours, not TensorFlow Data Validation's. */
export const Suggestion = z.object({
  /** Stable for the same feature and kind: `age.range`. */
  id: z.string(),
  /** Null: of the whole dataset. */
  feature: z.string().nullable(),
  kind: z.enum(['range', 'drift', 'presence', 'domain-mass', 'rows', 'unique']),
  /** "age from 0 to 120". */
  title: z.string(),
  /** Where it comes from, with figures: "seen 17 to 90 in 32,561 rows; a quarter of that range on each side". */
  why: z.string(),
  /** What the schema says of it now, in the same words; null: nothing. */
  now: z.string().nullable(),
  /** The limit itself, as the form has it. */
  set: SchemaFeature.partial().extend({
    rows: z.object({ min: z.int().nullable(), max: z.int().nullable() }).optional(),
  }),
})
export type Suggestion = z.infer<typeof Suggestion>
