import type { Failure, Schema } from '#contract'
import { plural } from '../../ui/index.ts'

/** A place in a text and what is wrong there. Line and column count from 1. */
export interface Trouble {
  line: number
  column: number
  text: string
}

/** Where a refused text is wrong, as the engine's sentence says it; null where it names no place. */
export function troubleOf(failure: Failure | null): Trouble | null {
  const read = failure && /line (\d+), column (\d+): (.*)$/s.exec(failure.message)
  if (!read) return null
  const [, line = '1', column = '1', text = ''] = read
  return { line: Number(line), column: Number(column), text: text.charAt(0).toUpperCase() + text.slice(1) }
}

/** The line, from 1, where a feature of this name begins; null where there is none. */
export function lineOf(text: string, name: string): number | null {
  // As the text format writes it: quotes and backslashes with a backslash before them.
  const written = name.replaceAll(/["\\]/g, found => `\\${found}`)
  const at = text.search(
    new RegExp(`^feature \\{\\s*name: "${written.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')}"`, 'm'),
  )
  return at < 0 ? null : text.slice(0, at).split('\n').length
}

/** Beyond so many lines in question the lines are not paired any more: all between the equal ends counts as changed. */
const PAIRED = 1500

/**
 * What an edit changed, line by line: the lines of `after` that are new or other (from 1), and how many of `before`
 * are gone. Equal lines are paired by their longest common subsequence.
 */
export function changedLines(before: string, after: string): { changed: Set<number>; removed: number } {
  const changed = new Set<number>()
  if (before === after) return { changed, removed: 0 }
  const a = before.split('\n')
  const b = after.split('\n')
  let first = 0
  while (first < a.length && first < b.length && a[first] === b[first]) first++
  let last = 0
  while (last < a.length - first && last < b.length - first && a.at(-1 - last) === b.at(-1 - last)) last++
  const old = a.slice(first, a.length - last)
  const now = b.slice(first, b.length - last)
  if (old.length > PAIRED || now.length > PAIRED) {
    for (const at of now.keys()) changed.add(first + at + 1)
    return { changed, removed: old.length }
  }
  // lengths[i][j]: longest common subsequence of old from i on and now from j on
  const wide = now.length + 1
  const lengths = new Uint16Array((old.length + 1) * wide)
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      lengths[i * wide + j] =
        old[i] === now[j]
          ? (lengths[(i + 1) * wide + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * wide + j] ?? 0, lengths[i * wide + j + 1] ?? 0)
  let removed = 0
  for (let i = 0, j = 0; i < old.length || j < now.length; ) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      i++
      j++
    } else if (
      j < now.length &&
      (i === old.length || (lengths[i * wide + j + 1] ?? 0) >= (lengths[(i + 1) * wide + j] ?? 0))
    ) {
      changed.add(first + j + 1)
      j++
    } else {
      removed++
      i++
    }
  }
  return { changed, removed }
}

/** What an edit of the text changed, in a few words; empty where nothing is. */
export function textWords(schema: Pick<Schema, 'text' | 'number'>, text: string): string {
  const { changed, removed } = changedLines(schema.text, text)
  return [
    changed.size ? `${plural(changed.size, 'line')} new or changed` : null,
    removed ? `${plural(removed, 'line')} of v${schema.number} gone` : null,
  ]
    .filter(Boolean)
    .join(', ')
}
