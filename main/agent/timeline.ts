import type { Device } from '#contract'
import type { RecordLog } from './records/index.ts'

export type Event = Device['timeline'][number]

/** Events that are shown. */
const SHOWN = 60
const LONGEST = 300

/** What happened on this device in a person's words, newest last, over restarts: the last records that have such words. */
export interface Timeline {
  events(): Event[]
  add(event: Event): void
}

export function openTimeline(log: RecordLog): Timeline {
  let events: Event[] = log
    .after(Math.max(0, log.last - 4 * SHOWN), 4 * SHOWN)
    .flatMap(({ wall, body: { event, detail } }) =>
      typeof event === 'string' && typeof detail === 'string' ? [{ at: wall, event, detail }] : [],
    )
    .slice(-SHOWN)
  return {
    events: () => events,
    add({ at, event, detail }) {
      events = [...events, { at, event, detail: detail.slice(0, LONGEST) }].slice(-SHOWN)
    },
  }
}
