import type { GateResult, GateRule, Metrics } from '#contract'
import { metricName, metricText, metricWord } from './metricWords.ts'

type Check = GateResult['checks'][number]

/** A rule in words: "accuracy at least 85.0%", "log loss at most 0.4000". */
export function ruleText(rule: GateRule): string {
  const parts: string[] = []
  if (rule.min !== undefined) parts.push(`at least ${metricText(rule.metric, rule.min)}`)
  if (rule.max !== undefined) parts.push(`at most ${metricText(rule.metric, rule.max)}`)
  return `${metricWord(rule.metric).title} ${parts.join(' and ')}`
}

/** The fact, then the limit: "accuracy 81.0% where 85.0% is wanted". */
export function checkText({ rule, value }: Check): string {
  const name = metricName(rule.metric)
  const low = rule.min !== undefined && (value === null || value < rule.min)
  const limit = low || rule.max === undefined ? rule.min : rule.max
  const words = low || rule.max === undefined ? 'is wanted' : 'is allowed'
  const fact = value === null ? `${name} was not measured` : `${name} ${metricText(rule.metric, value)}`
  return `${fact} where ${metricText(rule.metric, limit)} ${words}`
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
      .map(check => `${ruleText(check.rule)}: ${metricText(check.rule.metric, check.value)}`)
      .join(' · '),
  }
}

/** Applies rules to figures here in the window, so that an edited gate shows its verdict before it is saved. */
export function judge(rules: GateRule[], metrics: Metrics | null): GateResult {
  const checks = rules.map(rule => {
    const value = metrics?.[rule.metric] ?? null
    const passed =
      value !== null &&
      (rule.min === undefined || value >= rule.min) &&
      (rule.max === undefined || value <= rule.max)
    return { rule, value, passed }
  })
  return { passed: checks.every(check => check.passed), checks }
}
