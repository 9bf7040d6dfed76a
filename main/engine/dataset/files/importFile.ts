import { basename } from 'node:path'
import type { DatasetVersion, FileFormat, Hash, Name, SplitBy } from '#contract'
import type { JobContext } from '../../jobs/index.ts'
import { asName, fail, now, type openTurns } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import type { Duck } from '../duck.ts'
import { hasContents } from '../images/contents.ts'
import { listContents, measuredBefore, openKeeper } from '../images/kept.ts'
import { MEASURING } from '../images/measure.ts'
import { openPictures } from '../images/open.ts'
import type { Bringer, Brought } from '../remote/index.ts'
import { tableOf } from '../rows/table.ts'
import { layBehind } from '../versions/append.ts'
import { countBlocks } from '../versions/blocks.ts'
import { keep } from '../versions/layout.ts'
import { assertThere } from '../versions/pieces.ts'
import { share } from '../versions/share.ts'
import { checkShares, type Shares } from '../versions/split.ts'
import { splitPlan, splitPlanBehind } from '../versions/splitPlan.ts'
import type { KeptVersion, Versions } from '../versions/versions.ts'
import { type Found, look } from './look.ts'
import { identify, nameOf, placeOf, readFile, readingOf } from './reading.ts'

export interface ImportPlan extends Shares {
  file: string
  name?: Name
  format?: FileFormat
  query?: string
  table?: string
  labels?: string
  key: string[]
  splitBy?: SplitBy
  splitColumn?: string
  /** Put the rows behind those of the newest version. */
  append?: boolean
  /** DuckDB may fetch an extension that the address needs. */
  installExtension?: boolean
}

interface Tools {
  bringer: Bringer
  store: Store
  duck: Duck
  versions: Versions
  inTurn: ReturnType<typeof openTurns>
}

/**
 * Imports a file as the next version of a dataset, or its rows behind those of the newest version; the same file with
 * the same options gives the version that is there. Rows that the newest version has too are not kept again. Nothing is
 * kept unless all of it is.
 */
export async function importFile(plan: ImportPlan, job: JobContext, tools: Tools): Promise<DatasetVersion> {
  const { train, eval: evaluation, test } = plan
  const shares = { train, eval: evaluation, test }
  checkShares(shares)
  job.progress(0, 'looking at the file')
  const brought = await tools.bringer.bring(placeOf(plan.file), {
    signal: job.signal,
    tell: job.progress,
    install: plan.installExtension,
    once: true,
  })
  try {
    return await importBrought(plan, brought, job, tools)
  } finally {
    brought.release()
  }
}

async function importBrought(
  plan: ImportPlan,
  { path, from, name }: Brought,
  job: JobContext,
  tools: Tools,
): Promise<DatasetVersion> {
  const { table, query, labels, train, eval: evaluation, test } = plan
  const shares = { train, eval: evaluation, test }
  job.progress(0, 'reading the file')
  const found = { ...(await look(path, plan.format, { table, query, labels })), ...(from ? { from } : {}) }
  const dataset = plan.name === undefined ? nameOf(from ? name : found.path) : asName(plan.name)
  const work = () => importFound({ ...plan, ...splitOf(plan, found), found, dataset, shares }, job, tools)
  // What is appended at the same time must come behind, not instead.
  return plan.append ? tools.inTurn(dataset, work) : work()
}

/**
 * How pictures are split where nothing else is said: by their content, so that the same picture is never in two splits;
 * by the folders or lists that name their split.
 */
function splitOf({ key, append, splitBy, splitColumn }: ImportPlan, { images }: Found) {
  if (!images) return {}
  return {
    key: key.length || append ? key : ['blob'],
    splitColumn: splitBy === 'column' && images.hasSplits ? (splitColumn ?? 'split') : splitColumn,
  }
}

