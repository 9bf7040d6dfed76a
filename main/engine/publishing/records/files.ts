import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fail } from '../../kit/index.ts'

const isBatch = (name: string): boolean => /\.edgeback$/i.test(name) && !name.startsWith('.')

/**
 * The `.edgeback` files that are meant: the file itself, or those in a folder and in its folder `return`, as a stick
 * has them. In the order of device and number.
 * @param others whether something else was found there, so that none is no trouble
 * @throws Failure `not-found`
 */
export function batchFiles(path: string, others: boolean): { path: string; file: string }[] {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) throw fail('not-found', `There is nothing at ${path}.`, 'Plug the stick in, or check the path.')
  if (/\.req$/i.test(path) && !found.isDirectory())
    throw fail(
      'bad-input',
      `${basename(path)} is how a device asks to be approved, and holds nothing that it sent back.`,
      `Approve it with "publishing device approve ${path}".`,
    )
  if (!found.isDirectory()) return [{ path, file: basename(path) }]
  const files = [path, join(path, 'return')].flatMap(folder =>
    statSync(folder, { throwIfNoEntry: false })?.isDirectory()
      ? readdirSync(folder)
          .filter(isBatch)
          .map(file => ({ path: join(folder, file), file }))
      : [],
  )
  if (files.length === 0 && !others)
    throw fail(
      'not-found',
      `${path} holds nothing that a device sent back.`,
      'Plug the stick into a device first; it writes files that end with .edgeback into the folder "return".',
    )
  return files.sort((a, b) => (a.file < b.file ? -1 : 1))
}
