import { existsSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import type { About } from '#contract'
import { lendEngine, type Reached, reachEngine } from '../host.ts'
import { chooseWorkspace } from '../shell/settings.ts'

/**
 * The engine that a command asks: that of the workspace. What works on files and writes files does without: nobody gets
 * a workspace who has none, and one that cannot be opened or written now is no reason to stop.
 *
 * @param input with its paths made absolute
 * @param asked the workspace that the command names
 */
export async function engineFor(
  about: About,
  input: Record<string, unknown>,
  asked: string | undefined,
): Promise<Reached> {
  const workspace = chooseWorkspace(asked)
  if (asked !== undefined || !writesNothingHere(about, input)) return reachEngine(workspace)
  // Where there is no workspace, no name can mean something in it.
  if (!existsSync(workspace)) return lendEngine()
  if (!isOfFiles(about, input)) return reachEngine(workspace)
  let reached: Reached
  try {
    reached = await reachEngine(workspace)
  } catch {
    return lendEngine()
  }
  if (about.reads || !reached.readOnly) return reached
  await reached.close()
  return lendEngine()
}

/** Whether all that comes of it is an answer, or a file elsewhere. */
const writesNothingHere = ({ alone, reads }: About, input: Record<string, unknown>): boolean =>
  alone !== undefined && (reads === true || (alone.out !== undefined && input[alone.out] !== undefined))

const isOfFiles = ({ alone }: About, input: Record<string, unknown>): boolean =>
  (alone?.files ?? []).every(name => {
    const value = input[name]
    return value === undefined || (typeof value === 'string' && isAbsolute(value) && existsSync(value))
  })
