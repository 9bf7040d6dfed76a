import type { Site } from '#contract'
import type { commandOf } from '../../../engine/index.ts'

/** What a site is set to, as the fields of the page hold it. */
export interface SiteForm {
  /** Time between two looks, in what it is best read in. */
  poll: number | null
  pollIn: 'seconds' | 'minutes' | 'hours'
  /** kB a second; null: as fast as it goes. */
  speed: number | null
  windows: string
  whole: Site['bandwidth']['whole']
  /** Percent; null: none. */
  unsure: number | null
  disagreement: boolean
  /** Percent. */
  random: number | null
  /** MB */
  quota: number | null
}

const round = (n: number) => Number(n.toPrecision(6))

const SECONDS = { seconds: 1, minutes: 60, hours: 3600 }
/** 2 s, 90 s, 15 minutes, 6 hours: in the largest unit in which it is whole. */
function pollOf(seconds: number): Pick<SiteForm, 'poll' | 'pollIn'> {
  const pollIn = seconds % 3600 === 0 ? 'hours' : seconds % 60 === 0 ? 'minutes' : 'seconds'
  return { poll: round(seconds / SECONDS[pollIn]), pollIn }
}
const secondsOf = ({ poll, pollIn }: SiteForm) => Math.round((poll ?? 0) * SECONDS[pollIn])
/** Shortest and longest time between two looks, in a unit. */
export const pollLimits = (pollIn: SiteForm['pollIn']) => ({
  min: round(1 / SECONDS[pollIn]),
  max: (7 * 86_400) / SECONDS[pollIn],
})

export const formOf = ({ capture, bandwidth, pollSeconds }: Site): SiteForm => ({
  ...pollOf(pollSeconds),
  speed: bandwidth.bytesPerSecond === null ? null : round(bandwidth.bytesPerSecond / 1000),
  windows: bandwidth.windows.map(({ from, to }) => `${from}-${to}`).join(', '),
  whole: bandwidth.whole,
  unsure: capture.lowConfidence === null ? null : round(capture.lowConfidence * 100),
  disagreement: capture.disagreement,
  random: round(capture.random * 100),
  quota: capture.quotaBytes < 1e7 ? round(capture.quotaBytes / 1e6) : Math.round(capture.quotaBytes / 1e6),
})

const WINDOW = /^(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d$/

export const windowsOf = (text: string): string[] =>
  text
    .split(',')
    .map(each => each.trim())
    .filter(Boolean)

/** What is wrong with the hours as they are typed, or null. */
export function windowsTrouble(text: string): string | null {
  const wrong = windowsOf(text).find(each => !WINDOW.test(each))
  if (wrong) return `Write hours as 22:00-06:00; "${wrong}" is not.`
  return windowsOf(text).length > 10 ? 'At most ten spans of hours.' : null
}

/** What has to be told for a site to be as the form says; empty: it is so already. */
export function changesOf(form: SiteForm, site: Site): Parameters<typeof commandOf>[2] & object {
  const was = formOf(site)
  const input: Record<string, unknown> = {}
  if (form.poll && secondsOf(form) !== secondsOf(was)) input.pollSeconds = Math.max(1, secondsOf(form))
  if (form.speed !== was.speed)
    input.bytesPerSecond = form.speed ? Math.max(1024, Math.round(form.speed * 1000)) : 0
  const windows = windowsOf(form.windows)
  if (windows.join() !== windowsOf(was.windows).join()) input.window = windows.length ? windows : ['always']
  if (form.whole !== was.whole) input.whole = form.whole
  if (form.unsure !== was.unsure) input.lowConfidence = (form.unsure ?? 0) / 100
  if (form.disagreement !== was.disagreement) input.disagreement = form.disagreement ? 'on' : 'off'
  if (form.random !== was.random) input.random = (form.random ?? 0) / 100
  if (form.quota !== was.quota) input.quotaBytes = Math.round((form.quota ?? 0) * 1e6)
  return input
}
