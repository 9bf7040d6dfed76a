import type { GateRule } from '#contract'
import { metricWord } from '../metricWords.ts'

/** Which end of what a rule bounds: the figure itself, or its change against the version it would replace. */
export const ENDS = ['min', 'max', 'minChange', 'maxChange'] as const
export type End = (typeof ENDS)[number]

/** One limit as it is edited: a figure, which end it may not pass, and the limit; null while it is being typed. */
export interface GateLine {
  metric: string
  end: End
  value: number | null
  /** The change counts as a share of the other version's figure. */
  relative: boolean
  /** Empty: all rows. */
  slice: string
  /** Null: the engine's own. */
  minRows: number | null
  /** Null: the figure itself decides. */
  confidence: number | null
  /** Only what misses by more than chance fails. */
  lenient: boolean
}

/** Rules taken apart, one limit a line. */
export const linesOf = (rules: readonly GateRule[]): GateLine[] =>
  rules.flatMap(rule =>
    ENDS.flatMap(end => {
      const value = rule[end]
      return value === undefined
        ? []
        : [
            {
              metric: rule.metric,
              end,
              value,
              relative: isChange(end) && rule.relative === true,
              slice: rule.slice ?? '',
              minRows: rule.minRows ?? null,
              confidence: rule.confidence ?? null,
              lenient: rule.lenient === true,
            },
          ]
    }),
  )

/** Lines put together as rules; a line without a limit is not yet one. */
export const rulesOf = (lines: readonly GateLine[]): GateRule[] =>
  lines.flatMap(({ metric, end, value, relative, slice, minRows, confidence, lenient }) =>
    value === null
      ? []
      : [
          {
            metric,
            [end]: value,
            ...(relative && isChange(end) && { relative }),
            ...(slice.trim() && { slice: slice.trim(), ...(minRows !== null && { minRows }) }),
            ...(confidence !== null && { confidence, ...(lenient && { lenient }) }),
          },
        ],
  )

/** Does this end bound the change against another version? */
export const isChange = (end: End): boolean => end === 'minChange' || end === 'maxChange'

/** Are two gates the same, limit by limit? */
export const sameGate = (a: readonly GateLine[], b: readonly GateLine[]): boolean =>
  a.length === b.length &&
  JSON.stringify(rulesOf(a)) === JSON.stringify(rulesOf(b)) &&
  a.every((line, at) => line.value === b[at]?.value)

/** A new line asks for a figure that no line asks for yet, at the end where it gets worse. */
export function nextLine(lines: readonly GateLine[], offered: readonly string[]): GateLine {
  const metric = offered.find(key => !lines.some(line => line.metric === key)) ?? offered[0] ?? 'accuracy'
  return {
    metric,
    end: metricWord(metric).more ? 'min' : 'max',
    value: null,
    relative: false,
    slice: '',
    minRows: null,
    confidence: null,
    lenient: false,
  }
}
