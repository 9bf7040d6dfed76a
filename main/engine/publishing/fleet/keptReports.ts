import { now } from '../../kit/index.ts'
import type { DeviceReport } from '../../release/index.ts'
import { collection, type Store } from '../../store/index.ts'

interface Entry {
  id: string
  at: string
  /** When it was heard, by the clock of this computer. */
  seen: string
  address: string
  report: DeviceReport
}

/** The last report of every approved device: one that is away for weeks is not forgotten. */
export interface KeptReports {
  get(id: string): Entry | null
  /** Those of one repository. */
  put(reports: readonly DeviceReport[], address: string): void
  forget(id: string): void
}

/** What only counts on is written so often, in milliseconds. */
const AT_LEAST = 60_000

/** What a person would call a change: counts and clocks are none. */
const gistOf = (address: string, { models, failure, stopped, site, profile, plan }: DeviceReport): string =>
  JSON.stringify([
    address,
    ...[failure, stopped, site, profile, plan],
    models.map(({ model, wanted, reports, state, candidate }) => [
      model,
      wanted,
      reports,
      state,
      candidate?.version,
    ]),
  ])

export function openKeptReports({ db, readOnly }: Store): KeptReports {
  const entries = collection<Entry>(db, 'device_reports')
  const newest = new Map<string, { entry: Entry; gist: string; writtenAt: number }>()
  /** As they were written before this process began: nobody else writes them while this one may. */
  const earlier = new Map<string, Entry>()

  function get(id: string): Entry | null {
    const there = newest.get(id)?.entry ?? earlier.get(id)
    if (there) return there
    const entry = entries.get(id)
    if (entry && !readOnly) earlier.set(id, entry)
    return entry
  }
  /** What is to be written of a report, where anything is. */
  function taken(report: DeviceReport, address: string): Entry[] {
    const known = newest.get(report.id)
    if (known?.entry.report.at === report.at && known.entry.address === address) return []
    const before = known?.entry ?? get(report.id)
    if (!known && before?.report.at === report.at) return []
    const entry: Entry = { id: report.id, at: now(), seen: now(), address, report }
    const gist = gistOf(address, report)
    const clock = Date.now()
    const writes = known?.gist !== gist || clock - known.writtenAt >= AT_LEAST
    newest.set(report.id, { entry, gist, writtenAt: writes ? clock : known.writtenAt })
    return writes && !readOnly ? [entry] : []
  }
  // One write to the disk for all that came together.
  const write = db.transaction((all: readonly Entry[], address: string) => {
    for (const entry of all) entries.put(entry, address)
  })
  return {
    get,
    put(reports, address) {
      const all = reports.flatMap(report => taken(report, address))
      if (all.length > 0) write(all, address)
    },
    forget(id) {
      newest.delete(id)
      earlier.delete(id)
      if (!readOnly) entries.remove(id)
    },
  }
}
