import { now } from '../../engine/kit/index.ts'
import type { CapturePolicy, Sample } from '../../engine/release/index.ts'
import type { ServingEvents } from './door.ts'
import type { PairCounts } from './figures.ts'
import type { Answers, Model } from './model.ts'

type Answer = Answers['predictions'][number]

/** Rows that a version answered, and where a second one computed them too, what that one says. */
export interface Seen {
  instances: readonly unknown[]
  model: Model
  answers: Answers
  second?: { model: Model; answers: Answers; pairs: PairCounts | null } | undefined
}

/** What keeps rows for the publisher. */
export interface Capture {
  /** Whether rows that one version answered are worth a look at all. */
  wants(): boolean
  follow(policy: CapturePolicy): void
  /** Counts where two versions differ, and keeps the rows that the publisher wants to see. */
  look(name: string, seen: Seen): void
  keep(name: string, version: number, row: Pick<Sample, 'instance' | 'scores' | 'other' | 'reason'>): void
}

/** @param random numbers from 0 to 1, for the random share of rows that is kept */
export function openCapture(events: ServingEvents, random: () => number): Capture {
  let policy: CapturePolicy = { lowConfidence: null, disagreement: false, random: 0, quotaBytes: 0 }
  const keep: Capture['keep'] = (model, version, row) =>
    events.captured({ model, version, at: now(), ...row })
  return {
    wants: () => policy.random > 0 || policy.lowConfidence !== null,
    follow(next) {
      policy = next
    },
    keep,
    look(name, { instances, model, answers, second }) {
      for (const [row, answer] of answers.predictions.entries()) {
        const other = second?.answers.predictions[row]
        const disagrees = other !== undefined && differ(answer, other, model)
        if (other) second?.pairs?.compared(wordOf(answer), wordOf(other), disagrees)
        const reason = reasonOf(policy, answer, disagrees, random())
        if (reason)
          keep(name, model.version, {
            instance: instances[row],
            scores: answers.scores[row] ?? [],
            other: second
              ? { version: second.model.version, scores: second.answers.scores[row] ?? [] }
              : null,
            reason,
          })
      }
    },
  }
}

/** A number counts as another answer where it differs by more than this share of the label's deviation. */
const DIFFERENT = 0.1

/** Whether two versions say different things of a row: another class, or a value that is away by a tenth of its spread. */
function differ(a: Answer, b: Answer, model: Model): boolean {
  if ('class' in a && 'class' in b) return a.class !== b.class
  if ('value' in a && 'value' in b)
    return Math.abs(a.value - b.value) > DIFFERENT * (model.file.label.deviation ?? 1)
  return true
}

/** What an answer is called in counts: its class; of a value the word, since no two values are the same. */
const wordOf = (answer: Answer): string => ('class' in answer ? answer.class : 'value')

/**
 * Why a row is to be kept, or null. What the versions disagree on says most, then what the model is unsure of, then
 * chance.
 * @param drawn a random number from 0 to 1
 */
function reasonOf(
  policy: CapturePolicy,
  answer: Answer,
  disagrees: boolean,
  drawn: number,
): Sample['reason'] | null {
  if (policy.disagreement && disagrees) return 'disagreement'
  if (policy.lowConfidence !== null && 'probability' in answer && answer.probability < policy.lowConfidence)
    return 'low-confidence'
  return drawn < policy.random ? 'random' : null
}
