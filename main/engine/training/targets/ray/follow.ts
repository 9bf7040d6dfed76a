import { setTimeout as sleep } from 'node:timers/promises'
import { fail } from '../../../kit/index.ts'
import { ENDED, type Job, type RayApi } from './api.ts'
import { Lost } from './http.ts'

/** Between two looks at a job that has not begun. */
const LOOK = 1000

export interface Following {
  /** Number of the last line that was handed over before; 0: none. */
  from: number
  /** Ends the following where it stands. */
  signal: AbortSignal
  /** For how long a lost line is taken up again, in milliseconds. */
  patience: number
  /** @returns true when this was the last line that matters */
  hear(text: string, number: number): boolean
  /** The job waits for room on the cluster. */
  waits(): void
  lost(why: string): void
}

/**
 * Hands over the lines of a job's log, each once, through breaks of the line, until the job has ended. The log is always
 * read from its beginning; what was handed over is passed by its number.
 * @returns how the job stands then; null: the signal ended it
 * @throws Failure `unreachable` when the line stayed lost; `interrupted` when the cluster knows no such job
 */
export async function follow(api: RayApi, id: string, following: Following): Promise<Job | null> {
  const { signal, patience, hear, waits, lost } = following
  let heard = following.from
  let lostAt: number | null = null
  let pause = 250
  let ended = false

  /** Takes the whole lines out of a text; what is behind the last one is given back. */
  const take = (text: string, before: number): { rest: string; count: number } => {
    const lines = text.split('\n')
    const rest = lines.pop() as string
    let count = before
    for (const line of lines) {
      count++
      if (count <= heard || ended) continue
      heard = count
      ended = hear(line, count)
    }
    return { rest, count }
  }

  for (;;) {
    if (signal.aborted) return null
    try {
      const job = await api.job(id, signal)
      if (!job) throw gone(api.address)
      lostAt = null
      if (job.status === 'PENDING') {
        waits()
        await sleep(LOOK, null, { signal }).catch(() => {})
        continue
      }
      let state = { rest: '', count: 0 }
      try {
        for await (const piece of api.tail(id, signal)) {
          pause = 250
          state = take(state.rest + piece, state.count)
          if (ended) return job
        }
      } catch (error) {
        // Before some clusters stands what lets no web socket through; then the log is asked for again and again.
        if (!(error instanceof Lost)) throw error
      }
      if (signal.aborted) return null
      const now = await api.job(id, signal)
      if (!now) throw gone(api.address)
      const over = (ENDED as readonly string[]).includes(now.status)
      // With what was written between the last look of the tail and the end of the job.
      const logs = await api.logs(id)
      take(over && logs !== '' && !logs.endsWith('\n') ? `${logs}\n` : logs, 0)
      if (over || ended) return now
    } catch (error) {
      if (signal.aborted) return null
      if (!(error instanceof Lost)) throw error
      lostAt ??= Date.now()
      if (Date.now() - lostAt > patience) throw unreachable(api.address, error.message, true)
      lost(error.message)
    }
    await sleep(pause, null, { signal }).catch(() => {})
    pause = Math.min(pause * 2, 5000)
  }
}

export const unreachable = (address: string, why: string, runs: boolean) =>
  fail(
    'unreachable',
    `The Ray cluster at ${address} does not answer (${why})${runs ? '; what runs there goes on' : ''}.`,
    runs
      ? 'Attach to the run again when the cluster can be reached.'
      : 'Check that Ray runs there and that the address is that of its dashboard, which listens on loopback alone unless --dashboard-host says otherwise.',
  )

const gone = (address: string) =>
  fail(
    'interrupted',
    `The Ray cluster at ${address} no longer knows the run: it was started anew meanwhile.`,
    'Continue the run; it goes on from the last checkpoint that is here.',
  )
