import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../engine/kit/index.ts'
import { DeviceReport, TOKEN_FILE } from '../engine/release/index.ts'

/**
 * Rolls a running device of this machine back, by the token in its state folder.
 * @throws Failure `not-found` where it has no version to go back to, `unreachable` where it does not run
 */
export async function rollBackHere(state: string, model: string): Promise<DeviceReport> {
  const at = (name: string) =>
    existsSync(join(state, name)) ? readFileSync(join(state, name), 'utf8').trim() : ''
  const address = at('address')
  const token = at(TOKEN_FILE)
  const gone = (cause?: unknown) =>
    fail('unreachable', `No device runs with the state folder ${state}.`, 'Start it, then roll it back.', {
      cause,
    })
  if (!address || !token) throw gone()
  let answer: Response
  try {
    answer = await fetch(`${address}/v1/edgewright/rollback`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model }),
      signal: AbortSignal.timeout(30_000),
    })
  } catch (cause) {
    throw gone(cause)
  }
  const said = (await answer.json()) as { error?: string }
  if (!answer.ok) throw fail('not-found', said.error ?? `The device answered ${answer.status}.`, '')
  return DeviceReport.parse(said)
}
