import { basename, resolve } from 'node:path'
import type { DatasetVersion, Filter, Hash, Slice, Split } from '#contract'
import type { PictureShape } from '../encoding/index.ts'
import type { Doors } from '../jobs/index.ts'
import { fail, hashOf, openTurns } from '../kit/index.ts'
import { openLineage } from '../lineage/index.ts'
import type { Store } from '../store/index.ts'
import { type Batch, openDuck } from './duck.ts'
import { fingerprint } from './files/fingerprint.ts'
import { importFile } from './files/importFile.ts'
import { isAddress, isFile, isReadable, look } from './files/look.ts'
import { identify, nameOf, placeOf, readFile, readingOf } from './files/reading.ts'
import { listSamples } from './files/samples.ts'
import { decoded, type PictureBatch } from './images/decoded.ts'
import { type Pixels, type PixelsWanted, pixelsOf } from './images/pixels.ts'
import { assertPictures, openThumbnails, SHOWN } from './images/thumbnails.ts'
import { type BringOptions, type Brought, openBringer } from './remote/index.ts'
import { narrowed } from './rows/narrowed.ts'
import { page } from './rows/page.ts'
import { readRows } from './rows/read.ts'
import { rowsPage } from './rows/rowsPage.ts'
import { countFitting, openSlices } from './rows/slices.ts'
import { type Table, tableOf, tableOfFile } from './rows/table.ts'
import { openTexts } from './rows/textTable.ts'
import { openViews } from './rows/views.ts'
import { diffTables } from './versions/diff.ts'
import { fixRows } from './versions/fix.ts'
import { type Part, partsOf } from './versions/parts.ts'
import { sharedRows } from './versions/sharedRows.ts'
import { type KeptVersion, openVersions } from './versions/versions.ts'

export { type Batch, literal, type Session } from './duck.ts'
export type { PictureBatch } from './images/decoded.ts'
export { filterWords } from './rows/filter.ts'
export { narrowed } from './rows/narrowed.ts'
export type { Table, TableColumn, TableGroup } from './rows/table.ts'
export type { Part } from './versions/parts.ts'
export { SPLITS } from './versions/split.ts'

/** Brings data in: files become immutable, versioned tables whose rows can be paged, streamed and asked. */
export interface DatasetRoom {
  door: Doors['dataset']
  /** `strikes`, `strikes@2` or a version's hash. @throws Failure not-found */
  resolve(ref: string): DatasetVersion
  /**
   * Rows in batches, in the source's order, the same every time. Cells as the contract has them; dates as
   * `2020-01-31`, timestamps as `2020-01-31T12:00:00Z`.
   * @throws Failure bad-input (unknown column), wrong-type (of a filter), not-found (the rows are gone), empty-data (no
   *   row fits the filter)
   */
  read(
    version: DatasetVersion,
    want: { columns: string[]; split?: Split; where?: Filter; numbered?: boolean; signal?: AbortSignal },
  ): AsyncIterable<Batch>
  /**
   * The filter of a saved slice of a dataset.
   * @param ref of the dataset or of any of its versions
   * @throws Failure not-found
   */
  filterOf(ref: string, slice: string): Filter
  /** All saved slices of a dataset, by name. @param ref of the dataset or of any of its versions. @throws Failure not-found */
  slicesOf(ref: string): Slice[]
  /**
   * The parts of a version that other versions may share: what is computed of a part can be kept by its id.
   * @throws Failure not-found (the rows are gone)
   */
  partsOf(version: DatasetVersion, signal?: AbortSignal): Promise<Part[]>
  /**
   * For statistics and validation: rows to be asked with SQL, of a version or of a file (a file that is there wins).
   * Must be closed.
   * @param options.as `text`: a delimited file comes as its bare texts, without types, and is read while it is asked
   * @throws Failure as import does
   */
  open(
    data: string,
    options: { as?: 'text'; signal?: AbortSignal; tell?(share: number | null, step: string): void },
  ): Promise<Table>
  /** What `open` would give as the subject and the name, without reading more than the file's bytes. */
  subjectOf(data: string, signal?: AbortSignal): Promise<Pick<Table, 'subject' | 'name'>>
  /**
   * The pictures of a version, in the order of its rows, brought to one size; those that cannot be decoded are left out.
   * @throws Failure bad-input where its rows are no pictures
   */
  pixels(version: DatasetVersion, wanted: PixelsWanted): Promise<Pixels>
  /**
   * Rows of a version of pictures with their pixels, brought to one shape, in the order and with the options of `read`.
   * What was decoded is kept by content and shape, whatever the version.
   * @param want.wanted decodes only these contents
   * @throws Failure bad-input where its rows are no pictures
   */
  pictures(
    version: DatasetVersion,
    want: {
      columns: string[]
      shape: PictureShape
      split?: Split
      where?: Filter
      wanted?: (content: Hash) => boolean
      signal?: AbortSignal
    },
  ): AsyncIterable<PictureBatch>
  /** Calls back with the ids of versions while they are removed: what is kept for them goes in the same transaction. */
  onRemove(forget: (versions: Hash[]) => void): void
  close(): void
}

