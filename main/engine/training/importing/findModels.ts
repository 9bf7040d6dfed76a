import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, extname, join } from 'node:path'

/** Folders below the one that is looked through. */
const DEEPEST = 4
const ENDINGS = new Set(['.keras', '.h5', '.hdf5', '.tflite', '.pb', '.pbtxt'])
const MODEL_JSON = /^model.*\.json$/i

/**
 * The model files and folders in a folder, the likeliest first: those that are called final, best or model, then those
 * that were written last. By their names alone; whether they open is seen when they are opened.
 */
export function findModels(folder: string): string[] {
  const found: { path: string; at: number }[] = []
  const look = (path: string, depth: number) => {
    if (existsSync(join(path, 'saved_model.pb')) || existsSync(join(path, 'saved_model.pbtxt'))) {
      found.push({ path, at: statSync(path).mtimeMs })
      return
    }
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const whole = join(path, entry.name)
      if (entry.isDirectory()) {
        if (depth < DEEPEST && !entry.name.startsWith('.')) look(whole, depth + 1)
      } else if (
        entry.isFile() &&
        !/weights\.h5$/i.test(entry.name) &&
        (ENDINGS.has(extname(entry.name).toLowerCase()) || MODEL_JSON.test(entry.name))
      )
        found.push({ path: whole, at: statSync(whole).mtimeMs })
    }
  }
  look(folder, 0)
  const rank = ({ path }: { path: string }) => {
    const place = ['final', 'best', 'model'].findIndex(word => basename(path).toLowerCase().includes(word))
    return place < 0 ? 3 : place
  }
  return found.sort((a, b) => rank(a) - rank(b) || b.at - a.at).map(({ path }) => path)
}
