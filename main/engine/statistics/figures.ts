import type { FeatureStatistics } from '#contract'
import type { Session, TableColumn } from '../dataset/index.ts'
import { type Bins, floatBin, floatBins, wholeBin, wholeBins } from './bins.ts'
import { type Kind, kindOf } from './kinds.ts'

/** Values that are listed as the most frequent ones. */
const TOP = 20
/** The parts of the rows that figures are of: all, then train, eval and test. `n`, `n0`, `n1`, `n2` count a value in them. */
const PARTS = ['n', 'n0', 'n1', 'n2'] as const

/** Figures of one feature: of all rows, then of train, eval and test. `null`: none of its values is there. */
export type Figures = FeatureStatistics[]

/** Sums of doubles differ in their last digits with the order of adding; what is given out does not. */
function settled(value: number): number {
  const most = Number.MAX_VALUE
  return Math.max(-most, Math.min(most, Number(value.toPrecision(12))))
}

/** The middle of two numbers, also of those whose sum is beyond all numbers. */
const between = (a: number, b: number): number => (Number.isFinite(a + b) ? (a + b) / 2 : a / 2 + b / 2)

interface Counted {
  f: number
  [figure: string]: number | string | { k: number; t: string }[] | null
}

const numberIn = (row: Counted | undefined, name: string): number => Number(row?.[name] ?? 0)

/**
 * SQL that counts each different value of each column once: the table `g` with the feature's place `f`, the value `v`
 * and how often it is there. All figures come out of it, exactly; DuckDB spills it where memory ends.
 */
function countValues(from: string, columns: TableColumn[], kind: Kind): string {
  const values = columns.map(({ physical }) => kind.value(physical))
  const cells =
    columns.length === 1
      ? `SELECT 0 AS f, s, ${values[0]} AS v FROM ${from}`
      : `SELECT unnest([${columns.map((_, at) => at).join(', ')}]) AS f, s, unnest([${values.join(', ')}]) AS v FROM ${from}`
  return `CREATE OR REPLACE TEMP TABLE g AS
    SELECT f, v, CAST(count(*) AS UINTEGER) AS n, CAST(count_if(s = 0) AS UINTEGER) AS n0,
      CAST(count_if(s = 1) AS UINTEGER) AS n1, CAST(count_if(s = 2) AS UINTEGER) AS n2
    FROM (${cells}) WHERE v IS NOT NULL GROUP BY f, v`
}

const eachPart = (sql: (n: (typeof PARTS)[number], part: number) => string): string =>
  PARTS.map((n, part) => sql(n, part)).join(', ')

const topValues = (kind: Kind): string => `
  SELECT f, ${eachPart(n => `min({'k': -CAST(${n} AS BIGINT), 't': t}, ${TOP}) FILTER (${n} > 0) AS top_${n}`)}
  FROM (SELECT f, n, n0, n1, n2, ${kind.text} AS t FROM g) GROUP BY f`

/**
 * Figures of columns that are counted the same way and lie in one relation.
 * @param rows of all, train, eval and test
 */
export async function figuresOf(
  session: Session,
  from: string,
  columns: TableColumn[],
  rows: number[],
): Promise<Figures[]> {
  const kind = kindOf(columns[0] as TableColumn)
  await session.run(countValues(from, columns, kind))
  const isText = kind.counts === 'text'
  const measured = await session.rows<Counted>(
    `SELECT f, ${eachPart(n => `sum(${n}) AS c_${n}, count_if(${n} > 0) AS u_${n}`)}, ${
      isText
        ? eachPart(n => `sum(${n} * length(v)) AS l_${n}`)
        : `CAST(min(v) AS VARCHAR) AS low, CAST(max(v) AS VARCHAR) AS high,
           ${eachPart(n => `min(x) FILTER (${n} > 0) AS min_${n}, max(x) FILTER (${n} > 0) AS max_${n}, sum(x * ${n}) / sum(${n}) AS mean_${n}, sum(${n}) FILTER (x = 0) AS z_${n}`)}`
    } FROM (SELECT *${isText ? '' : `, ${kind.number} AS x`} FROM g) GROUP BY f`,
  )
  const top = new Map((await session.rows<Counted>(topValues(kind))).map(row => [row.f, row]))
  const byFeature = new Map(measured.map(row => [row.f, row]))
  const numeric = isText ? null : await numericFigures(session, kind, byFeature)
  return columns.map((_, f) => {
    const row = byFeature.get(f)
    return PARTS.map((n, part) => {
      const count = numberIn(row, `c_${n}`)
      const frequent = (top.get(f)?.[`top_${n}`] ?? []) as { k: number; t: string }[]
      return {
        count,
        missing: (rows[part] ?? 0) - count,
        unique: numberIn(row, `u_${n}`),
        numeric: numeric?.get(f)?.[part] ?? null,
        top: frequent.map(({ k, t }) => ({ value: t, count: -k })),
        averageLength: isText && count ? settled(numberIn(row, `l_${n}`) / count) : null,
      }
    })
  })
}

type Numeric = NonNullable<FeatureStatistics['numeric']>

