import type { GateCheck, GateRule, Interval } from '#contract'
import type { Answers } from '../answers.ts'
import { intervalsOf } from '../metrics/metricIntervals.ts'
import { paired } from '../metrics/paired.ts'
import { asked, type EvaluatedRows, findSlices, type Slice } from '../slices/index.ts'
import { figure, sliceWords } from '../words.ts'

/** What is judged: a model's answers, and those of the one that it would replace on the same rows. */
export interface Judged {
  answers: Answers
  baseline: { answers: Answers; name: string } | null
  rows: EvaluatedRows
  signal: AbortSignal
}

/**
 * Judges by one rule. A change passes where there is nothing to compare with: the first version replaces none.
 * @throws Failure bad-input for a slice that is not understood
 */
export async function checkRule(rule: GateRule, judged: Judged): Promise<GateCheck> {
  if (rule.slice === undefined) return checkRows(rule, judged, null)
  const wanted = asked(judged.rows, rule.slice)
  const { slices, leftOut } = await findSlices(judged.rows, [wanted], rule.minRows ?? 10, judged.signal)
  const large = slices.filter(({ rows }) => rows.length >= (rule.minRows ?? 1))
  if (!large.length)
    return {
      rule,
      value: null,
      passed: false,
      slice: rule.slice,
      words: `${rule.metric} of ${rule.slice} was not measured: ${leftOut[0]?.why ?? 'it has too few rows'}`,
    }
  const checks = large.map(slice => checkRows(rule, judged, slice))
  return (
    checks.find(({ passed }) => !passed) ?? (checks.sort((a, b) => roomOf(a) - roomOf(b))[0] as GateCheck)
  )
}

/** How far a check is from failing. */
function roomOf({ rule, value, change }: GateCheck): number {
  const rooms = [
    [value, rule.min, rule.max],
    [change, rule.minChange, rule.maxChange],
  ] as const
  return Math.min(
    ...rooms.flatMap(([at, min, max]) =>
      typeof at !== 'number'
        ? []
        : [...(min === undefined ? [] : [at - min]), ...(max === undefined ? [] : [max - at])],
    ),
    Number.POSITIVE_INFINITY,
  )
}

function checkRows(rule: GateRule, { answers: all, baseline, rows }: Judged, slice: Slice | null): GateCheck {
  const { metric, confidence } = rule
  const answers = slice ? all.only(slice.rows) : all
  const metrics = answers.metrics()
  const value = finite(metrics[metric])
  const where = slice ? ` of ${sliceWords(slice)} (${slice.rows.length} rows)` : ''
  const named = {
    rule,
    value,
    ...(slice && { slice: sliceWords(slice) }),
    rows: answers.rows,
  }
  if (value === null)
    return { ...named, passed: false, words: `${metric}${where} was not measured on ${rows.title}` }
  const interval = confidence
    ? (intervalsOf(answers, metrics, confidence, [metric])[metric] ?? null)
    : undefined
  const parts: { passed: boolean; words: string }[] = []
  if (rule.min !== undefined || rule.max !== undefined)
    parts.push(bounded(`${metric}${where}`, value, interval, { min: rule.min, max: rule.max }, rule))
  const check: GateCheck = { ...named, passed: true, ...(interval !== undefined && { interval }) }
  if (rule.minChange !== undefined || rule.maxChange !== undefined) {
    const before = baseline && (slice ? baseline.answers.only(slice.rows) : baseline.answers)
    const from = before ? finite(before.metrics()[metric]) : null
    check.baseline = from
    check.change = null
    if (before && baseline && from !== null) {
      const scale = rule.relative ? Math.abs(from) || 1 : 1
      const moved = confidence ? paired(metric, before, answers, confidence).interval : undefined
      check.change = (value - from) / scale
      if (moved !== undefined)
        check.changeInterval = moved && { low: moved.low / scale, high: moved.high / scale }
      const what = `change of ${metric}${where} from ${figure(from)} (${baseline.name}) to ${figure(value)}:`
      parts.push(
        bounded(what, check.change, check.changeInterval, { min: rule.minChange, max: rule.maxChange }, rule),
      )
    } else if (baseline)
      parts.push({ passed: false, words: `${metric}${where} of ${baseline.name} was not measured` })
    else
      parts.push({
        passed: true,
        words: `${metric}${where} ${figure(value)}, with no version yet to compare with`,
      })
  }
  const failed = parts.filter(({ passed }) => !passed)
  return {
    ...check,
    passed: failed.length === 0,
    words: (failed.length ? failed : parts).map(({ words }) => words).join(', '),
  }
}

const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null

/** Whether a figure keeps to its bounds, with its whole interval where that was asked for. */
function bounded(
  what: string,
  value: number,
  interval: Interval | null | undefined,
  { min, max }: { min?: number | undefined; max?: number | undefined },
  { confidence, lenient }: GateRule,
): { passed: boolean; words: string } {
  const [low, high] = interval ? [interval.low, interval.high] : [value, value]
  const passed =
    interval === null
      ? false
      : lenient
        ? high >= (min ?? -Infinity) && low <= (max ?? Infinity)
        : low >= (min ?? -Infinity) && high <= (max ?? Infinity)
  const wanted = [min === undefined ? '' : `at least ${min}`, max === undefined ? '' : `at most ${max}`]
    .filter(Boolean)
    .join(' and ')
  const spread = interval
    ? ` (${figure(low)} to ${figure(high)} with ${100 * (confidence ?? 0)}% confidence)`
    : ''
  const unsure = interval === null ? ', too few rows to be sure' : ''
  return { passed, words: `${what} ${figure(value)}${spread} where ${wanted} is wanted${unsure}` }
}
