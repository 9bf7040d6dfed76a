import type { Session } from '../../dataset/index.ts'
import { literal } from '../../dataset/index.ts'
import { fail } from '../../kit/index.ts'
import type { Counted } from './count.ts'
import { type CountedAs, doubleOf, singleOf, wholeText } from './texts.ts'

/** More slices than a person can look at are a mistake in the choice of the column. */
const MOST = 1000

/** What all rows are called where there are slices. */
export const ALL = 'All Examples'

/** A float as Python writes it: `1.0`, `1e-05`, `1e+16`. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const size = Math.abs(value)
  if (size >= 1e16 || size < 1e-4)
    return value
      .toExponential()
      .replace(/e([+-])(\d)$/, 'e$10$2')
      .replace(/e\+(\d)/, 'e+$1')
  return Number.isInteger(value) ? `${value}.0` : String(value)
}

/**
 * The slices of counted rows: their names, and SQL of how often each value of each feature is there in all rows (`p` 0)
 * and in each slice, the largest first (`p` from 1): the relation `parts` with `f`, `p`, `v`, `n`, `w`. A row in which one of the columns is
 * missing is in no slice. A name is `sex_Male`, or `race_White_sex_Male` with the columns in order of their names. As
 * TFDV has it, all rows are in the slice `sex_None` where the column has no value in any row.
 * @throws Failure too-wide where there are too many
 */
export async function sliceParts(
  session: Session,
  { features, slices, single }: Counted,
  types: CountedAs[],
): Promise<string[]> {
  if (!slices.length) {
    await session.run(
      'CREATE OR REPLACE TEMP VIEW parts AS SELECT f, CAST(0 AS INTEGER) AS p, v, n, w FROM counted',
    )
    return ['']
  }
  const keys = slices.map((feature, at) => ({
    at,
    name: features[feature]?.name ?? '',
    as: types[feature] as CountedAs,
  }))
  const [any = {}] = await session.rows<Record<string, number>>(
    `SELECT ${keys.map(({ at }) => `count(NULLIF(k${at}, '')) AS k${at}`).join(', ')} FROM counted`,
  )
  const isEmpty = (at: number) => single && !any[`k${at}`]
  // A missing value is the empty text here, which no value is.
  const keyed = `(SELECT f, v, n, w, ${keys.map(({ at }) => `COALESCE(k${at}, '') AS k${at}`).join(', ')} FROM counted)`
  const present = keys.map(({ at }) => (isEmpty(at) ? 'true' : `k${at} <> ''`)).join(' AND ')
  const shown = keys.map(({ at, as }) => {
    const number = single ? singleOf(doubleOf(`k${at}`)) : doubleOf(`k${at}`)
    return `k${at}, ${as === 'STRING' ? `k${at}` : as === 'INT' ? wholeText(`k${at}`) : number} AS s${at}`
  })
  const combinations = await session.rows<Record<string, string | number>>(
    `SELECT ${shown.join(', ')}, n FROM (SELECT ${keys.map(({ at }) => `k${at}`).join(', ')}, sum(n) AS n FROM ${keyed} WHERE f = 0 AND ${present} GROUP BY ALL)`,
  )
  const byName = keys.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const nameOf = (row: Record<string, string | number>) =>
    byName
      .map(({ at, name }) => {
        const value = isEmpty(at) ? 'None' : row[`s${at}`]
        return `${name}_${typeof value === 'number' ? pythonFloat(value) : value}`
      })
      .join('_')
  const sizes = new Map<string, number>()
  for (const row of combinations) sizes.set(nameOf(row), (sizes.get(nameOf(row)) ?? 0) + Number(row.n))
  const names = [...sizes.keys()].sort(
    (a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0) || (a < b ? -1 : 1),
  )
  if (names.length > MOST)
    throw fail(
      'too-wide',
      `There would be ${names.length} slices by ${keys.map(({ name }) => `"${name}"`).join(' and ')}; ${MOST} are the most.`,
      'Slice by a column with fewer different values.',
    )
  const place = new Map(names.map((name, at) => [name, at + 1]))
  const rows = combinations.map(
    row => `(${place.get(nameOf(row))}, ${keys.map(({ at }) => literal(String(row[`k${at}`]))).join(', ')})`,
  )
  const columns = keys.map(({ at }) => `k${at}`).join(', ')
  const slicing = rows.length
    ? `SELECT * FROM (VALUES ${rows.join(', ')}) AS t(p, ${columns})`
    : `SELECT CAST(NULL AS INTEGER) AS p, ${columns} FROM ${keyed} LIMIT 0`
  await session.run(`CREATE OR REPLACE TEMP TABLE slicing AS ${slicing}`)
  await session.run(`CREATE OR REPLACE TEMP TABLE sliced AS
    SELECT f, 0 AS p, v, sum(n) AS n, fsum(w) AS w FROM counted GROUP BY f, v
    UNION ALL
    SELECT f, p, v, sum(n), fsum(w) FROM ${keyed} JOIN slicing USING (${columns}) GROUP BY f, p, v`)
  await session.run('CREATE OR REPLACE TEMP VIEW parts AS FROM sliced')
  return [ALL, ...names]
}
