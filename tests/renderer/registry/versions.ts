import type { Model, ModelVersion } from '#contract'
import { hash } from '../engine/samples.ts'

/** A version as the engine tells it. */
export const modelVersion = (changes: Partial<ModelVersion> = {}): ModelVersion =>
  ({
    id: hash('5'),
    model: 'strikes',
    version: 1,
    run: 'run-1',
    notes: '',
    aliases: [],
    variants: [],
    metrics: { accuracy: 0.81, logLoss: 0.4 },
    gate: { passed: true, checks: [] },
    at: '2026-11-21T09:20:00Z',
    ...changes,
  }) as ModelVersion

export const blockedGate = {
  passed: false,
  checks: [{ rule: { metric: 'accuracy', min: 0.85 }, value: 0.81, passed: false }],
}

/** A model with these versions; its aliases are read off them. */
export const model = (...versions: ModelVersion[]): Model =>
  ({
    name: 'strikes',
    versions,
    aliases: Object.fromEntries(versions.flatMap(one => one.aliases.map(alias => [alias, one.version]))),
  }) as Model
