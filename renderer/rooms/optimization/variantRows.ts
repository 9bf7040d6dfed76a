import type { Evaluation, GateResult, GateRule, Metrics, Run, Variant, VariantKind } from '#contract'
import { judge, leadMetric, metricChange, metricTrend } from '../evaluation/index.ts'
import { newestOfKind } from './variantWords.ts'

/** One line of the variants table: the model as trained, and each file form whether it was made or not. */
export interface VariantRow {
  kind: VariantKind
  variant: Variant | null
  bytes: number | null
  nodes: number | null
  metrics: Metrics | null
  /** The rows behind the figures. */
  rows: number | null
  lead: number | null
  change: string | null
  trend: -1 | 0 | 1
  maxDifference: number | null
  gate: GateResult | null
  at: string | null
}

const KINDS: VariantKind[] = ['layers', 'float32', 'dynamic-range']

/**
 * The forms of one run side by side. The figures of a form are those measured when it was made, on the same rows as the
 * model as trained; where it has none, those of its newest evaluation.
 */
export function variantRows(
  run: Run,
  variants: Variant[],
  evaluations: Evaluation[],
  rules: GateRule[],
): VariantRow[] {
  const made = newestOfKind(variants.filter(variant => variant.run === run.id))
  const reference = made.find(variant => variant.compared)?.compared ?? null
  return KINDS.map(kind => {
    const variant = made.find(one => one.kind === kind) ?? null
    const measured =
      evaluations.find(one => one.run === run.id && one.variant === kind && one.split === 'test') ??
      evaluations.find(one => one.run === run.id && one.variant === kind)
    const metrics =
      kind === 'layers'
        ? (reference?.before ?? measured?.metrics ?? null)
        : (variant?.compared?.after ?? measured?.metrics ?? null)
    const key = leadMetric(metrics)
    const lead = key ? (metrics?.[key] ?? null) : null
    const before = key && kind !== 'layers' ? (variant?.compared?.before[key] ?? null) : null
    return {
      kind,
      variant,
      bytes: kind === 'layers' ? run.bytes : (variant?.bytes ?? null),
      nodes: variant?.nodes ?? null,
      metrics,
      rows:
        variant?.compared?.rows ??
        (kind === 'layers' ? reference?.rows : undefined) ??
        measured?.rows ??
        null,
      lead,
      change: key && before !== null && lead !== null ? metricChange(key, before, lead) : null,
      trend: key && before !== null && lead !== null ? metricTrend(key, before, lead) : 0,
      maxDifference: variant?.compared?.maxDifference ?? null,
      gate: metrics ? judge(rules, metrics) : null,
      at: kind === 'layers' ? (run.endedAt ?? run.at) : (variant?.at ?? null),
    }
  })
}
