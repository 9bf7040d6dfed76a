import type { Drift, DriftMeasure, Split, Suggestion, Validation } from '#contract'
import type { SideRole } from '../../charts/index.ts'

/** Each measure of drift: its name, and what it says in one sentence. */
export const MEASURES: Record<DriftMeasure, { name: string; short: string; about: string }> = {
  'l-infinity': {
    name: 'L-infinity',
    short: 'L∞',
    about: 'The largest difference of any one value’s share of the rows.',
  },
  'jensen-shannon': {
    name: 'Jensen-Shannon divergence',
    short: 'JSD',
    about: 'How far the two distributions lie apart as a whole: 0 the same, 1 nothing in common.',
  },
  'normalized-difference': {
    name: 'Normalized absolute difference',
    short: 'NAD',
    about:
      'The largest difference of any one value’s count, in all values counted. It grows with the size of the data too.',
  },
}

/** Why TensorFlow Data Validation's figure is another than ours, in one sentence. */
export const whyOther = (measure: DriftMeasure): string =>
  measure === 'jensen-shannon'
    ? 'Its default histogram has bins of equal width that end at each side’s own largest value, so it spreads values evenly over bins that do not match; ours compares the same bins on both sides.'
    : 'It counts only the most frequent values that its histogram lists; ours counts every value.'

/** A measured drift in the list of all of them; `suggested`: its limit is one that nobody accepted yet. */
export type DriftLine = Validation['drifts'][number] & { key: string; suggested: boolean }

/** Every measured drift with the limit it is held against: the schema's, else the suggested one. */
export function driftLines(drifts: Validation['drifts'], suggestions: readonly Suggestion[]): DriftLine[] {
  const limits = new Map(
    suggestions.flatMap(({ feature, set }) =>
      (set.drift ?? []).map(({ measure, threshold }) => [`${measure} ${feature}`, threshold] as const),
    ),
  )
  return drifts.map(({ feature, kind, drift }) => {
    const limit = kind === 'drift' ? (limits.get(`${drift.measure} ${feature}`) ?? null) : null
    const suggested = drift.threshold === null && limit !== null
    return {
      key: JSON.stringify([feature, kind, drift.measure]),
      feature,
      kind,
      drift: suggested ? { ...drift, threshold: limit } : drift,
      suggested,
    }
  })
}

/** The mark of a drift, with its words. */
export function markOfDrift({ drift, suggested }: DriftLine): {
  kind: 'good' | 'warn' | 'bad' | 'none'
  words: string
} {
  if (drift.threshold === null) return { kind: 'none', words: 'No limit' }
  if (!isOver(drift))
    return { kind: 'good', words: suggested ? 'Within the suggested limit' : 'Within its limit' }
  return suggested
    ? { kind: 'warn', words: 'Over the suggested limit' }
    : { kind: 'bad', words: 'Over its limit' }
}

/**
 * Both sides of a drift, and their roles in a chart: a part of the same data is train beside eval, else what is now
 * stands in the accent over what was before in gray.
 * @param own what the data that was checked is called: "census v2"
 * @param split the part of it that was compared; null: all of its rows
 */
export function sidesOf(
  against: string,
  own: string,
  split: Split | null,
): { before: { label: string; role: SideRole }; now: { label: string; role: SideRole } } {
  return {
    before: { label: against, role: split === 'eval' ? 'train' : 'other' },
    now: split === null ? { label: own, role: 'current' } : { label: `${own}, ${split}`, role: split },
  }
}

/** The part of the data that all drifts were measured on: what is compared with its own train split is its eval split. */
export const comparedSplit = (against: string, own: string): Split | null =>
  against === `${own}, train` ? 'eval' : null

export const isOver = ({ value, threshold }: Pick<Drift, 'value' | 'threshold'>): boolean =>
  threshold !== null && value > threshold
