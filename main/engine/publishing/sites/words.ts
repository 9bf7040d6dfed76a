import type { RoleStanding, Site, SiteModel } from '#contract'
import type { PlanModel, SitePlan } from '../../release/index.ts'
import type { KnownSite } from './known.ts'

/** @param sealed manifests of what is encrypted */
export const siteModel = (
  { site }: Pick<SitePlan, 'site'>,
  { model, stable, before, rollout, versions, floor, revoked, decision }: PlanModel,
  sealed: ReadonlySet<string>,
): SiteModel => ({
  ...{ site, model, stable, rollout, floor, revoked, decision },
  before: before?.[0] ?? null,
  versions: versions.map(({ version, counter, variants }) => ({
    version,
    counter,
    variants: variants.map(({ variant, manifest, needs }) => ({
      ...{ variant, manifest, runtime: needs.runtime, memoryBytes: needs.memoryBytes },
      bytes: needs.diskBytes,
      encrypted: sealed.has(manifest),
    })),
  })),
})

/** A site as people see it. */
export const siteInWords = (
  { site, address, encrypted, plan, roles }: KnownSite & { roles: RoleStanding[] },
  trouble: string | null,
  sealed: ReadonlySet<string>,
): Site => ({
  name: site,
  repository: address,
  issued: plan?.issued ?? null,
  trouble,
  models: (plan?.models ?? []).map(model => siteModel(plan as SitePlan, model, sealed)),
  devices: plan?.devices.length ?? 0,
  groups: [...new Set(plan?.devices.flatMap(device => device.groups) ?? [])].sort(),
  capture: plan?.capture ?? { lowConfidence: null, disagreement: false, random: 0, quotaBytes: 0 },
  bandwidth: plan?.bandwidth ?? { windows: [], bytesPerSecond: null, whole: 'always' },
  pollSeconds: plan?.pollSeconds ?? 0,
  encrypted,
  roles,
})
