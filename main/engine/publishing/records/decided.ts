import type { Decision, RecordGap, Stretch } from '#contract'
import type { KeptRecord } from './kept.ts'
import { isoOf, type Reckoned } from './moments.ts'
import { type Segment, segmentsOf } from './stretches.ts'

/** A device's records with all that is known of their times. */
export interface Told {
  records: readonly KeptRecord[]
  times: readonly Reckoned[]
  gaps: readonly RecordGap[]
}

/** A moment, or a whole day in local time, as milliseconds. */
export interface Span {
  from: number
  to: number
}

/** `2026-05-03` means that whole day where this computer is; a time without an offset is meant here, too. */
export function spanOf(text: string): Span {
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (!day) {
    const at = Date.parse(text.replace(' ', 'T'))
    return { from: at, to: at }
  }
  const [year, month, date] = day.slice(1).map(Number) as [number, number, number]
  return {
    from: new Date(year, month - 1, date).getTime(),
    to: new Date(year, month - 1, date + 1).getTime() - 1,
  }
}

/** Which version answered in a span of time: all that may have, with what keeps each from being certain. */
export function decidedIn(model: string, { records, times, gaps }: Told, span: Span): Stretch[] {
  const segments = segmentsOf(model, records, times, gaps)
  const last = records.at(-1)
  const lastTime = times.at(-1)
  const found: Stretch[] = []
  for (const [i, segment] of segments.entries()) {
    const next = segments[i + 1]
    if (
      next &&
      next.start.low === segment.start.low &&
      next.start.high === segment.start.high &&
      isShort(segment, next)
    )
      continue
    if (segment.start.low > span.to || (next && next.start.high <= span.from)) continue
    const doubts = [...segment.doubts]
    if (segment.start.clock === 'doubtful' && segment.startedBy && segment.start.high > span.from)
      doubts.push(`Nothing vouches for the clock of the device at record ${segment.startedBy.seq}.`)
    if (next?.start.clock === 'doubtful' && next.start.low <= span.to)
      doubts.push(`Nothing vouches for the clock of the device at record ${next.startedBy?.seq}.`)
    const end = lastTime && (lastTime.at ?? lastTime.high)
    if (!next && last && end !== undefined && span.to > end)
      doubts.push(
        `The newest record of the device that is here is number ${last.record.seq}, of ${isoOf(end) ?? 'a time that nobody knows'}: what happened after it is not known yet.`,
      )
    add(found, stretchOf(segments, i, doubts))
  }
  const { rows, within } = rowsIn(model, { records, times, gaps }, span)
  // A window of counts may begin before what is asked about and end after it.
  const usual = new Set(
    segments.flatMap(({ start, version, beside }, i) => {
      const end = segments[i + 1]?.start.high ?? Number.POSITIVE_INFINITY
      return start.low <= within.to && end >= within.from ? [version, beside?.version] : []
    }),
  )
  for (const stretch of found) {
    stretch.rows = rows
    for (const [version, count] of Object.entries(rows))
      if (stretch.state === 'serving' && !usual.has(Number(version)))
        stretch.doubts.push(
          `v${version} answered ${count} rows around that time, to who asked for it by its number.`,
        )
  }
  return found
}

/** A segment without a length that another takes the place of at once. */
const isShort = (segment: Segment, next: Segment): boolean =>
  segment.start.at !== null && next.start.at === segment.start.at && next.startedBy !== segment.startedBy

/** The change after this segment: the record with which who answers became another. */
function endOf(segments: readonly Segment[], i: number): Segment | null {
  const { version, state, beside } = segments[i] as Segment
  const same = (a: Segment['beside'], b: Segment['beside']) => JSON.stringify(a) === JSON.stringify(b)
  for (const next of segments.slice(i + 1)) {
    const isPause = state === 'serving' && next.state === 'stopped' && next.version === version
    if (isPause) continue
    if (next.version !== version || next.state !== state || !same(next.beside, beside)) return next
  }
  return null
}

function stretchOf(segments: readonly Segment[], i: number, doubts: string[]): Stretch {
  const { state, version, beside, cause, start, startedBy } = segments[i] as Segment
  const end = endOf(segments, i)
  const isServing = state === 'serving'
  const since = isServing ? (cause?.when ?? null) : start
  return {
    ...{ state, beside: isServing ? beside : null },
    version: isServing ? version : null,
    manifest: isServing ? (cause?.manifest ?? null) : null,
    since: since && isoOf(since.at),
    until: end && isoOf(end.start.at),
    records: {
      since: isServing ? cause && { seq: cause.seq, hash: cause.hash } : startedBy,
      until: end?.startedBy ?? null,
    },
    why: isServing ? (cause?.why ?? null) : null,
    clockTrusted: since?.clock === 'trusted' && (end === null || end.start.clock === 'trusted'),
    rows: {},
    doubts,
  }
}

/** Puts a stretch behind the others; one that goes on with the last one becomes part of it. */
function add(found: Stretch[], stretch: Stretch): void {
  const last = found.at(-1)
  const gist = ({ state, version, beside, since }: Stretch) =>
    JSON.stringify([state, version, beside, state === 'none' ? null : since])
  if (last && gist(last) === gist(stretch)) {
    last.doubts = [...new Set([...last.doubts, ...stretch.doubts])]
    last.until = stretch.until
    last.records.until = stretch.records.until
  } else found.push(stretch)
}

/** Rows that each version answered, by the windows of counts that touch a span, and the time of these together. */
function rowsIn(
  model: string,
  { records, times }: Told,
  span: Span,
): { rows: Record<string, number>; within: Span } {
  const rows: Record<string, number> = {}
  const within = { ...span }
  let from = Number.NEGATIVE_INFINITY
  for (const [i, { record }] of records.entries()) {
    if (record.kind === 'started') from = times[i]?.low ?? from
    if (record.kind !== 'metrics' || record.body.model !== model) continue
    const to = times[i]?.high ?? Number.POSITIVE_INFINITY
    if (from <= span.to && to >= span.from) {
      within.from = Math.min(within.from, from)
      within.to = Math.max(within.to, to)
      for (const each of (record.body.versions ?? []) as { version: number; rows: number }[])
        if (each.rows > 0) rows[each.version] = (rows[each.version] ?? 0) + each.rows
    }
    from = times[i]?.low ?? from
  }
  return { rows, within }
}

/** The answer in one or a few sentences. */
export function wordsOf(
  { name, model, stretches }: Pick<Decision, 'name' | 'model' | 'stretches'>,
  span: Span,
): string {
  const isDay = span.to > span.from
  const told = stretches.map(stretch => {
    const { state, version, beside, since, until, why } = stretch
    const times = `${since ? ` since ${since}` : ''}${until ? ` until ${until}` : ''}`
    if (state === 'stopped') return `${name} was stopped${times}.`
    if (state === 'unknown') return `Which version of ${model} answered on ${name} is not known.`
    if (state === 'none' || version === null) return `No version of ${model} answered on ${name}${times}.`
    const share =
      beside && !beside.shadow
        ? `, and v${beside.version} answered ${Math.round(beside.share * 100)} % of the items`
        : ''
    return `${model} v${version} answered on ${name}${times}${why ? ` (${why})` : ''}${share}.`.replace(
      /\s+/g,
      ' ',
    )
  })
  if (told.length === 0) return `There are no records of ${name} of that ${isDay ? 'day' : 'moment'}.`
  const doubts = [...new Set(stretches.flatMap(each => each.doubts))]
  return [...told, ...(doubts.length ? ['That is not certain.', ...doubts] : [])].join(' ')
}
