import { isAbsolute } from 'node:path'
import { failureOf } from '../engine/kit/index.ts'
import { deviceIdOf, type Repository } from '../engine/release/index.ts'
import { openFleet } from './fleet.ts'
import { openFollowing } from './follow.ts'
import { openLoader } from './loader.ts'
import { openLookout } from './lookout.ts'
import { type MeasuringOptions, openMeasuring } from './measure/index.ts'
import type { Parts } from './parts.ts'
import { openTimeline } from './record.ts'
import { openRemembering } from './remember.ts'
import { reportOf } from './report.ts'
import { openReporter } from './reporter.ts'
import { rollBack } from './rollBack.ts'
import { openShelf } from './shelf.ts'
import type { State } from './state.ts'
import { openTaking } from './take.ts'
import { type namedKey, trustedKey } from './trust.ts'
import { openWakingKept, wake } from './wake.ts'

export interface DeviceOptions {
  repository: Repository
  state: State
  name: string
  named: ReturnType<typeof namedKey> | null
  pollSeconds: number
  /** Null: nobody may measure here. */
  measure: MeasuringOptions | null
}

/**
 * One device: looks for releases, takes them, answers with the newest that passed, and reports. What runs is only ever
 * replaced in memory after the new release is whole on disk, loaded and checked; until then, and whatever goes wrong,
 * the old one answers.
 */
export function openDevice({ repository, state, name, named, pollSeconds, measure }: DeviceOptions) {
  const stop = new AbortController()
  let address: string | null = null
  let stopped = false

  const timeline = openTimeline(state.folder)
  const parts: Parts = {
    repository,
    state,
    shelf: openShelf(state),
    loader: openLoader(state),
    signal: stop.signal,
    key: () => trustedKey(repository, state.current, named, stop.signal),
    note(event, detail) {
      timeline.add(event, detail)
      reporter.nudge()
    },
  }
  const { shelf, loader, note } = parts
  const lookout = openLookout(parts, openFollowing(parts, openTaking(parts)), pollSeconds)
  const report = () =>
    reportOf(state, shelf, timeline, {
      name,
      address,
      stopped,
      trouble: lookout.trouble,
      backend: loader.backend,
    })
  // A repository that only gives is no fault; it is told once.
  const reporter = openReporter(repository, state, report, message => note('Report not taken', message))
  const wakeKept = openWakingKept(parts)
  const remembering = openRemembering(parts)

  return {
    id: deviceIdOf(state.key),
    fleet: openFleet(shelf, {
      report,
      rollBack: model => rollBack(parts, model),
      wakeKept: model => void wakeKept(model),
      token: state.token,
    }),
    measuring: openMeasuring(measure, state.folder, stop.signal, note),
    /** Loads what ran here before. */
    async wake(): Promise<void> {
      await wake(parts)
      remembering.recall()
    },
    /** Begins to look for releases and to report. */
    start(at: string): void {
      address = at
      state.address(at)
      note('Started', `${isAbsolute(repository.address) ? 'folder' : 'repository'} ${repository.address}`)
      void loader.tf().catch(error => note('Failed', failureOf(error).message))
      lookout.start()
      reporter.start()
      remembering.start()
    },
    async close(): Promise<void> {
      if (stopped) return
      stopped = true
      address = null
      stop.abort()
      note('Stopped', '')
      await lookout.stop()
      await reporter.stop()
      remembering.stop()
      for (const here of shelf.all()) {
        here.current?.dispose()
        here.previous?.dispose()
      }
    },
  }
}
