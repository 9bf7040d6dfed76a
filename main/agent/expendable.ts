/** What a process does that tries a model for the agent: it may be lost at any time, and takes nothing along. */
import { writeFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

/** A model that computes for ever hears nobody, so a thread beside it watches the clock. */
export function endAfter(milliseconds: number): void {
  new Worker(`setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${Number(milliseconds)})`, {
    eval: true,
  }).unref()
}

/** Where memory runs short, Linux ends this process first, and not the agent that answers. */
export function goFirst(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000')
  } catch {
    // Other systems choose by themselves.
  }
}
