import type { Drift, DriftMeasure, Split, Validation } from '#contract'
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

/** Names one of the drifts of a check. */
export const driftKey = ({ feature, kind, drift }: Validation['drifts'][number]): string =>
  JSON.stringify([feature, kind, drift.measure])

/** Which part of the data the newer side is, and the roles of both sides in a chart. */
export function sidesOf(
  against: string,
  split: Split | null,
): { before: { label: string; role: SideRole }; now: { label: string; role: SideRole } } {
  const isTrain = /\btrain$/i.test(against)
  if (split === 'eval' || (isTrain && split === null))
    return {
      before: { label: against, role: isTrain ? 'train' : 'other' },
      now: { label: split === 'eval' ? 'eval' : 'now', role: 'eval' },
    }
  return { before: { label: against, role: 'other' }, now: { label: split ?? 'now', role: 'train' } }
}

export const isOver = ({ value, threshold }: Pick<Drift, 'value' | 'threshold'>): boolean =>
  threshold !== null && value > threshold
