import type { Device } from '#contract'
import { failureOf } from '../../kit/index.ts'
import { type DeviceReport, LIMITS, openReport, type Sink } from '../../release/index.ts'
import type { KnownSite } from '../sites/known.ts'
import type { Agents } from './agents.ts'
import type { KeptReports } from './keptReports.ts'
import { type Heard, standingOf } from './standing.ts'

/** A device that says nothing for so long counts as offline, in milliseconds. */
const SILENCE = 10_000
/** A device that speaks seldom counts as offline after so many of its reports did not come. */
const MISSED = 3
/** How often the repositories are looked through while somebody watches. */
const EVERY = 1000

/**
 * What all devices report and what their sites want of them: read from every repository this workspace knows, merged by
 * device. The clock of a device may be wrong, so silence is measured here: a report counts as heard when it changes.
 */
export function openFleet({
  repositories,
  sink: open,
  sites,
  agents,
  kept,
}: {
  /** Addresses, as they were given: a token in them lets a remote one be asked. */
  repositories: () => string[]
  sink: (address: string) => Sink
  sites: () => KnownSite[]
  agents: Agents
  kept: KeptReports
}) {
  const seenAt = new Map<string, { at: string; seen: number }>()
  /** The last reports of each repository, kept while it does not answer. */
  const reports = new Map<string, DeviceReport[]>()
  const underWay = new Map<string, Promise<void>>()

  async function readReports(where: string): Promise<void> {
    const sink = open(where)
    const ids = (await sink.devices()).slice(0, LIMITS.devices)
    const read = await Promise.all(ids.map(id => reportOf(sink, id)))
    // One beside the window is there before its repository is, which the first release makes.
    const own = agents.all().filter(agent => agent.repository === where && !ids.includes(agent.id))
    const asked = await Promise.all(own.map(agent => agent.report().catch(() => null)))
    const said = [...read, ...asked].filter(report => report !== null)
    reports.set(where, said)
    const enrolled = new Set(sites().flatMap(({ plan }) => plan?.devices.map(({ id }) => id) ?? []))
    for (const report of said) if (enrolled.has(report.id)) kept.put(report, sink.address)
  }

  /** One look through all repositories; one that does not answer in time keeps what it said last. */
  async function look(): Promise<Device[]> {
    const all = new Set(repositories())
    for (const where of reports.keys()) if (!all.has(where)) reports.delete(where)
    const looks = [...all].map(where => {
      const going =
        underWay.get(where) ??
        readReports(where)
          .catch(() => {})
          .finally(() => underWay.delete(where))
      underWay.set(where, going)
      return going
    })
    await Promise.race([Promise.all(looks), new Promise(resolve => setTimeout(resolve, EVERY).unref())])
    return devices()
  }

  /** Every device that reported, and every one that was approved, however long it is silent. */
  function heard(): Heard[] {
    const newest = new Map<string, { report: DeviceReport; address: string }>()
    for (const [where, list] of reports)
      for (const report of list) {
        const other = newest.get(report.id)
        // A device that was moved to another repository leaves its old report behind.
        if (!other || other.report.at < report.at)
          newest.set(report.id, { report, address: open(where).address })
      }
    const all = [...newest.values()].map(({ report, address }): Heard => {
      const known = siteOf(report, address)
      return {
        report,
        address,
        known,
        enrolled: known?.plan?.devices.find(({ id }) => id === report.id) ?? null,
      }
    })
    for (const known of sites())
      for (const enrolled of known.plan?.devices ?? [])
        if (!newest.has(enrolled.id))
          all.push({ report: kept.get(enrolled.id)?.report ?? null, address: known.address, known, enrolled })
    return all
  }

  /** The site that approved it, else the one it says, else the only one of its repository. */
  function siteOf({ id, site }: DeviceReport, address: string): KnownSite | null {
    const here = sites().filter(known => known.address === address)
    return (
      here.find(({ plan }) => plan?.devices.some(device => device.id === id)) ??
      here.find(known => known.site === site) ??
      (site == null && here.length === 1 ? (here[0] ?? null) : null)
    )
  }

  const devices = (): Device[] =>
    heard()
      .map(deviceOf)
      .sort((a, b) => (a.name === b.name ? (a.id < b.id ? -1 : 1) : a.name < b.name ? -1 : 1))

  function deviceOf(one: Heard): Device {
    const { report } = one
    const id = report?.id ?? one.enrolled?.id ?? ''
    const clock = Date.now()
    if (report) {
      const last = seenAt.get(id)
      if (!last) {
        const before = Date.parse(kept.get(id)?.seen ?? report.at)
        const isNews = kept.get(id)?.report.at !== report.at
        seenAt.set(id, { at: report.at, seen: Math.min(clock, isNews ? Date.parse(report.at) : before) })
      } else if (last.at !== report.at) seenAt.set(id, { at: report.at, seen: clock })
    }
    const seen = seenAt.get(id)?.seen ?? Date.parse(one.known?.plan?.issued ?? new Date(0).toISOString())
    const isOffline =
      !report || report.stopped || clock - seen > Math.max(SILENCE, MISSED * 1000 * (report.beat ?? 0))
    return standingOf(one, {
      seen: new Date(seen).toISOString(),
      isOffline,
      ours: agents.get(id) !== undefined,
    })
  }

  return {
    look,
    /** As they were at the last look. */
    devices,
    heard,
    /** A report that was got directly, ahead of the next look. */
    put(where: string, report: DeviceReport): Device {
      const list = reports.get(where)?.filter(({ id }) => id !== report.id) ?? []
      reports.set(where, [...list, report])
      const { address } = open(where)
      const known = siteOf(report, address)
      return deviceOf({
        report,
        address,
        known,
        enrolled: known?.plan?.devices.find(({ id }) => id === report.id) ?? null,
      })
    },
    async *watch(signal: AbortSignal): AsyncIterable<{ devices: Device[] }> {
      let told = ''
      while (!signal.aborted) {
        const began = performance.now()
        const list = await look().catch(error => {
          console.error(failureOf(error).message)
          return devices()
        })
        const text = JSON.stringify(list)
        if (text !== told) {
          told = text
          yield { devices: list }
        }
        await pause(Math.max(0, EVERY - (performance.now() - began)), signal)
      }
    },
  }
}
export type Fleet = ReturnType<typeof openFleet>

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done)
    if (signal.aborted) done()
  })

/** A device's report, or null where it is none, or not by the device it names. */
export async function reportOf(sink: Sink, id: string): Promise<DeviceReport | null> {
  try {
    const content = await sink.status(id)
    return content && openReport(content, id)
  } catch {
    return null
  }
}
