import type { Statistics } from '#contract'
import type { Session, Table } from '../dataset/index.ts'
import { fail } from '../kit/index.ts'
import { withCells } from './parts.ts'

const MOST_PAIRS = 50_000
/** Pairs that one query measures. */
const AT_ONCE = 200

const settled = (value: number) => Number(value.toPrecision(12))

/**
 * How each two columns of numbers go together, over the rows that have both: Pearson's correlation and the population
 * covariance. A pair in which one does not vary is left out.
 * @throws Failure too-wide where there are too many pairs
 */
export async function correlationsOf(
  session: Session,
  table: Table,
): Promise<NonNullable<Statistics['correlations']>> {
  const columns = table.groups.flatMap(group =>
    group.columns
      .filter(({ type }) => type === 'integer' || type === 'float')
      .map(column => ({ column, group })),
  )
  const pairs = columns.flatMap((a, i) => columns.slice(i + 1).map((b): [typeof a, typeof b] => [a, b]))
  if (pairs.length > MOST_PAIRS)
    throw fail(
      'too-wide',
      `There would be ${pairs.length} pairs of columns with numbers; ${MOST_PAIRS} are the most.`,
      'Leave the correlations out, or choose a table with fewer columns of numbers.',
    )
  const found: NonNullable<Statistics['correlations']> = []
  for (let from = 0; from < pairs.length; from += AT_ONCE) {
    const some = pairs.slice(from, from + AT_ONCE)
    const home = some[0]?.[0].group
    if (!home) break
    const cells = [...new Set(some.flat())].map(place => ({
      place,
      sql: `CAST(${place.column.physical} AS DOUBLE)`,
      as: `x${columns.indexOf(place)}`,
    }))
    const figures = some.map(([a, b], at) => {
      const both = `x${columns.indexOf(a)}, x${columns.indexOf(b)}`
      return `corr(${both}) AS r${at}, covar_pop(${both}) AS c${at}`
    })
    const [row] = await session.rows<Record<string, number | null>>(
      `SELECT ${figures.join(', ')} FROM ${withCells(home, cells)}`,
    )
    for (const [at, [a, b]] of some.entries()) {
      const [correlation, covariance] = [row?.[`r${at}`], row?.[`c${at}`]]
      if (typeof correlation !== 'number' || !Number.isFinite(correlation)) continue
      if (typeof covariance !== 'number' || !Number.isFinite(covariance)) continue
      found.push({
        a: a.column.name,
        b: b.column.name,
        correlation: Math.max(-1, Math.min(1, settled(correlation))),
        covariance: settled(covariance),
      })
    }
  }
  return found
}
