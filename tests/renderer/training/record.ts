import type { Epoch, Run, RunColumn, RunRow, RunValue } from '#contract'
import type { Answers } from '../../../renderer/engine/fake.ts'

const KEYS = {
  loss: 'loss',
  eval_loss: 'evalLoss',
  accuracy: 'accuracy',
  eval_accuracy: 'evalAccuracy',
} as const

const pointsOf = (run: Run, key: string): [number, number][] =>
  run.epochs.flatMap((epoch: Epoch) => {
    const value = epoch[KEYS[key as keyof typeof KEYS]]
    return value === null || value === undefined ? [] : [[epoch.epoch, value] as [number, number]]
  })

function cellOf(run: Run, column: RunColumn): RunValue {
  const at = column.indexOf(':')
  const [kind, name] = [column.slice(0, at), column.slice(at + 1)]
  if (at < 0) return column === 'epochs' ? run.epochs.length : column === 'target' ? run.plan.target : null
  if (kind === 'param') return ((run.plan as Record<string, unknown>)[name] as RunValue) ?? null
  const values = pointsOf(run, name).map(point => point[1])
  if (!values.length) return null
  return kind === 'least'
    ? Math.min(...values)
    : kind === 'most'
      ? Math.max(...values)
      : (values.at(-1) ?? null)
}

/** A run as a line of the table, as the engine makes it. */
export const rowOf = (run: Run, columns: readonly RunColumn[] = []): RunRow => ({
  id: run.id,
  model: run.model,
  origin: run.origin,
  state: run.state,
  dataset: run.plan.dataset,
  trainer: run.plan.trainer,
  target: run.plan.target,
  tags: run.tags,
  notes: run.notes,
  pinned: run.pinned,
  search: run.search,
  repeats: run.repeats,
  artifact: run.artifact,
  epochs: run.epochs.length,
  best: run.best,
  at: run.at,
  endedAt: run.endedAt,
  job: run.job,
  values: columns.map(column => cellOf(run, column)),
})

const shelfOf = (run: Run) => (run.removedAt !== null ? 'bin' : run.archived ? 'archive' : 'open')

/** The record of runs as the engine answers from it. */
export function recordOf(runs: () => Run[]): NonNullable<Answers['training']> {
  const named = (id: string) => runs().find(run => run.id === id) as Run
  return {
    page: async asked => {
      const newestFirst = [...runs()].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
      const here = newestFirst.filter(
        run =>
          shelfOf(run) === (asked.shelf ?? 'open') &&
          (!asked.state || asked.state.includes(run.state)) &&
          (asked.pinned === undefined || run.pinned === asked.pinned) &&
          (!asked.dataset || run.plan.dataset === asked.dataset) &&
          (!asked.tags || asked.tags.every(tag => run.tags.includes(tag))) &&
          (!asked.search || run.search === asked.search) &&
          (!asked.text || `${run.id} ${run.model} ${run.notes}`.includes(asked.text)),
      )
      const count = (shelf: string) => runs().filter(run => shelfOf(run) === shelf).length
      const offset = asked.offset ?? 0
      return {
        runs: here.slice(offset, offset + (asked.limit ?? 100)).map(run => rowOf(run, asked.columns)),
        total: here.length,
        offset,
        shelves: { open: count('open'), archive: count('archive'), bin: count('bin') },
      }
    },
    columns: async () => ({
      metrics: Object.keys(KEYS),
      params: [],
      tags: [...new Set(runs().flatMap(run => run.tags))],
    }),
    show: async ({ run }) => named(run),
    metrics: async ({ runs: ids }) => {
      const metrics = ids.flatMap(id =>
        Object.keys(KEYS).flatMap(key => {
          const points = named(id) ? pointsOf(named(id), key) : []
          const values = points.map(point => point[1])
          return points.length
            ? [
                {
                  run: named(id).id,
                  key,
                  points: points.length,
                  last: values.at(-1) ?? null,
                  least: Math.min(...values),
                  most: Math.max(...values),
                  lastStep: points.at(-1)?.[0] ?? 0,
                },
              ]
            : []
        }),
      )
      return { metrics, total: metrics.length }
    },
    curve: async ({ run, key, axis }) => {
      const points = pointsOf(named(run), key)
      const x = points.map(point => point[0])
      return {
        run: named(run).id,
        key,
        axis: axis ?? 'step',
        x,
        y: points.map(point => point[1]),
        points: points.length,
        extent: x.length ? [x[0] as number, x.at(-1) as number] : null,
      }
    },
    logs: async () => ({ lines: [] }),
    watchLogs: async () =>
      (async function* () {
        await new Promise(() => {})
      })(),
    usage: async () =>
      (async function* () {
        await new Promise(() => {})
      })(),
    files: async () => ({ files: [] }),
    histograms: async () => ({ histograms: [] }),
    compare: async ({ runs: ids }) => {
      const all = ids.map(named)
      const names = Object.keys(all[0]?.plan ?? {})
      const text = (run: Run, name: string): RunValue => {
        const value = (run.plan as Record<string, unknown>)[name]
        return typeof value === 'object' ? JSON.stringify(value) : ((value as RunValue) ?? null)
      }
      const parameters = names.map(name => ({ name, values: all.map(run => text(run, name)) }))
      const differing = parameters.filter(({ values }) => values.some(value => value !== values[0]))
      const of = (key: string, kind: string) =>
        all.map(run => cellOf(run, `${kind}:${key}` as RunColumn) as number | null)
      return {
        runs: all.map(({ id, model, state, at }) => ({ id, model, state, at })),
        parameters: differing,
        same: parameters.length - differing.length,
        metrics: Object.keys(KEYS).map(key => ({
          key,
          last: of(key, 'last'),
          least: of(key, 'least'),
          most: of(key, 'most'),
        })),
      }
    },
  }
}
