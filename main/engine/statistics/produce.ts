import type { DatasetVersion, Hash, StatisticsPlan } from '#contract'
import { type DatasetRoom, narrowed, type Table } from '../dataset/index.ts'
import type { JobContext } from '../jobs/index.ts'
import { now } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import { appendingOf } from './appended.ts'
import { strictAppendingOf } from './appendedStrict.ts'
import { compute } from './compute.ts'
import type { Head, Kept, Shown } from './kept.ts'
import type { KeptCounts } from './keptCounts.ts'
import { protoOfTable, viewOf } from './messages.ts'
import { inSplit } from './parts.ts'
import { shelfOf } from './shelf.ts'
import { schemaIn } from './subject.ts'

/** What to do with a table, once it is known what the data is. */
export type Doing = Partial<Omit<StatisticsPlan, 'data' | 'within' | 'split'>>

/** A stretch of a job's progress. */
export interface Stretch {
  from: number
  to: number
}

const tellOf =
  (job: JobContext, { from, to }: Stretch) =>
  (share: number | null, step: string): void =>
    job.progress(share === null ? null : from + (to - from) * share, step)

/** Statistics that are being computed: what is done of them can be looked at already. */
export type Growing = Map<Hash, () => Shown>

/** Computes, keeps and tells what was made. */
export interface Producer {
  /**
   * Statistics of a table by the hash of what decides them; those that were kept where they are there.
   * @param rest what else the figures depend on, already applied to the table
   */
  figures(id: Hash, table: Table, doing: Doing, job: JobContext, stretch: Stretch): Promise<Shown>
  /** Keeps what a message says. */
  ofMessage(id: Hash, title: string, message: Parameters<typeof viewOf>[0], job: JobContext): Promise<Shown>
  growing: Growing
}

/** The rows that a plan means. @throws Failure empty-data where there are none */
export async function rowsOf(
  table: Table,
  { split }: Partial<Pick<StatisticsPlan, 'split'>>,
  slice: { where: Parameters<typeof narrowed>[1]; name?: string },
  signal: AbortSignal,
): Promise<Table> {
  const some = slice.where.length
    ? await narrowed(table, slice.where, {
        title: slice.name === undefined ? undefined : `${table.title}, ${slice.name}`,
        signal,
      })
    : table
  return split ? inSplit(some, split) : some
}

export function createProducer(tools: {
  store: Store
  dataset: DatasetRoom
  kept: Kept
  counts: KeptCounts
}): Producer {
  const { kept } = tools
  const growing: Growing = new Map()
  const titled = (job: JobContext, { head }: Shown) =>
    job.makes({ id: head.id, kind: 'statistics', title: `Statistics of ${head.of.title}` })

  return {
    growing,
    async figures(id, table, doing, job, stretch) {
      if (table.version) job.uses(table.version.id)
      const there = kept.get(id)
      if (there) {
        titled(job, there)
        return there
      }
      const begin = performance.now()
      const seconds = () => Number(((performance.now() - begin) / 1000).toFixed(3))
      const at = now()
      const of = { version: table.version?.id ?? null, title: table.title }
      const headOf = (found: Omit<Awaited<ReturnType<typeof compute>>, 'features'>): Head => {
        const { rows, splits, slices, weight, correlations } = found
        return {
          id,
          of,
          rows,
          splits,
          ...(slices ? { slices } : {}),
          ...(weight === undefined ? {} : { weight }),
          ...(correlations ? { correlations } : {}),
          seconds: seconds(),
          at,
          madeBy: job.id,
        }
      }
      const tell = tellOf(job, stretch)
      const { signal } = job
      const keep = async (found: Awaited<ReturnType<typeof compute>>) => {
        signal.throwIfAborted()
        const shown = kept.keep(headOf(found), found.features)
        titled(job, shown)
        return shown
      }
      const { version } = table
      const isPlain = version && !table.filter && table.subject === version.id && table.rows === version.rows
      if (doing.tfdv) {
        const message = (await kept.message(id)) ?? (await strictly(table, isPlain ? version : null))
        const found = await viewOf(message, table.title)
        signal.throwIfAborted()
        await kept.keepMessage(id, at, message)
        const { weight } = doing
        return keep({ ...found, ...(weight === undefined ? {} : { weight }) })
      }
      const appending = isPlain ? await appendingOf(tools, table, version, signal) : null
      const done: Parameters<typeof shelfOf>[0][number][] = []
      let shelf: ReturnType<typeof shelfOf> | null = null
      growing.set(id, () => {
        shelf ??= shelfOf([...done])
        return { head: headOf({ rows: table.rows, splits: table.splits }), shelf }
      })
      let isKept = false
      try {
        const found = await compute(table, {
          ...doing,
          signal,
          tell,
          done(features) {
            done.push(...features)
            shelf = null
          },
          counting: appending?.counting,
          counted: appending?.counted,
        })
        const shown = await keep(found)
        appending?.keep()
        isKept = true
        return shown
      } finally {
        growing.delete(id)
        if (!isKept) appending?.drop()
      }

      async function strictly(rows: Table, whole: DatasetVersion | null) {
        const { slice: slices, weight, correlations, labelFeature } = doing
        const schema = doing.schema === undefined ? null : await schemaIn(doing.schema)
        const by = { slices, weight }
        const counting = whole ? await strictAppendingOf(tools, rows, whole, by, signal) : null
        const options = { ...by, strict: true, correlations, schema, labelFeature, signal, tell }
        try {
          const message = await protoOfTable(rows, { ...options, ...(counting ? { counting } : {}) })
          counting?.keep()
          return message
        } catch (error) {
          counting?.drop()
          throw error
        }
      }
    },
    async ofMessage(id, title, message, job) {
      const there = kept.get(id)
      if (there) {
        titled(job, there)
        return there
      }
      const begin = performance.now()
      const { features, ...found } = await viewOf(message, title)
      job.signal.throwIfAborted()
      const head: Head = {
        id,
        of: { version: null, title },
        ...found,
        seconds: Number(((performance.now() - begin) / 1000).toFixed(3)),
        at: now(),
        madeBy: job.id,
      }
      const shown = kept.keep(head, features)
      titled(job, shown)
      return shown
    },
  }
}
