import type { Failure, Run } from '#contract'
import { now } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import { dropData, folderOf } from './folder.ts'
import type { Runs } from './runs.ts'
import { keptWords } from './words.ts'

/** Why a run stands still whose engine ended. */
export const interruptedBy = (run: Run): Failure => ({
  code: 'interrupted',
  message: `The engine ended while this run was training; ${keptWords(run)}.`,
  remedy: 'Continue the run.',
})

/** Says of the runs that an engine was training when it ended that they were interrupted. */
export function markInterrupted(store: Store, runs: Runs): void {
  if (store.readOnly) return
  for (const run of runs.list())
    if (run.state === 'running') {
      dropData(folderOf(store, run.id))
      runs.put({
        ...run,
        state: 'interrupted',
        failure: interruptedBy(run),
        endedAt: now(),
      })
    }
}
