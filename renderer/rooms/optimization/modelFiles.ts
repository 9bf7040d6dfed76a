import type { DroppedFile } from '../../ui/index.ts'

/** Endings of model files that open; a folder may be a SavedModel. */
export const MODEL_ENDINGS = ['tflite', 'keras', 'h5', 'hdf5', 'pb', 'pbtxt', 'meta', 'index', 'json']

const ENDING = /\.(tflite|lite|keras|h5|hdf5|pb|pbtxt|meta|ckpt)$/i
/** Files that belong to a model and to nothing else, by their whole name. */
const NAME =
  /(^|[\\/])(model\.json|saved_model\.pb(txt)?|checkpoint|[^\\/]+\.ckpt(-\d+)?\.(index|meta)|variables\.index)$/i

export type Guess = 'model' | 'maybe' | 'data'

/**
 * What a person dropped, by the names alone. `maybe` is a folder whose inside nobody knows yet: it is a model if the
 * engine can read it as one.
 */
export function guessOf(files: readonly Pick<DroppedFile, 'name' | 'path'>[]): Guess {
  if (files.some(({ name }) => ENDING.test(name) || NAME.test(name))) return 'model'
  const [first] = files
  // `v1.2` is a folder's name, `rows.csv` a file's.
  return files.length === 1 && first?.path && !/\.[A-Za-z]\w{0,8}$/.test(first.name) ? 'maybe' : 'data'
}

/** The last part of a path, as a person knows a file. */
export const baseName = (path: string): string =>
  path
    .replace(/[\\/]+$/, '')
    .split(/[\\/]/)
    .at(-1) ?? path

/* What names a model of several files, the surest first. */
const MAIN = [/(^|[\\/])saved_model\.pb(txt)?$/i, /(^|[\\/])model\.json$/i, /\.meta$/i, /\.index$/i, ENDING]

/** The file among those of one model that it is opened by; a folder stands for itself. */
export function mainFileOf<T extends Pick<DroppedFile, 'name'>>(files: readonly T[]): T | undefined {
  for (const pattern of MAIN) {
    const found = files.find(({ name }) => pattern.test(name))
    if (found) return found
  }
  return files[0]
}
