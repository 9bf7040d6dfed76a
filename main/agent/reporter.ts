import { failureOf } from '../engine/kit/index.ts'
import { type DeviceReport, LIMITS, type SigningKey, type Source, seal } from '../engine/release/index.ts'

/** Counts are reported this often, what happened at once; in milliseconds. */
const EVERY = 1000
/** A report goes out this often even when nothing changed: near by, and far away. */
const HEARTBEAT = { near: 2000, far: 60_000 }
const AT_ONCE = 20

/** A report as it is sent and lies on sticks: signed by the device, the oldest lines left out where it is too long. */
export function sealReport(report: DeviceReport, key: SigningKey): string {
  let full = report
  let sealed = seal(full, key)
  while (Buffer.byteLength(sealed) > LIMITS.report && full.timeline.length > 0) {
    full = { ...full, timeline: full.timeline.slice(Math.ceil(full.timeline.length / 2)) }
    sealed = seal(full, key)
  }
  return sealed
}

/**
 * Leaves the device's reports where its releases come from.
 * @param isNear the repository is a folder or on this machine: reporting costs nothing
 * @param troubled hears once that no reports are taken
 */
export function openReporter(
  source: Source,
  key: SigningKey,
  isNear: boolean,
  report: () => DeviceReport,
  troubled: (message: string) => void,
) {
  const beat = isNear ? HEARTBEAT.near : HEARTBEAT.far
  let timer: NodeJS.Timeout | undefined
  let sending = false
  let stopped = false
  let told = ''
  let toldAt = 0
  let isTroubled = false

  async function send(): Promise<void> {
    const full = { ...report(), beat: beat / 1000 }
    try {
      await source.putStatus(full.id, Buffer.from(sealReport(full, key)))
      isTroubled = false
    } catch (error) {
      const { message } = failureOf(error)
      // Once: what it says of a disk names another file each time, and each line is a record that lasts.
      if (!isTroubled && !full.failure) troubled(message)
      isTroubled = true
    }
  }

  /** What a person would call a change; the clock, the memory and the free disk are none. */
  const gist = (): string => {
    const { models, address, failure, timeline, holds, enrolled } = report()
    const shown = isNear ? models : models.map(each => ({ ...each, predictions: 0, errors: 0, p50: null }))
    return JSON.stringify([shown, address, failure, timeline.length, timeline.at(-1), holds, enrolled])
  }

  async function tell(): Promise<void> {
    if (!sending) {
      sending = true
      const seen = gist()
      if (seen !== told || Date.now() - toldAt >= beat) {
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
