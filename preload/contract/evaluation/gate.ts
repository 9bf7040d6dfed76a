import { z } from 'zod'
import { At, Hash, JobId, Name, RunId } from '../ids.ts'
import { Interval, VariantKind } from './figures.ts'
import { SliceText } from './slices.ts'

/**
 * What a version must reach: `min` and `max` bound the figure itself, `minChange` and `maxChange` its change against
 * the version that it would replace (figure less that one's figure). A gate file is a JSON list of these, or
 * `{"rules": [...]}`:
 *
 *     [{ "metric": "accuracy", "min": 0.8, "confidence": 0.95 },
 *      { "metric": "auc", "minChange": -0.01 },
 *      { "metric": "accuracy", "slice": "sex", "min": 0.7, "minRows": 50 }]
 */
export const GateRule = z
  .object({
    metric: z.string().min(1),
    min: z.number().optional(),
    max: z.number().optional(),
    minChange: z.number().optional(),
    maxChange: z.number().optional(),
    /** The change counts as a share of the other version's figure: -0.02 lets it fall by 2 of 100 parts. */
    relative: z.boolean().optional(),
    /** Default: all rows. A column or two: each of their slices must pass. */
    slice: SliceText.optional(),
    /** Slices of columns with fewer rows do not count; default 10. */
    minRows: z.int().min(1).optional(),
    /** The bound must hold for the whole interval of this confidence, not only for the figure itself. */
    confidence: z.number().min(0.5).max(0.9999).optional(),
    /** With `confidence`: only what misses the bound with its whole interval fails; what may be chance passes. */
    lenient: z.boolean().optional(),
  })
  .refine(
    r => [r.min, r.max, r.minChange, r.maxChange].some(bound => bound !== undefined),
    'give min, max, minChange or maxChange',
  )
export type GateRule = z.infer<typeof GateRule>

export const GateCheck = z.object({
  rule: GateRule,
  value: z.number().nullable(),
  passed: z.boolean(),
  /** The slice that decided: the first that fails, else the nearest to its bound; absent: all rows. */
  slice: z.string().optional(),
  rows: z.int().optional(),
  /** With `confidence`: where the figure lies. */
  interval: Interval.nullable().optional(),
  /** The figure of the version that it would replace; null where there is none. */
  baseline: z.number().nullable().optional(),
  change: z.number().nullable().optional(),
  changeInterval: Interval.nullable().optional(),
  /** "accuracy 0.81 where at least 0.85 is wanted", with the slice and what it is compared with. */
  words: z.string().optional(),
})
export type GateCheck = z.infer<typeof GateCheck>

export const GateResult = z.object({ passed: z.boolean(), checks: z.array(GateCheck) })
export type GateResult = z.infer<typeof GateResult>

/** A judgment that was recorded; publishing reads the newest of a run. */
export const GateVerdict = GateResult.extend({
  id: Hash,
  /** `blocked`: it may not be published. */
  outcome: z.enum(['passed', 'blocked']),
  model: Name,
  run: RunId,
  variant: VariantKind,
  evaluation: Hash,
  /** What it was compared with; null: nothing, or there is no such version yet. */
  against: z.object({ name: z.string(), run: RunId, evaluation: Hash }).nullable(),
  rules: z.array(GateRule),
  /** `model`: the gate that is set for it; `file`: one that was given; `default`: no worse than the other, beyond chance. */
  from: z.enum(['model', 'file', 'default']),
  /** The whole in words, one sentence each. */
  reasons: z.array(z.string()),
  at: At,
  madeBy: JobId.nullable(),
})
export type GateVerdict = z.infer<typeof GateVerdict>
