import { globSync, readdirSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import type { FileFormat } from '#contract'
import { fail } from '../../kit/index.ts'
import { namedFormat, wordOf } from '../files/formats.ts'

const natural = new Intl.Collator('en', { numeric: true })

/** Order of paths: folder by folder, numbers by their value, so that day2 comes before day10. */
function byPath(a: string, b: string): number {
  const [left, right] = [a.split(/[\\/]/), b.split(/[\\/]/)]
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const order = natural.compare(left[at] as string, right[at] as string)
    if (order) return order
  }
  return left.length - right.length || (a < b ? -1 : a > b ? 1 : 0)
}

/** What other programs leave between data: `_SUCCESS`, `.part-0.crc`. */
const isHidden = (path: string) => path.split(/[\\/]/).some(part => /^[._]/.test(part))

/** Whether a path that names no file is meant as a pattern. */
export const isPattern = (path: string): boolean => /[*?[\]{}]/.test(path)

/**
 * The data files of a folder and of its folders, by their endings.
 * @param wanted only files of this format
 * @throws Failure empty-data (there are none), bad-input (they are of several formats)
 */
export function filesOfFolder(folder: string, wanted?: FileFormat): string[] {
  const all = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      entry => entry.isFile() || (entry.isSymbolicLink() && isFileAt(join(entry.parentPath, entry.name))),
    )
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => !isHidden(relative(folder, path)))
  const data = all.filter(path => {
    const format = namedFormat(path)
    return wanted ? format === wanted || (wanted === 'csv' && format === 'tsv') : format !== null
  })
  if (!data.length)
    throw fail(
      'empty-data',
      all.length
        ? `The folder "${basename(folder)}" holds no ${wanted ? `file that is ${wordOf[wanted]}` : 'data files'} by name.`
        : `The folder "${basename(folder)}" is empty.`,
      'Choose a folder of CSV, TSV, Parquet, JSON, Arrow, TFRecord or Excel files, or name files with a pattern such as folder/*.txt.',
    )
  return data.sort(byPath)
}

const isFileAt = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false

/** The files that a pattern such as `days/*.csv` fits. @throws Failure not-found */
export function filesOfPattern(pattern: string): string[] {
  const files = globSync(pattern).filter(isFileAt).sort(byPath)
  if (!files.length)
    throw fail(
      'not-found',
      `No file fits the pattern ${pattern}.`,
      'Check its folder; * stands for any name and ** for any folders.',
    )
  return files
}
