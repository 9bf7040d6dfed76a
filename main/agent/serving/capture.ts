import type { CapturePolicy, Sample } from '../../engine/release/index.ts'
import type { Answers, Model } from './model.ts'

/** A number counts as another answer where it differs by more than this share of the label's deviation. */
const DIFFERENT = 0.1

/** Whether two versions say different things of a row: another class, or a value that is away by a tenth of its spread. */
export function differ(
  a: Answers['predictions'][number],
  b: Answers['predictions'][number],
  model: Model,
): boolean {
  if ('class' in a && 'class' in b) return a.class !== b.class
  if ('value' in a && 'value' in b)
    return Math.abs(a.value - b.value) > DIFFERENT * (model.file.label.deviation ?? 1)
  return true
}

/** What an answer is called in counts: its class; of a value the word, since no two values are the same. */
export const wordOf = (answer: Answers['predictions'][number]): string =>
  'class' in answer ? answer.class : 'value'

/**
 * Why a row is to be kept for the publisher, or null. What the versions disagree on says most, then what the model is
 * unsure of, then chance.
 * @param drawn a random number from 0 to 1
 */
export function reasonOf(
  policy: CapturePolicy,
  answer: Answers['predictions'][number],
  disagrees: boolean,
  drawn: number,
): Sample['reason'] | null {
  if (policy.disagreement && disagrees) return 'disagreement'
  if (policy.lowConfidence !== null && 'probability' in answer && answer.probability < policy.lowConfidence)
    return 'low-confidence'
  return drawn < policy.random ? 'random' : null
}
