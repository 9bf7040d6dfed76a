import { EventEmitter, on } from 'node:events'
import type { Epoch, Run, RunId } from '#contract'
import { asRunId, fail } from '../kit/index.ts'
import { collection, type Store } from '../store/index.ts'

/** The runs of a workspace, in the tables `runs` and `run_epochs`; told to whoever watches. */
export interface Runs {
  nextId(): RunId
  /** Writes a run with its epochs, and tells. */
  put(run: Run): Run
  /** Adds one epoch, writes what else changed, and tells. */
  epoch(run: Run, figures: Epoch): Run
  /** @throws Failure `not-found` */
  get(id: string): Run
  /** Newest first; of one model, or all. */
  list(model?: string): Run[]
  /** The run now, then after each change until it ends or the signal stops. */
  watch(id: string, signal: AbortSignal): AsyncIterable<Run>
}

type Stored = Omit<Run, 'epochs'>

export function openRuns({ db }: Store): Runs {
  const documents = collection<Stored>(db, 'runs')
  const changed = new EventEmitter().setMaxListeners(0)
  const last = db.prepare('SELECT max(CAST(substr(id, 5) AS INTEGER)) AS number FROM runs')
  const read = db.prepare(
    `SELECT epoch, loss, accuracy, eval_loss AS evalLoss, eval_accuracy AS evalAccuracy, seconds
     FROM run_epochs WHERE run = ? ORDER BY epoch`,
  )
  const add = db.prepare(
    `INSERT OR REPLACE INTO run_epochs (run, epoch, loss, accuracy, eval_loss, eval_accuracy, seconds)
     VALUES (@run, @epoch, @loss, @accuracy, @evalLoss, @evalAccuracy, @seconds)`,
  )
  const clear = db.prepare('DELETE FROM run_epochs WHERE run = ?')

  const whole = (stored: Stored): Run => ({ ...stored, epochs: read.all(stored.id) as Epoch[] })
  const document = ({ epochs: _, ...stored }: Run) => documents.put(stored, stored.model)
  const tell = (run: Run): Run => {
    changed.emit(run.id, run)
    return run
  }
  const get = (id: string): Run => {
    const stored = documents.get(id)
    if (!stored)
      throw fail('not-found', `There is no run ${id}.`, 'See the list of runs for those there are.')
    return whole(stored)
  }

  return {
    nextId: () => asRunId(`run-${((last.get() as { number: number | null }).number ?? 0) + 1}`),
    put: run => {
      db.transaction(() => {
        document(run)
        clear.run(run.id)
        for (const epoch of run.epochs) add.run({ run: run.id, ...epoch })
      })()
      return tell(run)
    },
    epoch: (run, figures) => {
      db.transaction(() => {
        document(run)
        add.run({ run: run.id, ...figures })
      })()
      return tell(run)
    },
    get,
    list: model => documents.list(model).map(whole),
    async *watch(id, signal) {
      // Listening begins before the run is read, so that no change falls between the two.
      const changes = on(changed, id, { signal })
      const now = get(id)
      yield now
      if (now.state !== 'running') return
      try {
        for await (const [run] of changes as AsyncIterable<[Run]>) {
          yield run
          if (run.state !== 'running') return
        }
      } catch (error) {
        if (!signal.aborted) throw error
      }
    },
  }
}
