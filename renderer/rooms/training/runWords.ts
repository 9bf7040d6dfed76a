import type { Epoch, Run, RunRow } from '#contract'
import { fixed, NONE, percent } from '../../ui/format.ts'
import type { StatusKind } from '../../ui/types.ts'

/** "run-41" -> "Run 41". */
export const runTitle = (id: string): string => `Run ${id.replace(/^run-/, '')}`

/** The shape and the words of a run's state; `short` is for a column beside the epochs. */
export function runStatus(run: Run): { kind: StatusKind; word: string; short: string } {
  const last = run.epochs.length
  const same = (kind: StatusKind, word: string) => ({ kind, word, short: word })
  switch (run.state) {
    case 'running':
      return {
        kind: 'running',
        word: last ? `Running, epoch ${last} of ${run.plan.epochs}` : 'Running, first epoch',
        short: 'Running',
      }
    case 'succeeded':
      return run.stoppedEarly
        ? { kind: 'good', word: `Stopped early at epoch ${last}`, short: 'Stopped early' }
        : same('good', 'Done')
    case 'failed':
      return same('bad', 'Failed')
    case 'cancelled':
      return same('interrupted', 'Cancelled')
    case 'interrupted':
      return same('interrupted', 'Interrupted')
  }
}

/**
 * The same of a row, which knows its target. A run whose work goes on elsewhere while no job here listens to it is not
 * followed: it can be attached.
 */
export function rowStatus(
  row: Pick<RunRow, 'state' | 'origin' | 'target'>,
  hasJob: boolean,
): { kind: StatusKind; short: string } {
  switch (row.state) {
    case 'running':
      if (row.origin === 'imported') return { kind: 'running', short: 'Running, tracked' }
      if (!hasJob && row.target !== 'local')
        return { kind: 'waiting', short: `Running on ${row.target}, not followed` }
      return { kind: 'running', short: 'Running' }
    case 'succeeded':
      return { kind: 'good', short: 'Done' }
    case 'failed':
      return { kind: 'bad', short: 'Failed' }
    case 'cancelled':
      return { kind: 'interrupted', short: 'Cancelled' }
    case 'interrupted':
      return { kind: 'interrupted', short: 'Interrupted' }
  }
}

/** Whether the work of a run goes on elsewhere and nobody here listens to it. */
export const isUnfollowed = (run: Pick<Run, 'state' | 'origin' | 'plan'>, hasJob: boolean): boolean =>
  run.state === 'running' && run.origin !== 'imported' && !hasJob && run.plan.target !== 'local'

/** Only a run that ended before its last epoch can go on. */
export const canContinue = (run: Run): boolean => run.state === 'cancelled' || run.state === 'interrupted'

/** The epoch whose weights are kept, or the newest one while none was chosen. */
export const keptEpoch = (run: Run): Epoch | null =>
  run.epochs.find(epoch => epoch.epoch === run.best) ?? run.epochs.at(-1) ?? null

/** What a person has in hand when a run is stopped: "Epoch 9 of 30 is kept." */
export function keptText(run: Run): string {
  const kept = run.best ?? run.epochs.at(-1)?.epoch
  return kept ? `Epoch ${kept} of ${run.plan.epochs} is kept.` : 'No epoch was finished, so nothing is kept.'
}

/** "18 of 30" */
export const epochText = (run: Run): string => `${run.epochs.length} of ${run.plan.epochs}`

/** Seconds that the epochs took. */
export const runSeconds = (run: Run): number => run.epochs.reduce((sum, epoch) => sum + epoch.seconds, 0)

/** Seconds until the last epoch if every epoch takes as long as the last five did; null before the first one. */
export function secondsLeft(run: Run): number | null {
  const recent = run.epochs.slice(-5)
  if (run.state !== 'running' || !recent.length) return null
  const each = recent.reduce((sum, epoch) => sum + epoch.seconds, 0) / recent.length
  return Math.max(0, run.plan.epochs - run.epochs.length) * each
}

/** "100-70-50-25" */
export const layersText = (layers: readonly number[]): string => (layers.length ? layers.join('-') : 'none')

/** "tensorflow 1.2.3 native" as the run recorded it, or the word for a run that has not begun. */
export const backendText = (run: Run): string => run.backend ?? NONE

export const lossText = (value: number | null | undefined): string => fixed(value, 4)
export const accuracyText = (value: number | null | undefined): string => percent(value, 1)
