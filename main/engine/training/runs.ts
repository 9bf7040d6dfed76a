import { EventEmitter, on } from 'node:events'
import type { Epoch, Run, RunId, RunLine, Usage } from '#contract'
import { asRunId, fail } from '../kit/index.ts'
import { collection, type Store } from '../store/index.ts'
import { openEpochs } from './record/epochs.ts'
import { openLines, type SaidLine } from './record/lines.ts'
import type { Point } from './record/piece.ts'
import { openPlacements } from './record/placements.ts'
import { openPoints } from './record/points.ts'
import { openUsage, type UsedThen } from './record/usage.ts'
import type { Placement } from './targets/target.ts'

export type { SaidLine } from './record/lines.ts'
export type { Point } from './record/piece.ts'

/** What is to be written of a run at once: after a crash all of it is there, or nothing. */
export interface Heard {
  lines?: readonly SaidLine[]
  points?: readonly Point[]
  epochs?: readonly Epoch[]
  change?: Partial<Run>
  /** Up to here the output was heard, where its last line is none of the log. */
  cursor?: string | undefined
}

/** The runs of a workspace: what is known of each, its epochs, log and curves; told to whoever watches. */
export interface Runs {
  nextId(): RunId
  /** Writes a run as it begins, with its epochs, and tells. */
  put(run: Run): Run
  /** Changes some of what is known of a run, as it is now, and tells. @throws Failure `not-found` */
  change(id: string, change: Partial<Run>): Run
  /** Writes in one transaction what was heard of a run, and tells. @throws Failure `not-found` */
  hear(id: string, heard: Heard): Run
  /** A line for the log of a run. */
  line(id: string, line: SaidLine): void
  /** Points of its curves. A step that is told again counts as it was told last. */
  points(id: string, points: readonly Point[]): void
  /** Values that decide the run, by name, beside those that are known; they become `plan.hparams`. */
  params(id: string, params: Record<string, unknown>): Run
  /** Where the last line was in the output that was heard of the work that is placed. */
  lastCursor(id: string): string | null
  /** Keeps where the work goes on without this program; null: nowhere any more. */
  place(id: string, placement: Placement | null): void
  placement(id: string): Placement | null
  /** Runs that are not at their end and whose work goes on, or may, without this program. */
  placed(): RunId[]
  /** What it takes of its target just now; not kept. */
  used(id: string, usage: Usage): void
  /** @throws Failure `not-found` */
  get(id: string): Run
  has(id: string): boolean
  /** Newest first, without those in the bin; of one model, or on some versions of data. */
  list(wanted: Wanted): { runs: Run[]; total: number }
  /** The newest that has a model. */
  newest(model: string): Run | null
  /** Takes a run out with all that was kept of it in tables. */
  drop(id: string): void
  lines(id: string, after: number, limit?: number): RunLine[]
  lastLines(id: string, limit: number): RunLine[]
  /** The run now, then after each change until it ends or the signal stops. */
  watch(id: string, signal: AbortSignal): AsyncIterable<Run>
  watchLines(id: string, after: number, signal: AbortSignal): AsyncIterable<RunLine[]>
  /** What it took, then what it takes, until it ends or the signal stops. */
  watchUsage(id: string, signal: AbortSignal): AsyncIterable<UsedThen>
}

export interface Wanted {
  model?: string | undefined
  versions?: readonly string[] | undefined
  limit: number
}

type Stored = Omit<Run, 'epochs'>

