import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { ensureFolder, fail } from '../engine/kit/index.ts'

/**
 * The real path of a device's state folder; it is made where it is missing.
 * @throws Failure `bad-input` where a file is in the way, and those of the disk
 */
export function stateFolder(path: string): string {
  try {
    return realpathSync(ensureFolder(resolve(path)))
  } catch (error) {
    if (!['EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    throw fail(
      'bad-input',
      `${path} is a file, or lies in one, and no folder for a device's state.`,
      'Choose a folder.',
    )
  }
}
