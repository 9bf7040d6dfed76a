import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { homeFolder } from '../engine/home.ts'
import { ensureFolder } from '../engine/kit/index.ts'

/** What is remembered from one start to the next; a person's own, not a workspace's. */
export interface Settings {
  /** The workspace that was opened last. */
  workspace?: string
}

const file = () => join(homeFolder(), 'settings.json')

/** What was remembered; nothing when the file is missing or damaged, since all of it can be made anew. */
export function readSettings(): Settings {
  try {
    const read: unknown = JSON.parse(readFileSync(file(), 'utf8'))
    return typeof read === 'object' && read !== null ? read : {}
  } catch {
    return {}
  }
}

/** Remembers more, whole or not at all. Settings that cannot be written are no reason to stop. */
export function remember(more: Settings): void {
  const path = file()
  try {
    ensureFolder(dirname(path))
    const part = `${path}.${process.pid}.part`
    writeFileSync(part, `${JSON.stringify({ ...readSettings(), ...more }, null, 2)}\n`)
    renameSync(part, path)
  } catch (error) {
    console.error(`The settings could not be kept: ${(error as Error).message}`)
  }
}

/** Where a person who has chosen nothing finds their work. */
export function defaultWorkspace(): string {
  if (process.env.EDGEWRIGHT_HOME) return join(homeFolder(), 'Edgewright')
  const documents = join(homedir(), 'Documents')
  return join(existsSync(documents) ? documents : homedir(), 'Edgewright')
}

/** The workspace to open: the one asked for, else the last one if it is still there, else the default. */
export function chooseWorkspace(asked?: string): string {
  if (asked) return resolve(asked)
  const { workspace } = readSettings()
  return workspace && existsSync(workspace) ? workspace : defaultWorkspace()
}
