import type { Metrics, Tolerance, Variant, VariantKind } from '#contract'
import { leadMetric, metricChange, metricTrend } from '../evaluation/index.ts'
import { type Verdict, verdictOf, worstClassOf } from './tolerance.ts'
import { KINDS } from './variantWords.ts'

/** One line of the variants table: the model as it was, or a file form that was made of it. */
export interface VariantRow {
  /** `model` or the id of the variant. */
  id: string
  kind: VariantKind
  variant: Variant | null
  bytes: number | null
  /** The figure that names the model: accuracy, or RMSE; null where it was not measured. */
  key: string | null
  lead: number | null
  /** The rows behind it. */
  rows: number | null
  change: string | null
  trend: -1 | 0 | 1
  worst: { label: string; value: number; change: string; trend: -1 | 0 | 1 } | null
  disagreements: number | null
  median: number | null
  p95: number | null
  arena: number | null
  verdict: Verdict | null
}

/** The model as trained or as opened, which all else is held against. */
export interface Reference {
  bytes: number | null
  metrics: Metrics | null
  rows: number | null
}

/** The figures of a variant and of the model on the same rows; of a file's variant by the rows it was proven on. */
function measuredOf({ compared, proof }: Variant): { before: Metrics; after: Metrics; rows: number } | null {
  if (compared) return { before: compared.before, after: compared.after, rows: compared.rows }
  if (!proof || proof.perClass.length === 0) return null
  const rows = proof.perClass.reduce((sum, each) => sum + each.support, 0)
  const share = (of: 'before' | 'after') =>
    proof.perClass.reduce((sum, each) => sum + each[of] * each.support, 0) / Math.max(1, rows)
  return { before: { accuracy: share('before') }, after: { accuracy: share('after') }, rows }
}

/** The model and its variants side by side, the most precise first and of one kind the newest. */
export function variantRows(
  variants: readonly Variant[],
  reference: Reference,
  tolerance: Tolerance | null,
): VariantRow[] {
  const made = [...variants].sort(
    (a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || b.at.localeCompare(a.at),
  )
  const known = made.map(measuredOf).find(each => each !== null)
  const before = known?.before ?? reference.metrics
  const key = leadMetric(before)
  const floats = made.find(each => each.proof?.perClass.length)?.proof?.perClass
  const leastFloat = floats?.reduce((least, each) => (each.before < least.before ? each : least))
  return [
    {
      id: 'model',
      kind: 'layers',
      variant: null,
      bytes: reference.bytes,
      key,
      lead: key ? (before?.[key] ?? null) : null,
      rows: known?.rows ?? reference.rows,
      change: null,
      trend: 0,
      worst: leastFloat ? { label: leastFloat.label, value: leastFloat.before, change: '', trend: 0 } : null,
      disagreements: null,
      median: null,
      p95: null,
      arena: null,
      verdict: null,
    },
    ...made.map(variant => rowOf(variant, tolerance)),
  ]
}

function rowOf(variant: Variant, tolerance: Tolerance | null): VariantRow {
  const { proof } = variant
  const measured = measuredOf(variant)
  const key = leadMetric(measured?.after)
  const lead = key ? (measured?.after[key] ?? null) : null
  const before = key ? (measured?.before[key] ?? null) : null
  const worst = worstClassOf(variant)
  return {
    id: variant.id,
    kind: variant.kind,
    variant,
    bytes: variant.bytes,
    key,
    lead,
    rows: measured?.rows ?? null,
    change: key && lead !== null && before !== null ? metricChange(key, before, lead) : null,
    trend: key && lead !== null && before !== null ? metricTrend(key, before, lead) : 0,
    worst: worst && {
      label: worst.label,
      value: worst.after,
      change: metricChange('accuracy', worst.before, worst.after),
      trend: metricTrend('accuracy', worst.before, worst.after),
    },
    disagreements: proof?.disagreements?.count ?? null,
    median: proof?.latency.median ?? null,
    p95: proof?.latency.p95 ?? null,
    arena: proof?.arenaBytes ?? null,
    verdict: verdictOf(proof, tolerance),
  }
}
