import { hash32 } from '../hash.ts'
import { type BucketsFeature, columnOf } from '../spec.ts'
import { single, writePlace } from './kind.ts'
import { textIn } from './text.ts'

export const buckets = single<BucketsFeature>(
  spec => (spec.as ? 1 : spec.buckets + Number(spec.missing)),
  (spec, cells, out, offset, stride) => {
    const { type, buckets, missing, as } = spec
    const name = columnOf(spec)
    const none = missing ? buckets : -1
    for (let row = 0, at = offset; row < cells.length; row++, at += stride) {
      const text = textIn(cells[row], name, type, row)
      writePlace(as, text === null ? none : hash32(text) % buckets, out, at)
    }
  },
)
