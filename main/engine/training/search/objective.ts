import type { Run, RunId, Search } from '#contract'
import { fail } from '../../kit/index.ts'

export type Goal = Search['goal']

/** The objective after an epoch, or at a step. */
export interface Figure {
  epoch: number
  value: number
}

export interface Objective {
  objective: string
  goal: Goal
  /** What a deviation of 1 is in the units of the label; null: it has none, or it is not known yet. */
  deviation: number | null
}

/** Figures of our trainers. */
const OURS = ['loss', 'accuracy', 'rmse'] as const
/** Names under which programs tell the same of rows that they do not learn from, and last of those that they do. */
const SPLITS = ['eval_', 'val_', 'validation_', 'test_', 'eval/', 'val/', 'validation/', '']

const MORE_IS_BETTER = /acc|auc|f1|precision|recall|r2|score|iou|map/i

/**
 * @param own a person's own program is searched, which may tell any figure
 * @throws Failure `bad-input` for a figure that our trainers do not tell
 */
export function objectiveOf(
  { objective = 'loss', goal }: { objective?: string | undefined; goal?: Goal | undefined },
  own: boolean,
): Omit<Objective, 'deviation'> {
  if (!own && !OURS.includes(objective as never))
    throw fail(
      'bad-input',
      `The trainers tell no "${objective}" to judge trials by.`,
      `Choose one of ${OURS.join(', ')}.`,
    )
  return { objective, goal: goal ?? (MORE_IS_BETTER.test(objective) ? 'most' : 'least') }
}

/** @throws Failure `bad-input` where a task has no such figure */
export function fitsTask({ objective }: Pick<Objective, 'objective'>, { task, origin }: Run): void {
  if (origin !== 'trained') return
  const regression = task === 'regression'
  if ((objective === 'accuracy' && regression) || (objective === 'rmse' && !regression))
    throw fail(
      'bad-input',
      regression ? 'Values have no accuracy to judge trials by.' : 'Classes have no RMSE to judge trials by.',
      `Choose loss or ${regression ? 'rmse' : 'accuracy'}.`,
    )
}

/** Reads what trials are judged by. @param curve points of a figure of a run; empty where it has none */
export function openFigures(curve: (run: RunId, key: string) => Figure[]) {
  /** The objective on the eval split, or on the train split where there are no rows to judge by. */
  function ofEpochs({ epochs }: Run, { objective, deviation }: Objective): Figure[] {
    return epochs.flatMap(({ epoch, loss, accuracy, evalLoss, evalAccuracy }) => {
      const judged = evalLoss ?? loss
      const value =
        objective === 'accuracy'
          ? evalLoss === null
            ? accuracy
            : evalAccuracy
          : objective === 'rmse'
            ? Math.sqrt(judged) * (deviation ?? 1)
            : judged
      return value === null ? [] : [{ epoch, value }]
    })
  }

  function ofCurve({ id }: Run, { objective }: Objective): Figure[] {
    for (const split of SPLITS) {
      const found = curve(id, `${split}${objective}`)
      if (found.length > 0) return found
    }
    return []
  }

  const figuresOf = (run: Run, objective: Objective): Figure[] =>
    run.origin === 'trained' ? ofEpochs(run, objective) : ofCurve(run, objective)

  /**
   * What a run is worth after so many epochs: the objective of the weights that would be kept, which are those of the
   * epoch with the best loss on the eval split; of a person's own program the last figure that it told.
   */
  function worthOf(run: Run, objective: Objective, until = Number.POSITIVE_INFINITY): number | null {
    const figures = figuresOf(run, objective).filter(({ epoch }) => epoch <= until)
    if (run.origin !== 'trained') return figures.at(-1)?.value ?? null
    const epochs = run.epochs.filter(({ epoch }) => epoch <= until)
    const judged = epochs.filter(({ evalLoss }) => evalLoss !== null)
    const kept = judged.length
      ? judged.reduce((best, each) => ((each.evalLoss ?? 0) < (best.evalLoss ?? 0) ? each : best))
      : epochs.at(-1)
    return figures.find(({ epoch }) => epoch === kept?.epoch)?.value ?? null
  }

  return { figuresOf, worthOf }
}

export type Figures = ReturnType<typeof openFigures>

/** Those with a value, the best first; of equal ones the earlier. */
export function ranked<T extends { number: number; value: number | null }>(trials: T[], goal: Goal): T[] {
  const sign = goal === 'least' ? 1 : -1
  return trials
    .filter(({ value }) => value !== null)
    .sort((a, b) => sign * ((a.value ?? 0) - (b.value ?? 0)) || a.number - b.number)
}
