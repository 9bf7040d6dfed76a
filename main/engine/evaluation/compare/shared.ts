import type { Run } from '#contract'
import { fail } from '../../kit/index.ts'
import { type Answers, ofClasses } from '../answers.ts'

/**
 * Whether runs can be compared at all, before anything is measured.
 * @throws Failure unsupported where they learned to predict different columns
 */
export function assertOneLabel(runs: readonly Pick<Run, 'id' | 'plan'>[]): void {
  const known = runs.filter(({ plan }) => plan.label)
  const [first] = known
  const other = known.find(({ plan }) => plan.label !== first?.plan.label)
  if (first && other)
    throw fail(
      'unsupported',
      `${first.id} predicts "${first.plan.label}" and ${other.id} predicts "${other.plan.label}", so there is nothing to compare.`,
      'Compare runs of the same label.',
    )
}

/**
 * Answers of several models brought to the rows that all of them answered and to the classes of the first, in its order.
 * @throws Failure unsupported where they predict different things, empty-data where they share no rows
 */
export function sharedAnswers(all: readonly Answers[]): Answers[] {
  const [first] = all as [Answers]
  const aligned = all.map(answers => inClassesOf(first, answers))
  let numbers = first.numbers
  for (const { numbers: others } of aligned.slice(1)) {
    const known = new Set(others)
    numbers = numbers.filter(number => known.has(number))
  }
  if (!numbers.length)
    throw fail(
      'empty-data',
      'The models were measured on rows of which none is the same.',
      'Evaluate them on the same split of the same version.',
    )
  return aligned.map(answers => {
    if (answers.numbers.length === numbers.length) return answers
    const places = new Uint32Array(numbers.length)
    for (let at = 0, row = 0; at < numbers.length; row++)
      if (answers.numbers[row] === numbers[at]) places[at++] = row
    return answers.only(places)
  })
}

function inClassesOf(first: Answers, answers: Answers): Answers {
  const [to, from] = [first.classified, answers.classified]
  if (!to && !from) return answers
  const order = to?.classes.map(name => from?.classes.indexOf(name) ?? -1) ?? []
  if (!to || !from || from.classes.length !== to.classes.length || order.includes(-1))
    throw fail(
      'unsupported',
      'The models predict different things, so their answers cannot be compared row by row.',
      'Compare models of the same label and the same classes.',
    )
  if (order.every((index, i) => index === i)) return answers
  const width = order.length
  const probabilities = new Float64Array(answers.rows * width)
  for (let row = 0; row < answers.rows; row++)
    for (let i = 0; i < width; i++)
      probabilities[row * width + i] = from.probabilities[row * width + (order[i] as number)] as number
  const labels = Float64Array.from(from.labels, label => order.indexOf(label))
  return ofClasses({ classes: to.classes, isBinary: to.isBinary, probabilities, labels }, answers.numbers)
}
