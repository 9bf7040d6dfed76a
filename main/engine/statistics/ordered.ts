import type { Session } from '../dataset/index.ts'
import { eachPart } from './counts.ts'
import type { Counted } from './figures.ts'
import { type NumberSketch, thinned } from './sketch.ts'

/** What follows from the order of a feature's numbers. */
export interface Ordered {
  /** The middle of each part's values. */
  medians: (number | undefined)[]
  /** The values at 0, 10, … 100 % of each part's values. */
  quantiles: (number[] | undefined)[]
  sketch: NumberSketch
}

/** Features with so many different values are put in order as a whole; of others first the cells of a grid are counted. */
const FEW = 2048
/** Cells of that grid. */
const CELLS = 256

/** The middle of two numbers, also of those whose sum is beyond all numbers. */
const between = (a: number, b: number): number => (Number.isFinite(a + b) ? (a + b) / 2 : a / 2 + b / 2)

/** Asks for the least value up to which there is more than `above`, or at least that. */
interface Target {
  above: number
  orEqual: boolean
}
const reaches = (sum: number, { above, orEqual }: Target) => (orEqual ? sum >= above : sum > above)

/** Where the figures of a part lie that holds so much: first two around the middle, then eleven quantiles. */
function targetsOf(total: number): Target[] {
  const middle = total / 2
  const ranks = Array.from({ length: 11 }, (_, tenth) => Math.round((Math.max(0, total - 1) * tenth) / 10))
  return [
    { above: middle, orEqual: true },
    { above: middle, orEqual: false },
    ...ranks.map((above, tenth) =>
      tenth < 10 ? { above, orEqual: false } : { above: total, orEqual: true },
    ),
  ]
}

const sumOf = (counts: number[]): number => counts.reduce((sum, count) => sum + count, 0)

/** The first place up to which enough is there, and what is there before it. Sums that rounding left short end last. */
function placeOf(counts: number[], target: Target): { at: number; before: number } {
  let before = 0
  let last = 0
  for (let at = 0; at < counts.length; at++) {
    const count = counts[at] as number
    if (!count) continue
    last = at
    if (reaches(before + count, target)) return { at, before }
    before += count
  }
  return { at: last, before: before - (counts[last] ?? 0) }
}

function figuresFrom(values: number[]): { median: number; quantiles: number[] } {
  const [lower, upper, ...quantiles] = values as [number, number, ...number[]]
  return { median: lower === upper ? lower : between(lower, upper), quantiles }
}

/**
 * Medians and quantiles, exact, and sketches of all numeric features in `g`.
 * @param different how many different values each has
 */
export async function orderedOf(
  session: Session,
  counted: Counted,
  different: Map<number, number>,
): Promise<Map<number, Ordered>> {
  const few = [...different].filter(([, count]) => count <= FEW).map(([f]) => f)
  const found = few.length ? await wholly(session, counted, few) : new Map<number, Ordered>()
  for (const [f, count] of different) if (count > FEW) found.set(f, await byCells(session, counted, f, count))
  return found
}

/** All values of some features, in order. */
async function wholly(session: Session, { kind, parts, most }: Counted, few: number[]) {
  const found = new Map<number, NumberSketch>()
  const where = few.length > 500 ? '' : `WHERE f IN (${few.join(', ')})`
  const wanted = new Set(few)
  const stream = session.stream(
    `SELECT f::DOUBLE, ${kind.number}, ${eachPart(parts, n => `${n}::DOUBLE`)} FROM g ${where} ORDER BY f, v`,
  )
  for await (const { rows, columns } of stream) {
    const [fs, xs, ...counts] = columns as number[][] as [number[], number[], ...number[][]]
    for (let at = 0; at < rows; at++) {
      const f = fs[at] as number
      if (!wanted.has(f)) continue
      let sketch = found.get(f)
      if (!sketch) {
        sketch = { whole: true, xs: [], counts: parts.map(() => []) }
        found.set(f, sketch)
      }
      sketch.xs.push(xs[at] as number)
      for (let part = 0; part < parts.length; part++) sketch.counts[part]?.push(counts[part]?.[at] as number)
    }
  }
  return new Map(
    [...found].map(([f, sketch]): [number, Ordered] => {
      const figures = sketch.counts.map(counts => {
        const total = sumOf(counts)
        return total
          ? figuresFrom(targetsOf(total).map(target => sketch.xs[placeOf(counts, target).at] as number))
          : undefined
      })
      return [
        f,
        {
          medians: figures.map(each => each?.median),
          quantiles: figures.map(each => each?.quantiles),
          sketch: thinned(sketch, most),
        },
      ]
    }),
  )
}

