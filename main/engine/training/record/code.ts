import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { hashOf } from '../../kit/index.ts'

/** What a source or a bundle takes from files beside it. */
const IMPORTS = /(?:\bfrom|\bimport)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g

/**
 * The hash of a program of ours: of its file and of all that it imports of our files, so that a run can say what code it
 * was trained by. Source files and bundles alike.
 */
export function codeOf(entry: string): string {
  const found = new Map<string, string>()
  const open = [resolve(entry)]
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file) || !existsSync(file)) continue
    const text = readFileSync(file, 'utf8')
    found.set(file, hashOf(text))
    for (const [, path] of text.matchAll(IMPORTS)) open.push(resolve(dirname(file), path as string))
  }
  return hashOf([...found.values()].sort().join('\n'))
}
