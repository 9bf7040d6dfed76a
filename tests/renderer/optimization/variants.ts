import type { Variant } from '#contract'

/** A variant as the engine tells it. */
export const variant = (changes: Partial<Variant> = {}): Variant =>
  ({
    id: 'd'.repeat(64),
    run: 'run-1',
    kind: 'float32',
    title: 'strikes, float32',
    bytes: 81_000,
    nodes: 31,
    ops: { MatMul: 5, BiasAdd: 5, Relu: 4, Const: 10, Placeholder: 1, Sigmoid: 1 },
    inputs: [{ name: 'input', shape: [-1, 64] }],
    outputs: [{ name: 'output', shape: [-1, 1] }],
    passes: [
      {
        pass: 'freeze',
        nodesBefore: 41,
        nodesAfter: 31,
        bytesBefore: 82_000,
        bytesAfter: 81_000,
        note: 'same outputs',
      },
    ],
    compared: {
      split: 'test',
      rows: 1000,
      before: { accuracy: 0.9, logLoss: 0.3 },
      after: { accuracy: 0.9, logLoss: 0.3 },
      maxDifference: 1e-7,
    },
    out: null,
    at: '2026-11-21T09:05:00Z',
    madeBy: 'job-2',
    ...changes,
  }) as Variant
