import type { FeatureStatistics, SchemaFeature, Statistics } from '#contract'
import type { Session, Table } from '../dataset/index.ts'

/** A text with more different values than this gets no domain. */
const LARGEST_DOMAIN = 100
/** Of so many rows, one value seen only once is let pass; more say that the next rows will bring new ones. */
const ROWS_PER_RARE_VALUE = 1000
/** A share of missing values may grow by this much, or by what chance alone brings, before it is told. */
const SLACK = 0.05
const DEVIATIONS = 4

/** The least share of rows with a value: all where none is missing, else what was seen less what chance brings. */
function minPresence({ count, missing }: FeatureStatistics): number {
  const rows = count + missing
  if (!missing || !rows) return rows ? 1 : 0
  const share = count / rows
  const slack = Math.max(SLACK, DEVIATIONS * Math.sqrt((share * (1 - share)) / rows))
  return Math.max(0, Math.floor((share - slack) * 100) / 100)
}

/**
 * Infers what may be expected of data from what was seen in its train split (all rows where it is not split): types,
 * which columns must be there, how many values may be missing, and the values of a text that has few.
 *
 * A domain is given only where new values are unlikely: by Good and Turing, the chance that the next value is a new
 * one is about the share of values seen only once.
 */
export async function inferFeatures(
  table: Table,
  statistics: Statistics,
  session: Session,
): Promise<SchemaFeature[]> {
  const hasTrain = Boolean(table.splits.train)
  const seen = new Map(
    statistics.features.map(({ name, all, splits }) => [name, (hasTrain && splits.train) || all]),
  )
  const domains = new Map<string, string[]>()
  for (const { from, columns } of table.groups)
    for (const { name, type, physical } of columns) {
      const figures = seen.get(name)
      if (type !== 'text' || !figures?.count || figures.unique > LARGEST_DOMAIN) continue
      // Where the most frequent values are all there are, nothing needs to be read.
      const values =
        figures.top.length === figures.unique
          ? figures.top.map(({ value, count }) => ({ v: value, n: count }))
          : await session.rows<{ v: string; n: number }>(
              `SELECT ${physical} AS v, count(*) AS n FROM ${from} WHERE ${physical} IS NOT NULL${hasTrain ? ' AND s = 0' : ''} GROUP BY v`,
            )
      const rare = values.filter(({ n }) => n === 1).length
      if (rare <= Math.max(1, figures.count / ROWS_PER_RARE_VALUE) && rare < values.length)
        domains.set(name, values.map(({ v }) => v).sort())
    }
  return table.columns.map(({ name, type }) => {
    const figures = seen.get(name) as FeatureStatistics
    return {
      name,
      type,
      required: figures.count > 0,
      minPresence: minPresence(figures),
      domain: domains.get(name) ?? null,
      range: null,
    }
  })
}
