import type { JobId, Run, Tracking } from '#contract'
import { now } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import { nameFrom, newRun } from '../importing/newRun.ts'
import type { RunFiles } from '../importing/runFiles.ts'
import type { Point, Runs } from '../runs.ts'
import { folderArtifacts } from './artifacts.ts'
import type { Recorded } from './recorded.ts'
import { serveTracking } from './serve.ts'

/** What programs tell without a job that began them. */
const NO_JOB = 'job-0' as JobId

const STATES = { FINISHED: 'succeeded', FAILED: 'failed', KILLED: 'cancelled' } as const

/** Values that JSON cannot write come as texts. */
export const pointsIn = (said: Extract<Recorded, { kind: 'points' }>): Point[] =>
  said.points.map(point => ({ ...point, value: Number(point.value) }))

/** What programs on this computer record by MLflow's client, as runs while they work. */
export function openTracking({ store, runs, files }: { store: Store; runs: Runs; files: RunFiles }) {
  let serving: { tracking: Tracking; close(): Promise<void> } | null = null
  /** The run of each of MLflow's. */
  const known = new Map<string, Run['id']>()

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
    const id = 'run' in said && said.run !== null ? known.get(said.run) : undefined
    if (id === undefined || !runs.has(id)) return
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
    if (!store.db.open) return
    for (const id of known.values())
      if (runs.has(id) && runs.get(id).state === 'running')
        runs.change(id, { state: 'interrupted', endedAt: now() })
    known.clear()
  }

  return async function track({ port, stop: stops }: { port: number; stop: boolean }) {
    if (stops) await stop()
    else if (!serving) {
      const folder = store.place('tmp', 'tracking')
      const { port: bound, close } = await serveTracking({
        port,
        artifacts: folderArtifacts(folder),
        tell: said => tell(said, folder),
      })
      serving = { tracking: { address: `http://127.0.0.1:${bound}`, since: now() }, close }
    }
    return { tracking: serving?.tracking ?? null }
  }
}
