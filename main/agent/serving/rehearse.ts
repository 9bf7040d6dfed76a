import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FailureError, fail, runChild } from '../../engine/kit/index.ts'
import type { Rehearsal, RehearsalLimits, ReleaseFiles } from './door.ts'

/** What the process of a rehearsal is given, as `rehearsal.json` in its folder. */
export interface RehearsalPlan {
  release: ReleaseFiles
  limits: RehearsalLimits
}

/** What it says at its end. */
export type RehearsalMessage =
  | { kind: 'passed'; rehearsal: Rehearsal }
  | { kind: 'failed'; failure: FailureError['failure'] }

/** As Node.js, WebAssembly and C++ say it in their last words. */
const OUT_OF_MEMORY = /out of memory|cannot (allocate|enlarge) memory|bad_alloc/i

const mega = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`

/** Runs releases in processes of their own, where a model that takes the process along takes nothing else. */
export function openRehearsing() {
  const stop = new AbortController()
  const underWay = new Set<Promise<unknown>>()

  async function rehearse(
    release: ReleaseFiles,
    limits: RehearsalLimits,
    signal: AbortSignal,
  ): Promise<Rehearsal> {
    const what = `${release.model} v${release.version}`
    const folder = mkdtempSync(join(tmpdir(), 'edgewright-rehearsal-'))
    const time = AbortSignal.timeout(limits.milliseconds)
    let end: RehearsalMessage | undefined
    let ranOut = false
    try {
      writeFileSync(
        join(folder, 'rehearsal.json'),
        JSON.stringify({ release, limits } satisfies RehearsalPlan),
      )
      const { code, killedBy } = await runChild<RehearsalMessage>(
        new URL('./rehearser.ts', import.meta.url),
        folder,
        {
          signal: AbortSignal.any([signal, stop.signal, time]),
          line: text => {
            ranOut ||= OUT_OF_MEMORY.test(text)
          },
          told: said => {
            end = said
          },
        },
      )
      signal.throwIfAborted()
      stop.signal.throwIfAborted()
      if (end?.kind === 'failed') throw new FailureError(end.failure)
      if (end) {
        const { peakBytes } = end.rehearsal
        if (peakBytes > limits.memoryBytes)
          throw fail(
            'does-not-fit',
            `${what} took ${mega(peakBytes)} of memory on this device, and ${mega(limits.memoryBytes)} are allowed.`,
            'Publish a smaller variant, or raise the limit in the profile of this device.',
          )
        return end.rehearsal
      }
      if (time.aborted)
        throw fail(
          'does-not-fit',
          `${what} did not answer its golden rows within ${limits.milliseconds / 1000} s on this device.`,
          'Publish a smaller variant.',
        )
      throw fail(
        'unsupported-graph',
        `The process that tried ${what} ${ranOut ? 'ran out of memory' : killedBy ? `was ended by the system (${killedBy})` : `ended by itself (exit code ${code})`}.`,
        'It may need more memory than this device has; publish a smaller variant.',
      )
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  return {
    rehearse(release: ReleaseFiles, limits: RehearsalLimits, signal: AbortSignal): Promise<Rehearsal> {
      const going = rehearse(release, limits, signal)
      underWay.add(going)
      const done = () => underWay.delete(going)
      going.then(done, done)
      return going
    },
    async close(): Promise<void> {
      stop.abort()
      await Promise.allSettled(underWay)
    },
  }
}
