import type { DatasetVersion, Hash, Statistics } from '#contract'
import type { DatasetRoom, Table } from '../dataset/index.ts'
import type { Doors, JobContext } from '../jobs/index.ts'
import { canonicalJson, hashOf, now } from '../kit/index.ts'
import { collection, type Store } from '../store/index.ts'
import { compute } from './compute.ts'

export { numberOf } from './kinds.ts'

/** Says what is in the data: figures of each feature, exact, of all rows and of each split. */
export interface StatisticsRoom {
  door: Doors['statistics']
  /** The statistics of a version, or null where they were not computed. */
  of(version: DatasetVersion): Statistics | null
  /** The statistics of a table; computed and kept where they are not there yet. */
  ensure(table: Table, job: JobContext, share?: { from: number; to: number }): Promise<Statistics>
}

export function createStatistics({ store, dataset }: { store: Store; dataset: DatasetRoom }): StatisticsRoom {
  const kept = collection<Statistics>(store.db, 'statistics')

  async function ensure(
    table: Table,
    job: JobContext,
    { from, to } = { from: 0, to: 1 },
  ): Promise<Statistics> {
    if (table.version) job.uses(table.version.id)
    const title = `Statistics of ${table.title}`
    const there = kept.newest(table.subject)
    if (there) {
      job.makes({ id: there.id, kind: 'statistics', title })
      return there
    }
    const begin = performance.now()
    const found = await compute(table, {
      signal: job.signal,
      tell: (share, step) => job.progress(from + (to - from) * share, step),
    })
    const content = { of: { version: table.version?.id ?? null, title: table.title }, ...found }
    const id = hashOf(canonicalJson({ subject: table.subject, ...content }))
    const seconds = Number(((performance.now() - begin) / 1000).toFixed(3))
    const statistics: Statistics = { id, ...content, seconds, at: now(), madeBy: job.id }
    job.signal.throwIfAborted()
    kept.put(statistics, table.subject)
    job.makes({ id, kind: 'statistics', title })
    return statistics
  }

  const newest = (subject: Hash) => kept.newest(subject)

  return {
    door: {
      async compute({ data }, job) {
        const table = await dataset.open(data, {
          signal: job.signal,
          tell: (share, step) => job.progress(share === null ? null : share / 2, step),
        })
        try {
          return await ensure(table, job, { from: table.version ? 0 : 0.5, to: 1 })
        } finally {
          table.close()
        }
      },
      async show({ data }, { signal }) {
        return { statistics: newest((await dataset.subjectOf(data, signal)).subject) }
      },
    },
    of: version => newest(version.id),
    ensure,
  }
}
