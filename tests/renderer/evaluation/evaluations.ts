import type { ClassFigures, Evaluation, ThresholdPoint } from '#contract'
import { hash } from '../engine/samples.ts'

/** Ten rows of two classes, counted by hand: scores of the positive class, and whether the row is positive. */
export const ROWS: readonly [score: number, positive: boolean][] = [
  [0.95, true],
  [0.9, true],
  [0.8, false],
  [0.7, true],
  [0.6, false],
  [0.4, true],
  [0.3, false],
  [0.2, false],
  [0.1, false],
  [0.05, false],
]

export const countAt = (threshold: number, flip = false): ThresholdPoint => {
  const at = { threshold, tp: 0, fp: 0, tn: 0, fn: 0 }
  for (const [score, positive] of ROWS) {
    const called = (flip ? 1 - score : score) >= threshold
    const is = flip ? !positive : positive
    if (called) is ? at.tp++ : at.fp++
    else is ? at.fn++ : at.tn++
  }
  return at
}

const classOf = (label: string, flip: boolean): ClassFigures => {
  const scores = ROWS.map(([score]) => (flip ? 1 - score : score)).sort((a, b) => b - a)
  return {
    label,
    support: ROWS.filter(([, positive]) => positive !== flip).length,
    precision: 0.6,
    recall: 0.75,
    f1: 0.67,
    auc: 0.875,
    averagePrecision: 0.8,
    curve: scores.map(score => countAt(score, flip)),
  }
}

/** An evaluation as the engine tells it, of those ten rows. */
export const evaluation = (changes: Partial<Evaluation> = {}): Evaluation =>
  ({
    id: hash('e'),
    run: 'run-1',
    model: 'strikes',
    variant: 'layers',
    split: 'test',
    rows: ROWS.length,
    task: 'binary',
    metrics: { accuracy: 0.7, precision: 0.6, recall: 0.75, f1: 0.67, auc: 0.875, logLoss: 0.5 },
    confusion: {
      classes: ['no', 'yes'],
      counts: [
        [4, 2],
        [1, 3],
      ],
    },
    perClass: [classOf('no', true), classOf('yes', false)],
    scatter: [],
    gate: { passed: true, checks: [] },
    seconds: 0.4,
    at: '2026-11-21T09:10:00Z',
    madeBy: 'job-3',
    ...changes,
  }) as Evaluation
