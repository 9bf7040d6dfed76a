import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Device } from '#contract'
import { now } from '../engine/kit/index.ts'

export type Event = Device['timeline'][number]

/** Predictions whose time is remembered. */
const REMEMBERED = 200
/** Events that are kept. */
const KEPT = 60
const LONGEST = 300

/** How one model does: answers, errors, and how long an answer takes. Counts from the start of the process. */
export function newTally() {
  const times: number[] = []
  let at = 0
  return {
    predictions: 0,
    errors: 0,
    answered(instances: number, milliseconds: number): void {
      this.predictions += instances
      times[at] = milliseconds
      at = (at + 1) % REMEMBERED
    },
    /** Median of the last 200 in milliseconds, null before the first. */
    p50(): number | null {
      if (times.length === 0) return null
      const sorted = times.toSorted((a, b) => a - b)
      return Math.round((sorted[Math.floor((sorted.length - 1) / 2)] as number) * 100) / 100
    },
  }
}
export type Tally = ReturnType<typeof newTally>

/** What happened on this device, newest last, over restarts. Losing the last lines in a power cut does no harm. */
export function openTimeline(folder: string) {
  const file = join(folder, 'timeline.json')
  let events: Event[] = []
  try {
    if (existsSync(file)) events = Device.shape.timeline.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    // A torn file only means that the story begins anew.
  }
  return {
    events: (): Event[] => events,
    add(event: string, detail: string): void {
      events = [...events, { at: now(), event, detail: detail.slice(0, LONGEST) }].slice(-KEPT)
      try {
        writeFileSync(file, JSON.stringify(events))
      } catch {
        // A full disk must not stop a device that answers.
      }
    },
  }
}
export type Timeline = ReturnType<typeof openTimeline>
