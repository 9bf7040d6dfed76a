import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import {
  create,
  type DatasetFeatureStatisticsList,
  DatasetFeatureStatisticsListSchema,
  FeatureNameStatistics_Type,
  Histogram_HistogramType,
  HistogramSchema,
} from '../../../main/engine/metadata/index.ts'
import { tenths } from '../../../main/engine/validation/suggestions/tenths.ts'

/** Columns of values; undefined: missing. */
export type Data = Record<string, (number | string | undefined)[]>

/** A plain delimited file without quotes, as the Adult data is. */
export function readPlain(path: string): Data {
  const [head = '', ...lines] = gunzipSync(readFileSync(path)).toString('utf8').trim().split('\n')
  const names = head.trim().split(',')
  const cells = lines.map(line => line.trim().split(','))
  return Object.fromEntries(
    names.map((name, at) => {
      const texts = cells.map(row => row[at] || undefined)
      const isNumber = texts.every(text => text === undefined || /^-?\d+(\.\d+)?$/.test(text))
      return [name, isNumber ? texts.map(text => (text === undefined ? undefined : Number(text))) : texts]
    }),
  )
}

/** Chosen rows of columns. */
export const rowsOf = (data: Data, rows: readonly number[]): Data =>
  Object.fromEntries(Object.entries(data).map(([name, values]) => [name, rows.map(row => values[row])]))

/** Statistics of columns, as the statistics room makes them, as far as limits are taken from them. */
export function listOf(data: Data): DatasetFeatureStatisticsList {
  const rows = Object.values(data)[0]?.length ?? 0
  const features = Object.entries(data).map(([name, values]) => {
    const counts = new Map<number | string, number>()
    for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1)
    const present = [...counts.values()].reduce((sum, count) => sum + count, 0)
    const commonStats = { numNonMissing: BigInt(present), numMissing: BigInt(rows - present) }
    const fieldId = { case: 'path' as const, value: { step: [name] } }
    const isNumber = [...counts.keys()].every(value => typeof value === 'number')
    if (!isNumber || counts.size === 0) {
      const ranked = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? 1 : -1))
      const value = {
        commonStats,
        unique: BigInt(counts.size),
        rankHistogram: {
          buckets: ranked
            .slice(0, 1000)
            .map(([label, sampleCount]) => ({ label: String(label), sampleCount })),
        },
        topValues: ranked.slice(0, 20).map(([label, frequency]) => ({ value: String(label), frequency })),
      }
      return {
        fieldId,
        type: FeatureNameStatistics_Type.STRING,
        stats: { case: 'stringStats' as const, value },
      }
    }
    const sorted = [...counts].sort(([a], [b]) => Number(a) - Number(b)) as [number, number][]
    const [xs, ns] = [sorted.map(([x]) => x), sorted.map(([, n]) => n)]
    const [min, max] = [xs[0] as number, xs.at(-1) as number]
    const value = {
      commonStats,
      min,
      max,
      numZeros: BigInt(counts.get(0) ?? 0),
      histograms: [standard(xs, ns, min, max), tenths({ xs, counts: ns })],
    }
    const type = xs.every(Number.isInteger)
      ? FeatureNameStatistics_Type.INT
      : FeatureNameStatistics_Type.FLOAT
    return { fieldId, type, stats: { case: 'numStats' as const, value } }
  })
  return create(DatasetFeatureStatisticsListSchema, { datasets: [{ numExamples: BigInt(rows), features }] })
}

function standard(xs: number[], ns: number[], min: number, max: number) {
  const counts = new Array<number>(10).fill(0)
  const width = (max - min) / 10 || 1
  for (const [at, x] of xs.entries()) {
    const bin = Math.min(9, Math.max(0, Math.ceil((x - min) / width) - 1))
    counts[bin] = (counts[bin] as number) + (ns[at] as number)
  }
  return create(HistogramSchema, {
    type: Histogram_HistogramType.STANDARD,
    buckets: counts.map((sampleCount, at) => ({
      lowValue: min + at * width,
      highValue: at === 9 ? max : min + (at + 1) * width,
      sampleCount,
    })),
  })
}
