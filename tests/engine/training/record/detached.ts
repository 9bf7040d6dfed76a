import { spawn } from 'node:child_process'
import { existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openJobs } from '../../../../main/engine/jobs/index.ts'
import { fail } from '../../../../main/engine/kit/index.ts'
import { openLineage } from '../../../../main/engine/lineage/index.ts'
import { openStore } from '../../../../main/engine/store/index.ts'
import { openAttaching } from '../../../../main/engine/training/attach.ts'
import { openFollowing } from '../../../../main/engine/training/follow.ts'
import { markInterrupted } from '../../../../main/engine/training/interrupted.ts'
import { openRuns } from '../../../../main/engine/training/runs.ts'
import type { RunOptions, Target } from '../../../../main/engine/training/targets/target.ts'
import { aRun } from './aRun.ts'

const PROGRAM = fileURLToPath(new URL('./counting.ts', import.meta.url))

/** The smallest target that outlives its engine: a process of its own that writes into a file, heard from any byte on. */
export function detachedTarget(lines: number, pause: number, reachable = () => true): Target {
  return {
    name: 'local',
    kind: 'local',
    title: 'A process that stays',
    outlives: true,
    ready: () => ({ ready: true, why: '' }),
    check: async () => [],
    async run(folder: string, { again, signal, leaving, line, placed }: RunOptions) {
      if (!reachable()) throw fail('unreachable', 'The box does not answer.', 'Look at the line.')
      const file = (again?.placement.file as string | undefined) ?? join(folder, 'out.log')
      if (!again) {
        placed?.({ file })
        spawn(process.execPath, [PROGRAM, file, String(lines), String(pause)], {
          detached: true,
          stdio: 'ignore',
        }).unref()
      }
      let at = Number(again?.cursor ?? 0)
      for (;;) {
        if (signal.aborted) {
          if (!leaving?.() && existsSync(`${file}.pid`)) process.kill(Number(readFileSync(`${file}.pid`)))
          throw fail('cancelled', 'It was cancelled.', 'Do it again.')
        }
        const text = existsSync(file) ? textFrom(file, at) : ''
        for (const each of text.split('\n').slice(0, -1)) {
          at += Buffer.byteLength(each) + 1
          if (each === 'END') return { kind: 'done', best: null, stoppedEarly: false }
          line(each, { cursor: String(at) })
        }
        await wait(5)
      }
    },
  }
}

function textFrom(file: string, at: number): string {
  const bytes = Buffer.alloc(statSync(file).size - at)
  readSync(openSync(file, 'r'), bytes, 0, bytes.length, at)
  return bytes.toString()
}

/** What of an engine follows runs, on one target that stays. */
export function openFollower(workspace: string, target: Target) {
  const store = openStore(workspace)
  const lineage = openLineage(store)
  const jobs = openJobs(store, lineage)
  const runs = openRuns(store)
  markInterrupted(store, runs)
  const choices = { targetOf: () => target }
  const follow = openFollowing({ store, runs, choices })
  const work = { prepare: async () => {}, keep: async () => ({}) }
  const attaching = openAttaching({
    ...{ store, runs, choices, jobs },
    followers: { script: (run, job) => follow(run, work, job) },
  })
  jobs.offer('training', 'start', {
    title: () => 'Train',
    cancel: 'c',
    run: (_, job) =>
      follow(runs.put(aRun(runs.nextId(), { origin: 'script', state: 'running', job: job.id })), work, job),
  })
  jobs.offer('training', 'attach', {
    title: () => 'Attach',
    cancel: 'c',
    run: (input, job) => attaching.attach((input as { run: 'run-1' }).run as never, job),
  })
  return {
    ...{ store, jobs, runs, attaching },
    async close() {
      await jobs.close()
      store.close()
    },
  }
}
