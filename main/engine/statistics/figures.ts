import type { FeatureStatistics } from '#contract'
import type { Session } from '../dataset/index.ts'
import { type Bins, floatBin, floatBins, wholeBin, wholeBins } from './bins.ts'
import { type Counted, eachPart } from './counts.ts'
import { type Ordered, orderedOf } from './ordered.ts'
import type { NumberSketch, Sketch, TextSketch } from './sketch.ts'

/** Values that are listed as the most frequent ones. */
const TOP = 20

/** Figures of one feature: of each part, how its numbers are binned, and its values in short. */
export interface Found {
  parts: FeatureStatistics[]
  bins: Bins | null
  sketch: Sketch
}

/** Sums of doubles differ in their last digits with the order of adding; what is given out does not. */
function settled(value: number): number {
  const most = Number.MAX_VALUE
  return Math.max(-most, Math.min(most, Number(value.toPrecision(12))))
}

/** The same of a mean, whose last digits come from values as far apart as their deviation. */
function settledMean(mean: number, deviation: number): number {
  const digits = deviation > 0 ? 12 - Math.floor(Math.log10(deviation)) : -1
  return settled(digits >= 0 && digits <= 100 ? Number(mean.toFixed(digits)) : mean)
}

type Row = Record<string, number | string | null> & { f: number }
const numberIn = (row: Row | undefined, name: string): number => Number(row?.[name] ?? 0)

/** The most frequent values of each part, ties in the order of their text; `k` is the count, below zero. */
const topSql = ({ kind, parts }: Counted): string => `
  SELECT f, ${eachPart(parts, n => `min({'k': -CAST(${n} AS DOUBLE), 't': t}, ${TOP}) FILTER (${n} > 0) AS top_${n}`)}
  FROM (SELECT f, ${parts.join(', ')}, ${kind.text} AS t FROM g) GROUP BY f`

/** The most frequent texts, and how often each is in each part. */
async function textSketches(session: Session, { parts, features, most }: Counted): Promise<TextSketch[]> {
  const sketches = Array.from(
    { length: features },
    (): TextSketch => ({ values: [], counts: parts.map(() => []) }),
  )
  const found = session.stream(
    `SELECT f::DOUBLE, t.t, ${eachPart(parts, n => `t.${n}::DOUBLE`)} FROM (
       SELECT f, unnest(min({'k': -CAST(n AS DOUBLE), 't': v, ${eachPart(parts, n => `'${n}': ${n}`)}}, ${most})) AS t
       FROM g GROUP BY f)`,
  )
  for await (const { rows, columns } of found)
    for (let at = 0; at < rows; at++) {
      const sketch = sketches[columns[0]?.[at] as number] as TextSketch
      sketch.values.push(columns[1]?.[at] as string)
      for (const [part, counts] of sketch.counts.entries()) counts.push(columns[part + 2]?.[at] as number)
    }
  return sketches
}

/** Figures of all that was counted into `g`. */
export async function figuresOf(session: Session, counted: Counted): Promise<Found[]> {
  const { kind, parts, features } = counted
  const isText = kind.counts === 'text'
  const measured = await session.rows<Row>(
    `SELECT f, count(*) AS different, ${eachPart(parts, n => `sum(${n}) AS c_${n}, count_if(${n} > 0) AS u_${n}`)}, ${
      isText
        ? eachPart(parts, n => `sum(${n} * length(v)) AS l_${n}`)
        : `CAST(min(v) AS VARCHAR) AS low, CAST(max(v) AS VARCHAR) AS high,
           ${eachPart(parts, n => `min(x) FILTER (${n} > 0) AS min_${n}, max(x) FILTER (${n} > 0) AS max_${n}, sum(x * ${n}) / sum(${n}) AS mean_${n}, sum(${n}) FILTER (x = 0) AS z_${n}`)}`
    } FROM (SELECT *${isText ? '' : `, ${kind.number} AS x`} FROM g) GROUP BY f`,
  )
  const byFeature = new Map(measured.map(row => [row.f, row]))
  const tops = await session.rows<Record<string, { k: number; t: string }[] | null> & { f: never }>(
    topSql(counted),
  )
  const top = new Map(tops.map(row => [row.f as number, row]))
  const numbers = isText ? null : await numericFigures(session, counted, byFeature)
  const texts = isText ? await textSketches(session, counted) : null
  return Array.from({ length: features }, (_, f): Found => {
    const row = byFeature.get(f)
    const numeric = numbers?.get(f)
    return {
      bins: numeric?.bins ?? null,
      sketch: texts?.[f] ?? numeric?.sketch ?? { whole: true, xs: [], counts: parts.map(() => []) },
      parts: parts.map((n, part) => {
        const count = numberIn(row, `c_${n}`)
        const frequent = (top.get(f)?.[`top_${n}`] ?? []) as { k: number; t: string }[]
        return {
          count,
          missing: counted.rows(f, part) - count,
          unique: numberIn(row, `u_${n}`),
          numeric: numeric?.parts[part] ?? null,
          top: frequent.map(({ k, t }) => ({ value: t, count: -k })),
          averageLength: isText && count ? settled(numberIn(row, `l_${n}`) / count) : null,
        }
      }),
    }
  })
}

