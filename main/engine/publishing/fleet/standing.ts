import type { Device, DeviceModel, DeviceVersion } from '#contract'
import { assign, codeOf, type DeviceReport, type PlanDevice, type SitePlan } from '../../release/index.ts'
import type { KnownSite } from '../sites/known.ts'

/** A device: what it said last, and what its site knows of it. */
export interface Heard {
  /** Null for one that never reported here. */
  report: DeviceReport | null
  address: string
  known: KnownSite | null
  enrolled: PlanDevice | null
}

/** How a device stands: what it reports beside what is wanted of it. */
export function standingOf(
  { report, address, known, enrolled }: Heard,
  { seen, isOffline, ours }: { seen: string; isOffline: boolean; ours: boolean },
): Device {
  const plan = known?.plan ?? null
  const id = report?.id ?? enrolled?.id ?? ''
  const models = modelsOf(report, plan && { ...plan, devices: enrolled ? [enrolled] : [] }, id)
  const failing = models.some(model => model.failure || model.state === 'rolled-back')
  return {
    id,
    name: enrolled?.name ?? report?.name ?? id,
    repository: address,
    address: isOffline ? null : (report?.address ?? null),
    ours,
    health: isOffline
      ? 'offline'
      : report?.failure || failing || report?.clock?.trusted === false
        ? 'attention'
        : 'healthy',
    seen,
    failure: report?.failure ?? null,
    models,
    timeline: report?.timeline ?? [],
    runtime: report?.runtime ?? { node: '', platform: '', backend: '', memoryBytes: 0 },
    site: known?.site ?? report?.site ?? null,
    code: report?.recipient ? codeOf(report.key, report.recipient) : null,
    enrolled: enrolled !== null,
    groups: enrolled?.groups ?? [],
    use: enrolled?.use ?? {},
    plan: report?.plan ?? null,
    upToDate: plan !== null && report?.plan === plan.issued,
    profile: report?.profile ?? null,
    clock: report?.clock ?? null,
    records: report?.audit ? { newest: report.audit.seq, received: enrolled?.received ?? 0 } : null,
    bytes:
      report?.traffic || report?.waiting
        ? {
            fetched: report.traffic?.fetched ?? 0,
            patched: report.traffic?.patched ?? 0,
            free: report.traffic?.free ?? null,
            waiting: report.waiting?.bytes ?? 0,
          }
        : null,
  }
}

/** @param plan with this device alone, who may be one of thousands that are looked for in it */
function modelsOf(report: DeviceReport | null, plan: SitePlan | null, id: string): DeviceModel[] {
  const said = (report?.models ?? []).map(model => withVersions(model, report as DeviceReport))
  if (!plan) return said
  const runs = (model: string) => {
    const now = said.find(each => each.model === model)
    return { version: now?.reports ?? null, rollout: now?.candidate?.rollout ?? null }
  }
  const wanted = new Map(plan.models.map(model => [model.model, assign(plan, model, id, runs(model.model))]))
  const known = said.map((model): DeviceModel => {
    const of = wanted.get(model.model)
    return of ? { ...model, wanted: of.primary?.version ?? null, by: of.by } : model
  })
  const missing = [...wanted.values()]
    .filter(({ model, primary }) => primary && !said.some(each => each.model === model))
    .map(
      ({ model, primary, by }): DeviceModel => ({
        model,
        wanted: primary?.version ?? null,
        reports: null,
        previous: null,
        state: 'waiting',
        failure: null,
        predictions: 0,
        errors: 0,
        p50: null,
        switchedAt: null,
        by,
      }),
    )
  return [...known, ...missing].sort((a, b) => (a.model < b.model ? -1 : 1))
}

/** The versions that a device keeps, where it does not tell their figures one by one. */
function withVersions(model: DeviceModel, { holds }: DeviceReport): DeviceModel {
  const held = holds?.find(each => each.model === model.model)
  if (!held || model.versions) return model
  const blank = {
    variant: model.variant ?? ('float32' as const),
    manifest: '',
    bytes: 0,
    since: null,
    crashes: 0,
    p95: null,
    lowConfidence: 0,
    failure: null,
  }
  const roleOf = (version: number): DeviceVersion['role'] =>
    version === model.reports
      ? 'primary'
      : version === held.candidate?.version
        ? 'candidate'
        : version === model.previous
          ? 'previous'
          : 'kept'
  return {
    ...model,
    versions: [
      ...held.installed.map((version): DeviceVersion => {
        const isPrimary = version === model.reports
        return {
          ...blank,
          version,
          role: roleOf(version),
          since: isPrimary ? model.switchedAt : null,
          predictions: isPrimary ? model.predictions : 0,
          errors: isPrimary ? model.errors : 0,
          p50: isPrimary ? model.p50 : null,
        }
      }),
      ...held.quarantined.map(
        ({ version, failure }): DeviceVersion => ({
          ...blank,
          ...{ version, failure, role: 'quarantined', predictions: 0, errors: 0, p50: null },
        }),
      ),
    ],
  }
}
