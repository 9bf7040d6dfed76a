import { fail } from '../kit/index.ts'
import { openEnvelope, readEnvelope } from './envelope.ts'
import { DeviceReport } from './format.ts'
import { deviceIdOf, publicKeyFrom } from './key.ts'

/**
 * Reads a device's report, which its own key signs: the device's id is made of that key.
 * @param id the device that is to have written it
 * @throws Failure `bad-input` where another wrote it, and those of `openEnvelope`
 */
export function openReport(content: Uint8Array | string, id: string): DeviceReport {
  const key = publicKeyFrom(readEnvelope(content, DeviceReport, 'The report').signed.key)
  const report = openEnvelope(content, DeviceReport, key, 'The report')
  if (report.id !== id || deviceIdOf(key) !== id)
    throw fail('bad-input', 'The report is of another device than its name.', '')
  return report
}