type Numeric = NonNullable<FeatureStatistics['numeric']>

/** Bins, deviation, median and quantiles of numeric columns, from the counted values in `g`. */
async function numericFigures(
  session: Session,
  counted: Counted,
  measured: Map<number, Row>,
): Promise<Map<number, { parts: (Numeric | null)[]; bins: Bins; sketch: NumberSketch }>> {
  const { kind, parts } = counted
  const bins = new Map<number, Bins>()
  for (const [f, { low, high }] of measured)
    bins.set(
      f,
      counted.bins?.(f) ??
        (kind.counts === 'whole'
          ? wholeBins(BigInt(low as string), BigInt(high as string), kind.unit)
          : floatBins(Number(low), Number(high))),
    )
  if (!bins.size) return new Map()
  const middle = (f: number, n: string) => `'${measured.get(f)?.[`mean_${n}`] ?? 0}'::DOUBLE`
  const places = [...bins].map(
    ([f, { from, width }]) => `(${f}, ${from}, ${width}, ${parts.map(n => middle(f, n)).join(', ')})`,
  )
  const means = parts.map(n => `m_${n}`).join(', ')
  // Sums around the middle of each part keep the digits that plain sums and sums of squares lose.
  const sums = await session.rows<Record<string, number>>(
    `SELECT f, bin, ${eachPart(parts, n => `sum(${n}) AS c_${n}, fsum(${n} * (x - m_${n})) AS d_${n}, fsum(${n} * (x - m_${n}) * (x - m_${n})) AS q_${n}`)}
     FROM (SELECT g.*, ${kind.number} AS x, ${means}, ${kind.counts === 'whole' ? wholeBin : floatBin} AS bin
       FROM g JOIN (VALUES ${places.join(', ')}) AS b(f, low, width, ${means}) ON g.f = b.f)
     GROUP BY f, bin ORDER BY f, bin`,
  )
  const counts = new Map(
    [...bins].map(([f, { edges }]) => [f, parts.map(() => new Array<number>(edges.length - 1).fill(0))]),
  )
  const off = new Map([...bins].map(([f]) => [f, parts.map(() => ({ d: 0, q: 0 }))]))
  for (const row of sums)
    for (const [part, n] of parts.entries()) {
      const histogram = counts.get(row.f as number)?.[part]
      if (histogram) histogram[row.bin as number] = row[`c_${n}`] ?? 0
      const sum = off.get(row.f as number)?.[part]
      if (sum) {
        sum.d += row[`d_${n}`] ?? 0
        sum.q += row[`q_${n}`] ?? 0
      }
    }
  const totals = new Map(
    [...measured].map(([f, row]) => [
      f,
      { different: numberIn(row, 'different'), parts: parts.map(n => numberIn(row, `c_${n}`)) },
    ]),
  )
  const ordered = await orderedOf(session, counted, totals)
  return new Map(
    [...bins].map(([f, mine]) => {
      const row = measured.get(f)
      const { medians, quantiles, sketch } = ordered.get(f) as Ordered
      const figures = parts.map((n, part): Numeric | null => {
        const count = numberIn(row, `c_${n}`)
        if (!count) return null
        const { d, q } = off.get(f)?.[part] ?? { d: 0, q: 0 }
        const shift = d / count
        const min = numberIn(row, `min_${n}`)
        const max = numberIn(row, `max_${n}`)
        const deviation = settled(Math.sqrt(Math.max(0, q / count - shift * shift)))
        return {
          mean: Math.max(min, Math.min(max, settledMean(numberIn(row, `mean_${n}`) + shift, deviation))),
          deviation,
          min,
          median: medians[part] ?? min,
          max,
          zeros: numberIn(row, `z_${n}`),
          histogram: { edges: mine.edges, counts: counts.get(f)?.[part] ?? [] },
          quantiles: quantiles[part],
        }
      })
      return [f, { parts: figures, bins: mine, sketch }]
    }),
  )
}
