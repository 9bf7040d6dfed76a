import type { Evaluation, PredictedRow } from '#contract'
import { fail } from '../kit/index.ts'
import type { Answers } from './answers.ts'
import { changeOf } from './compare/compare.ts'
import { sharedAnswers } from './compare/shared.ts'
import { predictedClass } from './metrics/classified.ts'
import { asked, type EvaluatedRows, findSlices } from './slices/index.ts'

/** Which rows of an evaluation are wanted; what is left out does not matter. */
export interface Picked {
  actual?: string | undefined
  predicted?: string | undefined
  wrong?: boolean | undefined
  slice?: string | undefined
  from?: number | undefined
  to?: number | undefined
  change?: 'better' | 'worse' | undefined
  order: 'row' | 'loss'
  offset: number
  limit: number
}

/**
 * Rows of an evaluation with what was predicted for them.
 * @param other answers to compare with, on whatever rows they share
 * @param rowsOf the data, where a slice is wanted
 * @throws Failure bad-input for a class or a slice that is not there
 */
export async function pickRows(
  evaluation: Evaluation,
  all: Answers,
  other: Answers | null,
  want: Picked,
  rowsOf: () => Promise<EvaluatedRows & { close(): void }>,
  signal: AbortSignal,
): Promise<{ total: number; rows: PredictedRow[] }> {
  const [answers, against] = other ? (sharedAnswers([all, other]) as [Answers, Answers]) : [all, null]
  const classes = answers.classified?.classes ?? []
  const actual = classIndex(classes, want.actual)
  const predicted = classIndex(classes, want.predicted)
  const inside =
    want.slice === undefined ? null : new Set(await numbersOf(evaluation, all, want.slice, rowsOf, signal))
  const found: number[] = []
  for (let row = 0; row < answers.rows; row++) {
    if (inside && !inside.has(answers.numbers[row] as number)) continue
    if (answers.classified) {
      if (actual !== null && answers.classified.labels[row] !== actual) continue
      if (predicted !== null && predictedClass(answers.classified, row) !== predicted) continue
      if (want.wrong !== undefined && (answers.scores[row] === 0) !== want.wrong) continue
    }
    const sure = sureOf(answers, row)
    if (want.from !== undefined && sure < want.from) continue
    if (want.to !== undefined && sure > want.to) continue
    if (want.change && against) {
      const change = changeOf(against, answers, row)
      if (want.change === 'better' ? change <= 0 : change >= 0) continue
    }
    found.push(row)
  }
  if (want.order === 'loss')
    found.sort((a, b) => (answers.losses[b] as number) - (answers.losses[a] as number) || a - b)
  return {
    total: found.length,
    rows: found.slice(want.offset, want.offset + want.limit).map(row => ({
      row: answers.numbers[row] as number,
      ...saidOf(answers, row),
      loss: answers.losses[row] as number,
      ...(against && { other: saidOf(against, row).predicted }),
    })),
  }
}

function classIndex(classes: readonly string[], name: string | undefined): number | null {
  if (name === undefined) return null
  const index = classes.indexOf(name)
  if (index >= 0) return index
  throw fail(
    'bad-input',
    `The evaluation has no class "${name}".`,
    classes.length
      ? `Its classes are ${classes.slice(0, 20).join(', ')}.`
      : 'It predicts a number; give --from and --to.',
  )
}

/** Rows of a slice that was measured, by its name, or of one that is written now. */
async function numbersOf(
  { slices = [], worst }: Evaluation,
  { numbers }: Answers,
  text: string,
  rowsOf: () => Promise<EvaluatedRows & { close(): void }>,
  signal: AbortSignal,
): Promise<number[]> {
  const kept = [...slices, ...(worst?.slices ?? [])].find(
    ({ name, column }) => text === name || text === `${column} ${name}` || text === `${column}: ${name}`,
  )
  const rows = await rowsOf()
  try {
    const wanted =
      kept && kept.expression === undefined
        ? ({ kind: 'filter', name: kept.name, where: kept.where } as const)
        : asked(rows, kept?.expression ?? text)
    const found = await findSlices(rows, [wanted], 1, signal)
    return found.slices.flatMap(slice => Array.from(slice.rows, row => numbers[row] as number))
  } finally {
    rows.close()
  }
}

function sureOf({ classified, regressed }: Answers, row: number): number {
  if (!classified) return regressed?.predicted[row] as number
  return classified.probabilities[row * classified.classes.length + predictedClass(classified, row)] as number
}

function saidOf(answers: Answers, row: number): Pick<PredictedRow, 'actual' | 'predicted' | 'probability'> {
  const { classified, regressed } = answers
  if (!classified)
    return {
      actual: regressed?.actual[row] as number,
      predicted: regressed?.predicted[row] as number,
      probability: null,
    }
  return {
    actual: classified.classes[classified.labels[row] as number] as string,
    predicted: classified.classes[predictedClass(classified, row)] as string,
    probability: sureOf(answers, row),
  }
}