export function openRuns(store: Store): Runs {
  const { db } = store
  const documents = collection<Stored>(db, 'runs')
  const epochs = openEpochs(store)
  const lines = openLines(store)
  const points = openPoints(store)
  const placements = openPlacements(store)
  const usage = openUsage(store)
  const changed = new EventEmitter().setMaxListeners(0)
  const last = db.prepare(
    `SELECT max(number) AS number FROM
       (SELECT CAST(substr(id, 5) AS INTEGER) AS number FROM runs UNION ALL SELECT number FROM purged_runs)`,
  )
  const has = db.prepare('SELECT 1 FROM runs WHERE id = ?')
  const purged = db.prepare(
    'INSERT OR IGNORE INTO purged_runs (number) VALUES (CAST(substr(?, 5) AS INTEGER))',
  )
  const some = `FROM runs WHERE shelf <> 'bin' AND (@model IS NULL OR subject = @model)
    AND (@versions IS NULL OR version IN (SELECT value FROM json_each(@versions)))`
  const newestOnes = db.prepare(`SELECT body ${some} ORDER BY at DESC, rowid DESC LIMIT @limit`)
  const countOf = db.prepare(`SELECT count(*) AS total ${some}`)
  const newestModel = db.prepare(
    `SELECT id FROM runs WHERE subject = ? AND shelf <> 'bin' AND json_extract(body, '$.artifact') IS NOT NULL
     ORDER BY at DESC, rowid DESC LIMIT 1`,
  )

  const tell = (run: Run): Run => {
    if (run.state !== 'running') usage.keep(run.id)
    changed.emit(run.id, run)
    return run
  }
  function stored(id: string): Stored {
    const found = documents.get(id)
    if (!found) throw fail('not-found', `There is no run ${id}.`, 'See the list of runs for those there are.')
    return found
  }
  const whole = (run: Stored): Run => ({ ...run, epochs: epochs.of(run.id) })

  function hear(id: string, heard: Heard): Run {
    const { run, written } = db.transaction(() => {
      const before = stored(id)
      const { epochs: all, ...change } = heard.change ?? {}
      const after = { ...before, ...change }
      if (heard.change) documents.put(after, after.model)
      if (all) epochs.replace(id, all)
      for (const figures of heard.epochs ?? []) epochs.add(id, figures)
      const written = lines.add(id, [...(heard.lines ?? [])])
      points.add(id, heard.points ?? [])
      const cursor = heard.cursor ?? heard.lines?.findLast(line => line.cursor !== undefined)?.cursor
      if (cursor !== undefined) placements.heard(id, cursor)
      return { run: after, written }
    })()
    lines.tell(id, written)
    const now = whole(run)
    return heard.change || heard.epochs?.length ? tell(now) : now
  }

  return {
    nextId: () => asRunId(`run-${((last.get() as { number: number | null }).number ?? 0) + 1}`),
    put: run => {
      db.transaction(() => {
        const { epochs: figures, ...document } = run
        documents.put(document, run.model)
        epochs.replace(run.id, figures)
      })()
      return tell(run)
    },
    change: (id, change) => hear(id, { change }),
    hear,
    line: (id, line) => void hear(id, { lines: [line] }),
    points: (id, some) => {
      if (!has.get(id)) stored(id)
      db.transaction(() => points.add(id, some))()
    },
    params: (id, params) => {
      const { plan } = stored(id)
      return hear(id, { change: { plan: { ...plan, hparams: { ...plan.hparams, ...params } } } })
    },
    lastCursor: placements.lastCursor,
    place: placements.place,
    placement: placements.placement,
    placed: placements.placed,
    used: usage.used,
    get: id => whole(stored(id)),
    has: id => has.get(id) !== undefined,
    list: ({ model = null, versions, limit }) => {
      const given = { model, versions: versions ? JSON.stringify(versions) : null }
      const bodies = newestOnes.all({ ...given, limit }) as { body: string }[]
      return {
        runs: bodies.map(({ body }) => whole(JSON.parse(body) as Stored)),
        ...(countOf.get(given) as { total: number }),
      }
    },
    newest: model => {
      const found = newestModel.get(model) as { id: string } | undefined
      return found ? whole(stored(found.id)) : null
    },
    drop: id => {
      stored(id)
      db.transaction(() => {
        purged.run(id)
        documents.remove(id)
      })()
      usage.forget(id)
    },
    lines: (id, after, limit) => {
      stored(id)
      return lines.lines(id, after, limit)
    },
    lastLines: lines.lastLines,
    async *watch(id, signal) {
      // Listening begins before the run is read, so that no change falls between the two.
      const changes = on(changed, id, { signal })
      const now = whole(stored(id))
      yield now
      if (now.state !== 'running') return
      try {
        for await (const [run] of changes as AsyncIterable<[Run]>) {
          yield run
          if (run.state !== 'running') return
        }
      } catch (error) {
        if (!signal.aborted) throw error
      }
    },
    watchLines: (id, after, signal) => lines.watch(stored(id).id, after, signal),
    async *watchUsage(id, signal) {
      const over = new AbortController()
      const comes = usage.watch(stored(id).id, AbortSignal.any([signal, over.signal]))
      const ended = ({ state }: Run | Stored) => {
        if (state !== 'running') over.abort()
      }
      changed.on(id, ended)
      ended(stored(id))
      try {
        yield* comes
      } finally {
        changed.off(id, ended)
      }
    },
  }
}
