import type { Anomaly, Filter } from '#contract'
import { narrowed, type Table } from '../dataset/index.ts'
import type { JobContext } from '../jobs/index.ts'
import { FailureError } from '../kit/index.ts'
import { type Asked, lookAt } from './checkRows.ts'
import { anomalyOf } from './checks/check.ts'
import { checks } from './checks/index.ts'

/** What the rules over statistics say of any rows, however few; the others are about the data as a whole. */
const OF_ANY_ROWS: ReadonlySet<Anomaly['kind']> = new Set([
  'out-of-domain',
  'out-of-range',
  'too-many-missing',
  'wrong-shape',
  'invalid-text',
])

/** A slice that is checked by itself; `where` is null where it is not saved any more. */
export interface GatedSlice {
  name: string
  where: Filter | null
}

/**
 * Checks the rows of slices against the same schema, each by itself: what is little in all rows may be much in a slice.
 * What blocks in all rows already is not told again.
 * @param found what was found in all rows
 */
export async function checkSlices(
  table: Table,
  slices: readonly GatedSlice[],
  found: readonly Anomaly[],
  job: JobContext,
  asked: Asked,
): Promise<Anomaly[]> {
  const blocks = new Set(
    found.filter(({ severity }) => severity === 'error').map(({ kind, feature }) => `${kind} ${feature}`),
  )
  const running = checks.filter(({ ofAnyRows }) => ofAnyRows)
  const anomalies: Anomaly[] = []
  for (const [at, slice] of slices.entries()) {
    const rows = await rowsOf(table, slice, job.signal)
    if ('kind' in rows) {
      anomalies.push(rows)
      continue
    }
    const tell = (done: number, step: string) =>
      job.progress(0.9 + (0.1 * (at + done)) / slices.length, `slice ${slice.name}, ${step}`)
    for (const anomaly of await lookAt(rows, job, asked, { running, tell }))
      if (OF_ANY_ROWS.has(anomaly.kind) && !blocks.has(`${anomaly.kind} ${anomaly.feature}`))
        anomalies.push(inSlice(anomaly, slice))
  }
  return anomalies
}

/** The finding as one of a slice; its filter finds rows of the slice alone. */
const inSlice = (anomaly: Anomaly, { name, where }: GatedSlice): Anomaly => ({
  ...anomaly,
  slice: name,
  detail: `In the slice “${name}”: ${anomaly.detail}`,
  where: anomaly.where && [...(where ?? []), ...anomaly.where],
})

/** The rows of a slice, or the finding that there are none. */
async function rowsOf(
  table: Table,
  { name, where }: GatedSlice,
  signal: AbortSignal,
): Promise<Table | Anomaly> {
  const nothing = (severity: Anomaly['severity'], why: string) =>
    anomalyOf({
      feature: '',
      kind: 'wrong-rows',
      severity,
      split: null,
      slice: name,
      title: 'A slice could not be checked',
      detail: `The slice “${name}” could not be checked: ${why}`,
      rows: 0,
      examples: [],
    })
  if (!where) return nothing('error', 'it is not saved any more.')
  try {
    return await narrowed(table, where, { title: `${table.title}, ${name}`, signal })
  } catch (error) {
    if (!(error instanceof FailureError)) throw error
    const { code, message } = error.failure
    // No row of a slice is no row that is wrong.
    if (code === 'empty-data') return nothing('warning', 'no row is in it.')
    if (code === 'bad-input' || code === 'wrong-type') return nothing('error', message)
    throw error
  }
}
