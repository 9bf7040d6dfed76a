import type { DeviceReport, PlanDevice } from '../../release/index.ts'
import type { KnownSite } from '../sites/known.ts'
import type { Heard } from './standing.ts'

interface Repository {
  sites: KnownSite[]
  byName: Map<string, KnownSite>
  enrolled: Map<string, { known: KnownSite; device: PlanDevice }>
}

/** Ids of all devices that some site approved. */
export const enrolledBy = (sites: readonly KnownSite[]): ReadonlySet<string> =>
  new Set(sites.flatMap(({ plan }) => plan?.devices.map(({ id }) => id) ?? []))

/**
 * Finds the site of a device: the one that approved it, else the one it says, else the only one of its repository.
 * @param sites as they are now, gone through once for however many devices are asked about
 */
export function openBelonging(sites: readonly KnownSite[]): (report: DeviceReport, address: string) => Heard {
  const repositories = new Map<string, Repository>()
  for (const known of sites) {
    const there: Repository = repositories.get(known.address) ?? {
      sites: [],
      byName: new Map(),
      enrolled: new Map(),
    }
    repositories.set(known.address, there)
    there.sites.push(known)
    if (!there.byName.has(known.site)) there.byName.set(known.site, known)
    for (const device of known.plan?.devices ?? [])
      if (!there.enrolled.has(device.id)) there.enrolled.set(device.id, { known, device })
  }
  return (report, address) => {
    const here = repositories.get(address)
    const approved = here?.enrolled.get(report.id)
    const said = report.site == null ? undefined : here?.byName.get(report.site)
    const only = report.site == null && here?.sites.length === 1 ? here.sites[0] : undefined
    return {
      ...{ report, address },
      known: approved?.known ?? said ?? only ?? null,
      enrolled: approved?.device ?? null,
    }
  }
}
