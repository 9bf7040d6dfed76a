import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DatasetVersion, Failure, FileFormat } from '#contract'
import { contract, inputOf } from '#contract'
import { createDataset, type DatasetRoom } from '../../../main/engine/dataset/index.ts'
import { type JobContext, openJobs } from '../../../main/engine/jobs/index.ts'
import { ensureFolder, fail } from '../../../main/engine/kit/index.ts'
import { openLineage } from '../../../main/engine/lineage/index.ts'
import { openStore, type Store } from '../../../main/engine/store/index.ts'

export const SAMPLES = fileURLToPath(new URL('../../../resources/samples', import.meta.url))
/** The request of a caller who listens to the end. */
export const listening = { signal: new AbortController().signal }

/** A new workspace with its dataset room, and a folder for source files beside it; all of it goes with `close`. */
export interface Workspace {
  store: Store
  dataset: DatasetRoom
  /** Writes a source file. */
  file(name: string, content: string | Uint8Array): string
  /** Runs work as a job and gives its result; a failed job throws its failure. */
  job<T>(work: (job: JobContext) => Promise<T>, watch?: (job: { cancel(): void }) => void): Promise<T>
  import(file: string, plan?: Partial<ImportPlan>): Promise<DatasetVersion>
  /** Files under the workspace that are neither its database nor the engine's room for spilling. */
  leftovers(): string[]
  close(): Promise<void>
}

type ImportPlan = {
  name: string
  format: FileFormat
  table: string
  query: string
  key: string[]
  train: number
  eval: number
  test: number
}

export function openWorkspace(): Workspace {
  const base = mkdtempSync(join(tmpdir(), 'edgewright-test-'))
  const sources = ensureFolder(join(base, 'sources'))
  const store = openStore(join(base, 'workspace'))
  const dataset = createDataset({ store, samples: SAMPLES })
  const jobs = openJobs(store, openLineage(store))

  const job: Workspace['job'] = async (work, watch) => {
    jobs.offer('test', 'work', { title: () => 'test', cancel: '', run: (_, context) => work(context) })
    const started = jobs.start('test', 'work', null)
    watch?.({ cancel: () => void jobs.cancel(started.id) })
    const { status } = await jobs.ended(started.id)
    if (status.state === 'succeeded') return status.result as never
    const failure: Failure =
      status.state === 'failed' ? status.failure : { code: 'cancelled', message: status.state, remedy: '' }
    throw fail(failure.code, failure.message, failure.remedy)
  }
  return {
    store,
    dataset,
    file(name, content) {
      const path = join(sources, name)
      ensureFolder(dirname(path))
      writeFileSync(path, content)
      return path
    },
    job,
    import: (file, plan = {}) => {
      // The contract's own schema fills in what is not given, as it does at the door.
      const input = inputOf(contract.dataset.import as never).parse({ file, ...plan })
      return job(context => dataset.door.import(input as never, context))
    },
    leftovers: () =>
      readdirSync(store.folder, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => join(entry.parentPath, entry.name).slice(store.folder.length + 1))
        .filter(path => !/^(edgewright|hold)\.db/.test(path)),
    async close() {
      await jobs.close()
      dataset.close()
      store.close()
      rmSync(base, { recursive: true, force: true })
    },
  }
}

/** What a promise fails with. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise
  } catch (error) {
    if (error && typeof error === 'object' && 'failure' in error) return error.failure as Failure
    throw error
  }
  throw new Error('it was expected to fail')
}

/** A cell as RFC 4180 writes it. */
export const csvCell = (text: string): string =>
  /[",\r\n]|^$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
export const csv = (rows: string[][]): string => `${rows.map(row => row.map(csvCell).join(',')).join('\n')}\n`
