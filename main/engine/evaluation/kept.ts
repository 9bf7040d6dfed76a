import type { Evaluation } from '#contract'
import { fail } from '../kit/index.ts'
import { type Collection, collection, type Store } from '../store/index.ts'
import type { Answers } from './answers.ts'
import { readPredictions } from './predictions.ts'

/** The evaluations that are kept, and what was answered in each. */
export interface Kept {
  all: Collection<Evaluation>
  /**
   * @param id its id, or the first digits of it
   * @throws Failure not-found, bad-input where several begin so
   */
  find(id: string): Evaluation
  /** @throws Failure unsupported for evaluations of earlier days, not-found */
  answersOf(evaluation: Evaluation): Answers
}

export function openKept(store: Store): Kept {
  const all = collection<Evaluation>(store.db, 'evaluations')
  return {
    all,
    find(id) {
      const known = all.get(id)
      if (known) return known
      const [found, other] = all.list().filter(each => each.id.startsWith(id))
      if (!found)
        throw fail(
          'not-found',
          `There is no evaluation ${id.slice(0, 12)}.`,
          'See the list of evaluations for those there are.',
        )
      if (other)
        throw fail('bad-input', `Several evaluations begin with ${id}.`, 'Give more digits of the one.')
      return found
    },
    answersOf(evaluation) {
      if (evaluation.predictions) return readPredictions(store, evaluation.predictions)
      throw fail(
        'unsupported',
        'This evaluation is of earlier days and did not keep what was predicted.',
        evaluation.run
          ? `Evaluate again with: edgewright evaluation run ${evaluation.run}`
          : 'Evaluate the file again.',
      )
    },
  }
}
