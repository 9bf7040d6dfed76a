import type { DatePart } from '#contract'

const counted = (count: number, from: number) => Array.from({ length: count }, (_, i) => String(i + from))

const ROUND: Record<Exclude<DatePart, 'trend'>, string[]> = {
  month: ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
  day: counted(31, 1),
  weekday: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'],
  hour: counted(24, 0),
}

/** What the columns of a part of a moment are called. */
export const circleNames = (part: DatePart, as: 'cycle' | 'one-hot'): string[] =>
  part === 'trend'
    ? ['trend']
    : as === 'cycle'
      ? [`${part} sine`, `${part} cosine`]
      : ROUND[part].map(name => `${part} ${name}`)
