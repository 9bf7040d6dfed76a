import type { Hash, Statistics, StatisticsPlan } from '#contract'
import type { DatasetRoom } from '../dataset/index.ts'
import type { Doors, JobContext } from '../jobs/index.ts'
import { fail } from '../kit/index.ts'
import type { DatasetFeatureStatisticsList } from '../metadata/index.ts'
import { pairsOf } from './compare.ts'
import { type Kept, type Shown, wholeOf } from './kept.ts'
import { protoOfTable, viewOf, wantWritable, writeList } from './messages.ts'
import { driftBetween, pageOf } from './page.ts'
import { type Producer, rowsOf, type Stretch } from './produce.ts'
import { shelfOf } from './shelf.ts'
import { subjectOf } from './subject.ts'

type Plan = Pick<StatisticsPlan, 'data'> & Partial<Omit<StatisticsPlan, 'data'>>

const WHOLE: Stretch = { from: 0, to: 1 }
const FIRST: Stretch = { from: 0, to: 0.5 }
const SECOND: Stretch = { from: 0.5, to: 1 }
/** Answers of a kind that are held in memory. */
const HELD = 4

/** Holds the last few answers that are final. */
function lately<T>(): (id: string, isFinal: boolean, make: () => T | Promise<T>) => Promise<T> {
  const held = new Map<string, T>()
  return async (id, isFinal, make) => {
    const found = held.get(id) ?? (await make())
    if (!isFinal) return found
    held.delete(id)
    held.set(id, found)
    for (const old of [...held.keys()].slice(0, -HELD)) held.delete(old)
    return found
  }
}

/** What the room offers to everyone. */
export function createDoor(tools: {
  dataset: DatasetRoom
  kept: Kept
  producer: Producer
}): Doors['statistics'] {
  const { dataset, kept, producer } = tools
  const viewed = lately<Shown>()
  const drifts = lately<(number | null)[]>()
  const isWhole = (id: Hash) => !producer.growing.has(id)

  /** Statistics by a plan; computed where they are not there yet. */
  async function made(
    plan: Plan,
    job: JobContext,
    stretch: Stretch,
    wantMessage = false,
  ): Promise<{ shown: Shown; message: DatasetFeatureStatisticsList | null }> {
    const { signal } = job
    const { id, message, title, where } = await subjectOf(dataset, plan, signal)
    if (message) return { shown: await producer.ofMessage(id, title ?? plan.data, message, job), message }
    const there = wantMessage ? null : kept.get(id)
    if (there) {
      if (there.head.of.version) job.uses(there.head.of.version)
      job.makes({ id, kind: 'statistics', title: `Statistics of ${there.head.of.title}` })
      return { shown: there, message: null }
    }
    const half = stretch.from + (stretch.to - stretch.from) / 2
    const tell = (share: number | null, step: string) =>
      job.progress(share === null ? null : stretch.from + (half - stretch.from) * share, step)
    // What narrows rows knows columns by their types, so only whole files are read as bare texts.
    const as = plan.tfdv && !where.length && plan.split === undefined ? 'text' : undefined
    const opened = await dataset.open(plan.data, { as, signal, tell })
    try {
      const table = await rowsOf(opened, plan, { where, name: plan.within }, signal)
      const { slice, weight, correlations, tfdv, schema, labelFeature } = plan
      const doing = { slice, weight, correlations, tfdv, schema, labelFeature }
      const end = wantMessage && !tfdv ? (half + stretch.to) / 2 : stretch.to
      const shown = await producer.figures(id, table, doing, job, {
        from: opened.version ? stretch.from : half,
        to: end,
      })
      if (!wantMessage) return { shown, message: null }
      const list = tfdv
        ? await kept.message(id)
        : await protoOfTable(table, {
            slices: slice,
            weight,
            correlations,
            signal,
            tell: (share, step) =>
              job.progress(share === null ? null : end + (stretch.to - end) * share, step),
          })
      return { shown, message: list }
    } finally {
      opened.close()
    }
  }

  /** Statistics that were computed, or that a file holds; also those of which some features are done. */
  async function found(plan: Plan, signal: AbortSignal): Promise<{ id: Hash; shown: Shown | null }> {
    const { id, message, title } = await subjectOf(dataset, plan, signal)
    const there = kept.get(id)
    if (there || !message) return { id, shown: there ?? producer.growing.get(id)?.() ?? null }
    return { id, shown: await viewed(id, true, () => shownOf(id, title ?? plan.data, message)) }
  }

  /** The data that is laid beside: looked at the same way if that was computed, else as it is. */
  async function foundBeside(plan: Plan, other: string, signal: AbortSignal) {
    const { slice: _, ...same } = plan
    for (const want of [{ ...plan, data: other }, { ...same, data: other }, { data: other }])
      try {
        const { id, shown } = await found(want, signal)
        if (shown) return { id, shown }
      } catch (error) {
        // Another dataset need not have the slice or the split.
        if (want.data === other && Object.keys(want).length === 1) throw error
      }
    throw fail(
      'not-found',
      `The statistics of "${other}" were not computed yet.`,
      `Compute them first: edgewright statistics compute "${other}"`,
    )
  }

  return {
    async compute({ out, ...plan }, job) {
      if (out !== undefined) wantWritable(out)
      const { shown, message } = await made(plan, job, WHOLE, out !== undefined)
      if (out !== undefined && message) {
        job.signal.throwIfAborted()
        await writeList(out, message)
      }
      return { ...wholeOf(shown), ...(out === undefined ? {} : { out }) }
    },
    async show(plan, { signal }) {
      const { id, shown } = await found(plan, signal)
      return { statistics: shown && isWhole(id) ? wholeOf(shown) : null }
    },
    async features({ with: other, search, types, order, descending, offset, limit, ...plan }, { signal }) {
      const { id, shown } = await found(plan, signal)
      if (!shown) return { statistics: null, features: [], total: 0 }
      const want = { search, types, order, descending, offset, limit }
      const beside = other === undefined ? null : await foundBeside(plan, other, signal)
      const page = pageOf(
        shown,
        want,
        beside
          ? {
              shown: beside.shown,
              drifts: await drifts(`${id} ${beside.id}`, isWhole(id) && isWhole(beside.id), () =>
                driftBetween(shown.shelf, beside.shown.shelf),
              ),
            }
          : undefined,
      )
      return { statistics: shown.head, ...page }
    },
    async compare({ data, with: other }, job) {
      const one = await made({ data }, job, FIRST)
      const two = await made({ data: other }, job, SECOND)
      return {
        a: one.shown.head.of.title,
        b: two.shown.head.of.title,
        rows: { a: one.shown.head.rows, b: two.shown.head.rows },
        features: pairsOf(one.shown, two.shown),
      }
    },
    async report({ with: other, out, ...plan }, job) {
      const { writeReport, wantReport } = await import('./report/index.ts')
      wantReport(out)
      const one = await made(plan, job, other === undefined ? WHOLE : FIRST)
      const two = other === undefined ? null : await made({ data: other }, job, SECOND)
      job.progress(null, 'writing the report')
      return writeReport(out, one.shown, two?.shown ?? null, job.signal)
    },
  }

  async function shownOf(id: Hash, title: string, message: DatasetFeatureStatisticsList): Promise<Shown> {
    const { features, ...of } = await viewOf(message, title)
    const head: Omit<Statistics, 'features'> = {
      id,
      of: { version: null, title },
      ...of,
      seconds: 0,
      at: new Date(0).toISOString(),
      madeBy: null,
    }
    return { head, shelf: shelfOf(features) }
  }
}
