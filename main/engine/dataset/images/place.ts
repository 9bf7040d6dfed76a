import { posix } from 'node:path'
import type { Split } from '#contract'
import { SPLITS, splitNamed } from '../versions/split.ts'
import { isPicture, withoutPictureEnding } from './picture.ts'

/** Folders that hold pictures and say nothing about them. */
const PLAIN = new Set([
  'images',
  'image',
  'imgs',
  'img',
  'jpegimages',
  'pictures',
  'photos',
  'data',
  'dataset',
])

/** The split that a folder or a file is named after: `val`, `train2017`; null: none. */
export const splitOfName = (name: string): Split | null => {
  const at = splitNamed(name.replace(/(?<=[a-z])(19|20)\d\d$/i, ''))
  return at === null ? null : (SPLITS[at] ?? null)
}

/** What the folders of a picture say. */
export interface Place {
  split: Split | null
  /** The first folder that is neither a split nor a plain one. */
  label: string | null
  /** Folders below that one. */
  deeper: number
}

/**
 * Reads folders as splits and classes. They name splits where every first one does (`train`, `val`, …) and one of them
 * is the train split; so a class that is called "train" beside a "bus" stays a class.
 */
export function placesOf(paths: readonly string[]): { of(path: string): Place; hasSplits: boolean } {
  const foldersOf = (path: string) => {
    const parts = path.split('/').slice(0, -1)
    while (parts[0] !== undefined && PLAIN.has(parts[0].toLowerCase())) parts.shift()
    return parts
  }
  const splits = new Set(paths.map(path => splitOfName(foldersOf(path)[0] ?? '')))
  const hasSplits = splits.has('train') && !splits.has(null)
  return {
    hasSplits,
    of(path) {
      const parts = foldersOf(path)
      const split = hasSplits ? splitOfName(parts.shift() ?? '') : null
      while (parts[0] !== undefined && PLAIN.has(parts[0].toLowerCase())) parts.shift()
      return { split, label: parts[0] ?? null, deeper: Math.max(0, parts.length - 1) }
    },
  }
}

const lastOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)

/**
 * Finds the pictures that a list means: by the path from the list's own folder or from the top, by the end of the path,
 * by a name that only one has, and by a name without its ending.
 */
export function finder(paths: readonly string[]): (name: string, from: string) => string | null {
  const known = new Set(paths)
  const index = (keyOf: (path: string) => string) => {
    const found = new Map<string, string[]>()
    for (const path of paths) {
      const key = keyOf(path)
      const there = found.get(key)
      if (there) there.push(path)
      else found.set(key, [path])
    }
    return found
  }
  const byName = index(lastOf)
  let byStem: Map<string, string[]> | undefined
  return (name, from) => {
    const plain = posix.normalize(name.trim().replaceAll('\\', '/'))
    const below = posix.normalize(posix.join(from, plain))
    if (known.has(below)) return below
    if (known.has(plain)) return plain
    if (!isPicture(plain)) byStem ??= index(path => withoutPictureEnding(lastOf(path)))
    const candidates = (isPicture(plain) ? byName : byStem)?.get(lastOf(plain)) ?? []
    if (candidates.length === 1) return candidates[0] as string
    const ending = (path: string) => `/${isPicture(plain) ? path : withoutPictureEnding(path)}`
    const fitting = candidates.filter(path => ending(path).endsWith(`/${plain.replace(/^\/+/, '')}`))
    return fitting.length === 1 ? (fitting[0] as string) : null
  }
}
