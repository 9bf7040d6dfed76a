import type { DeviceLatency, GraphView, Inspection, PassInfo, Proof, Transformed, Variant } from '#contract'
import type { Answers } from '../../../renderer/engine/fake.ts'
import { hash } from '../engine/samples.ts'

/** A variant as the engine tells it. */
export const variant = (changes: Partial<Variant> = {}): Variant =>
  ({
    id: 'd'.repeat(64),
    run: 'run-1',
    source: null,
    kind: 'float32',
    title: 'Frozen, float32',
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
        maxDifference: null,
        accuracy: null,
      },
    ],
    settings: { to: 'graphdef', quantize: 'none' },
    kept: [],
    compared: {
      split: 'test',
      rows: 1000,
      before: { accuracy: 0.9, logLoss: 0.3 },
      after: { accuracy: 0.9, logLoss: 0.3 },
      maxDifference: 1e-7,
    },
    proof: null,
    out: null,
    at: '2026-11-21T09:05:00Z',
    madeBy: 'job-2',
    ...changes,
  }) as Variant

/** 1,000 rows of two classes; the rare one loses 4 of 100, the other wins 1 of 900. */
export const proof = (changes: Partial<Proof> = {}): Proof => ({
  runtime: 'LiteRT.js 2.5.3',
  rows: 1000,
  data: 'the test split of run-1',
  maxDifference: 0.0131,
  rmsDifference: 0.0021,
  disagreements: {
    count: 5,
    rows: [
      { row: 7, before: 'worn', after: 'good', label: 'worn' },
      { row: 1500, before: 'good', after: 'worn', label: 'worn' },
    ],
  },
  perClass: [
    { label: 'good', support: 900, before: 0.9, after: 0.9 + 1 / 900 },
    { label: 'worn', support: 100, before: 0.9, after: 0.86 },
  ],
  layers: [
    { tensor: 'a/Relu', op: 'FULLY_CONNECTED', layer: 'a', snr: 31.5, ms: null },
    { tensor: 'b/Sigmoid', op: 'LOGISTIC', layer: 'b', snr: 12.25, ms: null },
    { tensor: 'c', op: 'RESHAPE', layer: null, snr: null, ms: null },
  ],
  latency: { runs: 200, median: 0.41, p95: 0.62, floatMedian: 0.82 },
  arenaBytes: 2048,
  tolerance: null,
  ...changes,
})

/** The int8 form with its proof. */
export const int8 = (changes: Partial<Variant> = {}): Variant =>
  variant({
    id: hash('8'),
    kind: 'tflite-int8',
    title: 'TFLite, int8',
    bytes: 25_000,
    passes: [],
    settings: { to: 'tflite', quantize: 'int8', io: 'float32', calibrateBy: 'minmax' },
    compared: {
      split: 'test',
      rows: 1000,
      before: { accuracy: 0.9, logLoss: 0.3 },
      after: { accuracy: 0.897, logLoss: 0.31 },
      maxDifference: 0.0131,
    },
    proof: proof(),
    ...changes,
  })

/** The int8 form as a device timed it. */
export const latency = (
  changes: Partial<DeviceLatency> = {},
  on: Partial<DeviceLatency['device']> = {},
): DeviceLatency =>
  ({
    id: 'job-9',
    run: 'run-1',
    model: 'run-1',
    variant: hash('8'),
    kind: 'tflite-int8',
    title: 'TFLite, int8',
    bytes: 25_000,
    runtime: 'LiteRT.js 2.5.3',
    runs: 200,
    median: 4.21,
    p95: 6.9,
    peakBytes: 91_000_000,
    device: {
      id: 'device-1',
      name: 'this computer',
      address: 'http://127.0.0.1:8501',
      processor: 'Cortex-A72',
      cores: 4,
      memoryBytes: 4e9,
      platform: 'linux',
      arch: 'arm64',
      ...on,
    },
    at: '2026-11-21T10:00:00Z',
    ...changes,
  }) as DeviceLatency

/** A model of one dense layer, with one operation that stands in the way. */
export const inspection = (changes: Partial<Inspection> = {}): Inspection => {
  const input = { name: 'x', key: 'features', dtype: 'float32', shape: [-1, 64] }
  const output = { name: 'y', key: null, dtype: 'float32', shape: [-1, 1] }
  return {
    model: 'run-1',
    format: 'run',
    title: 'Trained here',
    bytes: 90_000,
    signature: 'serving_default',
    signatures: [{ name: 'serving_default', inputs: [input], outputs: [output] }],
    inputs: [input],
    outputs: [output],
    nodes: 3,
    ops: [
      { op: 'MatMul', count: 1 },
      { op: 'Const', count: 1 },
    ],
    parameters: 22_500,
    weightBytes: 90_000,
    bytesByType: [{ dtype: 'float32', bytes: 90_000 }],
    unsupported: [],
    notes: [],
    ...changes,
  }
}

export const graph = (changes: Partial<GraphView> = {}): GraphView => {
  const node = { layer: null, dtype: 'float32', shape: [-1, 1], bytes: 0, attrs: {} }
  return {
    model: 'run-1',
    format: 'run',
    nodes: [
      { ...node, name: 'x', op: 'Placeholder', inputs: [] },
      { ...node, name: 'a/kernel', op: 'Const', inputs: [], bytes: 256 },
      { ...node, name: 'a/MatMul', op: 'MatMul', layer: 'a', inputs: [0, 1] },
      { ...node, name: 'a/Relu', op: 'Relu', layer: 'a', inputs: [2] },
    ],
    inputs: [],
    outputs: [],
    ...changes,
  }
}

export const PASSES: PassInfo[] = [
  { name: 'strip_unused_nodes', title: 'Strip', about: 'Drops what nothing reads.', arguments: [] },
  {
    name: 'fold_constants',
    title: 'Fold',
    about: 'Computes what is constant.',
    arguments: [{ name: 'ignore_errors', about: 'Goes on where it cannot.', required: false }],
  },
  {
    name: 'rename_op',
    title: 'Rename',
    about: 'Calls an operation otherwise.',
    arguments: [
      { name: 'old_op_name', about: '', required: true },
      { name: 'new_op_name', about: '', required: true },
    ],
  },
]
export const RECOMMENDED = 'strip_unused_nodes fold_constants(ignore_errors=true)'

/** What came of the recommended passes: freezing first by itself, then each of them. */
export const transformed = (changes: Partial<Transformed> = {}): Transformed => ({
  nodes: 20,
  bytes: 81_000,
  passes: [
    ['freeze', 41, 31, 0],
    ['strip_unused_nodes', 31, 28, 0],
    ['fold_constants', 28, 20, 0.0213],
  ].map(([pass, nodesBefore, nodesAfter, maxDifference]) => ({
    pass: String(pass),
    nodesBefore: Number(nodesBefore),
    nodesAfter: Number(nodesAfter),
    bytesBefore: 82_000,
    bytesAfter: 81_000,
    note: 'done',
    maxDifference: Number(maxDifference),
    accuracy: 0.9,
  })),
  inputs: [],
  outputs: [],
  id: hash('9'),
  out: null,
  ...changes,
})

/** What the page asks of the room before anything was made. */
export const answersOf = (
  variants: Variant[],
  over: Answers['optimization'] = {},
): Answers['optimization'] => ({
  list: async () => ({ variants }),
  inspect: async ({ model }) => inspection({ model }),
  graph: async ({ model }) => graph({ model }),
  passes: async () => ({ passes: PASSES, recommended: RECOMMENDED }),
  tolerance: async ({ model, tolerance }) => ({ model, tolerance: tolerance ?? null }),
  ...over,
})
