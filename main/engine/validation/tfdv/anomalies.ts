import {
  type Anomalies,
  Anomalies_AnomalyNameFormat,
  AnomaliesSchema,
  type AnomalyInfo,
  AnomalyInfo_Severity,
  AnomalyInfo_Type,
  AnomalyInfoSchema,
  create,
  type DriftSkewInfo,
  DriftSkewInfoSchema,
} from '../../metadata/index.ts'
import type { Findings } from './feature.ts'
import { comparePaths, pathKey, type Steps, serializePath } from './paths.ts'
import { type Override, type Reason, severer, severityOf } from './reasons.ts'

interface Found {
  path: Steps
  reasons: Reason[]
  severity: AnomalyInfo_Severity
}

const SEVERAL = 'Multiple errors'

/** Gathers what is wrong with each feature and with the dataset, and what was measured. */
export class Collected {
  readonly #overrides: readonly Override[]
  readonly #found = new Map<string, Found>()
  readonly #measured = new Map<string, { path: Steps; info: DriftSkewInfo }>()
  #dataset: Reason[] = []

  constructor(overrides: readonly Override[]) {
    this.#overrides = overrides
  }

  /** Adds findings about a feature; a feature is told of where they are worth telling, or always if asked. */
  add(path: Steps, { reasons, drift, skew }: Findings, isAlways = false): void {
    const key = pathKey(path)
    const severity = severityOf(reasons, this.#overrides)
    const known = this.#found.get(key)
    if (known) {
      known.reasons.push(...reasons)
      known.severity = severer(known.severity, severity)
    } else if (isAlways || severity !== AnomalyInfo_Severity.UNKNOWN)
      this.#found.set(key, { path, reasons: [...reasons], severity })
    if (drift.length + skew.length === 0) return
    const info = create(DriftSkewInfoSchema, {
      path: { step: [...path] },
      driftMeasurements: drift,
      skewMeasurements: skew,
    })
    this.#measured.set(key, { path, info })
  }

  /** What is wrong with a dataset as a whole is always an error. */
  addDataset(reasons: readonly Reason[]): void {
    this.#dataset = [...reasons]
  }

  has(path: Steps): boolean {
    return this.#found.has(pathKey(path))
  }

  toMessage(): Anomalies {
    const found = [...this.#found.values()].sort((a, b) => comparePaths(a.path, b.path))
    const measured = [...this.#measured.values()].sort((a, b) => comparePaths(a.path, b.path))
    const message = create(AnomaliesSchema, {
      anomalyNameFormat: Anomalies_AnomalyNameFormat.SERIALIZED_PATH,
      driftSkewInfo: measured.map(({ info }) => info),
    })
    for (const { path, reasons, severity } of found) {
      const info = infoOf(reasons, severity)
      info.path = create(AnomalyInfoSchema, { path: { step: [...path] } }).path
      message.anomalyInfo[serializePath(path)] = info
    }
    if (this.#dataset.length > 0)
      message.datasetAnomalyInfo = infoOf(this.#dataset, AnomalyInfo_Severity.ERROR)
    return message
  }
}

function infoOf(all: readonly Reason[], severity: AnomalyInfo_Severity): AnomalyInfo {
  const isNew = all.every(({ type }) => type === AnomalyInfo_Type.SCHEMA_NEW_COLUMN)
  const reasons = isNew ? all.slice(0, 1) : all
  const { title, sentence } = together(reasons)
  return create(AnomalyInfoSchema, {
    severity,
    description: sentence,
    shortDescription: title,
    reason: reasons.map(one => ({ type: one.type, shortDescription: one.title, description: one.sentence })),
  })
}

/** One title and one sentence for several reasons; a reason without a sentence gives way to one that has one. */
function together(reasons: readonly Reason[]): { title: string; sentence: string } {
  let all = { title: '', sentence: '' }
  for (const one of reasons)
    if (all.sentence === '') all = one
    else if (one.sentence !== '') all = { title: SEVERAL, sentence: `${all.sentence} ${one.sentence}` }
  return all
}
