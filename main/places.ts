import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import envPaths from 'env-paths'
import { atomicWrite, ensureFolder } from './engine/kit/index.ts'

/** The program's own folder: the clone, or `resources/app` of an installed one. */
const HERE = dirname(fileURLToPath(import.meta.url))
/** Run from the sources of a clone, and not from what `npm run build` made. */
const UNBUILT = import.meta.url.endsWith('.ts')
const ROOT = resolve(HERE, UNBUILT ? '..' : '../..')

/** Where a person's own things lie that belong to no workspace. `EDGEWRIGHT_HOME` moves all of them. */
const HOME = process.env.EDGEWRIGHT_HOME
const folders = envPaths('edgewright', { suffix: '' })
const settingsFile = join(HOME ?? folders.config, 'settings.json')

/** The folder of the signing key. */
export const keysFolder = (): string => ensureFolder(join(HOME ?? folders.data, 'keys'))

/** The folder of the samples: in an installed program beside it, in a clone inside the package they come from. */
export function samplesFolder(): string {
  const installed = join(ROOT, '..', 'samples')
  return existsSync(installed) ? installed : join(ROOT, 'node_modules', 'vega-datasets', 'data')
}

/** Program and arguments that start an agent. */
export const agentEntry = (): string[] =>
  UNBUILT
    ? [process.execPath, join(HERE, 'agent', 'main.ts')]
    : [process.execPath, join(ROOT, 'dist', 'agent', 'agent.mjs')]

export const version = (): string =>
  (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version

/** The workspace that was opened last, else one in the person's data folder. */
export function lastWorkspace(): string {
  try {
    const { workspace } = JSON.parse(readFileSync(settingsFile, 'utf8')) as { workspace?: string }
    if (workspace) return workspace
  } catch {
    // No settings yet, or not readable: the default is always right.
  }
  return join(HOME ?? folders.data, 'workspace')
}

/** Remembers a workspace as the one opened last. */
export function rememberWorkspace(folder: string): void {
  atomicWrite(settingsFile, `${JSON.stringify({ workspace: resolve(folder) }, null, 2)}\n`)
}
