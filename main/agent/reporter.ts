import { failureOf } from '../engine/kit/index.ts'
import { type DeviceReport, LIMITS, type Repository, seal } from '../engine/release/index.ts'
import type { State } from './state.ts'

/** Counts are reported this often, what happened at once; in milliseconds. */
const EVERY = 1000
/** A report goes out this often even when nothing changed. */
const HEARTBEAT = 2000
const AT_ONCE = 20

/**
 * Puts the device's reports into its repository.
 * @param troubled hears once that the repository takes no reports
 */
export function openReporter(
  repository: Repository,
  state: State,
  report: () => DeviceReport,
  troubled: (message: string) => void,
) {
  let timer: NodeJS.Timeout | undefined
  let sending = false
  let stopped = false
  let told = ''
  let toldAt = 0
  let trouble = ''

  async function send(): Promise<void> {
    let full = report()
    let sealed = seal(full, state.key)
    // The newest lines are worth more than the oldest.
    while (Buffer.byteLength(sealed) > LIMITS.report && full.timeline.length > 0) {
      full = { ...full, timeline: full.timeline.slice(Math.ceil(full.timeline.length / 2)) }
      sealed = seal(full, state.key)
    }
    try {
      await repository.write({ kind: 'device', id: full.id }, sealed, { lasting: false })
      trouble = ''
    } catch (error) {
      const { message } = failureOf(error)
      if (message !== trouble && !full.failure) troubled(message)
      trouble = message
    }
  }

  /** What a person would call a change; the clock and the memory alone are none. */
  const gist = (): string => {
    const { models, address, failure, timeline } = report()
    return JSON.stringify([models, address, failure, timeline.length, timeline.at(-1)])
  }

  async function tell(): Promise<void> {
    if (!sending) {
      sending = true
      const seen = gist()
      if (seen !== told || Date.now() - toldAt >= HEARTBEAT) {
        told = seen
        toldAt = Date.now()
        await send()
      }
      sending = false
    }
    plan(EVERY)
  }

  function plan(milliseconds: number): void {
    clearTimeout(timer)
    if (!stopped) timer = setTimeout(tell, milliseconds)
  }

  return {
    start: () => void tell(),
    /** Something happened: reports soon rather than at the next beat. */
    nudge(): void {
      if (timer) plan(AT_ONCE)
    },
    /** Reports a last time; a repository that does not answer is not waited for. */
    async stop(): Promise<void> {
      stopped = true
      clearTimeout(timer)
      await Promise.race([send(), new Promise(resolve => setTimeout(resolve, 1000).unref())])
    },
  }
}
