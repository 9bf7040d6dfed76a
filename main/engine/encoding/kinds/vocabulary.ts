import type { VocabularyFeature } from '../spec.ts'
import type { Kind } from './kind.ts'
import { expectation, textIn } from './text.ts'

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

export const vocabulary: Kind<VocabularyFeature> = {
  width: ({ values, other, missing }) => values.length + Number(other) + Number(missing),
  expects: spec => expectation[spec.type],
  encode(spec, cells, out, offset, stride) {
    const { name, type, values, other, missing } = spec
    const table = tableOf(spec)
    const none = values.length + Number(other)
    for (let row = 0, at = offset; row < cells.length; row++, at += stride) {
      const text = textIn(cells[row], name, type, row)
      if (text === null) {
        if (missing) out[at + none] = 1
        continue
      }
      const place = table.get(text)
      if (place !== undefined) out[at + place] = 1
      else if (other) out[at + values.length] = 1
    }
  },
}
