import type { Device, DeviceModel, DeviceVersion, RecordKind } from '#contract'
import type { StatusKind } from '../../../ui/types.ts'

type Event = Device['timeline'][number]

const EVENT_KIND: [RegExp, StatusKind][] = [
  [/refus|tamper|unsigned|fail|damag|error|quarantine|state lost/i, 'bad'],
  [/^repository back/i, 'good'],
  [/\broll|went back|lost|not taken|not sent|not kept|out of reach|called back|clock|retr|anew/i, 'warn'],
  [/found|fetch|download|want|publish|wait/i, 'waiting'],
  [/stop/i, 'offline'],
  [/switch|serv|check|verif|sign|start|answer|healthy|ready|proved|enrolled|taken in|computes/i, 'good'],
]

/** The mark of one line of a device's timeline, by its words: trouble outranks what went well. */
export const eventKind = (event: string): StatusKind =>
  EVENT_KIND.find(([words]) => words.test(event))?.[1] ?? 'info'

/** What one may want to see of a device's story. */
export type EventFilter = 'all' | 'trouble' | 'versions' | 'transfers'

const FILTER: Record<EventFilter, (event: Event) => boolean> = {
  all: () => true,
  trouble: ({ event }) => ['bad', 'warn'].includes(eventKind(event)),
  versions: ({ event }) =>
    /switch|\broll|back|proved|quarantine|installed|computes|answers|removed|called/i.test(event),
  transfers: ({ event }) => /fetch|stick|sent|reach|repository|report|window/i.test(event),
}

/** A device's events that a filter and a word let through, newest first; of the same moment the later one stands first. */
export const newestEvents = (device: Device, filter: EventFilter = 'all', word = ''): Event[] =>
  device.timeline
    .map((event, at) => ({ event, at }))
    .filter(
      ({ event }) =>
        FILTER[filter](event) && `${event.event} ${event.detail}`.toLowerCase().includes(word.toLowerCase()),
    )
    .sort((a, b) => b.event.at.localeCompare(a.event.at) || b.at - a.at)
    .map(({ event }) => event)

/** Why a version is wanted on a device. */
export const byText = (model: DeviceModel): string =>
  model.by === 'choice'
    ? 'chosen for this device'
    : model.by === 'rollout' && !model.candidate
      ? 'wanted while a rollout is under way'
      : 'wanted by the site'

export const ROLE_WORDS: Record<DeviceVersion['role'], { kind: StatusKind; word: string }> = {
  primary: { kind: 'good', word: 'Answers' },
  candidate: { kind: 'running', word: 'Beside it' },
  previous: { kind: 'waiting', word: 'Ready' },
  kept: { kind: 'none', word: 'Kept' },
  quarantined: { kind: 'bad', word: 'Quarantine' },
}

/**
 * The two versions between which a click toggles: of those that may run the one that answers and its nearest other, the
 * newer one called Junior, the older Senior. Null while there is one only.
 */
export function pairOf(model: DeviceModel): { junior: number; senior: number } | null {
  const held = (model.versions ?? []).filter(each => each.role !== 'quarantined').map(each => each.version)
  const versions = [...new Set([model.reports, model.candidate?.version, model.previous, ...held])].filter(
    version => typeof version === 'number',
  )
  const [first, second] = versions
  return first && second ? { junior: Math.max(first, second), senior: Math.min(first, second) } : null
}

/** Kinds of records, as one looks for them. */
export const KIND_WORDS: Record<RecordKind, string> = {
  started: 'Starts',
  stopped: 'Stops',
  installed: 'Fetched',
  switched: 'Switches',
  'rolled-back': 'Roll backs',
  refused: 'Refusals',
  quarantined: 'Quarantine',
  removed: 'Removed',
  enrolled: 'Approval',
  security: 'Security',
  clock: 'Clock',
  metrics: 'Figures',
  sample: 'Rows kept',
  dropped: 'Rows dropped',
  error: 'Errors',
}
