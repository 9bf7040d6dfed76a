import type { Device } from '#contract'
import { failureOf } from '../../kit/index.ts'
import type { DeviceReport, Sink } from '../../release/index.ts'
import type { KnownSite } from '../sites/known.ts'
import type { Agents } from './agents.ts'
import { enrolledBy, openBelonging } from './belonging.ts'
import type { KeptReports } from './keptReports.ts'
import { openReportReader, type ReportReader } from './reportReader.ts'
import type { Heard } from './standing.ts'
import { openStandings } from './standings.ts'

/** A device that says nothing for so long counts as offline, in milliseconds. */
const SILENCE = 10_000
/** A device that speaks seldom counts as offline after so many of its reports did not come. */
const MISSED = 3
/** How often the repositories are looked through while somebody watches. */
const EVERY = 1000
/** Longest wait for a folder that is looked through for the first time, and longest pause after a look that took long. */
const PATIENCE = 5000

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
  const readers = new Map<string, ReportReader>()
  const underWay = new Map<string, Promise<void>>()
  const standings = openStandings()

  async function readReports(where: string): Promise<void> {
    const sink = open(where)
    const reader = readers.get(where) ?? openReportReader()
    readers.set(where, reader)
    const { read, fresh } = await reader.look(sink)
    // One beside the window is there before its repository is, which the first release makes.
    const own = agents.all().filter(agent => agent.repository === where && !reader.has(agent.id))
    const asked = (await Promise.all(own.map(agent => agent.report().catch(() => null)))).filter(
      report => report !== null,
    )
    const said = [...read, ...asked]
    reports.set(where, said)
    if (fresh === 0 && asked.length === 0) return
    const known = enrolledBy(sites())
    kept.put(
      said.filter(({ id }) => known.has(id)),
      sink.address,
    )
  }

  /** One look through all repositories; one that does not answer in time keeps what it said last. */
  async function look(): Promise<Device[]> {
    const all = new Set(repositories())
    for (const where of reports.keys())
      if (!all.has(where)) {
        reports.delete(where)
        readers.delete(where)
      }
    const looks = [...all].map(where => {
      const going =
        underWay.get(where) ??
        readReports(where)
          .catch(() => {})
          .finally(() => underWay.delete(where))
      underWay.set(where, going)
      return going
    })
    // Nothing was heard of a folder yet: it is waited for, where a short list would be taken for the whole fleet.
    const isFirst = [...all].some(where => !reports.has(where) && !/^[a-z]+:\/\//i.test(where))
    const within = isFirst ? PATIENCE : EVERY
    await Promise.race([Promise.all(looks), new Promise(resolve => setTimeout(resolve, within).unref())])
    return devices()
  }

  /** Every device that reported, and every one that was approved, however long it is silent. */
  function heard(): Heard[] {
    const newest = new Map<string, { report: DeviceReport; address: string }>()
    for (const [where, list] of reports) {
      const { address } = open(where)
      for (const report of list) {
        const other = newest.get(report.id)
        // A device that was moved to another repository leaves its old report behind.
        if (!other || other.report.at < report.at) newest.set(report.id, { report, address })
      }
    }
    const all = sites()
    const belonging = openBelonging(all)
    return [
      ...[...newest.values()].map(({ report, address }) => belonging(report, address)),
      ...all.flatMap(known =>
        (known.plan?.devices ?? [])
          .filter(({ id }) => !newest.has(id))
          .map((enrolled): Heard => {
            const report = kept.get(enrolled.id)?.report ?? null
            return { report, address: known.address, known, enrolled }
          }),
      ),
    ]
  }

  function devices(): Device[] {
    const all = heard()
    const found = all.map(deviceOf)
    standings.keep(all)
    return found.sort((a, b) => (a.name === b.name ? (a.id < b.id ? -1 : 1) : a.name < b.name ? -1 : 1))
  }

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
    return standings.of(one, {
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
      return deviceOf(openBelonging(sites())(report, open(where).address))
    },
    async *watch(signal: AbortSignal): AsyncIterable<{ devices: Device[] }> {
      let told: Device[] | null = null
      while (!signal.aborted) {
        const began = performance.now()
        const list = await look().catch(error => {
          console.error(failureOf(error).message)
          return devices()
        })
        if (!told || !areSame(list, told)) yield { devices: list }
        told = list
        const took = performance.now() - began
        // A repository that takes long to look through is looked at half of the time, not always.
        await pause(Math.max(EVERY - took, Math.min(took, PATIENCE)), signal)
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

/** What did not change is the same object, so only the others are compared by what they say. */
const areSame = (list: readonly Device[], told: readonly Device[]): boolean =>
  list.length === told.length &&
  list.every((device, i) => device === told[i] || JSON.stringify(device) === JSON.stringify(told[i]))
