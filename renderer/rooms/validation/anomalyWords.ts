import type { Anomaly, AnomalyKind, Suggestion } from '#contract'
import { count, plural } from '../../ui/index.ts'

/** The words of an anomaly's place. */
export const SPLIT_WORDS = { train: 'Train', eval: 'Eval', test: 'Test' } as const

/** Names one anomaly among those of a check. */
export const keyOf = ({ feature, kind, split, slice, type, title }: Anomaly): string =>
  JSON.stringify([feature, kind, split, slice, type, title])

/** What an anomaly is about: its feature, or the data as a whole. */
export const subjectOf = ({ feature }: Pick<Anomaly, 'feature'>): string => feature || 'Whole dataset'

/** Found by a check that TensorFlow Data Validation does not have. */
export const isOurs = ({ type }: Pick<Anomaly, 'type'>): boolean => type === null

/** Where it is and in how many rows: "Eval, 12 rows", "Slice night, 3 rows". */
export const placeWords = ({ split, slice, rows }: Anomaly): string =>
  [
    slice === undefined ? null : `Slice ${slice}`,
    split ? SPLIT_WORDS[split] : slice === undefined ? 'All rows' : null,
    rows > 0 ? plural(rows, 'row') : null,
  ]
    .filter(Boolean)
    .join(', ')

export interface Group {
  kind: 'bad' | 'warn' | 'good'
  title: string
  anomalies: Anomaly[]
}

/** Anomalies by what they mean: what blocks first, then what wants a look, then what was accepted. Empty groups fall away. */
export function groupsOf(anomalies: readonly Anomaly[]): Group[] {
  const open = anomalies.filter(anomaly => !anomaly.accepted)
  const groups: Group[] = [
    { kind: 'bad', title: 'Blocks', anomalies: open.filter(one => one.severity === 'error') },
    { kind: 'warn', title: 'Wants a look', anomalies: open.filter(one => one.severity === 'warning') },
    { kind: 'good', title: 'Accepted', anomalies: anomalies.filter(one => one.accepted) },
  ]
  return groups.filter(group => group.anomalies.length > 0)
}

const LIMITED: Partial<Record<AnomalyKind, Suggestion['kind']>> = {
  'out-of-range': 'range',
  drift: 'drift',
  skew: 'drift',
  'too-many-missing': 'presence',
  'out-of-domain': 'domain-mass',
  'wrong-rows': 'rows',
  'wrong-unique': 'unique',
}

/** The suggested limit that an anomaly was measured by; undefined where it was none, or where it is taken since. */
export function suggestionOf(
  anomaly: Pick<Anomaly, 'suggested' | 'kind' | 'feature'>,
  suggestions: readonly Suggestion[],
): Suggestion | undefined {
  if (!anomaly.suggested) return undefined
  return suggestions.find(
    ({ feature, kind }) => kind === LIMITED[anomaly.kind] && (feature ?? '') === anomaly.feature,
  )
}

/** The checks that are ours, in the words of the settings. */
export const OUR_CHECKS: { kind: AnomalyKind; label: string; hint: string }[] = [
  { kind: 'leakage', label: 'Label leakage', hint: 'A feature that gives the label away' },
  { kind: 'duplicate-rows', label: 'Duplicated rows', hint: 'The same row more than once' },
  { kind: 'split-overlap', label: 'Overlap of splits', hint: 'The same row in train and in eval or test' },
  { kind: 'constant', label: 'Constant columns', hint: 'One value in every row' },
  { kind: 'near-unique', label: 'Near-unique columns', hint: 'Another value in almost every row' },
  { kind: 'class-imbalance', label: 'Class imbalance', hint: 'A class of the label that is hardly there' },
  { kind: 'outliers', label: 'Outliers', hint: 'Numbers far from all others' },
  {
    kind: 'mislabeled',
    label: 'Likely mislabeled rows',
    hint: 'Rows whose label their neighbors do not share',
  },
  { kind: 'near-duplicates', label: 'Near-duplicate pictures', hint: 'Pictures that are almost the same' },
  { kind: 'unreadable', label: 'Unreadable pictures', hint: 'Files that cannot be read' },
]

/** A count for a tab; none where there is nothing. */
export const badge = (n: number): string | undefined => (n > 0 ? count(n) : undefined)
