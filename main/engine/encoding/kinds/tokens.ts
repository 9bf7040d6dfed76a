import type { TransformStep } from '#contract'
import { hash32 } from '../hash.ts'
import { columnOf, type TokensFeature } from '../spec.ts'
import { Counts } from './category.ts'
import { type Fitter, IDLE, single } from './kind.ts'
import { textIn } from './text.ts'

/** Scripts that put no spaces between words: there each letter, with its marks, counts as a word. */
const SPACELESS =
  '[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}]'
const WORD = new RegExp(
  `[${SPACELESS}&&[\\p{L}\\p{N}]]\\p{M}*|[[\\p{L}\\p{N}]--${SPACELESS}][[\\p{L}\\p{M}\\p{N}]--${SPACELESS}]*`,
  'gv',
)

/**
 * The words of a text in their order, lower-cased as Unicode does in any locale; composed (NFC) before, so that a letter
 * is the same however it was typed.
 * @param most words that are looked for
 */
export function wordsOf(text: string, most = Number.POSITIVE_INFINITY): string[] {
  const words: string[] = []
  for (const [word] of text.normalize('NFC').toLowerCase().matchAll(WORD)) {
    if (words.length >= most) break
    words.push(word)
  }
  return words
}

/** Rows of a table for its places, that of nothing among them. */
export const entriesOf = ({ values, buckets }: TokensFeature): number => 1 + values.length + buckets

const tables = new WeakMap<TokensFeature, Map<string, number>>()

function tableOf(spec: TokensFeature): Map<string, number> {
  let table = tables.get(spec)
  if (!table) {
    table = new Map(spec.values.map((value, i) => [value, i + 1]))
    tables.set(spec, table)
  }
  return table
}

export const tokens = single<TokensFeature>(
  spec => (spec.as ? spec.length : entriesOf(spec) - 1),
  (spec, cells, out, offset, stride) => {
    const { values, buckets, length, as } = spec
    const name = columnOf(spec)
    const table = tableOf(spec)
    // Without buckets a word that is not known says nothing.
    const other = (word: string) => (buckets ? 1 + values.length + (hash32(word) % buckets) : 0)
    for (let row = 0, at = offset; row < cells.length; row++, at += stride) {
      const text = textIn(cells[row], name, 'text', row)
      if (text === null) continue
      const places = wordsOf(text, length).map(word => table.get(word) ?? other(word))
      if (as) out.set(places, at)
      else {
        const counts = new Map<number, number>()
        const known = places.filter(place => place !== 0)
        for (const place of known) counts.set(place, (counts.get(place) ?? 0) + 1)
        for (const [place, count] of counts) out[at + place - 1] = count / known.length
      }
    }
  },
)

type TokensStep = Extract<TransformStep, { kind: 'tokens' }>

/** Places of words by their hash where nobody said how many: beside a vocabulary, and without one. */
const BUCKETS = { vocabulary: 100, hash: 4096 } as const

/** Fits the words of a text column. @param embeds they come by their places */
export function fitTokens(name: string, step: TokensStep, embeds: boolean): Fitter {
  const counts = new Counts()
  const { by, most, least, length } = step
  let first: string | null = null
  let present = 0
  let differ = false
  return {
    add(cells) {
      for (let row = 0; row < cells.length; row++) {
        const text = textIn(cells[row], name, 'text', row)
        if (text === null) continue
        present++
        first ??= text
        differ ||= text !== first
        for (const word of wordsOf(text, length)) counts.add(word)
      }
    },
    finish(): TokensFeature | string {
      if (present === 0) return IDLE.empty
      if (!differ) return IDLE.same
      if (counts.present === 0) return 'its texts hold no words'
      const values =
        by === 'hash'
          ? []
          : counts
              .frequent()
              .filter(([, count]) => count >= least)
              .slice(0, most)
              .map(([word]) => word)
      // A place that no word of the train split has would bring untrained weights into a prediction.
      const further = values.length < counts.different
      const buckets = step.buckets ?? (further ? BUCKETS[by] : 0)
      return {
        kind: 'tokens',
        name,
        type: 'text',
        values,
        buckets,
        length,
        ...(embeds ? { as: 'index' as const } : {}),
      }
    },
  }
}
