import { existsSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { fail } from '../kit/index.ts'

/**
 * Sees that a file can be written at a place before the work for it begins.
 * @param endings what its name must end with; @param remedy which endings there are, in words
 * @throws Failure bad-input
 */
export function wantPlace(out: string, endings: RegExp, remedy: string): void {
  if (!endings.test(out))
    throw fail('bad-input', `The name ${basename(out)} does not say in which form to write.`, remedy)
  const path = resolve(out)
  if (existsSync(path) && statSync(path).isDirectory())
    throw fail(
      'bad-input',
      `${out} is a folder, and a file is to be written.`,
      'Give the name of a file in it.',
    )
  let folder = dirname(path)
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  if (!statSync(folder).isDirectory())
    throw fail('bad-input', `${folder} is a file, so nothing can be written in it.`, 'Choose a folder.')
}
