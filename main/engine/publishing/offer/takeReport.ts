import { fail } from '../../kit/index.ts'
import { LIMITS, openReport, type Sink } from '../../release/index.ts'

/** Takes the reports of devices, each signed by the device's own key, whose hash is its id. */
export function openTakingReports(sink: Sink) {
  const known = new Set<string>()
  return async function takeReport(id: string, report: Uint8Array): Promise<void> {
    openReport(report, id)
    if (!known.has(id)) {
      for (const device of await sink.devices()) known.add(device)
      if (!known.has(id) && known.size >= LIMITS.devices)
        throw fail('bad-input', `This repository takes reports of ${LIMITS.devices} devices.`, '')
    }
    await sink.putStatus(id, report)
    known.add(id)
  }
}
