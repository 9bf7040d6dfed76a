import { type DeviceReport, LIMITS, openReport, type Sink } from '../../release/index.ts'

/** Reads the reports of one repository again and again. */
export interface ReportReader {
  /**
   * All reports that lie there now, and how many of them are other than at the last look. What has the same bytes as
   * before was checked then: it is the same object.
   */
  look(sink: Sink): Promise<{ read: DeviceReport[]; fresh: number }>
  /** Whether a file of this device lay there at the last look. */
  has(id: string): boolean
}

interface Read {
  content: Uint8Array
  /** Null where it is no report, or not by the device it names. */
  report: DeviceReport | null
}

/** Checks so many new reports before others get their turn: a signature takes about a third of a millisecond. */
const AT_ONCE = 32

export function openReportReader(): ReportReader {
  let last = new Map<string, Read>()
  return {
    async look(sink) {
      const ids = (await sink.devices()).slice(0, LIMITS.devices)
      const contents = await Promise.all(ids.map(id => sink.status(id).catch(() => null)))
      const now = new Map<string, Read>()
      let fresh = 0
      for (const [at, id] of ids.entries()) {
        const content = contents[at] ?? null
        const before = last.get(id)
        const isSame = before && content && Buffer.compare(before.content, content) === 0
        if (!isSame && ++fresh % AT_ONCE === 0) await new Promise(setImmediate)
        const read = isSame ? before : { content: content ?? NOTHING, report: content && opened(content, id) }
        now.set(id, read)
      }
      last = now
      return { read: [...now.values()].flatMap(({ report }) => report ?? []), fresh }
    },
    has: id => last.has(id),
  }
}

const NOTHING = new Uint8Array()

function opened(content: Uint8Array, id: string): DeviceReport | null {
  try {
    return openReport(content, id)
  } catch {
    return null
  }
}
