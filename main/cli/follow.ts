import type { Engine, Job } from '#contract'
import { FailureError } from '../engine/kit/index.ts'

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
 * Follows a job to its end and returns its result. Ctrl-C cancels the job and waits until it has let go.
 * @throws FailureError when the job did not succeed
 */
export async function followJob(engine: Engine, job: Job, quiet = false): Promise<unknown> {
  const progress = progressWriter()
  const stop = new AbortController()
  const cancel = () => void engine.jobs.cancel({ id: job.id })
  process.on('SIGINT', cancel)
  process.on('SIGTERM', cancel)
  try {
    let last = job
    for await (const change of await engine.jobs.watch({ id: job.id }, { signal: stop.signal })) {
      last = change
      if (!quiet && change.status.state === 'running') {
        const { done, step } = change.status.progress
        progress.show(done, step)
      }
    }
    progress.end()
    return resultOf(last)
  } finally {
    stop.abort()
    process.off('SIGINT', cancel)
    process.off('SIGTERM', cancel)
  }
}

function resultOf({ id, status }: Job): unknown {
  if (status.state === 'succeeded') return status.result
  if (status.state === 'failed') throw new FailureError(status.failure)
  throw new FailureError({
    code: status.state === 'cancelled' ? 'cancelled' : 'interrupted',
    message: status.state === 'cancelled' ? `It was cancelled. ${status.kept}` : 'It was interrupted.',
    remedy: `Run it again with: edgewright jobs again ${id}`,
  })
}
