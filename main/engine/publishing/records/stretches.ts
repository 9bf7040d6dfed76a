import type { RecordGap, Stretch } from '#contract'
import type { KeptRecord } from './kept.ts'
import type { Reckoned } from './moments.ts'

/** The record by which something became as it is. */
export interface Cause {
  seq: number
  hash: KeptRecord['hash']
  when: Reckoned
  why: string | null
  manifest: string | null
}

/** A time in which nothing changed that is known. It ends where the next one begins. */
export interface Segment {
  state: Stretch['state']
  version: number | null
  beside: Stretch['beside']
  /** What made it so; null: nothing that is here. */
  cause: Cause | null
  /** When it began. */
  start: Reckoned
  startedBy: { seq: number; hash: KeptRecord['hash'] } | null
  doubts: string[]
}

const BEGINNING: Reckoned = {
  at: null,
  clock: 'doubtful',
  low: Number.NEGATIVE_INFINITY,
  high: Number.NEGATIVE_INFINITY,
}

/**
 * Which version of a model answered when, as the records of a device tell it, from before the first one on.
 * @param records all records of the device that are here, by number, with their times
 */
export function segmentsOf(
  model: string,
  records: readonly KeptRecord[],
  times: readonly Reckoned[],
  gaps: readonly RecordGap[],
): Segment[] {
  const isWhole = records[0]?.record.seq === 1
  let now: Segment = {
    state: isWhole ? 'none' : 'unknown',
    version: null,
    beside: null,
    cause: null,
    start: BEGINNING,
    startedBy: null,
    doubts: isWhole ? [] : ['The records of that time are not here.'],
  }
  const all = [now]
  const gapBefore = new Map(gaps.map(gap => [gap.before, gap]))

  /** Begins another segment with a record, or just after it. */
  function turn(i: number, change: Partial<Segment>): void {
    const { record, hash } = records[i] as KeptRecord
    now = {
      ...now,
      ...change,
      start: times[i] as Reckoned,
      startedBy: { seq: record.seq, hash },
      doubts: change.doubts ?? [],
    }
    all.push(now)
  }

  for (const [i, { record, hash }] of records.entries()) {
    const gap = gapBefore.get(record.seq)
    const last = records[i - 1]?.record
    const wasDark = now.doubts.length > 0
    if (gap && last)
      turn(i - 1, {
        doubts: [
          `Records ${gap.after + 1} to ${gap.before - 1} of the device are missing: another version may have answered meanwhile.`,
        ],
      })
    else if (last && last.boot !== record.boot && last.kind !== 'stopped')
      turn(i - 1, {
        doubts: [
          `The device ended without a word after record ${last.seq} and was started again with record ${record.seq}: nobody knows how long it answered.`,
        ],
      })
    const found = tellsOf(model, record, now)
    if (!found) {
      // A word of its own after it was dark: from here on it is known again that it runs.
      const isNew = last && last.boot !== record.boot
      if (isNew && !gap) turn(i, {})
      else if ((gap || wasDark) && vouches(model, record, now)) turn(i, {})
      else if (gap) now.doubts = [...now.doubts]
      continue
    }
    const { why, manifest, ...change } = found
    const isCause = 'version' in change || 'beside' in change
    turn(i, {
      ...change,
      ...(isCause ? { cause: { seq: record.seq, hash, when: times[i] as Reckoned, why, manifest } } : {}),
    })
  }
  return all
}

/** Whether a record says that what was known before a gap still holds. */
function vouches(model: string, { kind, body }: KeptRecord['record'], now: Segment): boolean {
  if (kind !== 'metrics' || body.model !== model || now.version === null) return false
  const versions = (body.versions ?? []) as { version: number; rows: number }[]
  return versions.some(({ version, rows }) => version === now.version && rows > 0)
}

type Tells = Partial<Pick<Segment, 'state' | 'version' | 'beside'>> & Pick<Cause, 'why' | 'manifest'>

const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null)
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** What a record changes of who answers; null: nothing. */
function tellsOf(model: string, { kind, body }: KeptRecord['record'], now: Segment): Tells | null {
  const nothing = { why: null, manifest: null }
  if (kind === 'stopped') return { ...nothing, state: 'stopped' }
  if (kind === 'started')
    return {
      ...nothing,
      state: now.version === null ? (now.state === 'stopped' ? 'none' : now.state) : 'serving',
    }
  if (body.model !== model) return null
  const manifest = textOf(body.manifest)
  if (kind === 'switched' && 'candidate' in body) {
    const version = numberOf(body.candidate)
    if (version === null) return now.beside ? { ...nothing, beside: null } : null
    const { share, shadow, rollout } = body
    return {
      ...nothing,
      beside: {
        version,
        share: numberOf(share) ?? 0,
        shadow: shadow === true,
        rollout: textOf(rollout),
      },
    }
  }
  if (kind === 'switched' || kind === 'rolled-back') {
    const version = numberOf(body.to)
    const isBeside = now.beside?.version === version
    const why = kind === 'switched' ? (textOf(body.why) ?? 'switched') : 'rolled back'
    return {
      ...{ version, manifest, why, state: version === null ? 'none' : 'serving' },
      ...(isBeside || why === 'by hand' ? { beside: null } : {}),
    }
  }
  if (kind === 'removed') {
    const version = numberOf(body.version)
    if (version === null || version === now.version)
      return { version: null, state: 'none', beside: null, manifest: null, why: textOf(body.event) }
    if (version === now.beside?.version) return { ...nothing, beside: null }
  }
  return null
}
