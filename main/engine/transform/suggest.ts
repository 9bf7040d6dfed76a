import type { Cell, DatasetVersion, TransformStep } from '#contract'
import { describeFeature, type FeatureSpec, fitTransform, widthOf } from '../encoding/index.ts'
import type { RowSource } from './rowSource.ts'

/** Cells that are looked at to suggest something; a wide table is judged by fewer rows. */
const CELLS = 4_000_000
const LEAST_ROWS = 500

/** A fitted feature as the step that would make it. */
function stepOf(feature: FeatureSpec | undefined): TransformStep {
  switch (feature?.kind) {
    case 'number':
      return { kind: 'number', scale: 'standard' }
    case 'vocabulary':
      return { kind: 'vocabulary', most: 100, least: 1, as: 'one-hot' }
    case 'buckets':
      return { kind: 'hash', buckets: feature.buckets, as: 'one-hot' }
    case 'calendar':
      return {
        kind: 'date',
        parts: ['month', 'weekday', ...(feature.type === 'timestamp' ? (['hour'] as const) : []), 'trend'],
        as: 'cycle',
      }
    default:
      return { kind: 'leave-out' }
  }
}

/** What each column would become if nobody chose anything, judged by the first rows of the train split. */
export async function suggest(
  dataset: RowSource,
  version: DatasetVersion,
  label: string | undefined,
  signal: AbortSignal,
) {
  const columns = version.columns.filter(({ name }) => name !== label)
  const most = Math.max(LEAST_ROWS, Math.floor(CELLS / Math.max(1, columns.length)))
  const fitter = fitTransform(columns)
  let rows = 0
  const names = columns.map(({ name }) => name)
  for await (const batch of dataset.read(version, { columns: names, split: 'train', signal })) {
    fitter.add(batch.columns as Cell[][])
    rows += batch.rows
    if (rows >= most) break
  }
  const spec = fitter.finish()
  const features = new Map(spec.features.map(feature => [feature.name, feature]))
  const reasons = new Map(spec.leftOut.map(({ name, reason }) => [name, reason]))
  return {
    rows,
    columns: columns.map(({ name, type }) => {
      const feature = features.get(name)
      return {
        name,
        type,
        step: stepOf(feature),
        width: feature ? widthOf(feature) : 0,
        words: feature ? describeFeature(feature).words : (reasons.get(name) ?? ''),
      }
    }),
  }
}