/** SQL of the cell of a number `x`: the first bound that is not below it, by halving. */
function cellSql(bounds: number[], from = 0, to = bounds.length - 1): string {
  if (from >= to) return String(from)
  const middle = (from + to) >> 1
  return `CASE WHEN x <= '${bounds[middle]}'::DOUBLE THEN ${cellSql(bounds, from, middle)} ELSE ${cellSql(bounds, middle + 1, to)} END`
}

/**
 * A feature with many values: some of them, chosen by their hash and so the same whatever the order of the rows, are the
 * bounds of cells that are counted exactly; then only the cells in which a wanted figure lies are put in order.
 */
async function byCells(
  session: Session,
  { kind, parts, most }: Counted,
  f: number,
  different: number,
): Promise<Ordered> {
  const [chosen] = await session.rows<{ xs: number[] }>(
    `SELECT list_sort(list(DISTINCT x)) AS xs FROM (
       SELECT min(${kind.number}) AS x FROM g WHERE f = ${f}
       UNION ALL SELECT max(${kind.number}) FROM g WHERE f = ${f}
       UNION ALL (SELECT ${kind.number} FROM g WHERE f = ${f} ORDER BY n DESC, v LIMIT 16)
       UNION ALL SELECT ${kind.number} FROM g WHERE f = ${f} AND hash(v) % ${Math.ceil(different / (CELLS - 32))} = 0)`,
  )
  const bounds = chosen?.xs ?? []
  const cells = `(SELECT x, ${parts.join(', ')}, ${cellSql(bounds)} AS cell
    FROM (SELECT ${kind.number} AS x, ${parts.join(', ')} FROM g WHERE f = ${f}))`
  const sketch: NumberSketch = {
    whole: false,
    xs: bounds,
    counts: parts.map(() => new Array<number>(bounds.length).fill(0)),
  }
  for (const row of await session.rows<Record<string, number>>(
    `SELECT cell, ${eachPart(parts, n => `sum(${n}) AS ${n}`)} FROM ${cells} GROUP BY cell`,
  ))
    for (const [part, n] of parts.entries())
      (sketch.counts[part] as number[])[row.cell as number] = row[n] as number

  const wanted = sketch.counts.flatMap((counts, part) => {
    const total = sumOf(counts)
    return total
      ? targetsOf(total).map((target, which) => ({ part, which, target, ...placeOf(counts, target) }))
      : []
  })
  const values = await session.rows<{ part: number; which: number; x: number }>(
    `WITH target(part, which, cell, above, equal) AS (VALUES ${wanted
      .map(
        ({ part, which, at, before, target }) =>
          `(${part}, ${which}, ${at}, '${target.above - before}'::DOUBLE, ${target.orEqual})`,
      )
      .join(', ')}),
     ranked AS (SELECT cell, x, ${eachPart(parts, (n, part) => `${n} AS p${part}, sum(${n}) OVER (PARTITION BY cell ORDER BY x) AS r${part}`)}
       FROM ${cells} WHERE cell IN (SELECT DISTINCT cell FROM target))
     SELECT part, which, COALESCE(min(x) FILTER (CASE WHEN equal THEN r >= above ELSE r > above END), max(x) FILTER (p > 0)) AS x
     FROM (SELECT part, which, above, equal, x, CASE part ${eachCase(parts, 'r')} END AS r, CASE part ${eachCase(parts, 'p')} END AS p
       FROM target JOIN ranked USING (cell)) GROUP BY part, which`,
  )
  const figures = parts.map((_, part) => {
    const mine = values.filter(value => value.part === part).sort((a, b) => a.which - b.which)
    return mine.length ? figuresFrom(mine.map(({ x }) => x)) : undefined
  })
  return {
    medians: figures.map(each => each?.median),
    quantiles: figures.map(each => each?.quantiles),
    sketch: thinned(sketch, most),
  }
}

const eachCase = (parts: readonly unknown[], name: string): string =>
  parts.map((_, part) => `WHEN ${part} THEN ${name}${part}`).join(' ')
