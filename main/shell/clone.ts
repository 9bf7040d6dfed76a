import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The Node that npm put beside us, or undefined. Newer than the system's, and what everything was tried on. */
export function pinnedNode(root: string): string | undefined {
  const program = process.platform === 'win32' ? 'node.exe' : 'node'
  return ['node-', 'node-bin-']
    .map(prefix =>
      join(
        root,
        'node_modules',
        `${prefix}${process.platform.replace('win32', 'win')}-${process.arch}`,
        'bin',
        program,
      ),
    )
    .find(path => existsSync(path))
}

/** The engine's sources in a clone, or undefined in a packaged app. */
export function engineSource(root: string): string | undefined {
  const source = join(root, 'main', 'engine', 'process.ts')
  return existsSync(source) ? source : undefined
}
