import type { Anomaly, Validation } from '#contract'
import { plural } from '../../ui/index.ts'

/** The mark of a feature in a table: the worst of its anomalies that nobody accepted. */
export interface FeatureMark {
  kind: 'good' | 'warn' | 'bad'
  words: string
}

const isOpen = (anomaly: Anomaly): boolean => !anomaly.accepted

/** Marks by feature; a feature without an entry has nothing against it. */
export function markOfFeatures(validation: Validation | null): Map<string, FeatureMark> {
  const marks = new Map<string, FeatureMark>()
  for (const anomaly of validation?.anomalies ?? []) {
    if (!isOpen(anomaly)) continue
    const before = marks.get(anomaly.feature)
    if (before?.kind === 'bad') continue
    marks.set(anomaly.feature, {
      kind: anomaly.severity === 'error' ? 'bad' : 'warn',
      words: `${anomaly.title}. ${anomaly.detail}`,
    })
  }
  return marks
}

/** The verdict in words: "1 anomaly blocks, 3 want a look". */
export function verdictWords(validation: Validation): string {
  const open = validation.anomalies.filter(isOpen)
  const errors = open.filter(anomaly => anomaly.severity === 'error').length
  const looks = open.length - errors
  const parts: string[] = []
  if (errors) parts.push(`${plural(errors, 'anomaly', 'anomalies')} ${errors === 1 ? 'blocks' : 'block'}`)
  if (looks)
    parts.push(
      errors
        ? `${looks} ${looks === 1 ? 'wants' : 'want'} a look`
        : `${plural(looks, 'anomaly', 'anomalies')} ${looks === 1 ? 'wants' : 'want'} a look`,
    )
  return parts.join(', ')
}
