import type { Engine, Job } from '#contract'
import { FailureError } from '../engine/kit/index.ts'
import { goesOn, toContinue } from './leave.ts'

/** Writes how far a job is: a bar that moves on a terminal, plain lines in a pipe. Always on the error stream. */
export function progressWriter(out: NodeJS.WriteStream = process.stderr) {
  let last = ''
  let at = 0
  const clear = () => {
    if (out.isTTY && last) out.write('\r\u001b[2K')
  }
  return {
    show(done: number | null, step: string) {
      const share = done === null ? '    ' : `${String(Math.floor(done * 100)).padStart(3)}%`
      if (out.isTTY) {
        const width = 24
        const filled = Math.round((done ?? 0) * width)
        const line = `${share} ${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${step}`
        clear()
        out.write(line.slice(0, (out.columns ?? 80) - 1))
        last = line
        return
      }
      // A log file wants to see that it goes on, not every tick of it.
      const now = performance.now()
      if (done === null || step === last || (now - at < 1000 && last !== '')) return
      last = step
      at = now
      out.write(`${share} ${step}\n`)
    },
    line(text: string) {
      clear()
      out.write(`${text}\n`)
      last = ''
    },
    end: clear,
  }
}

/**
 * Follows a job to its end and returns its result. Ctrl-C cancels the job and waits until it has let go; work that goes
 * on elsewhere it only leaves.
 * @param lent whether the engine and its list of jobs go when the command ends
 * @throws FailureError when the job did not succeed
 */
export async function followJob(engine: Engine, job: Job, quiet = false, lent = false): Promise<unknown> {
  const progress = progressWriter()
  const stop = new AbortController()
  let left: FailureError | null = null
  const cancel = async () => {
    left ??= await goesOn(engine, job).catch(() => null)
    if (left) stop.abort()
    else await engine.jobs.cancel({ id: job.id })
  }
  process.on('SIGINT', cancel)
  process.on('SIGTERM', cancel)
  try {
    let last = job
    try {
      for await (const change of await engine.jobs.watch({ id: job.id }, { signal: stop.signal })) {
        last = change
        if (!quiet && change.status.state === 'running') {
          const { done, step } = change.status.progress
          progress.show(done, step)
        }
      }
    } catch (error) {
      if (!left) throw error
    }
    progress.end()
    if (left) throw left
    const result = await resultOf(engine, last, lent)
    if (!quiet) await tellWarnings(engine, job)
    return result
  } finally {
    stop.abort()
    process.off('SIGINT', cancel)
    process.off('SIGTERM', cancel)
  }
}

/** At most so many warnings are told; the rest is in the job's log. */
const WARNINGS = 5

/** What a person must know of work that came to its end. */
async function tellWarnings(engine: Engine, { id }: Job): Promise<void> {
  const { lines } = await engine.jobs.logs({ id, after: 0 })
  const warnings = lines.filter(({ level }) => level === 'warning')
  for (const { text } of warnings.slice(0, WARNINGS)) process.stderr.write(`! ${text}\n`)
  const rest = warnings.length - WARNINGS
  if (rest > 0) process.stderr.write(`! ${rest} more: edgewright jobs logs ${id}\n`)
}

async function resultOf(engine: Engine, job: Job, lent: boolean): Promise<unknown> {
  const { id, status } = job
  if (status.state === 'succeeded') return status.result
  if (status.state === 'failed') throw new FailureError(status.failure)
  throw new FailureError({
    code: status.state === 'cancelled' ? 'cancelled' : 'interrupted',
    message: status.state === 'cancelled' ? `It was cancelled. ${status.kept}` : 'It was interrupted.',
    remedy: lent
      ? 'Run the command again.'
      : ((await toContinue(engine, job)) ?? `Run it again with: edgewright jobs again ${id}`),
  })
}
