import type { Epoch } from '#contract'
import type { Store } from '../../store/index.ts'

/** The table `run_epochs`. What writes belongs into a transaction of the caller. */
export function openEpochs({ db }: Store) {
  const read = db.prepare(
    `SELECT epoch, loss, accuracy, eval_loss AS evalLoss, eval_accuracy AS evalAccuracy, seconds
     FROM run_epochs WHERE run = ? ORDER BY epoch`,
  )
  const add = db.prepare(
    `INSERT OR REPLACE INTO run_epochs (run, epoch, loss, accuracy, eval_loss, eval_accuracy, seconds)
     VALUES (@run, @epoch, @loss, @accuracy, @evalLoss, @evalAccuracy, @seconds)`,
  )
  const clear = db.prepare('DELETE FROM run_epochs WHERE run = ?')
  return {
    of: (run: string): Epoch[] => read.all(run) as Epoch[],
    add: (run: string, figures: Epoch): void => void add.run({ run, ...figures }),
    replace(run: string, all: readonly Epoch[]): void {
      clear.run(run)
      for (const figures of all) add.run({ run, ...figures })
    },
  }
}
