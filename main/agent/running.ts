import { readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atomicWrite, fail, hashOf } from '../engine/kit/index.ts'

/** Notes of the agents that run on this machine for this user, a file each: where their state is. */
// By number: a container has no name for it.
const home = (): string => join(tmpdir(), `edgewright-agents-${process.getuid?.() ?? -1}`)

/** Leaves word that an agent runs with this state folder. @returns takes it back */
export function leaveWord(state: string): () => void {
  const file = join(home(), `${hashOf(state).slice(0, 24)}.json`)
  try {
    atomicWrite(file, JSON.stringify({ state, pid: process.pid }), 0o600)
  } catch {
    // Only a convenience: who names the state folder needs no word.
  }
  return () => rmSync(file, { force: true })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function running(): string[] {
  let names: string[] = []
  try {
    names = readdirSync(home())
  } catch {
    return []
  }
  return names.flatMap(name => {
    try {
      const { state, pid } = JSON.parse(readFileSync(join(home(), name), 'utf8'))
      return isAlive(pid) ? [realpathSync(state)] : []
    } catch {
      return []
    }
  })
}

/**
 * The state folder that is meant where none is named: that of the only agent which runs here.
 * @throws Failure `bad-input` where there is none, or more than one
 */
export function onlyState(named: string | undefined): string {
  if (named !== undefined) return named
  const states = running()
  const [only] = states
  if (only !== undefined && states.length === 1) return only
  throw fail(
    'bad-input',
    states.length
      ? `Several agents run on this machine: ${states.slice(0, 5).join(', ')}.`
      : 'No agent runs on this machine.',
    'Name the state folder of the device with --state.',
  )
}