/** Bins, deviation and median of numeric columns, from the counted values in `g`. */
async function numericFigures(
  session: Session,
  kind: Kind,
  measured: Map<number, Counted>,
): Promise<Map<number, (Numeric | null)[]>> {
  const bins = new Map<number, Bins>()
  for (const [f, { low, high }] of measured)
    bins.set(
      f,
      kind.counts === 'whole'
        ? wholeBins(BigInt(low as string), BigInt(high as string), kind.unit)
        : floatBins(Number(low), Number(high)),
    )
  if (!bins.size) return new Map()
  const middle = (f: number, n: string) => `'${measured.get(f)?.[`mean_${n}`] ?? 0}'::DOUBLE`
  const places = [...bins].map(
    ([f, { from, width }]) => `(${f}, ${from}, ${width}, ${PARTS.map(n => middle(f, n)).join(', ')})`,
  )
  const binned = `(SELECT g.*, ${kind.number} AS x, ${PARTS.map(n => `m_${n}`).join(', ')}, ${kind.counts === 'whole' ? wholeBin : floatBin} AS bin
    FROM g JOIN (VALUES ${places.join(', ')}) AS b(f, low, width, ${PARTS.map(n => `m_${n}`).join(', ')}) ON g.f = b.f)`
  // Sums around the middle of each part keep the digits that plain sums and sums of squares lose.
  const sums = await session.rows<Record<string, number>>(
    `SELECT f, bin, ${eachPart(n => `sum(${n}) AS c_${n}, sum(${n} * (x - m_${n})) AS d_${n}, sum(${n} * (x - m_${n}) * (x - m_${n})) AS q_${n}`)}
     FROM ${binned} GROUP BY f, bin ORDER BY f, bin`,
  )
  const counts = new Map(
    [...bins].map(([f, { edges }]) => [f, PARTS.map(() => new Array<number>(edges.length - 1).fill(0))]),
  )
  const off = new Map([...bins].map(([f]) => [f, PARTS.map(() => ({ d: 0, q: 0 }))]))
  for (const row of sums)
    for (const [part, n] of PARTS.entries()) {
      const histogram = counts.get(row.f as number)?.[part]
      if (histogram) histogram[row.bin as number] = row[`c_${n}`] ?? 0
      const sum = off.get(row.f as number)?.[part]
      if (sum) {
        sum.d += row[`d_${n}`] ?? 0
        sum.q += row[`q_${n}`] ?? 0
      }
    }
  const medians = await mediansOf(session, binned, counts)
  const found = new Map<number, (Numeric | null)[]>()
  for (const [f, { edges }] of bins) {
    const row = measured.get(f)
    found.set(
      f,
      PARTS.map((n, part) => {
        const count = numberIn(row, `c_${n}`)
        if (!count) return null
        const { d, q } = off.get(f)?.[part] ?? { d: 0, q: 0 }
        const shift = d / count
        const min = numberIn(row, `min_${n}`)
        const max = numberIn(row, `max_${n}`)
        return {
          mean: Math.max(min, Math.min(max, settled(numberIn(row, `mean_${n}`) + shift))),
          deviation: settled(Math.sqrt(Math.max(0, q / count - shift * shift))),
          min,
          median: medians.get(`${f} ${part}`) ?? min,
          max,
          zeros: numberIn(row, `z_${n}`),
          histogram: { edges, counts: counts.get(f)?.[part] ?? [] },
        }
      }),
    )
  }
  return found
}

/** Exact medians. The bins say where the middle lies, so that only the values of those bins are put in order. */
async function mediansOf(
  session: Session,
  binned: string,
  counts: Map<number, number[][]>,
): Promise<Map<string, number>> {
  const targets: string[] = []
  for (const [f, parts] of counts)
    for (const [part, histogram] of parts.entries()) {
      const total = histogram.reduce((sum, count) => sum + count, 0)
      if (!total) continue
      for (const [which, rank] of [Math.floor((total - 1) / 2), Math.floor(total / 2)].entries()) {
        let before = 0
        let bin = 0
        while (before + (histogram[bin] ?? 0) <= rank) before += histogram[bin++] ?? 0
        targets.push(`(${f}, ${bin}, ${part}, ${which}, ${rank - before})`)
      }
    }
  if (!targets.length) return new Map()
  const found = await session.rows<{ f: number; part: number; x: number }>(
    `WITH target(f, bin, part, which, rank) AS (VALUES ${targets.join(', ')}),
     near AS (SELECT * FROM ${binned} WHERE (f, bin) IN (SELECT DISTINCT (f, bin) FROM target)),
     ranked AS (SELECT f, bin, x, ${eachPart((n, part) => `sum(${n}) OVER (PARTITION BY f, bin ORDER BY v) AS r${part}`)} FROM near)
     SELECT t.f, t.part, t.which, min(r.x) AS x FROM target t JOIN ranked r ON r.f = t.f AND r.bin = t.bin
     WHERE CASE t.part WHEN 0 THEN r.r0 WHEN 1 THEN r.r1 WHEN 2 THEN r.r2 ELSE r.r3 END > t.rank
     GROUP BY t.f, t.part, t.which`,
  )
  const medians = new Map<string, number>()
  for (const { f, part, x } of found) {
    const other = medians.get(`${f} ${part}`)
    medians.set(`${f} ${part}`, other === undefined ? x : between(other, x))
  }
  return medians
}
