import type { Store } from '../../store/index.ts'
import type { Runs } from '../runs.ts'
import { pointsOf } from './hear.ts'

/**
 * Gives the runs of a workspace from before there were curves those of their epochs. When an epoch ended was not written
 * down then: each is taken to have followed on the one before.
 */
export function giveCurves(store: Store, runs: Runs): void {
  if (store.readOnly) return
  const { db } = store
  const without = db.prepare('SELECT run FROM runs_without_curves').all() as { run: string }[]
  if (without.length === 0) return
  db.transaction(() => {
    for (const { run: id } of without) {
      const { at, epochs, plan } = runs.get(id)
      let ended = Date.parse(at) / 1000
      const points = epochs.flatMap(figures => {
        ended += figures.seconds
        return pointsOf(figures, ended, plan.learningRate)
      })
      runs.points(id, points)
    }
    db.exec('DELETE FROM runs_without_curves')
  })()
}
