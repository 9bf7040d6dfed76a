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

/**
 * Says of the runs that an engine was training when it ended that they were interrupted. Those whose work goes on
 * elsewhere are not: they are followed on.
 */
export function markInterrupted(store: Store, runs: Runs): void {
  if (store.readOnly) return
  const ids = store.db
    .prepare(
      `SELECT id FROM runs WHERE state = 'running'
       AND NOT EXISTS (SELECT 1 FROM placements WHERE run = id AND placements.body IS NOT NULL)`,
    )
    .all() as { id: string }[]
  for (const { id } of ids) {
    const run = runs.get(id)
    dropData(folderOf(store, run.id))
    runs.change(id, { state: 'interrupted', failure: interruptedBy(run), endedAt: now() })
  }
}
