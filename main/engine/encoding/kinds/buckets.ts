import { hash32 } from '../hash.ts'
import type { BucketsFeature } from '../spec.ts'
import type { Kind } from './kind.ts'
import { expectation, textIn } from './text.ts'

export const buckets: Kind<BucketsFeature> = {
  width: spec => spec.buckets + Number(spec.missing),
  expects: () => expectation.text,
  encode(spec, cells, out, offset, stride) {
    for (let row = 0, at = offset; row < cells.length; row++, at += stride) {
      const text = textIn(cells[row], spec.name, 'text', row)
      if (text !== null) out[at + (hash32(text) % spec.buckets)] = 1
      else if (spec.missing) out[at + spec.buckets] = 1
    }
  },
}
