import { closeSync, openSync, readSync, statSync } from 'node:fs'
import type { ColumnType } from '#contract'
import type { Sketched } from './common.ts'
import { driftOf, nonUniformityOf } from './drift.ts'

/** What features are searched and put in order by, without reading them. */
export interface Entry {
  name: string
  type: ColumnType
  /** Shares of the rows, and of the values. */
  missing: number
  zeros: number
  unique: number
  nonUniformity: number | null
  /** Between train and eval. */
  drift: number | null
}

/** Features that are read a few at a time. */
export interface Shelf {
  entries: readonly Entry[]
  /** Features by their places, in that order. */
  read(places: readonly number[]): Sketched[]
}

function entryOf({ feature, sketch }: Sketched): Entry {
  const { name, type, all, splits } = feature
  const rows = all.count + all.missing
  const { train, eval: evaluation } = splits
  return {
    name,
    type,
    missing: rows ? all.missing / rows : 0,
    zeros: all.count ? (all.numeric?.zeros ?? 0) / all.count : 0,
    unique: all.unique,
    nonUniformity: nonUniformityOf(all),
    drift:
      train && evaluation
        ? driftOf({ sketch, part: 1, count: train.count }, { sketch, part: 2, count: evaluation.count })
        : null,
  }
}

/** Features in memory. */
export function shelfOf(features: readonly Sketched[]): Shelf {
  return { entries: features.map(entryOf), read: places => places.map(at => features[at] as Sketched) }
}

interface Placed extends Entry {
  at: number
  bytes: number
}

/** Bytes at the end of a file that say where its list of entries begins. */
const FOOT = 16

/** A file of features: each as JSON, then the list of what they are and where, then where that list begins. */
export function packed(features: readonly Sketched[]): Buffer {
  const pieces: Buffer[] = []
  const entries: Placed[] = []
  let at = 0
  for (const each of features) {
    const piece = Buffer.from(`${JSON.stringify(each)}\n`)
    entries.push({ ...entryOf(each), at, bytes: piece.length })
    pieces.push(piece)
    at += piece.length
  }
  pieces.push(Buffer.from(`${JSON.stringify(entries)}\n`), Buffer.from(String(at).padEnd(FOOT)))
  return Buffer.concat(pieces)
}

/** The features in such a file; only the list of them is kept in memory. */
export function openShelf(path: string): Shelf {
  const withFile = <T>(use: (read: (at: number, bytes: number) => Buffer) => T): T => {
    const file = openSync(path, 'r')
    try {
      return use((at, bytes) => {
        const buffer = Buffer.allocUnsafe(bytes)
        readSync(file, buffer, 0, bytes, at)
        return buffer
      })
    } finally {
      closeSync(file)
    }
  }
  const { size } = statSync(path)
  const entries = withFile(read => {
    const from = Number(read(size - FOOT, FOOT).toString())
    return JSON.parse(read(from, size - FOOT - from).toString()) as Placed[]
  })
  return {
    entries,
    read: places =>
      withFile(read =>
        places.map(place => {
          const { at, bytes } = entries[place] as Placed
          return JSON.parse(read(at, bytes).toString()) as Sketched
        }),
      ),
  }
}
