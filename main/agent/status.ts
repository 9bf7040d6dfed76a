import type { DeviceReport } from '../engine/release/index.ts'
import { codeOf } from '../engine/release/index.ts'
import { shownPin } from './pin.ts'

/**
 * What a device is, in lines for a terminal.
 * @param pin of its page; null while it does not run
 */
export function statusLines(report: DeviceReport, pin: string | null): string[] {
  const code = report.recipient ? codeOf(report.key, report.recipient) : null
  const lines = [
    `${report.name}  ${report.id}`,
    pin === null ? 'Does not run' : `Answers at ${report.address}; the PIN of its page is ${shownPin(pin)}`,
    `Site ${report.site ?? 'not known yet'}, ${report.enrolled ? 'approved' : `not approved${code ? `; its code is ${code}` : ''}`}`,
  ]
  if (report.failure) lines.push(`Trouble: ${report.failure.message}`, `  ${report.failure.remedy}`)
  if (report.models.length === 0)
    lines.push(
      report.failure || report.site || pin === null
        ? 'No model yet'
        : 'No model yet: nothing is published where it looks',
    )
  for (const model of report.models) {
    const held = report.holds?.find(each => each.model === model.model)
    const others = held?.installed.filter(version => version !== model.reports) ?? []
    lines.push(
      [
        `${model.model}: ${model.reports === null ? 'nothing runs' : `v${model.reports} runs`}`,
        ...(model.wanted !== null && model.wanted !== model.reports ? [`v${model.wanted} is wanted`] : []),
        ...(held?.trial ? ['on trial'] : []),
        ...(held?.candidate
          ? [
              held.candidate.shadow
                ? `v${held.candidate.version} computes beside it`
                : `v${held.candidate.version} answers ${Math.round(held.candidate.share * 100)} %`,
            ]
          : []),
        ...(held?.byHand ? ['chosen at the box'] : []),
        ...(others.length ? [`also here: ${others.map(version => `v${version}`).join(', ')}`] : []),
        ...(held?.quarantined.length
          ? [`in quarantine: ${held.quarantined.map(({ version }) => `v${version}`).join(', ')}`]
          : []),
      ].join(', '),
    )
    // What keeps it from following at all was told above.
    if (model.failure && model.failure.message !== report.failure?.message)
      lines.push(`  ${model.failure.message}`, `  ${model.failure.remedy}`)
  }
  if (report.waiting && report.waiting.records > 0)
    lines.push(
      report.waiting.records === 1
        ? '1 record waits for the publisher'
        : `${report.waiting.records} records wait for the publisher`,
    )
  return lines
}
