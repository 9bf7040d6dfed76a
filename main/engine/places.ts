import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { homeFolder } from './home.ts'
import type { Places } from './house.ts'

/** This file: in a clone `main/engine/places.ts`, in a build `dist/main/<bundle>.mjs`; the root is two folders up. */
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** True when the engine runs from its sources. */
const unbuilt = import.meta.url.endsWith('.ts')

/** The samples: in a clone in `resources`, in a packaged app beside its archive. */
function samplesFolder(): string {
  const packaged = join(root, '..', 'samples')
  return existsSync(packaged) ? packaged : join(root, 'resources', 'samples')
}

/** The version of the product. */
export const version = (): string =>
  (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version

/** Where the engine finds what is not in its workspace, in a clone and in a build. */
export const placesOf = (workspace: string): Places => ({
  workspace: resolve(workspace),
  keys: join(homeFolder(), 'keys'),
  samples: samplesFolder(),
  agentEntry: [
    process.execPath,
    unbuilt ? join(root, 'main', 'agent', 'main.ts') : join(root, 'dist', 'agent', 'edgewright-agent.mjs'),
  ],
  worker: unbuilt ? undefined : join(root, 'dist', 'main', 'worker.mjs'),
  prover: unbuilt ? undefined : join(root, 'dist', 'main', 'prover.mjs'),
  version: version(),
})
