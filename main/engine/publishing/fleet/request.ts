import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../../kit/index.ts'
import { codeOf, DeviceReport, LIMITS, openReport, readEnvelope } from '../../release/index.ts'

/** What a device wrote onto a stick to be approved. */
export interface EnrolRequest {
  report: DeviceReport
  /** What it shows, and a person compares. */
  code: string
}

const isRequest = (name: string): boolean => /^enrol-[0-9a-f]{24}\.req$/.test(name)

/**
 * Reads the request of a device, `enrol-<id>.req`.
 * @throws Failure `not-found`, `bad-input`, `tampered`, `unsupported`
 */
export function readRequest(path: string): EnrolRequest {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) throw fail('not-found', `There is nothing at ${path}.`, 'Plug the stick in, or check the path.')
  if (!found.isFile() || found.size > LIMITS.report)
    throw fail('bad-input', `${path} is no request of a device.`, 'Choose enrol-….req.')
  const content = readFileSync(path)
  const { signed } = readEnvelope(content, DeviceReport, 'The request')
  const report = openReport(content, signed.id)
  if (!report.recipient)
    throw fail(
      'unsupported',
      `${report.name} runs an Edgewright that cannot be approved.`,
      'Update Edgewright on it.',
    )
  return { report, code: codeOf(report.key, report.recipient) }
}

/** Paths of the requests in a folder, such as a stick; none where it is none. */
export function requestFiles(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(path)
    .filter(isRequest)
    .sort()
    .map(name => join(path, name))
}
