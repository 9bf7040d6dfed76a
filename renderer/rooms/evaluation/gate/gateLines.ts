import type { GateRule } from '#contract'
import { metricWord } from './metricWords.ts'

/** One limit as it is edited: a figure, which end it may not pass, and the limit; null while it is being typed. */
export interface GateLine {
  metric: string
  end: 'min' | 'max'
  value: number | null
}

/** Rules taken apart, one limit a line. */
export const linesOf = (rules: readonly GateRule[]): GateLine[] =>
  rules.flatMap(rule =>
    (['min', 'max'] as const).flatMap(end => {
      const value = rule[end]
      return value === undefined ? [] : [{ metric: rule.metric, end, value }]
    }),
  )

/** Lines put together as rules; a line without a limit is not yet one. */
export const rulesOf = (lines: readonly GateLine[]): GateRule[] =>
  lines.flatMap(({ metric, end, value }) => (value === null ? [] : [{ metric, [end]: value }]))

/** Are two gates the same, limit by limit? */
export const sameGate = (a: readonly GateLine[], b: readonly GateLine[]): boolean =>
  a.length === b.length &&
  a.every(
    (line, at) => line.metric === b[at]?.metric && line.end === b[at]?.end && line.value === b[at]?.value,
  )

/** A new line asks for a figure that no line asks for yet, at the end where it gets worse. */
export function nextLine(lines: readonly GateLine[], offered: readonly string[]): GateLine {
  const metric = offered.find(key => !lines.some(line => line.metric === key)) ?? offered[0] ?? 'accuracy'
  return { metric, end: metricWord(metric).more ? 'min' : 'max', value: null }
}
