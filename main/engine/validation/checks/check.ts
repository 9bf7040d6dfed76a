import type { Anomaly, AnomalyKind, SchemaFeature, Split, Statistics } from '#contract'
import { type Session, SPLITS, type Table, type TableColumn } from '../../dataset/index.ts'

/** What a check looks at: the data, its figures, and what the schema says of it. */
export interface Subject {
  table: Table
  session: Session
  statistics: Statistics
  /** The features that are looked at: neither deprecated nor outside the environment. */
  schema: SchemaFeature[]
  /** All features of the schema by name, also those that are not looked at. */
  known: ReadonlySet<string>
  /** The share of values of a feature that may be new, as far as the data tell that its list of values was made from. */
  newcomers(feature: string): number
  /** The column to predict, where it is known. */
  label: string | null
  signal: AbortSignal
}

/** What a check found, before anyone accepted it. What it leaves out is null or false. */
export type Finding = Pick<
  Anomaly,
  'feature' | 'kind' | 'severity' | 'split' | 'title' | 'detail' | 'rows' | 'examples'
> &
  Partial<Pick<Anomaly, 'slice' | 'type' | 'where' | 'only' | 'drift' | 'suggested' | 'updatable'>>

/** One kind of trouble in data. To add one: a file here, its kind in the contract, its name in `index.ts`. */
export interface Check {
  kind: AnomalyKind
  /** Ours: no schema asks for it, and TensorFlow Data Validation does not know it. */
  ours?: boolean
  /** It looks at each cell by itself, so it says as much of a few rows as of all. */
  ofAnyRows?: boolean
  /** @returns nothing where all is well */
  run(subject: Subject): Promise<Finding[]>
}

/** A share of rows up to which a finding is worth a look and no more; in small data, so many rows are. */
const TOLERATED = 0.01
const TOLERATED_ROWS = 3

/** Few rows are a warning; many are an error. */
export const severityOf = (rows: number, of: number): Anomaly['severity'] =>
  rows > Math.max(of * TOLERATED, Math.min(TOLERATED_ROWS, of / 10)) ? 'error' : 'warning'

/** 16281 as people write it: 16,281. */
export const figure = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 6 })
export const plural = (count: number, one: string, many: string): string =>
  `${figure(count)} ${count === 1 ? one : many}`
export const percent = (share: number): string =>
  `${(share * 100).toLocaleString('en-US', { maximumFractionDigits: share > 0.99 && share < 1 ? 3 : 1 })} %`

/** A column of the schema that the data has, and where it lies. */
export interface Present {
  feature: SchemaFeature
  column: TableColumn
  /** SQL of the relation it lies in. */
  from: string
}

/** The columns that both the schema and the data have. */
export function present({ table, schema }: Pick<Subject, 'table' | 'schema'>): Present[] {
  const features = new Map(schema.map(feature => [feature.name, feature]))
  return table.groups.flatMap(({ from, columns }) =>
    columns.flatMap(column => {
      const feature = features.get(column.name)
      return feature ? [{ feature, column, from }] : []
    }),
  )
}

/** What was found in some rows: how many, how many different values, and a few of them. */
export interface Odd {
  rows: number
  different: number
  examples: string[]
}

const EXAMPLES = 10

/** The finding as everyone sees it. */
export const anomalyOf = (finding: Finding): Anomaly => ({
  type: null,
  where: null,
  only: null,
  drift: null,
  suggested: false,
  updatable: false,
  ...finding,
  accepted: null,
})

/**
 * Values of a column that a condition holds for, in all rows and in each split.
 * @param condition SQL over the column's physical name
 */
export async function oddValues(
  session: Session,
  { column, from }: Present,
  condition: string,
): Promise<Map<Split | null, Odd>> {
  const c = column.physical
  const rows = await session.rows<{
    s: number | null
    whole: number
    n: number
    different: number
    top: { k: number; t: string }[]
  }>(
    `WITH odd AS (SELECT s, CAST(${c} AS VARCHAR) AS t, count(*) AS n FROM ${from}
       WHERE ${c} IS NOT NULL AND (${condition}) GROUP BY ALL)
     SELECT s, grouping(s) AS whole, sum(n) AS n, count(DISTINCT t) AS different, min({'k': -n, 't': t}, ${EXAMPLES}) AS top
     FROM odd GROUP BY GROUPING SETS ((s), ())`,
  )
  const found = new Map<Split | null, Odd>()
  for (const { s, whole, n, different, top } of rows) {
    if (!n) continue
    const examples = [...new Set((top ?? []).map(({ t }) => t))]
    if (whole) found.set(null, { rows: n, different, examples })
    else if (s !== null) found.set(SPLITS[s] as Split, { rows: n, different, examples })
  }
  return found
}

/** Row numbers that are listed of a finding. */
const MOST_ROWS = 1000

/** The rows that a condition holds for, by number, where no filter says it. */
export async function rowNumbers(
  session: Session,
  { column, from }: Present,
  condition: string,
): Promise<number[]> {
  const found = await session.rows<{ row: number }>(
    `SELECT file_row_number AS row FROM ${from} WHERE ${column.physical} IS NOT NULL AND (${condition}) ORDER BY row LIMIT ${MOST_ROWS}`,
  )
  return found.map(({ row }) => row)
}

/**
 * Where a finding is told: once of all rows where every split has it, else of each split that has it.
 * @param has the splits that have it
 */
export function placesOf(table: Table, has: (split: Split) => boolean): (Split | null)[] {
  const splits = SPLITS.filter(split => table.splits[split])
  const hit = splits.filter(has)
  return !splits.length || hit.length === splits.length ? [null] : hit
}

/** Rows of a place. */
export const rowsOf = (table: Table, place: Split | null): number =>
  place === null ? table.rows : (table.splits[place] ?? 0)
