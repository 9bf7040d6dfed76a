import type { DatasetVersion, Filter, Hash, Slice, Split } from '#contract'
import type { PictureShape } from '../encoding/index.ts'
import type { Doors } from '../jobs/index.ts'
import { fail, openTurns } from '../kit/index.ts'
import { openLineage } from '../lineage/index.ts'
import type { Store } from '../store/index.ts'
import { type Batch, openDuck } from './duck.ts'
import { importFile } from './files/importFile.ts'
import { inspectFile } from './files/inspect.ts'
import { listSamples } from './files/samples.ts'
import { decoded, type PictureBatch } from './images/decoded.ts'
import { type Pixels, type PixelsWanted, pixelsOf } from './images/pixels.ts'
import { assertPictures, openThumbnails, SHOWN } from './images/thumbnails.ts'
import { type Opening, openOpening } from './opening.ts'
import { openBringer } from './remote/index.ts'
import { narrowed } from './rows/narrowed.ts'
import { readRows } from './rows/read.ts'
import { rowsPage } from './rows/rowsPage.ts'
import { countFitting, openSlices } from './rows/slices.ts'
import { type Table, tableOf } from './rows/table.ts'
import { openViews } from './rows/views.ts'
import { diffTables } from './versions/diff.ts'
import { fixRows } from './versions/fix.ts'
import { type Part, partsOf } from './versions/parts.ts'
import { openRemoving } from './versions/remove.ts'
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
export interface DatasetRoom extends Opening {
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

/** @param tools.samples the folder of the samples that ship with the product */
export function createDataset({ store, samples }: { store: Store; samples: string }): DatasetRoom {
  const duck = openDuck(store)
  const bringer = openBringer(duck)
  const versions = openVersions(store)
  const views = openViews(duck)
  const slices = openSlices(store)
  const inTurn = openTurns()
  const thumbnails = openThumbnails(store)
  const opening = openOpening({ store, duck, bringer, versions })
  const removing = openRemoving({ store, versions, lineage: openLineage(store), views, slices })

  const door: Doors['dataset'] = {
    import: (plan, job) => importFile(plan, job, { bringer, store, duck, versions, inTurn }),
    inspect: (asked, { signal }) => inspectFile(asked, { bringer, duck, signal }),
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
    remove: async asked => removing.remove(asked),
  }

  return {
    door,
    resolve: ref => versions.resolve(ref).version,
    read,
    filterOf: (ref, slice) => slices.get(versions.resolve(ref).version.dataset, slice).where,
    slicesOf: ref => slices.of(versions.resolve(ref).version.dataset),
    partsOf: async (version, signal) => partsOf(keptOf(version), { store, duck, signal }),
    ...opening,
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
    onRemove: removing.onRemove,
    close() {
      bringer.close()
      duck.close()
    },
  }

  function read(version: DatasetVersion, want: Parameters<DatasetRoom['read']>[1]) {
    const table = tableOf(keptOf(version), store, duck)
    return want.where?.length ? readNarrowed(table, want.where, want) : readRows(table, want)
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
}
