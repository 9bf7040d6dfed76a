import type { Epoch, Run } from '#contract'

/** An epoch as the engine tells it; loss falls and accuracy rises. */
export const epoch = (n: number, changes: Partial<Epoch> = {}): Epoch => ({
  epoch: n,
  loss: 0.7 / n,
  accuracy: 1 - 0.3 / n,
  evalLoss: 0.8 / n,
  evalAccuracy: 1 - 0.35 / n,
  seconds: 2,
  ...changes,
})

/** A run as the engine tells it. */
export const run = (id: string, changes: Partial<Run> = {}, plan: Partial<Run['plan']> = {}): Run =>
  ({
    id,
    model: 'strikes',
    plan: {
      dataset: 'strikes',
      label: 'damage',
      name: 'strikes',
      without: [],
      trainer: 'tabular',
      target: 'local',
      backend: 'auto',
      epochs: 30,
      batch: 128,
      learningRate: 0.001,
      layers: [100, 70, 50, 25],
      dropout: 0,
      patience: 5,
      seed: 1,
      ...plan,
    },
    version: 'a'.repeat(64),
    task: 'binary',
    classes: ['no', 'yes'],
    state: 'succeeded',
    failure: null,
    backend: 'wasm (SIMD, 2 threads)',
    rows: { train: 8411, eval: 1053, test: 1050 },
    inputs: 64,
    parameters: 20_000,
    epochs: [epoch(1), epoch(2), epoch(3)],
    best: 3,
    stoppedEarly: false,
    transform: 'b'.repeat(64),
    artifact: 'c'.repeat(64),
    bytes: 80_000,
    at: '2026-11-21T09:00:00Z',
    endedAt: '2026-11-21T09:01:00Z',
    job: 'job-1',
    ...changes,
  }) as Run
