import { createHash } from 'node:crypto'
import { dirname, isAbsolute } from 'node:path'
import { failureOf } from '../engine/kit/index.ts'
import type { DeviceReport, Source } from '../engine/release/index.ts'
import type { Core } from './core.ts'
import type { DeviceDoor } from './door.ts'
import { type MeasuringOptions, openMeasuring } from './measure/index.ts'
import { openRemembering } from './remember.ts'
import { reportOf } from './report.ts'
import { openReporter, sealReport } from './reporter.ts'
import { openSending } from './sending.ts'
import type { Answering } from './serving/index.ts'
import { giveUp, rollBackByHand, switchByHand } from './steps/switch.ts'
import { exportTo, ingest, openMedia } from './sticks/index.ts'
import { versionsOf } from './versions.ts'

export interface DeviceOptions {
  core: Core
  answering: Answering
  /** Where releases come from by the network; null for a box that only sees sticks. */
  source: Source | null
  name: string
  /** Seconds between two looks; null: as the plan says, and every second where that costs nothing. */
  pollSeconds: number | null
  /** Where sticks are mounted; null: nowhere. */
  media: string | null
  /** Null: nobody may measure here. */
  measure: MeasuringOptions | null
  signal: AbortSignal
}

/** Seconds between two looks at a repository that is near, and before any plan says otherwise. */
const NEAR = 1
const FAR = 60
/** Milliseconds between two looks at versions on trial. */
const TICK = 500
/** Milliseconds between two looks at a little of what is installed. */
const RECHECK = 2000
/** Milliseconds after which a start counts as a good one. */
const CALM = 600_000
/** Milliseconds between two records of what answered. */
const TALLY = { near: 15_000, far: 60_000 }

const isNear = (source: Source): boolean =>
  source.kind === 'folder' || /^https?:\/\/(localhost|127\.|\[::1\])/.test(source.address)

/**
 * One device: looks for releases, takes them, answers with what passed, and reports. What runs is only ever replaced in
 * memory after the new release is whole on disk and was asked its golden rows; until then, and whatever goes wrong, the
 * old one answers.
 */
export function openDevice(options: DeviceOptions, stop: () => void) {
  const { core, answering, source, name, pollSeconds, media, measure, signal } = options
  const { parts, lookout, trials } = core
  const { identity, note } = parts
  const timers: NodeJS.Timeout[] = []
  let address: string | null = null
  let stopped = false
  let looking: NodeJS.Timeout | undefined

  const report = (): DeviceReport =>
    reportOf(parts, core, { name, address, stopped, trouble: lookout.trouble })
  const request = () => sealReport(report(), identity.key)
  const sending = source && openSending(core, source, isNear(source))
  // A repository that only gives is no fault; it is told once.
  const reporter =
    source &&
    openReporter(source, identity.key, isNear(source), report, message =>
      note('error', 'Report not taken', message),
    )
  const remembering = openRemembering(parts, answering)

  async function look(): Promise<void> {
    if (!source || stopped) return
    await lookout.look(source)
    await sending?.send()
  }

  /** Every device at another moment, so that a thousand of them are no herd. */
  function later(isFirst = false): void {
    if (stopped || !source) return
    const seconds = pollSeconds ?? (isNear(source) ? NEAR : (parts.plan()?.pollSeconds ?? FAR))
    const phase = createHash('sha256').update(identity.id).digest().readUInt32BE(0) / 2 ** 32
    const wait = isFirst && !isNear(source) ? seconds * phase : seconds * (0.8 + 0.4 * Math.random())
    looking = setTimeout(() => void look().finally(later), wait * 1000)
  }

  async function takeStick(file: string): Promise<boolean> {
    try {
      await door.ingest(file)
      return true
    } catch {
      // Told on the stick, on the page and in the log.
      return false
    }
  }
  const sticks = media === null ? null : openMedia(media, takeStick)

  const door: DeviceDoor = {
    id: identity.id,
    token: identity.token,
    media,
    models: () => parts.keeper.state.models.map(({ model }) => model),
    versions: model => versionsOf(parts, model),
    report,
    switchTo: (model, version) => switchByHand(parts, model, version),
    rollBack: model => rollBackByHand(parts, model),
    async pollNow() {
      await look()
      if (source && isNear(source)) await lookout.settled()
    },
    ingest: file => ingest(core, file, name, request),
    exportTo: folder => exportTo(core, folder, request),
  }

  return {
    door,
    measuring: openMeasuring(measure, parts.folder, signal, core.tell),
    nudge: () => reporter?.nudge(),
    /** Loads what ran here before. */
    async wake(): Promise<void> {
      await core.wake()
      remembering.recall()
    },
    /** Begins to look for releases and to report. */
    start(at: string): void {
      address = at
      note(
        'started',
        'Started',
        source
          ? `${isAbsolute(source.address) ? 'folder' : 'repository'} ${source.address}`
          : `sticks in ${media ?? dirname(parts.folder)}`,
        { node: process.versions.node, platform: process.platform, arch: process.arch },
      )
      void look().finally(() => later(true))
      reporter?.start()
      remembering.start()
      sticks?.start()
      timers.push(
        setInterval(() => void trials.tick(), TICK),
        setInterval(() => core.recheck.tick(), RECHECK),
        setInterval(() => core.tally(), source && isNear(source) ? TALLY.near : TALLY.far),
      )
      timers.push(setTimeout(quietly(core.calm), CALM))
      for (const timer of timers) timer.unref()
    },
    async close(): Promise<void> {
      if (stopped) return
      stopped = true
      address = null
      for (const timer of timers) clearTimeout(timer)
      clearTimeout(looking)
      stop()
      core.tally()
      note('stopped', 'Stopped', '')
      for (const model of parts.lives.names()) await giveUp(parts, model)
      quietly(core.calm)()
      await sticks?.stop()
      await reporter?.stop()
      remembering.stop()
      await parts.serving.close()
    },
  }
}

/** A disk that takes nothing must not stop a device that answers. */
const quietly = (run: () => void) => () => {
  try {
    run()
  } catch (error) {
    const { code } = failureOf(error)
    if (code === 'internal') console.error(error)
  }
}
