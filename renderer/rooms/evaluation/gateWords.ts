import type { GateCheck, GateResult, GateRule, Metrics } from '#contract'
import { signed } from '../../ui/format.ts'
import { metricChange, metricName, metricText, metricWord } from './metricWords.ts'

type Check = GateResult['checks'][number]

/** A rule in words: "accuracy at least 85.0%", "log loss at most 0.4000". */
export function ruleText(rule: GateRule): string {
  const parts: string[] = []
  if (rule.min !== undefined) parts.push(`at least ${metricText(rule.metric, rule.min)}`)
  if (rule.max !== undefined) parts.push(`at most ${metricText(rule.metric, rule.max)}`)
  const moved = (change: number) =>
    rule.relative ? `${signed(change * 100, 1)}%` : changeText(rule.metric, change)
  if (rule.minChange !== undefined) parts.push(`changed by at least ${moved(rule.minChange)}`)
  if (rule.maxChange !== undefined) parts.push(`changed by at most ${moved(rule.maxChange)}`)
  const where = rule.slice === undefined ? '' : ` in ${rule.slice}`
  const sure =
    rule.confidence === undefined ? '' : `, ${Number((rule.confidence * 100).toPrecision(4))}% sure`
  return `${metricWord(rule.metric).title}${where} ${parts.join(' and ')}${sure}`
}

/** A change in the figure's unit: shares in points. */
export const changeText = (metric: string, change: number): string =>
  `${metricChange(metric, 0, change)}${metricWord(metric).share ? ' points' : ''}`

/** Whether a rule bounds a figure of all rows itself, so that the figures alone tell. */
export const isPlain = ({ slice, minChange, maxChange, confidence }: GateRule): boolean =>
  slice === undefined && minChange === undefined && maxChange === undefined && confidence === undefined

/** The fact, then the limit: "accuracy 81.0% where 85.0% is wanted". */
export function checkText({ rule, value, words }: Check): string {
  if (!isPlain(rule) && words) return words
  const name = metricName(rule.metric)
  const low = rule.min !== undefined && (value === null || value < rule.min)
  const limit = low || rule.max === undefined ? rule.min : rule.max
  const end = low || rule.max === undefined ? 'is wanted' : 'is allowed'
  const fact = value === null ? `${name} was not measured` : `${name} ${metricText(rule.metric, value)}`
  return `${fact} where ${metricText(rule.metric, limit)} ${end}`
}

export interface GateVerdict {
  kind: 'good' | 'bad' | 'none' | 'info'
  title: string
  text: string
}

/** What the gate says about publishing, for a banner or a line. `null` means nothing was measured yet. */
export function gateVerdict(gate: GateResult | null): GateVerdict {
  if (!gate)
    return {
      kind: 'none',
      title: 'Not measured yet',
      text: 'Evaluate the run to see whether it may be published.',
    }
  const failed = gate.checks.filter(check => !check.passed)
  if (failed.length) {
    const first = failed[0] as Check
    const more = failed.length > 1 ? ` and ${failed.length - 1} more` : ''
    return {
      kind: 'bad',
      title: `Blocked: ${checkText(first)}${more}`,
      text: 'Publishing opens when every figure reaches its limit, or when the gate is changed.',
    }
  }
  if (!gate.checks.length)
    return { kind: 'info', title: 'May be published', text: 'No least figures are set, so the gate is open.' }
  return {
    kind: 'good',
    title: 'May be published',
    text: gate.checks
      .map(check =>
        isPlain(check.rule) || !check.words
          ? `${ruleText(check.rule)}: ${metricText(check.rule.metric, check.value)}`
          : check.words,
      )
      .join(' · '),
  }
}

/**
 * Applies rules to figures here in the window, so that an edited gate shows its verdict before it is saved.
 * @param known checks that the engine made: they tell of change, slices and confidence, which figures alone do not.
 *   Such a rule that was not judged does not pass.
 */
export function judge(
  rules: GateRule[],
  metrics: Metrics | null,
  known: readonly GateCheck[] = [],
): GateResult {
  const checks = rules.map((rule): GateCheck => {
    const value = metrics?.[rule.metric] ?? null
    if (!isPlain(rule))
      return (
        known.find(check => sameRule(check.rule, rule)) ?? {
          rule,
          value: null,
          passed: false,
          words: `${inSentence(rule)} was not judged yet`,
        }
      )
    const passed =
      value !== null &&
      (rule.min === undefined || value >= rule.min) &&
      (rule.max === undefined || value <= rule.max)
    return { rule, value, passed }
  })
  return { passed: checks.every(check => check.passed), checks }
}

const inSentence = (rule: GateRule): string =>
  metricName(rule.metric) + ruleText(rule).slice(metricWord(rule.metric).title.length)

const ordered = (rule: GateRule): string =>
  JSON.stringify(Object.entries(rule).sort(([a], [b]) => (a < b ? -1 : 1)))

/** The same rule, whichever order its fields stand in. */
export const sameRule = (one: GateRule, other: GateRule): boolean => ordered(one) === ordered(other)
