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
  put(report: DeviceReport, address: string): void
  forget(id: string): void
}

/** A report that says nothing new but the time is written so often, in milliseconds. */
const AT_LEAST = 60_000

export function openKeptReports({ db, readOnly }: Store): KeptReports {
  const entries = collection<Entry>(db, 'device_reports')
  const last = new Map<string, { gist: string; at: number }>()
  return {
    get: id => entries.get(id),
    put(report, address) {
      if (readOnly) return
      const { at: _, runtime: __, ...rest } = report
      const gist = JSON.stringify([address, rest])
      const known = last.get(report.id)
      const clock = Date.now()
      if (known && (known.gist === gist ? clock - known.at < AT_LEAST : clock - known.at < 1000)) return
      if (!known && entries.get(report.id)?.report.at === report.at) return
      last.set(report.id, { gist, at: clock })
      entries.put({ id: report.id, at: now(), seen: now(), address, report }, address)
    },
    forget(id) {
      last.delete(id)
      if (!readOnly) entries.remove(id)
    },
  }
}
