import { cpSync, existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { JobId, Tracking as Listening, Run } from '#contract'
import { ensureFolder, now } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import { nameFrom, newRun } from '../importing/newRun.ts'
import type { RunFiles } from '../importing/runFiles.ts'
import type { Point, Runs } from '../runs.ts'
import { folderArtifacts, keptArtifacts } from './artifacts.ts'
import { openKept } from './kept.ts'
import type { Recorded } from './recorded.ts'
import { serveTracking } from './serve.ts'

/** What programs tell without a job that began them. */
const NO_JOB = 'job-0' as JobId

const STATES = { FINISHED: 'succeeded', FAILED: 'failed', KILLED: 'cancelled' } as const

/** Values that JSON cannot write come as texts. */
export const pointsIn = (said: Extract<Recorded, { kind: 'points' }>): Point[] =>
  said.points.map(point => ({ ...point, value: Number(point.value) }))

/**
 * What programs on this computer record by MLflow's client, as runs while they work. A program goes on with what it began
 * when the engine ended and listens again.
 */
export function openTracking({ store, runs, files }: { store: Store; runs: Runs; files: RunFiles }) {
  let serving: { tracking: Listening; close(): Promise<void> } | null = null
  /** The run of each of MLflow's. */
  const known = new Map<string, Run['id']>()
  const keeper = openKept(store, known)
  const port = {
    set: store.db.prepare("INSERT OR REPLACE INTO tracked (kind, id, body) VALUES ('port', 'port', ?)"),
    get: store.db.prepare("SELECT body FROM tracked WHERE kind = 'port'").pluck(),
    forget: store.db.prepare("DELETE FROM tracked WHERE kind = 'port'"),
  }

  /** The run of one of MLflow's, which runs again where the engine had ended. */
  function goesOn(of: string): Run['id'] | null {
    const id = known.get(of)
    if (id === undefined || !runs.has(id)) return null
    if (runs.get(id).state === 'interrupted')
      runs.change(id, { state: 'running', failure: null, endedAt: null })
    return id
  }

  function bringBack(of: string, root: string, folder: string): void {
    const id = known.get(of)
    if (id === undefined || !runs.has(id)) return
    for (const { path } of files.list(id)) {
      const place = join(folder, root, path)
      if (existsSync(place)) continue
      ensureFolder(dirname(place))
      cpSync(files.find(id, path), place)
    }
  }

  function tell(said: Recorded, folder: string): void {
    if (!store.db.open) return
    if (said.kind === 'begun') {
      const { name, experiment, parent, at } = said
      const under = parent === null ? undefined : known.get(parent)
      const run = runs.put({
        ...newRun({
          id: runs.nextId(),
          model: nameFrom(experiment === 'Default' ? name : experiment),
          origin: 'imported',
          job: NO_JOB,
        }),
        backend: 'MLflow client',
        notes: name,
        at: new Date(at * 1000).toISOString(),
        tags: under === undefined ? [] : [`part of ${under}`],
      })
      known.set(said.run, run.id)
      return
    }
    const id = 'run' in said && said.run !== null ? goesOn(said.run) : null
    if (id === null) return
    if (said.kind === 'points') runs.points(id, pointsIn(said))
    else if (said.kind === 'params') runs.params(id, said.values)
    else if (said.kind === 'tags') {
      const tags = Object.entries(said.values).map(([key, value]) => `${key}=${value}`.slice(0, 80))
      runs.change(id, { tags: [...new Set([...runs.get(id).tags, ...tags])] })
    } else if (said.kind === 'file') void files.keepOne(id, folder, said.path).catch(console.error)
    else if (said.kind === 'ended' && said.status in STATES)
      runs.change(id, {
        state: STATES[said.status as keyof typeof STATES],
        endedAt: new Date(said.at * 1000).toISOString(),
      })
  }

  async function stop(): Promise<void> {
    await serving?.close()
    serving = null
    if (!store.db.open || store.readOnly) return
    port.forget.run()
    for (const id of known.values())
      if (runs.has(id) && runs.get(id).state === 'running')
        runs.change(id, { state: 'interrupted', endedAt: now() })
    known.clear()
  }

  async function listen(wanted: number): Promise<void> {
    const folder = store.place('tmp', 'tracking')
    const { port: bound, close } = await serveTracking({
      port: wanted,
      artifacts: keptArtifacts(folderArtifacts(folder), (run, root) => bringBack(run, root, folder)),
      tell: said => tell(said, folder),
      keeper,
    })
    serving = { tracking: { address: `http://127.0.0.1:${bound}`, since: now() }, close }
    port.set.run(String(bound))
  }

  return {
    async track({ port, stop: stops }: { port: number; stop: boolean }) {
      if (stops) await stop()
      else if (!serving) await listen(port)
      return { tracking: serving?.tracking ?? null }
    },
    /** Listens again where an engine was listening that was killed. Where that cannot be, programs are told nothing. */
    async again(): Promise<void> {
      const before = port.get.get() as string | undefined
      if (before === undefined || store.readOnly || serving) return
      await listen(Number(before)).catch(() => port.forget.run())
    },
    stop,
  }
}

export type Tracking = ReturnType<typeof openTracking>
