import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Failure } from '#contract'
import { FailureError, fail } from '../engine/kit/index.ts'
import { DeviceReport, TOKEN_FILE } from '../engine/release/index.ts'
import { pinOf } from './pin.ts'

/** A running device of this machine, reached by the address and the token in its state folder. */
export interface RunningDevice {
  /** Eight digits for its page. */
  pin: string
  report(): Promise<DeviceReport>
  switchTo(model: string | undefined, version: number): Promise<DeviceReport>
  rollBack(model: string | undefined): Promise<DeviceReport>
  ingest(file: string): Promise<string>
  exportTo(folder: string): Promise<string[]>
}

interface Said {
  error?: string
  failure?: Pick<Failure, 'code' | 'message' | 'remedy'>
}

/** The device whose state folder this is, where it runs; else null. */
export async function reach(state: string): Promise<RunningDevice | null> {
  const at = (name: string) =>
    existsSync(join(state, name)) ? readFileSync(join(state, name), 'utf8').trim() : ''
  const address = at('address')
  const token = at(TOKEN_FILE)
  if (!address || !token) return null
  const gone = (cause?: unknown) =>
    fail('unreachable', `No device runs with the state folder ${state}.`, 'Start it, then do it again.', {
      cause,
    })

  async function ask(path: string, body?: unknown): Promise<unknown> {
    let answer: Response
    let said: Said
    try {
      answer = await fetch(`${address}/v1/edgewright/${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(body === undefined ? 5000 : 600_000),
      })
      said = (await answer.json()) as Said
    } catch (cause) {
      throw gone(cause)
    }
    if (answer.ok) return said
    if (said.failure) throw fail(said.failure.code, said.failure.message, said.failure.remedy)
    throw fail(
      'not-found',
      said.error ?? `The device answered ${answer.status}.`,
      'Ask what it runs with "agent status".',
    )
  }
  const reported = async (path: string, body?: unknown) => DeviceReport.parse(await ask(path, body))
  try {
    await reported('state')
  } catch (error) {
    // Another program may have the port by now.
    if (error instanceof FailureError && error.failure.code !== 'unreachable') throw error
    return null
  }
  return {
    pin: pinOf(token),
    report: () => reported('state'),
    switchTo: (model, version) => reported('switch', { model, version }),
    rollBack: model => reported('rollback', { model }),
    ingest: async file => ((await ask('ingest', { file })) as { result: string }).result,
    exportTo: async out => ((await ask('export', { out })) as { files: string[] }).files,
  }
}

/**
 * Rolls a running device of this machine back, by the token in its state folder.
 * @throws Failure `not-found` where it has no version to go back to, `unreachable` where it does not run
 */
export async function rollBackHere(state: string, model: string): Promise<DeviceReport> {
  const device = await reach(state)
  if (!device)
    throw fail(
      'unreachable',
      `No device runs with the state folder ${state}.`,
      'Start it, then roll it back.',
    )
  return device.rollBack(model)
}
