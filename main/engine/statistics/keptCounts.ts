import type { Hash } from '#contract'
import type { Part, TableGroup } from '../dataset/index.ts'
import { canonicalJson, hashOf, now } from '../kit/index.ts'
import { collection, type Store } from '../store/index.ts'

/** The number of the form of kept counts. */
const COUNTS = 2

/** A file of value counts, and the places of the columns in it. */
export interface CountFile {
  blob: Hash
  columns: number[]
}

/** How often each value is there in the first rows of a version. */
interface Document {
  id: Hash
  at: string
  /** The version that they were counted for; they go with it. */
  version: Hash
  counts: CountFile[]
}

/** Counts that were found: of the first `rows` rows. */
export interface FoundCounts {
  id: Hash
  rows: number
  counts: CountFile[]
}

/** Value counts of versions, kept for the versions that rows are appended to. */
export interface KeptCounts {
  /** The counts of the most first parts. @param how what they depend on beside the rows */
  find(parts: Part[], how?: object): FoundCounts | null
  /** Keeps the counts of all parts in place of those that went into them. */
  keep(version: Hash, parts: Part[], counts: CountFile[], before: FoundCounts | null, how?: object): void
  /** Drops files, but those that are still used. */
  drop(files: CountFile[], used: CountFile[]): void
  /** Drops all counts of versions that were removed. */
  forget(versions: Hash[]): void
}

export function openCounts(store: Store): KeptCounts {
  const documents = collection<Document>(store.db, 'statistics')
  const idOf = (parts: Part[], how: object): Hash =>
    hashOf(canonicalJson({ counts: COUNTS, parts: parts.map(({ id }) => id), ...how }))
  const drop: KeptCounts['drop'] = (files, used) => {
    for (const { blob } of files) if (!used.some(other => other.blob === blob)) store.blobs.remove(blob)
  }
  return {
    drop,
    find(parts, how = {}) {
      for (let many = parts.length; many > 0; many--) {
        const found = documents.get(idOf(parts.slice(0, many), how))
        const last = parts[many - 1]
        if (last && found?.counts.every(({ blob }) => store.blobs.has(blob)))
          return { id: found.id, rows: last.from + last.rows, counts: found.counts }
      }
      return null
    },
    keep(version, parts, counts, before, how = {}) {
      const id = idOf(parts, how)
      documents.put({ id, at: now(), version, counts }, id)
      // What they went into holds them too; a version that is appended to an older one is counted anew.
      if (before && before.id !== id) {
        documents.remove(before.id)
        drop(before.counts, counts)
      }
    },
    forget(versions) {
      const all = documents.list().filter(({ counts }) => counts)
      // Those of an older form belong to no version, and are not found any more.
      const isGone = ({ version }: Document) => !version || versions.includes(version)
      const left = all.filter(document => !isGone(document)).flatMap(({ counts }) => counts)
      for (const document of all.filter(isGone)) {
        documents.remove(document.id)
        drop(document.counts, left)
      }
    },
  }
}

/** SQL of the rows of a group from one on; their numbers stay. */
export const rowsFrom = (group: TableGroup, first: number, rows: number): string =>
  `(SELECT * FROM ${group.within?.(first, rows - 1) ?? group.from} WHERE file_row_number >= ${first})`
