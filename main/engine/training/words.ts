import type { Epoch, Run } from '#contract'

/** What a run that did not come to its end leaves behind. */
export const keptWords = (run: Run): string =>
  run.best === null
    ? 'No epoch was finished yet'
    : `The checkpoint of epoch ${run.epochs.length} is kept (best: epoch ${run.best})`

/** One line on an epoch, for the job's log. */
export function figureWords({ epoch, loss, accuracy, evalLoss, evalAccuracy, seconds }: Epoch): string {
  const figure = (name: string, value: number | null) =>
    value === null ? [] : [`${name} ${value.toPrecision(4)}`]
  return [
    `Epoch ${epoch}: loss ${loss.toPrecision(4)}`,
    ...figure('accuracy', accuracy),
    ...figure('eval loss', evalLoss),
    ...figure('eval accuracy', evalAccuracy),
    `${seconds.toFixed(1)} s`,
  ].join(', ')
}
