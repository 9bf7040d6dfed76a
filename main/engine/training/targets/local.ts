import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { FailureError, fail } from '../../kit/index.ts'
import type { Message } from '../work.ts'
import type { Done, Target } from './target.ts'

/** A worker that was asked to end gets this long, in milliseconds; a checkpoint is being written at most. */
const GRACE = 3000

/**
 * A process of its own on this computer: memory of the net is freed at its end, a stop is certain, and a crash takes
 * nothing else along. It ends by itself when the engine dies.
 * @param entry the worker's file
 */
export const localTarget = (entry: string): Target => ({
  name: 'local',
  title: 'This computer',
  ready: () => ({ ready: true, why: 'A process of its own, beside the engine.' }),
  async run(folder, { signal, tell, line }) {
    signal.throwIfAborted()
    const child = fork(entry, [folder], {
      execPath: process.execPath,
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Inside Electron the same program is a plain Node only when it is told so.
      env: process.versions.electron ? { ...process.env, ELECTRON_RUN_AS_NODE: '1' } : process.env,
    })
    let last = ''
    for (const stream of [child.stdout, child.stderr])
      if (stream)
        createInterface({ input: stream }).on('line', text => {
          last = text.trim() || last
          line(text)
        })
    let end: Done | FailureError | null = null
    child.on('message', message => {
      const said = message as Message
      if (said.kind === 'done') end = said
      else if (said.kind === 'failed') end = new FailureError(said.failure)
      else tell(said)
    })
    const stop = () => void endChild(child)
    signal.addEventListener('abort', stop, { once: true })
    try {
      // The channel closes after the last message was handed over, the exit may be told before.
      const [[code, killedBy]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')])
      if (signal.aborted && (end === null || !('kind' in end))) throw cancelled()
      return ended(end, code, killedBy, last)
    } finally {
      signal.removeEventListener('abort', stop)
    }
  },
})

const cancelled = () =>
  fail('cancelled', 'It was cancelled.', 'Do it again; a run goes on from its last checkpoint.')

function ended(
  end: Done | FailureError | null,
  code: number | null,
  killedBy: string | null,
  last: string,
): Done {
  if (end instanceof FailureError) throw end
  if (end) return end
  const how = killedBy ? `was ended by the system (${killedBy})` : `ended by itself (exit code ${code})`
  const said = last && !killedBy ? ` Its last words: ${last.slice(0, 300)}` : ''
  throw fail(
    'training-failed',
    `The process that did the work ${how}; what it had written is kept.${said}`,
    killedBy === 'SIGKILL' || killedBy === 'SIGABRT'
      ? 'If memory was short, close other programs or take a smaller batch; a run goes on from its last checkpoint.'
      : 'Do it again; a run goes on from its last checkpoint.',
  )
}

/** Asks, then makes sure. */
async function endChild(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  const sure = setTimeout(() => child.kill('SIGKILL'), GRACE)
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  clearTimeout(sure)
}
