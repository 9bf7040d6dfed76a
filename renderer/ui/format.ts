/** The word for a value that is not there. */
export const NONE = 'none'

type Maybe = number | bigint | null | undefined

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const decimals = Array.from(
  { length: 10 },
  (_, d) => new Intl.NumberFormat('en-US', { minimumFractionDigits: d, maximumFractionDigits: d }),
)

const there = (n: Maybe): n is number | bigint => n !== null && n !== undefined && !Number.isNaN(Number(n))
const minus = (text: string) => text.replace('-', '−')

/** A number of things: 16281 -> "16,281". */
export const count = (n: Maybe): string => (there(n) ? minus(whole.format(n)) : NONE)

/** A number and its noun: (1, "row") -> "1 row", (16281, "row") -> "16,281 rows". */
export const plural = (n: number | bigint, one: string, many = `${one}s`): string =>
  `${count(n)} ${Number(n) === 1 ? one : many}`

/** A number with a fixed number of decimals and thousands commas: (1234.5, 2) -> "1,234.50". */
export function fixed(n: Maybe, digits = 1): string {
  if (!there(n)) return NONE
  if (!Number.isFinite(Number(n))) return Number(n) < 0 ? '−∞' : '∞'
  return minus((decimals[digits] ?? whole).format(n))
}

/* Three figures of a number that a unit was taken out of: 1.48, 12.3, 760. */
const three = (x: number): string => fixed(x, Math.abs(x) >= 99.95 ? 0 : Math.abs(x) >= 9.995 ? 1 : 2)

