import type { Device } from '#contract'
import { failureOf } from '../kit/index.ts'
import { type DeviceReport, LIMITS, openReport, openRepository, type Repository } from '../release/index.ts'
import type { Agents } from './agents.ts'

/** A device that says nothing for so long counts as offline, in milliseconds. */
const SILENCE = 10_000
/** How often the repositories are looked through while somebody watches. */
const EVERY = 1000

/**
 * What all devices report: read from every repository this workspace knows, merged by device. The clock of a device
 * may be wrong, so silence is measured here: a report counts as heard when it changes.
 */
export function openFleet(repositories: () => string[], agents: Agents) {
  const opened = new Map<string, Repository>()
  const heard = new Map<string, { at: string; seen: number }>()
  /** The last reports of each repository, kept while it does not answer. */
  const reports = new Map<string, DeviceReport[]>()
  const underWay = new Map<string, Promise<void>>()

  function open(where: string): Repository {
    const known = opened.get(where)
    if (known) return known
    const repository = openRepository(where)
    opened.set(where, repository)
    return repository
  }

  async function readReports(where: string): Promise<void> {
    const repository = open(where)
    const ids = (await repository.devices()).slice(0, LIMITS.devices)
    const read = await Promise.all(ids.map(id => reportOf(repository, id)))
    // One beside the window is there before its repository is, which the first release makes.
    const own = agents.all().filter(agent => agent.repository === where && !ids.includes(agent.id))
    const asked = await Promise.all(own.map(agent => agent.report().catch(() => null)))
    reports.set(
      where,
      [...read, ...asked].filter(report => report !== null),
    )
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

  function devices(): Device[] {
    const newest = new Map<string, { report: DeviceReport; where: string }>()
    for (const [where, list] of reports)
      for (const report of list) {
        const other = newest.get(report.id)
        // A device that was moved to another repository leaves its old report behind.
        if (!other || other.report.at < report.at) newest.set(report.id, { report, where })
      }
    return [...newest.values()]
      .map(({ report, where }) => deviceOf(report, open(where).address))
      .sort((a, b) => (a.name === b.name ? (a.id < b.id ? -1 : 1) : a.name < b.name ? -1 : 1))
  }

  function deviceOf(report: DeviceReport, repository: string): Device {
    const last = heard.get(report.id)
    const clock = Date.now()
    if (!last) heard.set(report.id, { at: report.at, seen: Math.min(clock, Date.parse(report.at)) })
    else if (last.at !== report.at) heard.set(report.id, { at: report.at, seen: clock })
    const seen = heard.get(report.id)?.seen ?? clock
    const own = agents.get(report.id)
    const isOffline = report.stopped || clock - seen > SILENCE
    const { id, name, models, timeline, runtime, failure } = report
    return {
      id,
      name,
      repository,
      address: isOffline ? null : report.address,
      ours: own !== undefined,
      health: isOffline
        ? 'offline'
        : failure || models.some(model => model.failure || model.state === 'rolled-back')
          ? 'attention'
          : 'healthy',
      seen: new Date(seen).toISOString(),
      failure,
      models,
      timeline,
      runtime,
    }
  }

  return {
    look,
    /** A report that was got directly, ahead of the next look. */
    put(where: string, report: DeviceReport): Device {
      const list = reports.get(where)?.filter(({ id }) => id !== report.id) ?? []
      reports.set(where, [...list, report])
      return deviceOf(report, open(where).address)
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
async function reportOf(repository: Repository, id: string): Promise<DeviceReport | null> {
  try {
    const content = await repository.read({ kind: 'device', id }, LIMITS.report)
    return content && openReport(content, id)
  } catch {
    return null
  }
}
