import type {
  Anomaly,
  DatasetVersion,
  FeatureStatistics,
  Job,
  Schema,
  Statistics,
  Validation,
  Workspace,
} from '#contract'

/** Values as the engine would send them, for component tests. The fake holds them against the contract. */

/** A content hash that is easily told from another. */
export const hash = (letter: string): never => letter.repeat(64).slice(0, 64) as never

export const AT = '2026-03-01T09:41:00.000Z'

export function version(over: Partial<DatasetVersion> = {}): DatasetVersion {
  return {
    id: hash('a'),
    dataset: 'Adult income',
    number: 1,
    rows: 1000,
    columns: [
      { name: 'age', type: 'integer' },
      { name: 'workclass', type: 'text' },
    ],
    splits: { train: 800, eval: 100, test: 100 },
    key: [],
    source: { path: '/data/adult.csv', format: 'csv', bytes: 5_300_000, hash: hash('b') },
    bytes: 1_200_000,
    notes: [],
    at: AT,
    madeBy: 'job-1' as never,
    ...over,
  }
}

const figures = (count: number, over: Partial<FeatureStatistics>): FeatureStatistics => ({
  count,
  missing: 0,
  unique: 3,
  numeric: null,
  top: [],
  averageLength: null,
  ...over,
})

const age = (count: number): FeatureStatistics =>
  figures(count, {
    unique: 73,
    numeric: {
      mean: 38.58,
      deviation: 13.64,
      min: 17,
      median: 37,
      max: 90,
      zeros: 0,
      histogram: { edges: [17, 41, 65, 90], counts: [count - 20, 15, 5] },
    },
  })

const workclass = (count: number, values: string[]): FeatureStatistics =>
  figures(count * 0.9, {
    missing: count / 10,
    unique: values.length,
    top: values.map((value, i) => ({ value, count: Math.round((count * 0.9) / 2 ** (i + 1)) })),
    averageLength: 8,
  })

export function statistics(over: Partial<Statistics> = {}): Statistics {
  return {
    id: hash('c'),
    of: { version: hash('a'), title: 'Adult income v1' },
    rows: 1000,
    splits: { train: 800, eval: 100, test: 100 },
    features: [
      { name: 'age', type: 'integer', all: age(1000), splits: { train: age(800), eval: age(100) } },
      {
        name: 'workclass',
        type: 'text',
        all: workclass(1000, ['Private', 'State-gov']),
        splits: {
          train: workclass(800, ['Private', 'State-gov']),
          eval: workclass(100, ['Private', 'State-gov', 'Never-worked']),
        },
      },
    ],
    seconds: 0.4,
    at: AT,
    madeBy: 'job-2' as never,
    ...over,
  }
}

export function schema(over: Partial<Schema> = {}): Schema {
  return {
    id: hash('d'),
    dataset: 'Adult income' as never,
    number: 3,
    features: [
      {
        name: 'age',
        type: 'integer',
        required: true,
        minPresence: 1,
        domain: null,
        range: { min: 17, max: 90 },
      },
      {
        name: 'workclass',
        type: 'text',
        required: true,
        minPresence: 0.94,
        domain: ['Private', 'State-gov'],
        range: null,
      },
    ],
    text: '',
    environments: [],
    rows: { min: null, max: null },
    at: AT,
    madeBy: 'job-3' as never,
    ...over,
  }
}

export function anomaly(over: Partial<Anomaly> = {}): Anomaly {
  return {
    feature: 'workclass',
    kind: 'out-of-domain',
    type: 'ENUM_TYPE_UNEXPECTED_STRING_VALUES',
    severity: 'error',
    split: 'eval',
    title: 'Unexpected values',
    detail: '1 value in 12 of 100 rows that the schema does not know.',
    rows: 12,
    examples: ['Never-worked'],
    where: [{ column: 'workclass', is: 'equals', values: ['Never-worked'] }],
    only: null,
    drift: null,
    suggested: false,
    updatable: true,
    accepted: null,
    ...over,
  }
}

export function validation(over: Partial<Validation> = {}): Validation {
  return {
    id: hash('e'),
    version: hash('a'),
    schema: hash('d'),
    title: 'Adult income v1',
    verdict: 'blocked',
    anomalies: [anomaly()],
    drifts: [],
    against: null,
    environment: null,
    at: AT,
    madeBy: 'job-4' as never,
    ...over,
  }
}

let last = 0
export function job(over: Partial<Job> = {}): Job {
  return {
    id: `job-${++last}` as never,
    room: 'statistics',
    verb: 'compute',
    title: 'Compute statistics: Adult income',
    input: { data: 'Adult income' },
    lane: null,
    priority: 0,
    status: { state: 'running', progress: { done: 0.35, step: '350 of 1,000 rows' } },
    queuedAt: AT,
    startedAt: AT,
    endedAt: null,
    ...over,
  }
}

export const succeeded = (from: Job, result: unknown): Job => ({
  ...from,
  status: { state: 'succeeded', result },
  endedAt: '2026-03-01T09:41:00.900Z',
})

export function workspace(over: Partial<Workspace> = {}): Workspace {
  return {
    path: '/home/ada/Plant lab',
    name: 'Plant lab',
    readOnly: false,
    format: 10,
    bytes: 184_000_000,
    engine: {
      version: '0.1.0',
      node: '24.21.0',
      process: 4711,
      backend: 'wasm',
      cores: 2,
      memoryBytes: 16e9,
      freeDiskBytes: 212e9,
    },
    ...over,
  }
}
