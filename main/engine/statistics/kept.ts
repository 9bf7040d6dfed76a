import { join } from 'node:path'
import type { Hash, Statistics } from '#contract'
import { canonicalJson, hashOf } from '../kit/index.ts'
import type { DatasetFeatureStatisticsList } from '../metadata/index.ts'
import { collection, type Store } from '../store/index.ts'
import type { Computed } from './compute.ts'
import { openShelf, packed, type Shelf, shelfOf } from './shelf.ts'

/** The number of the way figures are made; a change of what they are raises it, and they are computed anew. */
const FIGURES = 2
/** Lists of features that are held in memory. */
const OPEN = 8

/** Statistics without their features. */
export type Head = Omit<Statistics, 'features' | 'out'>

/** Statistics and their features, to be read a few at a time. */
export interface Shown {
  head: Head
  shelf: Shelf
}

/** What is kept in the database: the head, and where the features lie. */
interface Document {
  id: Hash
  at: string
  head: Head
  features: Hash
}
/** Statistics as a message of TensorFlow Metadata. */
interface MessageDocument {
  id: Hash
  at: string
  message: Hash
}

/** Statistics of a workspace. */
export interface Kept {
  /** The statistics by the hash of what decides them. */
  get(id: Hash): Shown | null
  /** Writes their features to a file of their own, and the rest into the database. */
  keep(head: Head, features: Computed['features']): Shown
  message(id: Hash): Promise<DatasetFeatureStatisticsList | null>
  keepMessage(id: Hash, at: string, message: DatasetFeatureStatisticsList): Promise<void>
}

/** The hash of what decides figures: the rows' own hash, and how they are looked at. */
export const keyOf = (subject: Hash, how: Record<string, unknown>): Hash =>
  hashOf(canonicalJson({ figures: FIGURES, subject, ...how }))

const messageId = (id: Hash): Hash => keyOf(id, { message: true })

/** All of the statistics, as one value. */
export function wholeOf({ head, shelf }: Shown): Statistics {
  return { ...head, features: shelf.read(shelf.entries.map((_, at) => at)).map(({ feature }) => feature) }
}

export function openKept(store: Store): Kept {
  const documents = collection<Document>(store.db, 'statistics')
  const messages = collection<MessageDocument>(store.db, 'statistics')
  const open = new Map<Hash, Shelf>()
  /** The message that was kept last, as long as something still holds it. */
  let last: { id: Hash; message: WeakRef<DatasetFeatureStatisticsList> } | undefined

  function shelfAt(blob: Hash): Shelf {
    const there = open.get(blob)
    open.delete(blob)
    const shelf = there ?? openShelf(store.blobs.path(blob))
    open.set(blob, shelf)
    for (const old of [...open.keys()].slice(0, -OPEN)) open.delete(old)
    return shelf
  }

  return {
    get(id) {
      const found = documents.get(id)
      // A file that was lost is as good as never computed.
      if (!found?.features || !store.blobs.has(found.features)) return null
      return { head: found.head, shelf: shelfAt(found.features) }
    },
    keep(head, features) {
      const blob = store.blobs.put(packed(features))
      documents.put({ id: head.id, at: head.at, head, features: blob }, head.id)
      return { head, shelf: shelfOf(features) }
    },
    async message(id) {
      const found = messages.get(messageId(id))
      if (!found?.message || !store.blobs.has(found.message)) return null
      const held = last?.id === id ? last.message.deref() : undefined
      if (held) return held
      const { readMessage, DatasetFeatureStatisticsListSchema } = await import('../metadata/index.ts')
      return readMessage(store.blobs.path(found.message), DatasetFeatureStatisticsListSchema)
    },
    async keepMessage(id, at, message) {
      const { writeMessage, DatasetFeatureStatisticsListSchema } = await import('../metadata/index.ts')
      const path = join(store.place('tmp'), `${id}.pb`)
      await writeMessage(path, DatasetFeatureStatisticsListSchema, message)
      const { hash } = await store.blobs.putFile(path, { move: true })
      messages.put({ id: messageId(id), at, message: hash }, id)
      last = { id, message: new WeakRef(message) }
    },
  }
}
