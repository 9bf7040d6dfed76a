import type { Evaluation, SliceFigures } from '#contract'

/** Four figures of a number. */
export const figure = (value: number): string => String(Number(value.toPrecision(4)))

export const sliceWords = ({ name, column }: Pick<SliceFigures, 'name' | 'column'>): string =>
  column === null ? name : `${column} ${name}`

const SHOWN = [
  'accuracy',
  'precision',
  'recall',
  'f1',
  'auc',
  'averagePrecision',
  'logLoss',
  'rmse',
  'mse',
  'mae',
  'r2',
]

export const evaluationInWords = ({ rows, split, run, metrics }: Evaluation): string =>
  `${rows} rows${run ? ` of ${split}` : ''}: ${SHOWN.filter(name => metrics[name] !== undefined)
    .map(name => `${name} ${figure(metrics[name] as number)}`)
    .join(', ')}.`
