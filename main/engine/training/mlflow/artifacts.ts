import { createReadStream, existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { Readable } from 'node:stream'
import { ensureFolder } from '../../kit/index.ts'
import { missing, Refusal } from './refusal.ts'

/** Files that programs keep by the artifact proxy of a tracking server. */
export interface Artifacts {
  /** @returns its bytes */
  put(path: string, body: AsyncIterable<Uint8Array>): Promise<number>
  read(path: string): ReadableStream
  list(path: string): { path: string; is_dir: boolean; file_size?: number }[]
  remove(path: string): void
}

/** @throws Refusal for a path that leads out of the folder */
function inside(path: string): string {
  const plain = posix.normalize(path).replace(/\/$/, '')
  if (plain.startsWith('..') || posix.isAbsolute(plain) || /[\0\\:]/.test(plain))
    throw new Refusal('INVALID_PARAMETER_VALUE', `"${path}" is no path of an artifact.`)
  return plain
}

/** Keeps them in a folder. */
export function folderArtifacts(folder: string): Artifacts {
  return {
    async put(path, body) {
      const place = join(folder, inside(path))
      ensureFolder(dirname(place))
      const part = `${place}.${process.pid}.part`
      let bytes = 0
      try {
        const file = await open(part, 'w')
        try {
          for await (const piece of body) {
            await file.writeFile(piece)
            bytes += piece.length
          }
        } finally {
          await file.close()
        }
        renameSync(part, place)
      } catch (error) {
        rmSync(part, { force: true })
        throw error
      }
      return bytes
    },
    read(path) {
      const place = join(folder, inside(path))
      if (!existsSync(place) || statSync(place).isDirectory()) throw missing(`artifact ${path}`)
      return Readable.toWeb(createReadStream(place)) as ReadableStream
    },
    list(path) {
      const place = join(folder, inside(path))
      if (!existsSync(place) || !statSync(place).isDirectory()) return []
      return readdirSync(place, { withFileTypes: true })
        .map(entry => ({
          path: entry.name,
          is_dir: entry.isDirectory(),
          ...(entry.isFile() && { file_size: statSync(join(place, entry.name)).size }),
        }))
        .sort((a, b) => (a.path < b.path ? -1 : 1))
    },
    remove: path => rmSync(join(folder, inside(path)), { recursive: true, force: true }),
  }
}

/**
 * Files of runs of an earlier time come back into the folder when somebody asks for those of their run.
 * @param bringBack puts the files of a run back; asked once for each run of MLflow's
 */
export function keptArtifacts(here: Artifacts, bringBack: (run: string, root: string) => void): Artifacts {
  const back = new Set<string>()
  function look(path: string): string {
    const [root, run] = /^[^/]+\/([^/]+)\/artifacts(?=\/|$)/.exec(inside(path)) ?? []
    if (run !== undefined && root !== undefined && !back.has(run)) {
      back.add(run)
      bringBack(run, root)
    }
    return path
  }
  return {
    put: (path, body) => here.put(look(path), body),
    read: path => here.read(look(path)),
    list: path => here.list(look(path)),
    remove: path => here.remove(look(path)),
  }
}

/** Bytes of a piece, and of a file that may be handed on in pieces. */
const PIECE = 2 ** 18
const MOST = 2 ** 28

/** Where the folder does not come back: what is put there is told on in pieces, too. */
export function toldArtifacts(
  kept: Artifacts,
  tell: (piece: { path: string; at: number; base64: string }) => void,
): Artifacts {
  async function* heard(path: string, body: AsyncIterable<Uint8Array>) {
    let at = 0
    for await (const whole of body) {
      for (let from = 0; from < whole.length; from += PIECE) {
        const piece = whole.subarray(from, from + PIECE)
        if (at + piece.length > MOST)
          throw new Refusal('INVALID_PARAMETER_VALUE', `"${path}" is larger than ${MOST / 2 ** 20} MB.`)
        tell({ path, at, base64: Buffer.from(piece).toString('base64') })
        at += piece.length
      }
      yield whole
    }
    if (at === 0) tell({ path, at, base64: '' })
  }
  return { ...kept, put: (path, body) => kept.put(path, heard(inside(path), body)) }
}
