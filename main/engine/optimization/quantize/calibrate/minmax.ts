import { type Range, union } from '../range.ts'
import { type Calibrator, extentOf } from './calibrator.ts'

/** The least and the greatest value of all samples, as TensorFlow's converter calibrates. */
export function minmax(): Calibrator {
  let all: Range | undefined
  return {
    add(values) {
      const one = extentOf(values)
      if (one) all = union(all, one)
    },
    range: () => all,
  }
}
