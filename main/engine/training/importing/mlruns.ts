import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import type { Point } from '../runs.ts'

/** A run in a folder that MLflow keeps its runs in. */
export interface MlflowRun {
  name: string
  experiment: string
  folder: string
  status: 'running' | 'succeeded' | 'failed' | 'cancelled'
  /** Milliseconds since 1970. */
  startedAt: number
  endedAt: number | null
}

/** `RunStatus` as MLflow writes it, by its number or its name. */
const STATUS: Record<string, MlflowRun['status']> = {
  1: 'running',
  RUNNING: 'running',
  2: 'running',
  3: 'succeeded',
  FINISHED: 'succeeded',
  4: 'failed',
  FAILED: 'failed',
  5: 'cancelled',
  KILLED: 'cancelled',
}

/** The plain values of a `meta.yaml`, which has one a line. */
function metaIn(folder: string): Record<string, string> | null {
  const file = join(folder, 'meta.yaml')
  if (!existsSync(file)) return null
  return Object.fromEntries(
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap(line => {
        const [, key, value = ''] = /^(\w+):\s*(.*?)\s*$/.exec(line) ?? []
        return key === undefined ? [] : [[key, value.replace(/^(['"])(.*)\1$/, '$2')]]
      }),
  )
}

const foldersIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(entry => join(folder, entry.name))

/**
 * The runs in a folder of MLflow's file store (mlflow/store/tracking/file_store.py): `mlruns`, the folder that holds it,
 * one of its experiments, or a run. Empty where it is none.
 */
export function mlflowRuns(path: string): MlflowRun[] {
  const own = metaIn(path)
  if (own?.run_id) return runOf(path, metaIn(dirname(path))?.name ?? 'mlflow')
  if (own?.experiment_id) return foldersIn(path).flatMap(run => runOf(run, own.name || basename(path)))
  const inner = existsSync(join(path, 'mlruns')) ? join(path, 'mlruns') : path
  return foldersIn(inner).flatMap(experiment =>
    metaIn(experiment)?.experiment_id ? mlflowRuns(experiment) : [],
  )
}

function runOf(folder: string, experiment: string): MlflowRun[] {
  const meta = metaIn(folder)
  if (!meta?.run_id || meta.lifecycle_stage === 'deleted') return []
  return [
    {
      name: meta.run_name || meta.run_id,
      experiment,
      folder,
      status: STATUS[meta.status ?? ''] ?? 'running',
      startedAt: Number(meta.start_time) || Date.now(),
      endedAt: Number(meta.end_time) || null,
    },
  ]
}

/** The files of a part of a run, with their names, which may have slashes. */
function* partOf(folder: string, part: string): Generator<[name: string, text: string]> {
  const root = join(folder, part)
  if (!existsSync(root)) return
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) {
      const path = join(entry.parentPath, entry.name)
      yield [relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8')]
    }
}

/** The points of all figures; lines are `milliseconds value step`. @returns how many lines could not be read */
export function readMetrics(folder: string, tell: (points: Point[]) => void): number {
  let damaged = 0
  for (const [key, text] of partOf(folder, 'metrics')) {
    const points: Point[] = []
    for (const line of text.split('\n')) {
      if (line === '') continue
      const [time, value = '', step = '0'] = line.trim().split(/\s+/)
      const number = /^[-+]?inf/i.test(value)
        ? (value.startsWith('-') ? -1 : 1) * Number.POSITIVE_INFINITY
        : Number(value)
      const point = { key, step: Number(step), at: Number(time) / 1000, value: number }
      if (value === '' || !Number.isFinite(point.step) || !Number.isFinite(point.at)) damaged++
      else points.push(point)
    }
    tell(points)
  }
  return damaged
}

export const readParams = (folder: string): Record<string, string> =>
  Object.fromEntries(partOf(folder, 'params'))

/** Tags that a person set; those of MLflow itself say where it came from. */
export const readTags = (folder: string): Record<string, string> =>
  Object.fromEntries([...partOf(folder, 'tags')].filter(([key]) => !key.startsWith('mlflow.')))
