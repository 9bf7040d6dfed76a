import type { Cell, Column } from '#contract'
import { FITTERS, kindOf } from './kinds/index.ts'
import type { FeatureSpec, TransformSpec } from './spec.ts'

/** Reads the train split batch by batch. */
export interface TransformFitter {
  /** @param columns cells by column, in the order of the columns that the fit was begun with */
  add(columns: readonly (readonly Cell[])[]): void
  finish(): TransformSpec
}

/**
 * Fits a transform to columns, in one pass and in bounded memory. Numbers are scaled, texts of few values get a
 * column a value, of many a bucket, dates a calendar; what says nothing is left out with the reason. The result
 * depends on the rows and their order only.
 */
export function fitTransform(columns: readonly Column[]): TransformFitter {
  const fitters = columns.map(({ name, type }) => FITTERS[type](name))
  return {
    add: cells => {
      fitters.forEach((fitter, i) => {
        fitter.add(cells[i] as readonly Cell[])
      })
    },
    finish() {
      const features: FeatureSpec[] = []
      const leftOut: TransformSpec['leftOut'] = []
      fitters.forEach((fitter, i) => {
        const fitted = fitter.finish()
        if (typeof fitted === 'string') leftOut.push({ name: (columns[i] as Column).name, reason: fitted })
        else features.push(fitted)
      })
      const width = features.reduce((sum, spec) => sum + kindOf(spec).width(spec), 0)
      return { format: 'edgewright-transform/1', features, leftOut, width }
    },
  }
}
