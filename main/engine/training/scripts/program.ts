import { copyFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import type { Hash, Plan } from '#contract'
import { canonicalJson, ensureFolder, fail } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'

/** A person's own program as it was when a run began: its files by name, each a blob. */
export interface Program {
  script: string
  files: Record<string, Hash>
}

/** Files beside a script that it may load, as far as they are code. */
const MOST_FILES = 200
const MOST_BYTES = 2 ** 22

/**
 * Keeps a script with the files of its kind that lie beside it, which it may load.
 * @returns the hash of all of it; null where the program is in the image
 * @throws Failure `not-found` where there is neither such a file nor an image
 */
export function keepProgram(
  { blobs }: Store,
  { script, image }: Pick<Plan, 'script' | 'image'>,
): Hash | null {
  if (script === undefined) return null
  const path = resolve(script)
  if (!existsSync(path) || !statSync(path).isFile()) {
    if (image !== undefined) return null
    throw fail('not-found', `There is no script ${script}.`, 'Check the path of --script.')
  }
  const files: Program['files'] = {}
  const ending = extname(path)
  const beside = readdirSync(dirname(path), { withFileTypes: true })
    .filter(entry => entry.isFile() && extname(entry.name) === ending && entry.name !== basename(path))
    .map(entry => entry.name)
    .sort()
  for (const name of [basename(path), ...beside.slice(0, MOST_FILES)]) {
    const file = join(dirname(path), name)
    if (name !== basename(path) && statSync(file).size > MOST_BYTES) continue
    files[name] = blobs.put(readFileSync(file))
  }
  return blobs.put(canonicalJson({ script: basename(path), files } satisfies Program))
}

export const programIn = ({ blobs }: Store, code: string): Program =>
  JSON.parse(blobs.read(code as Hash).toString()) as Program

/** Writes a program into a folder. @returns its main file's name */
export function writeProgram(store: Store, code: string, folder: string): Program['script'] {
  const { script, files } = programIn(store, code)
  ensureFolder(folder)
  for (const [name, hash] of Object.entries(files)) copyFileSync(store.blobs.path(hash), join(folder, name))
  return script
}

/** Whether a program says by name that it reads Parquet. */
export const asksForParquet = (store: Store, code: string | null): boolean => {
  if (code === null) return true
  const { script, files } = programIn(store, code)
  return /parquet/i.test(store.blobs.read(files[script] as Hash).toString())
}
