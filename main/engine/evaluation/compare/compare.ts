import { setImmediate } from 'node:timers/promises'
import type { Changes, ComparedSlice, Comparison, Difference, Entrant, Evaluation, Metrics } from '#contract'
import type { Answers } from '../answers.ts'
import { holm } from '../metrics/difference.ts'
import { CONFIDENCE } from '../metrics/intervals.ts'
import { intervalsOf } from '../metrics/metricIntervals.ts'
import { isError, paired } from '../metrics/paired.ts'
import { mainMetric, type Slice } from '../slices/index.ts'
import { figure } from '../words.ts'

/** Figures that are compared on all rows, as far as they are there. */
const COMPARED = [
  ...[
    'accuracy',
    'balancedAccuracy',
    'precision',
    'recall',
    'f1',
    'auc',
    'averagePrecision',
    'mcc',
    'logLoss',
    'brier',
  ],
  ...['rmse', 'mae', 'r2', 'bias'],
]
const MOST_ROWS = 1000

export interface Contender {
  evaluation: Evaluation
  /** On the rows that all share. */
  answers: Answers
}

/** Compares each model with the first, on all rows and by slice, and says which rows changed. */
export async function compareAnswers(
  contenders: readonly Contender[],
  slices: readonly Slice[],
  signal: AbortSignal,
): Promise<Omit<Comparison, 'id' | 'at' | 'madeBy'>> {
  const [first, ...others] = contenders as [Contender, ...Contender[]]
  const { task, rows } = first.answers
  const metric = mainMetric(task)
  const figures = contenders.map(({ answers }) => answers.metrics())
  const entrants = contenders.map(
    ({ evaluation, answers }, nth): Entrant => ({
      evaluation: evaluation.id,
      run: evaluation.run,
      model: evaluation.model,
      variant: evaluation.variant,
      metrics: figures[nth] as Metrics,
      intervals: intervalsOf(answers, figures[nth] as Metrics),
    }),
  )
  const differences: Difference[] = []
  for (const [nth, { answers }] of others.entries())
    for (const name of COMPARED) {
      await setImmediate()
      signal.throwIfAborted()
      const found = differenceOf(
        name,
        nth + 1,
        first.answers,
        answers,
        figures[0] as Metrics,
        figures[nth + 1] as Metrics,
      )
      if (found) differences.push(found)
    }
  return {
    task,
    rows,
    metric,
    entrants,
    differences,
    slices: await comparedSlices(contenders, slices, metric, signal),
    changes: others.map(({ answers }, nth) => changesOf(nth + 1, first.answers, answers)),
    words: others.map((_, nth) => wordsOf(metric, nth + 1, entrants, differences, rows)),
  }
}

function differenceOf(
  metric: string,
  entrant: number,
  one: Answers,
  other: Answers,
  before: Metrics,
  after: Metrics,
): Difference | null {
  const [from, to] = [before[metric], after[metric]]
  if (from === undefined || to === undefined) return null
  const { interval, chance, method } = paired(metric, one, other)
  return judgedDifference({
    entrant,
    metric,
    from,
    to,
    change: to - from,
    interval,
    chance,
    method,
    verdict: 'same',
  })
}

/** A bias is better where it is nearer to 0. */
const gainOf = ({ metric, from, to }: Difference): number =>
  metric === 'bias' ? Math.abs(from) - Math.abs(to) : isError(metric) ? from - to : to - from

const judgedDifference = (difference: Difference): Difference => ({
  ...difference,
  verdict:
    difference.chance === null || difference.chance >= 1 - CONFIDENCE
      ? 'same'
      : gainOf(difference) > 0
        ? 'better'
        : 'worse',
})

async function comparedSlices(
  contenders: readonly Contender[],
  slices: readonly Slice[],
  metric: string,
  signal: AbortSignal,
): Promise<ComparedSlice[]> {
  const compared: ComparedSlice[] = []
  for (const { name, column, where, rows } of slices) {
    await setImmediate()
    signal.throwIfAborted()
    const some = contenders.map(({ answers }) => answers.only(rows))
    const metrics = some.map(answers => answers.metrics())
    const differences = some.slice(1).flatMap((answers, nth) => {
      const found = differenceOf(
        metric,
        nth + 1,
        some[0] as Answers,
        answers,
        metrics[0] as Metrics,
        metrics[nth + 1] as Metrics,
      )
      return found ? [found] : []
    })
    compared.push({ name, column, where, rows: rows.length, differences })
  }
  const held = holm(compared.flatMap(({ differences }) => differences.map(({ chance }) => chance ?? 1)))
  let at = 0
  return compared.map(slice => ({
    ...slice,
    differences: slice.differences.map(each => judgedDifference({ ...each, chance: held[at++] as number })),
  }))
}

/** Classification: right where the other is wrong; regression: nearer to the actual value. */
export function changesOf(entrant: number, one: Answers, other: Answers): Changes {
  const better: number[] = []
  const worse: number[] = []
  let [bothRight, bothWrong] = [0, 0]
  for (let row = 0; row < one.rows; row++) {
    const change = changeOf(one, other, row)
    if (change > 0) better.push(row)
    else if (change < 0) worse.push(row)
    else if (one.scores[row] === 1) bothRight++
    else bothWrong++
  }
  const byLoss = (rows: number[]) =>
    rows
      .map(row => ({ row, moved: Math.abs((one.losses[row] as number) - (other.losses[row] as number)) }))
      .sort((a, b) => b.moved - a.moved)
      .slice(0, MOST_ROWS)
      .map(({ row }) => one.numbers[row] as number)
  const isClass = one.classified !== null
  return {
    entrant,
    better: better.length,
    worse: worse.length,
    bothRight: isClass ? bothRight : null,
    bothWrong: isClass ? bothWrong : null,
    betterRows: byLoss(better),
    worseRows: byLoss(worse),
  }
}

/** Above 0 where the other model does better with a row, below where worse. */
export function changeOf(one: Answers, other: Answers, row: number): number {
  const [from, to] = [one.scores[row] as number, other.scores[row] as number]
  return one.classified ? to - from : from - to
}

export const nameOf = ({ run, model, variant }: Pick<Entrant, 'run' | 'model' | 'variant'>): string =>
  `${run ?? model}${variant === 'layers' ? '' : ` as ${variant}`}`

function wordsOf(
  metric: string,
  entrant: number,
  entrants: readonly Entrant[],
  differences: readonly Difference[],
  rows: number,
): string {
  const main = differences.find(each => each.entrant === entrant && each.metric === metric)
  const [one, other] = [entrants[0] as Entrant, entrants[entrant] as Entrant]
  if (!main) return `${nameOf(other)} and ${nameOf(one)} have no ${metric} on these rows.`
  const numbers = `${metric} ${figure(main.to)} against ${figure(main.from)} on ${rows} rows`
  if (main.verdict === 'same')
    return `${nameOf(other)} is no better and no worse than ${nameOf(one)} beyond chance: ${numbers}.`
  return `${nameOf(other)} is ${main.verdict} than ${nameOf(one)}: ${numbers}.`
}
