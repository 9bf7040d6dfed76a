import type { Drift, HistoryPoint, Suggestion } from '#contract'
import type { Answers } from '../../../renderer/engine/fake.ts'
import { AT, hash, schema, validation, version } from '../engine/samples.ts'

/** Answers of an engine that has checked a dataset, for tests of the Validation page. */
export const answers = (room: Answers['validation'] = {}, over: Answers = {}): Answers => ({
  dataset: {
    list: async () => ({ datasets: [{ name: 'Adult income' as never, versions: 2, latest: version() }] }),
    samples: async () => ({ samples: [] }),
    show: async () => ({
      version: version(),
      versions: [version(), version({ id: hash('9'), number: 2, rows: 900 })],
    }),
  },
  validation: {
    show: async () => ({ schema: schema(), validation: validation() }),
    suggestions: async () => ({ suggestions: [] }),
    alerts: async () => ({ alerts: [] }),
    history: async () => ({ points: [] }),
    policy: async () => ({ training: 'block', publishing: 'block', without: [] }),
    ...room,
  },
  lineage: {
    show: async ({ id }) => ({
      artifact: { id: id as never, kind: 'validation', title: 'x', madeBy: null, at: AT },
      job: null,
      parents: [],
      children: [],
    }),
  },
  ...over,
})

export const drift = (over: Partial<Drift> = {}): Drift => ({
  measure: 'jensen-shannon',
  value: 0.26,
  threshold: 0.02,
  formula: '½ Σ p·log₂(p/m) + ½ Σ q·log₂(q/m), with m = (p + q)/2',
  against: 'Adult income v1, train',
  bins: [
    { label: '65 to 90', low: 65, high: 90, before: 0.1, now: 0.4, part: 0.195 },
    { label: '17 to 41', low: 17, high: 41, before: 0.6, now: 0.3, part: 0.052 },
    { label: '41 to 65', low: 41, high: 65, before: 0.3, now: 0.3, part: 0.013 },
  ],
  tfdv: null,
  ...over,
})

export const suggestion = (over: Partial<Suggestion> = {}): Suggestion => ({
  id: 'age.range',
  feature: 'age',
  kind: 'range',
  title: 'age from 0 to 120',
  why: 'seen 17 to 90 in 800 rows; a quarter of that range on each side',
  now: null,
  set: { range: { min: 0, max: 120 } },
  ...over,
})

export const point = (over: Partial<HistoryPoint> = {}): HistoryPoint => ({
  validation: hash('e'),
  version: hash('a'),
  title: 'Check of Adult income v1',
  at: AT,
  rows: 1000,
  verdict: 'good',
  errors: 0,
  warnings: 0,
  features: [
    { name: 'age', missing: 0, drift: 0.01, anomalies: 0 },
    { name: 'workclass', missing: 0.05, drift: null, anomalies: 0 },
  ],
  ...over,
})