/** A number to three figures, for labels and facts: 189778 -> "189.8 k", 38.58 -> "38.6", 0.00042 -> "0.00042". */
export function figure(n: Maybe): string {
  if (!there(n)) return NONE
  const x = Number(n)
  const size = Math.abs(x)
  if (!Number.isFinite(x)) return fixed(x)
  if (size >= 1e15) return minus(x.toExponential(2))
  if (size >= 1e12) return `${three(x / 1e12)} T`
  if (size >= 1e9) return `${three(x / 1e9)} G`
  if (size >= 1e6) return `${three(x / 1e6)} M`
  if (size >= 1e5) return `${fixed(x / 1e3, 1)} k`
  if (Number.isInteger(x)) return count(x)
  if (size >= 1000) return count(x)
  if (size >= 10) return fixed(x, 1)
  if (size >= 1) return fixed(x, 2)
  if (size >= 1e-4) return minus(String(Number(x.toPrecision(3))))
  return minus(x.toExponential(1))
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** A size in decimal units to three figures: 2468000 -> "2.47 MB", 18.4e9 -> "18.4 GB". */
export function bytes(n: Maybe): string {
  if (!there(n)) return NONE
  let size = Number(n)
  let unit = 0
  // 999.5 would round to "1,000 kB", so it already counts as the next unit
  while (Math.abs(size) >= 999.5 && unit < BYTE_UNITS.length - 1) {
    size /= 1000
    unit++
  }
  return `${unit === 0 ? fixed(size, 0) : three(size)} ${BYTE_UNITS[unit]}`
}

/** A latency: 55 -> "55.0 ms", 0.41 -> "0.41 ms". */
export const ms = (n: Maybe): string =>
  there(n) ? `${fixed(n, Math.abs(Number(n)) < 1 && Number(n) !== 0 ? 2 : 1)} ms` : NONE

/** A span of time in milliseconds, in at most two units: 412 -> "0.4 s", 370000 -> "6 min", 4.8e6 -> "1 h 20 min". */
export function duration(millis: Maybe): string {
  if (!there(millis)) return NONE
  const s = Number(millis) / 1000
  if (s < 10) return `${fixed(s, 1)} s`
  if (s < 59.5) return `${count(Math.round(s))} s`
  const min = Math.round(s / 60)
  if (min < 60) return `${min} min`
  if (min < 24 * 60) return min % 60 ? `${Math.floor(min / 60)} h ${min % 60} min` : `${min / 60} h`
  return plural(Math.round(min / 1440), 'day')
}

/** A share as percent: 0.983 -> "98.3%". */
export const percent = (share: Maybe, digits = 1): string =>
  there(share) ? `${fixed(Number(share) * 100, digits)}%` : NONE

/** A difference of shares in points: 0.064 -> "6.4 points". */
export const points = (difference: Maybe, digits = 1): string =>
  there(difference) ? `${fixed(Number(difference) * 100, digits)} points` : NONE

/** A number that always shows its direction: 0.6 -> "+0.6", -6.4 -> "−6.4", 0 -> "0.0". */
export function signed(n: Maybe, digits = 1): string {
  const text = fixed(n, digits)
  if (!there(n) || text.startsWith('−')) return /^−0(\.0*)?$/.test(text) ? text.slice(1) : text
  return /[1-9∞]/.test(text) ? `+${text}` : text
}

type Moment = number | string | Date

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const clock = new Intl.DateTimeFormat('en-US', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const clockSeconds = new Intl.DateTimeFormat('en-US', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})
const day = new Intl.DateTimeFormat('en-US', { month: 'short', day: 'numeric' })
const dayYear = new Intl.DateTimeFormat('en-US', { month: 'short', day: 'numeric', year: 'numeric' })

/** A day: "Nov 12", with the year where it is not this one: "Nov 12, 2024". */
export function date(at: Moment | null | undefined, now: Moment = Date.now()): string {
  if (at === null || at === undefined) return NONE
  const then = new Date(at)
  return (then.getFullYear() === new Date(now).getFullYear() ? day : dayYear).format(then)
}

const dayOfData = new Intl.DateTimeFormat('en-US', {
  month: 'short',
  day: 'numeric',
  year: 'numeric',
  timeZone: 'UTC',
})

/** A day that stands in data, from seconds since 1970 in UTC: the same day wherever the window is, with its year. */
export const dataDate = (seconds: number): string => dayOfData.format(seconds * 1000)

/** A version in words: "adult@3" -> "adult v3"; a name alone stays as it is. */
export const versionText = (ref: string): string => ref.replace('@', ' v')

/** A time of day: "09:41", with seconds for logs: "10:16:32". */
export const time = (at: Moment | null | undefined, seconds = false): string =>
  at === null || at === undefined ? NONE : (seconds ? clockSeconds : clock).format(new Date(at))

/** A time of day today, else the day and the time: "09:41", "Nov 12, 14:20". */
export function moment(at: Moment | null | undefined, now: Moment = Date.now()): string {
  if (at === null || at === undefined) return NONE
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString()
  return sameDay ? time(at) : `${date(at, now)}, ${time(at)}`
}

/** How old something is: "12 s", "2 min", "5 h", "9 days", then a date. A moment ahead of the clock is "0 s". */
export function age(at: Moment | null | undefined, now: Moment = Date.now()): string {
  if (at === null || at === undefined) return 'never'
  const past = Math.max(0, new Date(now).getTime() - new Date(at).getTime())
  if (past < MINUTE) return `${Math.floor(past / SECOND)} s`
  if (past < HOUR) return `${Math.floor(past / MINUTE)} min`
  if (past < DAY) return `${Math.floor(past / HOUR)} h`
  if (past < 30 * DAY) return plural(Math.floor(past / DAY), 'day')
  return date(at, now)
}

/** An age in a sentence: "2 min ago", "yesterday", "Nov 12". */
export function ago(at: Moment | null | undefined, now: Moment = Date.now()): string {
  const text = age(at, now)
  if (text === '1 day') return 'yesterday'
  return /( s| min| h| days)$/.test(text) ? `${text} ago` : text
}

/** A content hash short enough to read aloud: the first eight characters. */
export const shortHash = (hash: string | null | undefined): string =>
  hash ? hash.replace(/^sha256[:-]/, '').slice(0, 8) : NONE
