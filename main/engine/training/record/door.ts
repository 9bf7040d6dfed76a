import type { DatasetVersion, Run } from '#contract'
import type { Doors, JobContext } from '../../jobs/index.ts'
import type { Store } from '../../store/index.ts'
import type { openAttaching } from '../attach.ts'
import { readModel } from '../model.ts'
import type { Runs } from '../runs.ts'
import { compareRuns } from './compare.ts'
import { openCurves } from './curves.ts'
import { openRepeating } from './repeat.ts'
import type { openShelves } from './shelves.ts'
import { openTable } from './table.ts'
import { histogramOf, weightsOf } from './weights.ts'

type Verbs =
  | 'list'
  | 'page'
  | 'columns'
  | 'metrics'
  | 'curve'
  | 'logs'
  | 'watchLogs'
  | 'usage'
  | 'where'
  | 'attach'
  | 'cancel'
  | 'edit'
  | 'remove'
  | 'restore'
  | 'purge'
  | 'compare'
  | 'histogram'
  | 'rerun'

/** Runs that a list holds where it is not said; a page goes through all of them. */
const NEWEST = 500

/** The record of runs at the door: tables, curves, logs, order, comparison and repetition. */
export function openRunsDoor({
  store,
  runs,
  dataset,
  shelves,
  attaching,
  repeat,
}: {
  store: Store
  runs: Runs
  dataset: { resolve(ref: string): DatasetVersion }
  shelves: ReturnType<typeof openShelves>
  attaching: ReturnType<typeof openAttaching>
  repeat(run: Run, job: JobContext): Promise<Run>
}): Pick<Doors['training'], Verbs> {
  const table = openTable(store, versionsOf)
  const curves = openCurves(store)
  const rerun = openRepeating({ store, runs, curves, repeat })
  const used = store.db.prepare('SELECT DISTINCT version FROM runs WHERE version IS NOT NULL')

  /** The versions that runs were trained on and that a name means: all of a dataset by its name, or one. */
  function versionsOf(ref: string): string[] {
    const meant = dataset.resolve(ref)
    if (ref !== meant.dataset) return [meant.id]
    return (used.all() as { version: string }[])
      .map(({ version }) => version)
      .filter(version => {
        try {
          return dataset.resolve(version).dataset === meant.dataset
        } catch {
          return false
        }
      })
  }

  return {
    list: async ({ model, dataset: name, limit = NEWEST }) =>
      runs.list({ model, versions: name === undefined ? undefined : versionsOf(name), limit }),
    page: async asked => table.page(asked),
    columns: async asked => table.columns(asked),
    metrics: async asked => {
      for (const id of asked.runs) runs.has(id) || runs.get(id)
      return curves.metrics(asked)
    },
    curve: async asked => {
      runs.get(asked.run)
      return curves.curve(asked)
    },
    logs: async ({ run, after, limit, last }) => ({
      lines: last ? runs.lastLines(run, limit) : runs.lines(run, after, limit),
      total: runs.lastLines(run, 1)[0]?.sequence ?? 0,
    }),
    async *watchLogs({ run, after, toEnd }, { signal }) {
      const over = new AbortController()
      const stop = AbortSignal.any([signal, over.signal])
      if (toEnd)
        void (async () => {
          for await (const _ of runs.watch(run, stop));
        })().finally(() => over.abort())
      let heard = after
      for await (const lines of runs.watchLines(run, after, stop)) {
        heard = lines.at(-1)?.sequence ?? heard
        yield { lines }
      }
      // The last lines and the end of a run are told in one breath.
      while (over.signal.aborted && !signal.aborted) {
        const lines = runs.lines(run, heard)
        if (lines.length === 0) return
        heard = lines.at(-1)?.sequence ?? heard
        yield { lines }
      }
    },
    usage: ({ run }, { signal }) => runs.watchUsage(run, signal),
    where: async ({ run }) => ({
      run,
      target: runs.get(run).plan.target,
      goesOn: runs.placement(run) !== null,
    }),
    attach: ({ run }, job) => attaching.attach(run, job),
    cancel: ({ run, anyway }) => attaching.cancel(run, anyway),
    edit: async asked => ({ runs: shelves.edit(asked) }),
    remove: async asked => ({ runs: shelves.remove(asked.runs) }),
    restore: async asked => ({ runs: shelves.restore(asked.runs) }),
    purge: async asked => shelves.purge(asked.runs),
    compare: async asked => compareRuns(asked.runs, runs, curves.of),
    histogram: async ({ run, bins }) => {
      const model = readModel(store, runs.get(run))
      const kind = model.manifest.format === 'edgewright-model/1' ? 'layers' : 'graph'
      return { layers: weightsOf(model, kind).map(weights => histogramOf(weights, bins)) }
    },
    rerun: ({ run, tolerance }, job) => rerun(run, tolerance, job),
  }
}