async function importFound(
  plan: ImportPlan & { found: Found; dataset: Name; shares: Shares },
  job: JobContext,
  { store, duck, versions }: Tools,
): Promise<DatasetVersion> {
  job.signal.throwIfAborted()
  const { found, dataset, shares, key, table, query } = plan
  const title = (version: DatasetVersion) => `${version.dataset} v${version.number}`
  const part = (from: number, to: number) => (share: number | null, step: string) =>
    job.progress(share === null ? null : from + share * (to - from), step)
  const { folder, drop } = duck.scratch()
  const session = await duck.session(job.signal)
  const made: Hash[] = []
  try {
    const source = await identify(found, session, {
      folder,
      signal: job.signal,
      tell: found.images ? part(0, 0.15) : job.progress,
    })
    const newest = versions.newest(dataset)
    const last = plan.append ? newest : null
    if (last && Boolean(last.version.images) !== Boolean(found.images))
      throw fail(
        'bad-input',
        `The rows of ${title(last.version)} are ${last.version.images ? '' : 'no '}pictures, and "${basename(found.path)}" holds ${found.images ? '' : 'no '}pictures.`,
        'Import it as a dataset of its own.',
      )
    const how = plan.splitBy === 'hash' ? undefined : plan.splitBy
    const id = readingOf(
      source.hash,
      found.format,
      last
        ? { append: last.id, table, query }
        : { dataset, key, shares, table, query, how, splitColumn: how && plan.splitColumn },
    )
    const before = last?.version.parent
    if (before && last.id === readingOf(source.hash, found.format, { append: before.id, table, query })) {
      job.log(
        `The rows of this file are the last ones of ${title(last.version)} already; nothing was appended.`,
      )
      job.makes({ id: last.id, kind: 'dataset-version', title: title(last.version) })
      return last.version
    }
    const there = versions.get(id)
    if (there?.blobs.every(store.blobs.has) && hasContents(store, there.pictures)) {
      job.log(`This is the content of ${title(there.version)}; no new version was needed.`)
      job.makes({ id, kind: 'dataset-version', title: title(there.version) })
      return there.version
    }
    if (last) job.uses(last.id)
    const split = last
      ? await splitPlanBehind(plan, shares, last, tableOf(last, store, duck), job.signal)
      : splitPlan(plan, shares, newest)
    const keeper =
      found.images &&
      (await openKeeper(found.images.list, {
        store,
        session,
        made,
        earlier: measuredBefore(versions.all(), dataset).map(each => tableOf(each, store, duck)),
      }))
    const opened =
      found.images && keeper
        ? await openPictures(
            found.images,
            session,
            { folder, signal: job.signal, tell: part(0.15, 0.85) },
            keeper,
          )
        : source.opened
    const built = await readFile(
      found,
      session,
      {
        split,
        columns: last?.version.columns,
        folder,
        tell: part(found.images ? 0.85 : 0, 0.95),
      },
      job.signal,
      opened,
    )
    job.progress(0.96, 'keeping the table')
    const nearest = versions.nearest(dataset)
    if (!last && nearest.length) job.progress(0.96, 'comparing with earlier versions')
    const laid = last
      ? await layBehind(session, store, last, built, { file: found.path, folder })
      : {
          columns: built.columns,
          drafts: await share(session, store, built, nearest, folder),
        }
    const { blobs, groups, bytes, shared } = await keep(store, laid.drafts, made, job.signal)
    job.signal.throwIfAborted()
    const change = `${built.rows.toLocaleString('en')} ${built.rows === 1 ? 'row' : 'rows'} of ${basename(found.path)} appended`
    const version: DatasetVersion = {
      id,
      dataset,
      number: there?.version.number ?? 1,
      rows: built.rows,
      columns: laid.columns.map(({ name, type }) => ({ name, type })),
      splits: built.splits,
      key: split.key,
      splitBy: split.by && { ...split.by, bounds: built.bounds },
      source: {
        path: found.from ?? found.path,
        format: found.format,
        bytes: source.bytes,
        hash: source.hash,
        query,
        files: found.files?.length ?? found.images?.list.length,
      },
      parent: last ? { id: last.id, change } : undefined,
      images: found.images && true,
      bytes: bytes + (keeper?.written ?? 0),
      shared: groups || keeper?.shared ? shared + (keeper?.shared ?? 0) : undefined,
      notes: built.notes,
      at: now(),
      madeBy: job.id,
    }
    const kept: KeptVersion = {
      id,
      at: version.at,
      version,
      columns: laid.columns,
      blobs,
      groups,
      shares: split.shares,
      blocks: built.blocks,
    }
    if (last) {
      const home = tableOf(kept, store, duck).groups[0]?.from ?? ''
      const { rows, splits, blocks } = await countBlocks(session, home)
      Object.assign(version, { rows, splits })
      kept.blocks = blocks
    }
    if (keeper) {
      const isMeasured = !last || last.pictures?.measuring === MEASURING
      kept.pictures = await listContents(
        store,
        tableOf(kept, store, duck),
        session,
        isMeasured ? MEASURING : 0,
      )
      made.push(kept.pictures.list)
      await keeper.settle(job.signal)
    }
    // What it shares may have been removed meanwhile.
    assertThere(store, blobs, title(version))
    const done = there ? versions.mend(kept) : versions.keep(kept)
    for (const note of built.notes) job.log(note, 'warning')
    job.makes({ id, kind: 'dataset-version', title: title(done.version) })
    return done.version
  } catch (error) {
    versions.dropUnused(made)
    throw error
  } finally {
    session.close()
    drop()
  }
}
