import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Failure } from '#contract'
import { type Core, openCore } from '../../main/agent/core.ts'
import type { TrialTerms } from '../../main/agent/parts.ts'
import type { Clock, Disk } from '../../main/agent/ports.ts'
import type { ReleaseFiles, Serve, Serving, ServingEvents } from '../../main/agent/serving/door.ts'
import { fail } from '../../main/engine/kit/index.ts'
import { openSink, type Profile, type Source } from '../../main/engine/release/index.ts'

export const PROFILE: Profile = {
  name: 'box',
  threads: 2,
  memoryBytes: 1 << 30,
  flashBytes: 1 << 30,
  variants: null,
}

/** A clock that a test turns. */
export function handClock(
  at = Date.UTC(2026, 10, 22, 12),
): Clock & { at: number; up: number; pass(ms: number): void } {
  const clock = {
    at,
    up: 0,
    wall: () => clock.at,
    monotonic: () => clock.up,
    pass(ms: number) {
      clock.at += ms
      clock.up += ms
    },
  }
  return clock
}

/**
 * Serving without a runtime, for disks that are none: a release may only answer when each of its files is there and is
 * what its name says, so that nothing torn is ever served unseen.
 */
export function plainServing(
  disk: Disk,
  events: ServingEvents,
  bad: { rehearsal?: Failure; median?: number } = {},
) {
  const loaded = new Map<string, ReleaseFiles>()
  const runs = new Map<string, ReleaseFiles>()
  const rehearsed: number[] = []
  const key = (model: string, version: number) => `${version} ${model}`
  const check = (release: ReleaseFiles) => {
    for (const [name, path] of Object.entries(release.files)) {
      const content = disk.read(path)
      const sum = content && createHash('sha256').update(content).digest('hex')
      if (sum !== path.split('/').at(-1))
        throw new Error(`${name} of v${release.version} is not what was signed`)
    }
  }
  const serving: Serving & { capture(): void } = {
    backend: 'none',
    async rehearse(release) {
      check(release)
      rehearsed.push(release.version)
      if (bad.rehearsal) throw fail(bad.rehearsal.code, bad.rehearsal.message, bad.rehearsal.remedy)
      return { median: bad.median ?? 1, p95: 1, peakBytes: 1, rows: 1, difference: 0 }
    },
    async load(release) {
      check(release)
      loaded.set(key(release.model, release.version), release)
    },
    has: (model, version) => loaded.has(key(model, version)),
    serve(model, serve: Serve) {
      const release = loaded.get(key(model, serve.primary))
      if (!release) throw new Error(`${model} v${serve.primary} is not loaded`)
      runs.set(model, release)
    },
    stop: model => void runs.delete(model),
    drop: (model, version) => void loaded.delete(key(model, version)),
    figures: () => ({ predictions: 0, errors: 0, p50: null }),
    takeMetrics: () => null,
    capture: () => {},
    close: async () => {},
  }
  return { serving, runs, rehearsed, events }
}

export interface Box {
  core: Core
  runs: Map<string, ReleaseFiles>
  rehearsed: number[]
  events: ServingEvents
  stop(): void
  /** Looks at the repository, and waits until nothing is under way. */
  look(source?: Source): Promise<void>
  version(model?: string): number | null
}

/** The core of a device on any disk, woken. */
export async function boxHere(
  disk: Disk,
  where: string,
  {
    clock = handClock(),
    profile = PROFILE,
    site = null,
    trial = {},
    bad = {},
    folder: home = '/state',
  }: {
    clock?: Clock
    profile?: Profile
    site?: string | null
    trial?: Partial<TrialTerms>
    bad?: { rehearsal?: Failure; median?: number }
    folder?: string
  } = {},
): Promise<Box> {
  const stop = new AbortController()
  let plain: ReturnType<typeof plainServing> | undefined
  const core = await openCore({
    disk,
    clock,
    folder: home,
    profile,
    site,
    roots: null,
    trial: { rows: 5, seconds: 60, starts: 3, ...trial },
    signal: stop.signal,
    openServing(events) {
      plain = plainServing(disk, events, bad)
      return plain.serving
    },
    nudge: () => {},
  })
  const { runs, rehearsed, events } = plain as ReturnType<typeof plainServing>
  await core.wake()
  const source = openSink(where)
  return {
    core,
    runs,
    rehearsed,
    events,
    stop: () => stop.abort(),
    async look(other: Source = source) {
      await core.lookout.look(other)
      await core.lookout.settled()
    },
    version: (model = 'Bolt inspector') => runs.get(model)?.version ?? null,
  }
}

/** The repository as it is now, to be played again later. */
export function recording(where: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'edgewright-replay-'))
  cpSync(where, copy, { recursive: true })
  return copy
}
