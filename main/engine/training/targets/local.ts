import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Ending, FailureError, fail, runChild } from '../../kit/index.ts'
import { runScript } from '../scripts/runScript.ts'
import { FILES, type Message, type Work } from '../work.ts'
import type { Done, Target } from './target.ts'

/**
 * A process of its own on this computer.
 * @param entry the worker's file
 */
export const localTarget = (entry: string): Target => ({
  name: 'local',
  kind: 'local',
  outlives: false,
  title: 'This computer',
  ready: () => ({ ready: true, why: 'A process of its own, beside the engine.' }),
  check: async () => [{ name: 'reachable', state: 'ok', says: 'This computer is here.', remedy: null }],
  async run(folder, options) {
    const work = JSON.parse(readFileSync(join(folder, FILES.work), 'utf8')) as Work
    if (work.kind === 'script') return await runScript(folder, work, options)
    const { signal, tell, line } = options
    let end: Done | FailureError | null = null
    const ending = await runChild<Message>(entry, folder, {
      signal,
      line,
      told: said => {
        if (said.kind === 'done') end = said
        else if (said.kind === 'failed') end = new FailureError(said.failure)
        else tell(said)
      },
    })
    if (signal.aborted && (end === null || !('kind' in end))) throw cancelled()
    return ended(end, ending)
  },
})

const cancelled = () =>
  fail('cancelled', 'It was cancelled.', 'Do it again; a run goes on from its last checkpoint.')

function ended(end: Done | FailureError | null, { code, killedBy, last }: Ending): Done {
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
