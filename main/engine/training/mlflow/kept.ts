import type { RunId } from '#contract'
import type { Store } from '../../store/index.ts'
import { pieceFrom } from '../record/piece.ts'
import type { Experiment, Keeper, Kind, LoggedModel, TrackedPoint, TrackedRun } from './things.ts'

/** Maps as lists of pairs: `params` and `tags` of all kinds. */
const MAPS = new Set(['params', 'tags'])
/** A thing as it is kept: without its figures, which are in the record of its run. */
const written = (thing: object): string =>
  JSON.stringify(thing, (key, value: unknown) =>
    key === 'figures' ? undefined : value instanceof Map ? [...value] : value,
  )
const read = <T>(body: string): T =>
  JSON.parse(body, (key, value: unknown) =>
    MAPS.has(key) && Array.isArray(value) ? new Map(value as [string, string][]) : value,
  ) as T

/**
 * The table `tracked`. Figures are not in it: they are read from the record of the run, when somebody asks.
 * @param known the run of each of MLflow's; filled with those of before
 */
export function openKept({ db }: Pick<Store, 'db'>, known: Map<string, RunId>): Keeper {
  const all = db.prepare('SELECT id, run, body FROM tracked WHERE kind = ? ORDER BY rowid')
  const drop = db.prepare('DELETE FROM tracked WHERE kind = ? AND id = ?')
  const write = db.prepare(
    `INSERT INTO tracked (kind, id, run, body) VALUES (@kind, @id, @run, @body)
     ON CONFLICT (kind, id) DO UPDATE SET body = @body`,
  )
  const keys = db.prepare('SELECT key FROM run_metrics WHERE run = ?').pluck()
  const pieces = db.prepare('SELECT body FROM run_points WHERE run = ? AND key = ? ORDER BY first_step')

  function figuresOf(run: string): Map<string, TrackedPoint[]> {
    const figures = new Map<string, TrackedPoint[]>()
    for (const key of keys.all(run) as string[]) {
      const points: TrackedPoint[] = []
      for (const { body } of pieces.all(run, key) as { body: Uint8Array }[]) {
        const piece = pieceFrom(body)
        for (let i = 0; i < piece.length; i += 3) {
          const [step, at, value] = piece.subarray(i, i + 3) as unknown as [number, number, number]
          points.push({ step, timestamp: Math.round(at * 1000), value })
        }
      }
      figures.set(key, points)
    }
    return figures
  }

  function runsOf(rows: { id: string; run: RunId | null; body: string }[]): TrackedRun[] {
    return rows.flatMap(({ id, run, body }) => {
      if (run === null) return []
      known.set(id, run)
      let figures: TrackedRun['figures'] | undefined
      const kept = read<Omit<TrackedRun, 'figures'>>(body)
      // Those of runs that nobody asks for again are not read.
      return Object.defineProperty(kept, 'figures', { get: () => (figures ??= figuresOf(run)) }) as TrackedRun
    })
  }

  const rowsOf = (kind: Kind) => all.all(kind) as { id: string; run: RunId | null; body: string }[]
  return {
    load: () => ({
      experiments: rowsOf('experiment').map(({ body }) => read<Experiment>(body)),
      runs: runsOf(rowsOf('run')),
      models: rowsOf('model').map(({ body }) => read<LoggedModel>(body)),
    }),
    save(kind, id, thing) {
      if (!db.open) return
      if (thing === null) return void drop.run(kind, id)
      const run = kind === 'run' ? (known.get(id) ?? null) : null
      write.run({ kind, id, run, body: written(thing) })
    },
  }
}
