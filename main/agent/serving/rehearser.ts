/** The process that tries one release before it answers anyone. It is given a folder with the plan, and knows nothing else. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FailureError, fail, failureOf } from '../../engine/kit/index.ts'
import { Golden } from '../../engine/release/index.ts'
import { endAfter, goFirst } from '../expendable.ts'
import type { Rehearsal } from './door.ts'
import { loadModel } from './model.ts'
import type { RehearsalMessage, RehearsalPlan } from './rehearse.ts'

/** Calls that are timed after a warm-up, and the time that they may take in all, in milliseconds. */
const TIMED = 50
const WARM_UP = 3
const LONGEST = 1500

async function rehearse({ release }: RehearsalPlan): Promise<Rehearsal> {
  const what = `${release.model} v${release.version}`
  const model = await loadModel(release)
  const golden = goldenOf(release.files['golden.json'], what)
  const { scores } = model.predict(golden.instances)
  const difference = Math.max(
    0,
    ...scores.flatMap((row, i) =>
      row.map((score, k) => Math.abs(score - (golden.scores[i]?.[k] ?? Number.NaN))),
    ),
  )
  if (!(difference <= golden.tolerance))
    throw fail(
      'golden-mismatch',
      `${what} computes otherwise on this device than where it was published: a score differs by ${difference.toPrecision(3)}, and ${golden.tolerance.toPrecision(3)} is allowed.`,
      'Publish another variant; this one goes on nowhere here.',
    )
  const times = timed(() => model.predict([golden.instances[0]]))
  return {
    median: quantile(times, 0.5),
    p95: quantile(times, 0.95),
    // In KiB on every system.
    peakBytes: process.resourceUsage().maxRSS * 1024,
    rows: golden.instances.length,
    difference,
  }
}

function goldenOf(path: string | undefined, what: string): Golden {
  try {
    return Golden.parse(JSON.parse(readFileSync(path as string, 'utf8')))
  } catch (cause) {
    throw fail(
      'unsupported',
      `${what} brings no golden rows that this device can read.`,
      'Publish it again.',
      { cause },
    )
  }
}

function timed(run: () => void): number[] {
  for (let i = 0; i < WARM_UP; i++) run()
  const times: number[] = []
  const began = performance.now()
  while (times.length < TIMED && performance.now() - began < LONGEST) {
    const start = performance.now()
    run()
    times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)
}

const quantile = (sorted: number[], share: number): number =>
  sorted[Math.floor((sorted.length - 1) * share)] as number

async function carryOut(folder: string): Promise<RehearsalMessage> {
  try {
    const plan = JSON.parse(readFileSync(join(folder, 'rehearsal.json'), 'utf8')) as RehearsalPlan
    goFirst()
    endAfter(plan.limits.milliseconds + 5000)
    return { kind: 'passed', rehearsal: await rehearse(plan) }
  } catch (error) {
    if (!(error instanceof FailureError)) console.error(error)
    return { kind: 'failed', failure: failureOf(error) }
  }
}

// A device that is gone takes its processes along.
process.on('disconnect', () => process.exit(1))

const end = await carryOut(process.argv[2] as string)
if (process.send) process.send(end, () => process.exit(0))
