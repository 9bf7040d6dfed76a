/** The process that measures one model. It is given a folder with the model and the plan, and knows nothing else. */
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Latency } from '#contract'
import { FailureError, failureOf } from '../../engine/kit/index.ts'
import { endAfter, goFirst } from '../expendable.ts'
import { loaded } from './loaded.ts'
import { FILES, type Message, type Plan } from './plan.ts'
import { quantile, timed } from './timed.ts'

async function measure(folder: string, { runs }: Plan): Promise<Latency> {
  const model = await loaded(readFileSync(join(folder, FILES.model)))
  const times = timed(model.run, runs)
  return {
    runtime: model.runtime,
    runs: times.length,
    median: quantile(times, 0.5),
    p95: quantile(times, 0.95),
    // In KiB on every system.
    peakBytes: process.resourceUsage().maxRSS * 1024,
    device: {
      processor: cpus()[0]?.model.trim() || process.arch,
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      platform: process.platform,
      arch: process.arch,
    },
  }
}

async function carryOut(folder: string): Promise<Message> {
  try {
    const plan = JSON.parse(readFileSync(join(folder, FILES.plan), 'utf8')) as Plan
    goFirst()
    endAfter(plan.limit)
    return { kind: 'measured', latency: await measure(folder, plan) }
  } catch (error) {
    if (!(error instanceof FailureError)) console.error(error)
    return { kind: 'failed', failure: failureOf(error) }
  }
}

// A device that is gone takes its processes along.
process.on('disconnect', () => process.exit(1))

const end = await carryOut(process.argv[2] as string)
if (process.send) process.send(end, () => process.exit(0))
