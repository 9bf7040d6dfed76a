import type { DatasetVersion, FileFormat, Hash, Name } from '#contract'
import type { JobContext } from '../jobs/index.ts'
import { asName, now } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import type { Duck } from './duck.ts'
import { look } from './look.ts'
import { identify, nameOf, placeOf, readFile, readingOf } from './reading.ts'
import { checkShares, type Shares } from './split.ts'
import type { KeptVersion, Versions } from './versions.ts'

export interface ImportPlan extends Shares {
  file: string
  name?: Name
  format?: FileFormat
  query?: string
  table?: string
  key: string[]
}

/**
 * Imports a file as the next version of a dataset; the same file with the same options gives the version that is
 * there. Nothing is kept unless all of it is.
 */
export async function importFile(
  plan: ImportPlan,
  job: JobContext,
  { store, duck, versions }: { store: Store; duck: Duck; versions: Versions },
): Promise<DatasetVersion> {
  const { train, eval: evaluation, test, key } = plan
  const shares = { train, eval: evaluation, test }
  checkShares(shares)
  const { table, query } = plan
  const found = await look(placeOf(plan.file), plan.format, { table, query })
  const dataset = plan.name === undefined ? nameOf(found.path) : asName(plan.name)
  const title = (version: DatasetVersion) => `${version.dataset} v${version.number}`

  job.progress(0, 'reading the file')
  const { folder, drop } = duck.scratch()
  const session = await duck.session(job.signal)
  const blobs: Hash[] = []
  try {
    const source = await identify(found, session, { folder, signal: job.signal, tell: job.progress })
    const id = readingOf(source.hash, found.format, { dataset, key, shares, table, query })
    const there = versions.get(id)
    if (there?.blobs.every(store.blobs.has)) {
      job.log(`This is the content of ${title(there.version)}; no new version was needed.`)
      job.makes({ id, kind: 'dataset-version', title: title(there.version) })
      return there.version
    }
    const built = await readFile(
      found,
      session,
      {
        split: { key, shares },
        folder,
        tell: (share, step) => job.progress(share === null ? null : share * 0.95, step),
      },
      job.signal,
      source.opened,
    )
    job.progress(0.96, 'keeping the table')
    let bytes = 0
    for (const file of built.files) {
      const kept = await store.blobs.putFile(file, { move: true, signal: job.signal })
      blobs.push(kept.hash)
      bytes += kept.bytes
    }
    job.signal.throwIfAborted()
    const version: DatasetVersion = {
      id,
      dataset,
      number: there?.version.number ?? 1,
      rows: built.rows,
      columns: built.columns.map(({ name, type }) => ({ name, type })),
      splits: built.splits,
      key,
      source: {
        path: found.path,
        format: found.format,
        bytes: source.bytes,
        hash: source.hash,
        query,
        files: found.files?.length,
      },
      bytes,
      notes: built.notes,
      at: now(),
      madeBy: job.id,
    }
    const kept: KeptVersion = {
      id,
      at: version.at,
      version,
      columns: built.columns,
      blobs,
      blocks: built.blocks,
    }
    const done = there ? versions.mend(kept) : versions.keep(kept)
    for (const note of built.notes) job.log(note, 'warning')
    job.makes({ id, kind: 'dataset-version', title: title(done.version) })
    return done.version
  } catch (error) {
    versions.dropUnused(blobs)
    throw error
  } finally {
    session.close()
    drop()
  }
}
