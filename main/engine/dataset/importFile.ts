import { basename, join, resolve } from 'node:path'
import type { DatasetVersion, FileFormat, Hash, Name } from '#contract'
import type { JobContext } from '../jobs/index.ts'
import { asName, canonicalJson, FailureError, fail, hashFile, hashOf, now } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import { type BuildOptions, type Built, build } from './build.ts'
import { diagnose, READ_AS_WINDOWS } from './diagnose.ts'
import type { Duck, Session } from './duck.ts'
import { type Found, look } from './look.ts'
import { openSource } from './sources/index.ts'
import { checkShares, type Shares } from './split.ts'
import { rewriteText } from './text.ts'
import type { KeptVersion, Versions } from './versions.ts'

/** The number of the way files are read. A change of types, splits or files below raises it: new versions come out. */
const READING_FORMAT = 1

export interface ImportPlan extends Shares {
  file: string
  name?: Name
  format?: FileFormat
  key: string[]
}

/** A name from a file's: without its endings, and without what a name may not hold. */
export function nameOf(file: string): Name {
  const stem = basename(file).replace(
    /(\.(csv|tsv|tab|txt|parquet|pq|json|jsonl|ndjson|data))?(\.(gz|zst))?$/i,
    '',
  )
  return asName(
    stem
      .replaceAll(/[^\p{L}\p{N} ._-]+/gu, ' ')
      .replace(/^[^\p{L}\p{N}]+/u, '')
      .replaceAll(/ +/g, ' ')
      .trim()
      .slice(0, 80) || 'data',
  )
}

/** The hash of what is read and how. */
export const readingOf = (source: Hash, format: FileFormat, rest: Record<string, unknown> = {}): Hash =>
  hashOf(canonicalJson({ reading: READING_FORMAT, source, format, ...rest }))

/**
 * Reads a file into a folder. Text that is not plain UTF-8 is written anew first; when reading fails, the file is
 * looked through for the reason: what can be mended is mended with a note, the rest is told with its line.
 */
export async function readFile(
  found: Found,
  session: Session,
  options: BuildOptions,
  signal?: AbortSignal,
): Promise<Built> {
  let reading = found
  let mended: string | null = null
  const plainly = async (encoding: Found['encoding'], note: string | null) => {
    const path = join(options.folder, 'text')
    options.tell?.(0, 'reading the text')
    try {
      await rewriteText({ ...found, encoding }, path, signal)
    } catch (cause) {
      if (!(cause instanceof RangeError || (cause instanceof TypeError && 'code' in cause))) throw cause
      throw fail(
        'wrong-encoding',
        `"${basename(found.path)}" is not text in UTF-8, UTF-16 or Windows-1252; nothing was kept.`,
        'Save it as UTF-8 and import it again.',
        { cause },
      )
    }
    reading = { ...found, path, compression: 'none', encoding: 'utf-8' }
    mended = note
  }
  if (found.encoding === 'windows-1252') await plainly(found.encoding, READ_AS_WINDOWS)
  else if (found.encoding !== 'utf-8') await plainly(found.encoding, null)
  for (;;) {
    try {
      const source = await openSource(reading, session, options.head !== undefined)
      const built = await build(session, source, options)
      const notes = [...found.notes, ...(mended ? [mended] : []), ...built.notes]
      return { ...built, notes }
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof FailureError) throw error
      const { mend, note } = await diagnose(found, reading, error, mended !== null)
      await plainly(mend, note)
    }
  }
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
  const path = resolve(plan.file)
  const dataset = plan.name === undefined ? nameOf(path) : asName(plan.name)
  const found = await look(path, plan.format)
  job.progress(0, 'reading the file')
  const source = await hashFile(path, job.signal)
  const id = readingOf(source, found.format, { dataset, key, shares })
  const title = (version: DatasetVersion) => `${version.dataset} v${version.number}`
  const there = versions.get(id)
  if (there?.blobs.every(store.blobs.has)) {
    job.log(`This is the content of ${title(there.version)}; no new version was needed.`)
    job.makes({ id, kind: 'dataset-version', title: title(there.version) })
    return there.version
  }

  const { folder, drop } = duck.scratch()
  const session = await duck.session(job.signal)
  const blobs: Hash[] = []
  try {
    const built = await readFile(
      found,
      session,
      {
        split: { key, shares },
        folder,
        tell: (share, step) => job.progress(share === null ? null : share * 0.95, step),
      },
      job.signal,
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
      source: { path, format: found.format, bytes: found.bytes, hash: source },
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