/** Rows that are shown of a file before it is imported. */
const HEAD_ROWS = 50
/** What is read of it to guess its types. */
const HEAD = { rows: 2000, columns: 512 }

const titleOf = ({ version }: KeptVersion) => `${version.dataset} v${version.number}`

/** The first few, and how many more there are. */
const listed = (titles: string[]) =>
  titles.length > 4
    ? `${titles.slice(0, 3).join('; ')} and ${titles.length - 3} more`
    : titles.join(titles.length === 2 ? ' and ' : '; ')

/** @param tools.samples the folder of the samples that ship with the product */
export function createDataset({ store, samples }: { store: Store; samples: string }): DatasetRoom {
  const duck = openDuck(store)
  const bringer = openBringer(duck)
  const versions = openVersions(store)
  const lineage = openLineage(store)
  const views = openViews(duck)
  const slices = openSlices(store)
  const inTurn = openTurns()
  const thumbnails = openThumbnails(store)
  const forgetting: ((versions: Hash[]) => void)[] = []

  const door: Doors['dataset'] = {
    import: (plan, job) => importFile(plan, job, { bringer, store, duck, versions, inTurn }),
    inspect: ({ file, format: wanted, table: one, query }, { signal }) =>
      reading(placeOf(file), { signal }, async ({ path, name }) => {
        const found = await look(path, wanted, { table: one, query })
        const { folder, drop } = duck.scratch()
        const session = await duck.session(signal)
        try {
          const built = await readFile(found, session, { split: null, folder, head: HEAD }, signal)
          const table = tableOfFile(
            { subject: hashOf(file), name: nameOf(name), title: basename(name) },
            built,
            duck,
            drop,
          )
          const head = await page(table, [], { offset: 0, limit: HEAD_ROWS, signal })
          const { format, bytes } = found
          return {
            format,
            tables: built.tables,
            files: found.files?.length ?? found.images?.list.length,
            bytes,
            width: built.width,
            head: { ...head, total: built.rows, offset: 0 },
          }
        } finally {
          session.close()
          drop()
        }
      }),
    async list() {
      const byName = new Map<string, DatasetVersion[]>()
      for (const { version } of versions.all())
        byName.set(version.dataset, [...(byName.get(version.dataset) ?? []), version])
      const datasets = [...byName.values()].map(all => ({
        name: (all[0] as DatasetVersion).dataset,
        versions: all.length,
        latest: all.reduce((latest, version) => (version.number > latest.number ? version : latest)),
      }))
      return { datasets }
    },
    async show({ name }) {
      const { version } = versions.resolve(name)
      return { version, versions: versions.of(version.dataset).map(kept => kept.version) }
    },
    async rows({ name, slice, offset, ...want }, { signal }) {
      const kept = versions.resolve(name)
      const where = [
        ...(want.where ?? []),
        ...(slice === undefined ? [] : slices.get(kept.version.dataset, slice).where),
      ]
      return {
        ...(await rowsPage(tableOf(kept, store, duck), kept.blocks, views, {
          ...want,
          where,
          offset,
          signal,
        })),
        offset,
      }
    },
    async thumbnails({ name, size, ...want }, { signal }) {
      const kept = versions.resolve(name)
      assertPictures(kept)
      const found = await rowsPage(tableOf(kept, store, duck), kept.blocks, views, {
        ...want,
        columns: SHOWN,
        signal,
      })
      return { images: await thumbnails.of(found, size, signal), total: found.total }
    },
    async slices({ name }, { signal }) {
      const table = tableOf(versions.resolve(name), store, duck)
      const found = []
      for (const slice of slices.of(table.name))
        found.push({ ...slice, rows: await countFitting(table, slice.where, signal) })
      return { slices: found }
    },
    saveSlice: async ({ dataset, name, where }) =>
      slices.save(tableOf(versions.resolve(dataset), store, duck), name, where),
    removeSlice: async ({ dataset, name }) => slices.remove(versions.resolve(dataset).version.dataset, name),
    async diff({ from, to, key }, job) {
      const [before, after] = [versions.resolve(from), versions.resolve(to)]
      job.uses(before.id)
      job.uses(after.id)
      const [older, newer] = [tableOf(before, store, duck), tableOf(after, store, duck)]
      const shared = sharedRows(before, after)
      const found = await diffTables(older, newer, key, shared, { signal: job.signal, tell: job.progress })
      return { from: before.version, to: after.version, ...found }
    },
    fix: (plan, job) => fixRows(plan, job, { store, duck, versions }),
    samples: async () => ({ samples: listSamples(samples) }),
    async remove({ name, anyway }) {
      const kept = versions.resolve(name)
      const isWhole = name === kept.version.dataset
      const going = isWhole ? versions.of(name) : [kept]
      const models = going.flatMap(({ id }) => modelsOf(id))
      if (models.length && !anyway)
        throw fail(
          'in-use',
          `${listed(models)} ${models.length === 1 ? 'was' : 'were'} trained on ${going.length === 1 ? titleOf(kept) : `"${name}"`} and could not be measured or shrunk without its rows; nothing was removed.`,
          `Keep it, or remove it all the same with: edgewright dataset remove "${name}" --anyway`,
        )
      const freedBytes = store.db.transaction(() => {
        for (const forget of forgetting) forget(going.map(({ id }) => id))
        return going.reduce((bytes, version) => bytes + versions.drop(version), 0)
      })()
      for (const { id } of going) views.forget(id)
      if (!versions.newest(kept.version.dataset)) slices.removeAll(kept.version.dataset)
      return { removed: going.map(({ version }) => version), freedBytes }
    },
  }

  /** Titles of the models whose measuring reads the rows of this version. */
  const modelsOf = (id: string) =>
    lineage
      .children(id)
      .filter(({ kind }) => kind === 'model')
      .map(({ title }) => title)

  return {
    door,
    resolve: ref => versions.resolve(ref).version,
    read,
    filterOf: (ref, slice) => slices.get(versions.resolve(ref).version.dataset, slice).where,
    slicesOf: ref => slices.of(versions.resolve(ref).version.dataset),
    partsOf: async (version, signal) => partsOf(keptOf(version), { store, duck, signal }),
    async open(data, { as, signal, tell }) {
      if (!isSource(data)) return tableOf(versionOrFile(data), store, duck)
      const { path, name: title, release } = await bringer.bring(placeOf(data), { signal, tell })
      const about = { name: nameOf(title), title: basename(title) }
      // What was fetched is there as long as the table is.
      const opened = (table: Table): Table => ({
        ...table,
        close() {
          table.close()
          release()
        },
      })
      try {
        const found = await look(path)
        if (as === 'text' && found.dialect) {
          const subject = readingOf(await fingerprint(path, signal), found.format, { as })
          return opened(await openTexts(found, { subject, ...about }, duck, { signal, tell }))
        }
        const { folder, drop } = duck.scratch()
        const session = await duck.session(signal)
        try {
          const options = { folder, signal, tell, quick: true }
          const { hash, opened: source } = await identify(found, session, options)
          const built = await readFile(found, session, { split: null, folder, tell }, signal, source)
          const subject = readingOf(hash, found.format)
          return opened(tableOfFile({ subject, ...about }, built, duck, drop))
        } catch (error) {
          drop()
          throw error
        } finally {
          session.close()
        }
      } catch (error) {
        release()
        throw error
      }
    },
    async subjectOf(data, signal) {
      if (!isSource(data)) {
        const { version } = versionOrFile(data)
        return { subject: version.id, name: version.dataset }
      }
      return reading(placeOf(data), { signal }, async ({ path, name }) => {
        const found = await look(path)
        const { folder, drop } = duck.scratch()
        const session = await duck.session(signal)
        try {
          const { hash } = await identify(found, session, { folder, signal, quick: true })
          return { subject: readingOf(hash, found.format), name: nameOf(name) }
        } finally {
          session.close()
          drop()
        }
      })
    },
    pixels: async (version, wanted) => {
      assertPictures(keptOf(version))
      const table = tableOf(keptOf(version), store, duck)
      return pixelsOf(store, readRows(table, { columns: ['blob'], signal: wanted.signal }), wanted)
    },
    pictures(version, { columns, shape, wanted, ...want }) {
      assertPictures(keptOf(version))
      const rows = read(version, { ...want, columns: [...columns, 'blob'] })
      return decoded(store, rows, shape, { wanted, signal: want.signal })
    },
    onRemove: forget => void forgetting.push(forget),
    close() {
      bringer.close()
      duck.close()
    },
  }

  function read(version: DatasetVersion, want: Parameters<DatasetRoom['read']>[1]) {
    const table = tableOf(keptOf(version), store, duck)
    return want.where?.length ? readNarrowed(table, want.where, want) : readRows(table, want)
  }

  /** Reads what lies at a place, which is here as long as that takes. */
  async function reading<T>(place: string, options: BringOptions, read: (here: Brought) => Promise<T>) {
    const here = await bringer.bring(place, options)
    try {
      return await read(here)
    } finally {
      here.release()
    }
  }

  /** @throws Failure not-found */
  function keptOf(version: DatasetVersion): KeptVersion {
    const kept = versions.get(version.id)
    if (kept) return kept
    throw fail(
      'not-found',
      `The dataset version ${version.dataset} v${version.number} was removed.`,
      'Import its file again.',
    )
  }

  async function* readNarrowed(table: Table, where: Filter, want: Parameters<typeof readRows>[1]) {
    yield* readRows(await narrowed(table, where, { signal: want.signal }), want)
  }

  /** Whether a text names data outside: a file that is there wins over a dataset, a folder or a pattern does not. */
  function isSource(data: string): boolean {
    if (isAddress(data) || isFile(resolve(data))) return true
    return !isKnown(data) && isReadable(resolve(data))
  }
  function isKnown(data: string): boolean {
    try {
      return Boolean(versions.resolve(data))
    } catch {
      return false
    }
  }

  /** A version by its name; where there is none and the text is a path, what is wrong with the path. */
  function versionOrFile(data: string) {
    try {
      return versions.resolve(data)
    } catch (error) {
      if (!/[\\/]|\.(csv|tsv|tab|txt|parquet|pq|json|jsonl|ndjson|gz|zst)$/i.test(data)) throw error
      throw fail('not-found', `There is no file and no dataset "${data}".`, 'Check the path or the name.')
    }
  }
}
