import type { Comparison, RunId } from '#contract'
import type { JobContext } from '../../jobs/index.ts'
import { canonicalJson, hashOf, now } from '../../kit/index.ts'
import { collection, type Store } from '../../store/index.ts'
import type { Answers } from '../answers.ts'
import type { Measuring } from '../measure.ts'
import { asked, findSlices } from '../slices/index.ts'
import { type Contender, compareAnswers } from './compare.ts'
import { sharedAnswers } from './shared.ts'

export interface Comparing {
  /** Compares models on the rows that all of them answered, and keeps what came out. */
  compare(
    all: readonly Contender[],
    slices: readonly string[],
    minRows: number,
    job: JobContext,
  ): Promise<Comparison>
  /** Newest first. @param id its id, or the first digits of it */
  list(of: { run?: RunId | undefined; id?: string | undefined }): Comparison[]
}

export function openComparing({ store, measuring }: { store: Store; measuring: Measuring }): Comparing {
  const comparisons = collection<Comparison>(store.db, 'comparisons')
  return {
    async compare(all, slices, minRows, job) {
      job.progress(null, 'comparing')
      const shared = sharedAnswers(all.map(({ answers }) => answers))
      const contenders = all.map(({ evaluation }, nth) => ({ evaluation, answers: shared[nth] as Answers }))
      const [{ evaluation, answers }] = contenders as [Contender]
      const rows = await measuring.rowsOf(evaluation, answers.numbers, job.signal)
      try {
        const wanted = slices.map(text => asked(rows, text))
        const found = await findSlices(rows, wanted, minRows, job.signal)
        const made = await compareAnswers(contenders, found.slices, job.signal)
        const comparison: Comparison = { id: hashOf(canonicalJson(made)), ...made, at: now(), madeBy: job.id }
        comparisons.put(comparison, evaluation.run ?? evaluation.model)
        for (const words of comparison.words) job.log(words)
        return comparison
      } finally {
        rows.close()
      }
    },
    list: ({ run, id }) =>
      comparisons
        .list()
        .filter(each => id === undefined || each.id.startsWith(id))
        .filter(each => run === undefined || each.entrants.some(entrant => entrant.run === run)),
  }
}
