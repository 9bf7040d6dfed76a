/** A point in time, taken apart; all in UTC. */
export interface Moment {
  /** Days since 1970-01-01, with the time of day as a fraction. */
  days: number
  /** Seconds since 1970-01-01. */
  seconds: number
  /** Day of the month, 1 to 31. */
  day: number
  /** 0 to 11. */
  month: number
  /** 0 (Sunday) to 6. */
  weekday: number
  /** 0 to 23. */
  hour: number
}

/** Seconds of a day. */
const DAY = 86_400

const ISO =
  /^([+-]\d{6}|\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/

/** Reads a date or timestamp in ISO 8601 form, without an offset as UTC; null where it is none. */
export function momentIn(text: string): Moment | null {
  const part = ISO.exec(text)
  if (!part) return null
  const [year, month, day] = [Number(part[1]), Number(part[2]), Number(part[3])]
  const [hour, minute, second] = [Number(part[4] ?? 0), Number(part[5] ?? 0), Number(part[6] ?? 0)]
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return null
  if (hour > 23 || minute > 59 || second > 59) return null
  const ofDay = hour * 3600 + minute * 60 + second + Number(part[7] ?? 0) - offsetIn(part[8])
  const seconds = dayNumber(year, month, day) * DAY + ofDay
  const whole = Math.floor(seconds / DAY)
  const date = new Date(whole * DAY * 1000)
  return {
    days: seconds / DAY,
    seconds,
    day: date.getUTCDate(),
    month: date.getUTCMonth(),
    weekday: (((whole + 4) % 7) + 7) % 7,
    hour: Math.floor((seconds - whole * DAY) / 3600),
  }
}

/** Seconds that `+02:00` is ahead of UTC. */
function offsetIn(text: string | undefined): number {
  if (!text || text === 'Z') return 0
  const [hours, minutes] = [Number(text.slice(1, 3)), Number(text.slice(3).replace(':', '') || 0)]
  return (text.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60)
}

const isLeap = (year: number) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
const daysOf = (year: number, month: number) =>
  month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31

/** Days from 1970-01-01 to a date of the Gregorian calendar. `Date.UTC` is not used: it takes the year 99 for 1999. */
function dayNumber(year: number, month: number, day: number): number {
  return Math.round(new Date(0).setUTCFullYear(year, month - 1, day) / (DAY * 1000))
}
