import type { DatasetVersion, Hash } from '#contract'
import { fail } from '../../kit/index.ts'
import { collection, type Store } from '../../store/index.ts'
import { GROUP, type KeptColumn } from '../files/build.ts'
import { contentsOf, type KeptPictures } from '../images/contents.ts'
import type { Piece } from './pieces.ts'
import type { Shares } from './split.ts'

/** A version as the workspace keeps it: what everyone sees, and where its rows lie. */
export interface KeptVersion {
  id: Hash
  at: string
  version: DatasetVersion
  columns: KeptColumn[]
  /** All files that its rows lie in; where `groups` is not there, each is the whole of one group of columns. */
  blobs: Hash[]
  /** The runs of rows of each group of columns, where they lie in several files or in files of other versions. */
  groups?: Piece[][]
  /** Of pictures: their contents. */
  pictures?: KeptPictures
  /** How its rows were shared out; versions of earlier days do not say. */
  shares?: Shares
  /** Rows of train, eval and test in each block of rows. */
  blocks: number[][]
}

/** Where the rows of each group of columns lie. */
export const piecesOf = ({ groups, blobs, version, columns }: KeptVersion): Piece[][] =>
  groups ??
  blobs.map((blob, nth) => [
    {
      blob,
      from: 0,
      rows: version.rows,
      of: version.rows,
      width: Math.min(columns.length, (nth + 1) * GROUP),
    },
  ])

/** All dataset versions of a workspace. */
export interface Versions {
  get(id: string): KeptVersion | null
  /** By name (its newest version), `name@number` or hash. @throws Failure not-found */
  resolve(ref: string): KeptVersion
  /** Versions of one dataset, newest first. @throws Failure not-found */
  of(name: string): KeptVersion[]
  all(): KeptVersion[]
  /** The newest version of a dataset; null where there is none. */
  newest(name: string): KeptVersion | null
  /** Those that a new file of a dataset most likely has rows of: the newest, and the newest that shares nothing. */
  nearest(name: string): KeptVersion[]
  /** Gives the next number of its dataset and keeps it. */
  keep(kept: KeptVersion): KeptVersion
  /** Keeps a version whose files had gone, under the number it had. */
  mend(kept: KeptVersion): KeptVersion
  /** Drops those of these files that no version needs. @returns bytes that came back */
  dropUnused(blobs: Hash[]): number
  /** Drops the document and the files that no other version needs. @returns bytes that came back */
  drop(kept: KeptVersion): number
}

export function openVersions(store: Store): Versions {
  const documents = collection<KeptVersion>(store.db, 'dataset_versions')
  const byNumber = (a: KeptVersion, b: KeptVersion) => b.version.number - a.version.number
  const listOf = (name: string) => documents.list(name).sort(byNumber)

  function missing(ref: string) {
    const names = [...new Set(documents.list().map(({ version }) => version.dataset))]
    return fail(
      'not-found',
      `There is no dataset "${ref}".`,
      names.length ? `Choose one of these: ${names.slice(0, 20).join(', ')}.` : 'Import a file first.',
    )
  }

  /** All files of the pictures of a version. */
  function picturesOf({ pictures }: KeptVersion): Hash[] {
    if (!pictures || !store.blobs.has(pictures.list)) return []
    return [pictures.list, ...contentsOf(store, pictures)]
  }

  function dropUnused(blobs: Hash[]): number {
    if (!blobs.length) return 0
    const kept = documents.list()
    const tables = new Set(kept.flatMap(({ blobs }) => blobs))
    const left = [...new Set(blobs)].filter(blob => !tables.has(blob))
    if (!left.length) return 0
    const contents = new Set(kept.flatMap(picturesOf))
    return left
      .filter(blob => !contents.has(blob))
      .reduce((bytes, blob) => bytes + store.blobs.remove(blob), 0)
  }

  return {
    get: id => documents.get(id),
    resolve(ref) {
      const named = listOf(ref)[0]
      if (named) return named
      const [, name, number] = /^(.+)@(\d+)$/.exec(ref) ?? []
      if (name && number) {
        const versions = listOf(name)
        const found = versions.find(({ version }) => version.number === Number(number))
        if (found) return found
        if (versions.length)
          throw fail(
            'not-found',
            `The dataset "${name}" has no version ${number}.`,
            `Its versions are ${versions
              .map(({ version }) => version.number)
              .reverse()
              .join(', ')}.`,
          )
      }
      if (/^[0-9a-f]{64}$/.test(ref)) {
        const hashed = documents.get(ref)
        if (hashed) return hashed
        throw fail(
          'not-found',
          `There is no dataset version ${ref.slice(0, 12)} in this workspace; it may have been removed.`,
          'Import its file again under the same name and with the same split.',
        )
      }
      throw missing(ref)
    },
    of(name) {
      const versions = listOf(name)
      if (!versions.length) throw missing(name)
      return versions
    },
    all: () => documents.list(),
    newest: name => listOf(name)[0] ?? null,
    nearest(name) {
      const versions = listOf(name)
      return [...new Set([versions[0], versions.find(({ groups }) => !groups)])].flatMap(one => one ?? [])
    },
    keep: store.db.transaction((kept: KeptVersion) => {
      const { dataset } = kept.version
      const number = (listOf(dataset)[0]?.version.number ?? 0) + 1
      const numbered = { ...kept, version: { ...kept.version, number } }
      documents.put(numbered, dataset)
      return numbered
    }),
    mend(kept) {
      documents.put(kept, kept.version.dataset)
      return kept
    },
    dropUnused,
    drop(kept) {
      documents.remove(kept.id)
      return dropUnused([...kept.blobs, ...picturesOf(kept)])
    },
  }
}
