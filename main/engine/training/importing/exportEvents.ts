import { renameSync, rmSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Run } from '#contract'
import type { JobContext } from '../../jobs/index.ts'
import { ensureFolder } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import { type HparamValue, openEventWriter, spread } from '../events/index.ts'
import { readModel } from '../model.ts'
import { pieceFrom } from '../record/piece.ts'
import { weightsOf } from '../record/weights.ts'
import type { RunFiles } from './runFiles.ts'

/** What of a plan is shown as values that the run was started with. */
const SETTINGS = ['trainer', 'epochs', 'batch', 'learningRate', 'schedule', 'dropout', 'seed'] as const

/** Writes the figures of a run, what it was started with, and how its weights are spread, as TensorBoard reads them. */
export function openExporting(store: Store, files: RunFiles) {
  // One figure at a time: a query that stands open keeps others from writing.
  const keys = store.db.prepare('SELECT key FROM run_metrics WHERE run = ? ORDER BY key')
  const pieces = store.db.prepare('SELECT body FROM run_points WHERE run = ? AND key = ? ORDER BY first_step')

  return async function exportEvents(run: Run, out: string, job: JobContext) {
    const folder = join(ensureFolder(resolve(out)), run.id)
    // Written aside: what an earlier export of this run left is replaced by a whole one, and points are never there twice.
    const aside = join(resolve(out), `.${run.id}.part`)
    const start = new Date(run.at).getTime() / 1000
    const end = new Date(run.endedAt ?? run.at).getTime() / 1000
    const writer = await openEventWriter(aside, start, 'edgewright')
    let [points, histograms] = [0, 0]
    try {
      writer.params(settingsOf(run), run.id, start)
      for (const { key } of keys.all(run.id) as { key: string }[]) {
        for (const { body } of pieces.all(run.id, key) as { body: Uint8Array }[]) {
          const piece = pieceFrom(body)
          for (let i = 0; i < piece.length; i += 3)
            writer.scalar(key, piece[i] as number, piece[i + 1] as number, piece[i + 2] as number)
          points += piece.length / 3
          await writer.flush()
          job.signal.throwIfAborted()
        }
        job.progress(null, `${points} points`)
      }
      for (const { key, step, at, buckets } of files.histograms(run.id)) {
        writer.histogram(key, step, at, buckets)
        histograms++
        if (histograms % 100 === 0) await writer.flush()
      }
      if (run.artifact !== null) {
        const model = readModel(store, run)
        const kind = model.manifest.format === 'edgewright-model/1' ? 'layers' : 'graph'
        for (const { name, values } of weightsOf(model, kind)) {
          writer.histogram(`weights/${name}`, run.best ?? run.epochs.length, end, spread(values))
          histograms++
        }
      }
      if (run.notes) writer.text('notes', 0, end, run.notes)
      writer.ended(run.state === 'succeeded' ? 1 : run.state === 'running' ? 0 : 2, end)
      await writer.close()
      const path = join(ensureFolder(folder), basename(writer.path))
      renameSync(writer.path, path)
      job.log(`Written to ${path}.`)
      return { path, points, histograms }
    } catch (error) {
      await writer.close().catch(() => {})
      throw error
    } finally {
      rmSync(aside, { recursive: true, force: true })
    }
  }
}

function settingsOf({ plan, origin }: Run): Record<string, HparamValue> {
  const own = origin === 'trained' ? SETTINGS.map(name => [name, plan[name]] as const) : []
  const asked = Object.entries(plan.hparams).map(([name, value]) => [
    name,
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? value
      : JSON.stringify(value),
  ])
  return Object.fromEntries([...own, ...asked])
}
