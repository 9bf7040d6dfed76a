import { z } from 'zod'

/**
 * `golden.json` of a release: rows with the scores that the model gave on the publisher's computer. A device asks the
 * model for them before it serves it: what no signature can find, a runtime that computes otherwise, is found by this.
 */
export const Golden = z.object({
  format: z.literal('edgewright-golden/1'),
  /** As they are sent to `:predict`. */
  instances: z.array(z.unknown()).min(1).max(64),
  /** Plain scores a row, in the order of the classes (regression: the value alone). */
  scores: z.array(z.array(z.number())).max(64),
  /** Largest absolute difference of a score that is allowed. For regression of a value's scale. */
  tolerance: z.number().min(0),
})
export type Golden = z.infer<typeof Golden>
