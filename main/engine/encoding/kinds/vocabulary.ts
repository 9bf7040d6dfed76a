import { hash32 } from '../hash.ts'
import { columnOf, type VocabularyFeature } from '../spec.ts'
import { single, writePlace } from './kind.ts'
import { textIn } from './text.ts'

/** A device encodes single rows, so the place of each value is looked up from a table that is made once. */
const tables = new WeakMap<VocabularyFeature, Map<string, number>>()

function tableOf(spec: VocabularyFeature): Map<string, number> {
  let table = tables.get(spec)
  if (!table) {
    table = new Map(spec.values.map((value, i) => [value, i]))
    tables.set(spec, table)
  }
  return table
}

/** Places of values that are not in the list. */
const othersOf = ({ other, others }: VocabularyFeature) => others ?? Number(other)

export const vocabulary = single<VocabularyFeature>(
  spec => (spec.as ? 1 : spec.values.length + othersOf(spec) + Number(spec.missing)),
  (spec, cells, out, offset, stride) => {
    const { type, values, missing, as } = spec
    const name = columnOf(spec)
    const table = tableOf(spec)
    const others = othersOf(spec)
    const none = missing ? values.length + others : -1
    const other = (text: string) =>
      others === 0 ? -1 : others === 1 ? values.length : values.length + (hash32(text) % others)
    for (let row = 0, at = offset; row < cells.length; row++, at += stride) {
      const text = textIn(cells[row], name, type, row)
      writePlace(as, text === null ? none : (table.get(text) ?? other(text)), out, at)
    }
  },
)
