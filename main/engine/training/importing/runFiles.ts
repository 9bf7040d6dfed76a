import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import type { Hash, RunFile } from '#contract'
import { fail } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import type { Histogram } from '../events/index.ts'

/** Of one run so many files and bytes are kept. */
const MOST_FILES = 2000
const MOST_BYTES = 2 ** 31

/** The files that programs of runs left and recorded, and histograms that came with them. */
export function openRunFiles({ db, blobs }: Store) {
  const add = db.prepare('INSERT OR REPLACE INTO run_files (run, path, blob, bytes) VALUES (?, ?, ?, ?)')
  const all = db.prepare('SELECT path, blob, bytes FROM run_files WHERE run = ? ORDER BY path')
  const histogram = db.prepare(
    'INSERT OR REPLACE INTO run_histograms (run, key, step, at, body) VALUES (?, ?, ?, ?, ?)',
  )
  const steps = db.prepare('SELECT key, step FROM run_histograms WHERE run = ? ORDER BY key, step')
  const one = db.prepare('SELECT at, body FROM run_histograms WHERE run = ? AND key = ? AND step = ?')

  const keys = db.prepare(
    `SELECT key, count(*) AS steps, max(step) AS last FROM run_histograms WHERE run = ?
     GROUP BY key ORDER BY key LIMIT ?`,
  )
  const stepsOf = db
    .prepare('SELECT step FROM run_histograms WHERE run = ? AND key = ? ORDER BY step')
    .pluck()

  const histogramAt = (run: string, key: string, step: number): Pick<Histogram, 'at' | 'buckets'> => {
    const { at, body } = one.get(run, key, step) as { at: number; body: Uint8Array }
    return { at, buckets: new Float64Array(Uint8Array.from(body).buffer) }
  }

  const list = (run: string) => all.all(run) as (RunFile & { blob: Hash })[]

  return {
    list,
    /** Where a file lies, to be read only. @throws Failure `not-found` */
    find(run: string, path: string): string {
      const found = list(run).find(file => file.path === path)
      if (!found)
        throw fail(
          'not-found',
          `${run} has no file "${path}".`,
          `See its files with: edgewright training files ${run}`,
        )
      return blobs.path(found.blob)
    },
    /** Keeps all files in a folder, up to a limit. @returns what was left out, in words; null: nothing */
    async keep(run: string, folder: string, under = '', signal?: AbortSignal): Promise<string | null> {
      if (!existsSync(folder)) return null
      const [left, room] = [
        { files: 0, bytes: 0 },
        { files: MOST_FILES, bytes: MOST_BYTES },
      ]
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue
        const whole = join(entry.parentPath, entry.name)
        const { size } = statSync(whole)
        if (room.files === 0 || size > room.bytes) {
          left.files++
          left.bytes += size
          continue
        }
        room.files--
        room.bytes -= size
        const { hash, bytes } = await blobs.putFile(whole, signal ? { signal } : {})
        add.run(run, under + relative(folder, whole).split(sep).join('/'), hash, bytes)
      }
      return left.files === 0
        ? null
        : `${left.files} files of ${Math.round(left.bytes / 2 ** 20)} MB are beyond what is kept of a run.`
    },
    /** Keeps a file that a tracking server was given, under its path among the artifacts of its run. */
    async keepOne(run: string, folder: string, path: string): Promise<void> {
      const whole = join(folder, path)
      if (list(run).length >= MOST_FILES || statSync(whole).size > MOST_BYTES) return
      const { hash, bytes } = await blobs.putFile(whole)
      add.run(run, path.replace(/^.*?\/artifacts\//, ''), hash, bytes)
    },
    addHistograms(run: string, some: readonly Histogram[]): void {
      if (some.length === 0) return
      db.transaction(() => {
        for (const { key, step, at, buckets } of some)
          histogram.run(
            run,
            key,
            step,
            at,
            new Uint8Array(buckets.buffer, buckets.byteOffset, buckets.byteLength),
          )
      })()
    },
    *histograms(run: string): Generator<Histogram> {
      // One at a time: a query that stands open keeps others from writing.
      for (const { key, step } of steps.all(run) as Pick<Histogram, 'key' | 'step'>[])
        yield { key, step, ...histogramAt(run, key, step) }
    },
    histogramKeys: (run: string, most: number) =>
      keys.all(run, most) as { key: string; steps: number; last: number }[],
    histogramSteps: (run: string, key: string) => stepsOf.all(run, key) as number[],
    histogramAt,
  }
}

export type RunFiles = ReturnType<typeof openRunFiles>
