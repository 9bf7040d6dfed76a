import type { FeatureStatistics } from '#contract'
import type { Shown } from '../kept.ts'
import { driftBetween, type Listed, pageOf } from '../page.ts'

/** A set of rows of a report: its name, its color, and the figures of a feature in it. */
export interface ReportSide {
  label: string
  /** Names its color. */
  role: 'whole' | 'train' | 'eval' | 'test' | 'other' | 'slice'
  figures: FeatureStatistics
}

/** A feature of a report. */
export interface ReportRow {
  feature: Listed
  nonUniformity: number | null
  drift: number | null
  sides: ReportSide[]
}

/** Features that are read at once. */
const AT_ONCE = 500

const SPLITS = ['train', 'eval', 'test'] as const

function sidesOf(feature: Listed, other: string): ReportSide[] {
  const splits = SPLITS.flatMap((split): ReportSide[] => {
    const figures = feature.splits[split]
    return figures && figures.count + figures.missing > 0 ? [{ label: split, role: split, figures }] : []
  })
  const slices = Object.entries(feature.slices ?? {}).map(
    ([label, figures]): ReportSide => ({ label, role: 'slice', figures }),
  )
  const whole: ReportSide = { label: 'all rows', role: 'whole', figures: feature.all }
  const beside: ReportSide[] = feature.with ? [{ label: other, role: 'other', figures: feature.with }] : []
  return [whole, ...splits, ...slices, ...beside]
}

/** The features in the order of the data, read a few at a time. */
export function* rowsOf(one: Shown, beside: Shown | null): Generator<ReportRow> {
  const drifts = beside ? driftBetween(one.shelf, beside.shelf) : []
  const want = { order: 'data', descending: false, limit: AT_ONCE } as const
  for (let offset = 0; offset < one.shelf.entries.length; offset += AT_ONCE) {
    const page = pageOf(one, { ...want, offset }, beside ? { shown: beside, drifts } : undefined)
    for (const feature of page.features)
      yield {
        feature,
        nonUniformity: feature.nonUniformity,
        drift: feature.drift,
        sides: sidesOf(feature, beside?.head.of.title ?? ''),
      }
  }
}
