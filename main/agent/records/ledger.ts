import { type DeviceRecord, MetricsWindow } from '../../engine/release/index.ts'
import type { RecordLog } from './log.ts'

/** How a version did here, over restarts, as far as the records that are still kept tell. */
export interface VersionSum {
  predictions: number
  errors: number
  /** Times the process ended without a word while it answered. */
  crashes: number
  p50: number | null
  p95: number | null
  /** Rows whose best score fell into each tenth. */
  confidence: number[]
}

/** Sums over the records of a device, kept up as they are written. */
export interface Ledger {
  version(model: string, version: number): VersionSum
  /** Items that both versions of a rollout computed, and those of them on which they differ. */
  rollout(model: string, rollout: string): { compared: number; disagreements: number }
  /** Takes in what was written since the last time. */
  read(): void
}

const emptySum = (): VersionSum => ({
  predictions: 0,
  errors: 0,
  crashes: 0,
  p50: null,
  p95: null,
  confidence: [],
})

export function openLedger(log: RecordLog): Ledger {
  const versions = new Map<string, VersionSum>()
  const rollouts = new Map<string, { compared: number; disagreements: number }>()
  /** Versions that answer, by model: what is told of the end of a process. */
  const answering = new Map<string, number>()
  let at = 0
  let before: DeviceRecord | null = null

  const version = (model: string, number: number): VersionSum => {
    const key = `${number} ${model}`
    const found = versions.get(key) ?? emptySum()
    versions.set(key, found)
    return found
  }
  const rollout = (model: string, id: string) => {
    const key = `${id} ${model}`
    const found = rollouts.get(key) ?? { compared: 0, disagreements: 0 }
    rollouts.set(key, found)
    return found
  }

  function add({ model, versions: did, pairs }: MetricsWindow): void {
    for (const each of did) {
      const sum = version(model, each.version)
      sum.predictions += each.rows
      sum.errors += each.errors
      sum.p50 = each.p50 ?? sum.p50
      sum.p95 = each.p95 ?? sum.p95
      each.confidence.forEach((count, range) => {
        sum.confidence[range] = (sum.confidence[range] ?? 0) + count
      })
    }
    if (!pairs) return
    const sum = rollout(model, pairs.rollout)
    sum.compared += pairs.rows
    sum.disagreements += pairs.disagreements
  }

  function take(record: DeviceRecord): void {
    const { kind, body, boot } = record
    if (before && before.boot !== boot && before.kind !== 'stopped')
      for (const [model, number] of answering) version(model, number).crashes++
    if ((kind === 'switched' || kind === 'rolled-back') && typeof body.model === 'string') {
      if (typeof body.to === 'number') answering.set(body.model, body.to)
      else if (body.to === null) answering.delete(body.model)
    }
    const window = kind === 'metrics' ? MetricsWindow.safeParse(body) : null
    if (window?.success) add(window.data)
    before = record
    at = record.seq
  }

  const read = () => {
    for (const record of log.after(at, Number.POSITIVE_INFINITY)) take(record)
  }
  read()
  return { version, rollout, read }
}
