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
  /** How long each of them lasted at most. */
  const spans: Span[] = []
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
    const lasts = { from: segment.start.low, to: next?.start.high ?? Number.POSITIVE_INFINITY }
    // One that goes on with the one before has no place of its own.
    if (add(found, stretchOf(segments, i, doubts))) spans.push(lasts)
    else (spans.at(-1) as Span).to = lasts.to
  }
  const { windows, within } = windowsIn(model, { records, times, gaps }, span)
  // A window of counts may begin before what is asked about and end after it.
  const usual = new Set(
    segments.flatMap(({ start, version, beside }, i) => {
      const end = segments[i + 1]?.start.high ?? Number.POSITIVE_INFINITY
      return start.low <= within.to && end >= within.from ? [version, beside?.version] : []
    }),
  )
  for (const window of windows)
    for (const [version, count] of window.rows) {
      const stretch = whose(found, spans, window, version)
      if (stretch) stretch.rows[version] = (stretch.rows[version] ?? 0) + count
    }
  for (const { state, rows, doubts } of found)
    for (const [version, count] of Object.entries(rows))
      if (state === 'serving' && !usual.has(Number(version)))
        doubts.push(`v${version} answered ${count} rows around that time, to who asked for it by its number.`)
  return found
}

/** So many milliseconds two spans have in common; below 0: none. */
const overlap = (a: Span, b: Span): number => Math.min(a.to, b.to) - Math.max(a.from, b.from)

/** The stretch to which rows of a window belong: where their version answered, for the longest; each row counts once. */
function whose(
  found: readonly Stretch[],
  spans: readonly Span[],
  window: Span,
  version: number,
): Stretch | undefined {
  const fits = ({ state, version: answers, beside }: Stretch): number => {
    if (state === 'serving') return answers === version || beside?.version === version ? 2 : 1
    return state === 'unknown' ? 0 : -1
  }
  return found
    .map((stretch, i) => ({ stretch, fit: fits(stretch), common: overlap(spans[i] as Span, window) }))
    .filter(({ fit, common }) => fit >= 0 && common >= 0)
    .sort((a, b) => b.fit - a.fit || b.common - a.common)[0]?.stretch
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

/** Puts a stretch behind the others. @returns false for one that goes on with the last one: it became part of it */
function add(found: Stretch[], stretch: Stretch): boolean {
  const last = found.at(-1)
  const gist = ({ state, version, beside, since }: Stretch) =>
    JSON.stringify([state, version, beside, state === 'none' ? null : since])
  if (last && gist(last) === gist(stretch)) {
    last.doubts = [...new Set([...last.doubts, ...stretch.doubts])]
    last.until = stretch.until
    last.records.until = stretch.records.until
    return false
  }
  found.push(stretch)
  return true
}

/** The windows of counts that touch a span, with the rows of each version, and the time of all of them together. */
function windowsIn(
  model: string,
  { records, times }: Told,
  span: Span,
): { windows: (Span & { rows: [version: number, count: number][] })[]; within: Span } {
  const windows: (Span & { rows: [number, number][] })[] = []
  const within = { ...span }
  let from = Number.NEGATIVE_INFINITY
  for (const [i, { record }] of records.entries()) {
    if (record.kind === 'started') from = times[i]?.low ?? from
    if (record.kind !== 'metrics' || record.body.model !== model) continue
    const to = times[i]?.high ?? Number.POSITIVE_INFINITY
    if (from <= span.to && to >= span.from) {
      within.from = Math.min(within.from, from)
      within.to = Math.max(within.to, to)
      const counts = (record.body.versions ?? []) as { version: number; rows: number }[]
      windows.push({
        ...{ from, to },
        rows: counts.flatMap(({ version, rows }): [number, number][] => (rows > 0 ? [[version, rows]] : [])),
      })
    }
    from = times[i]?.low ?? from
  }
  return { windows, within }
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
