const DAY = 86_400_000
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/
const TIMESTAMP =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s?(Z|[+-]\d\d(?::?\d\d)?)?$/

/** Days since 1970 of an ISO date, or null where there is no such day. */
export function daysOf(text: string): number | null {
  const parts = DATE.exec(text)
  if (!parts) return null
  const time = Date.parse(`${text}T00:00:00Z`)
  if (Number.isNaN(time) || new Date(time).getUTCDate() !== Number(parts[3])) return null
  return time / DAY
}

/** Microseconds since 1970 of an ISO timestamp; one without an offset is in UTC. */
export function microsOf(text: string): bigint | null {
  const parts = TIMESTAMP.exec(text)
  const days = parts && daysOf(parts[1] as string)
  if (days === null || days === undefined || !parts) return null
  const [hours, minutes, seconds] = [parts[2], parts[3], parts[4] ?? 0].map(Number) as [
    number,
    number,
    number,
  ]
  if (hours > 23 || minutes > 59 || seconds > 59) return null
  const offset = /^([+-])(\d\d):?(\d\d)?$/.exec(parts[6] ?? '')
  const east = offset ? (offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3] ?? 0)) : 0
  const whole = days * 86_400 + hours * 3600 + (minutes - east) * 60 + seconds
  return BigInt(whole) * 1_000_000n + BigInt((parts[5] ?? '').slice(0, 6).padEnd(6, '0'))
}

/** A text that is an ISO date or timestamp as a cell of that kind, else null. */
export function momentCell(text: string): { kind: 'date' | 'timestamp'; value: number | bigint } | null {
  const days = daysOf(text)
  if (days !== null) return { kind: 'date', value: days }
  const micros = microsOf(text)
  return micros === null ? null : { kind: 'timestamp', value: micros }
}
