import { createHash } from 'node:crypto'
import { createReadStream, globSync, readFileSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { type Zippable, zip } from 'fflate'
import { hashFile, hashOf } from '../../../kit/index.ts'
import { FILES, type Work } from '../../work.ts'
import type { RayApi } from './api.ts'
import type { Asked } from './room.ts'

/** Bytes of data in a package, before it is packed: Ray takes at most 100 MB in one. */
const PIECE = 32 * 2 ** 20
/** Files below this size travel together. */
const SMALL = 2 ** 20
/** The folder in a package that holds pieces by their hash; `cluster/workfolder.py` looks for them there. */
const PIECES = 'edgewright_data'
/** Of one age, so that the same content is the same file. */
const AGE = new Date('2000-01-01T00:00:00Z')

/** What of a work folder travels: all but what a run leaves there. */
const LEFT = [FILES.topology, FILES.weights, FILES.outputs, 'SHA256SUMS']
const LEFT_FOLDERS = [FILES.model, FILES.recorded]

interface Piece {
  hash: string
  path: string
  from: number
  bytes: number
}

export interface TravelingFile {
  path: string
  size: number
  sha256: string
  pieces: string[]
}

interface Parcel {
  name: string
  pieces: Piece[]
}

/** The name of a package with this content: the same everywhere, so that what is there is not sent again. */
const nameOf = (hash: string) => `_ray_pkg_${hash.slice(0, 40)}.zip`
const uriOf = (name: string) => `gcs://${name}`

/** Brings a folder to the cluster, as far as it is not there. @returns what of it a job needs, as `runtime_env` */
export async function bringFolder(
  api: RayApi,
  folder: string,
  {
    trainer,
    work,
    asked,
    mixedPrecision,
  }: { trainer: string; work: Work; asked: Asked; mixedPrecision: boolean },
  signal: AbortSignal,
  step: (share: number) => void,
  piece?: number,
): Promise<{ working_dir: string; py_modules: string[] }> {
  const { files, parcels } = await parcelsOf(folder, piece)
  const all = parcels.reduce((sum, { pieces }) => sum + bytesOf(pieces), 0)
  let sent = 0
  for (const { name, pieces } of parcels) {
    signal.throwIfAborted()
    if (!(await api.has(name, signal))) {
      const content: Zippable = {}
      for (const piece of pieces) content[`${PIECES}/${piece.hash}`] = await readPart(piece)
      await api.put(name, await packed(content), signal)
    }
    sent += bytesOf(pieces)
    step(all ? sent / all : 1)
  }
  const job = { ...asked, mixedPrecision, work, files, folders: LEFT_FOLDERS }
  const program = programOf(trainer)
  program['job.json'] = Buffer.from(JSON.stringify(job))
  return {
    working_dir: await bringProgram(api, program, signal),
    py_modules: parcels.map(({ name }) => uriOf(name)),
  }
}

/** The trainer and what starts it on a cluster. @param trainer the folder where `train.py` lies */
export function programOf(trainer: string): Record<string, Buffer> {
  const found = globSync('**/*.py', { cwd: trainer }).sort()
  return Object.fromEntries(found.map(path => [path.split(sep).join('/'), readFileSync(join(trainer, path))]))
}

/** Brings the files that a job starts in. @returns their URI */
export async function bringProgram(
  api: RayApi,
  program: Record<string, Buffer>,
  signal: AbortSignal,
): Promise<string> {
  const name = nameOf(
    hashOf(JSON.stringify(Object.entries(program).map(([path, content]) => [path, hashOf(content)]))),
  )
  if (!(await api.has(name, signal))) await api.put(name, await packed(program), signal)
  return uriOf(name)
}

/** Cuts the files of a folder into pieces, and puts these into packages. */
export async function parcelsOf(
  folder: string,
  piece = PIECE,
): Promise<{ files: TravelingFile[]; parcels: Parcel[] }> {
  const files: TravelingFile[] = []
  const parcels: Parcel[] = []
  let together: Piece[] = []
  const send = (pieces: Piece[]) => {
    if (pieces.length)
      parcels.push({ name: nameOf(hashOf(pieces.map(({ hash }) => hash).join('\n'))), pieces })
  }
  for (const path of pathsOf(folder)) {
    const full = join(folder, path)
    const { size } = statSync(full)
    const pieces: Piece[] = []
    for (let from = 0; from < size || from === 0; from += piece) {
      const bytes = Math.min(piece, size - from)
      const hash = await hashPart(full, from, bytes)
      pieces.push({ hash, path: full, from, bytes })
    }
    files.push({ path, size, sha256: await hashFile(full), pieces: pieces.map(({ hash }) => hash) })
    if (size < Math.min(SMALL, piece)) {
      if (bytesOf(together) + size > piece) {
        send(together)
        together = []
      }
      together.push(...pieces)
    } else for (const piece of pieces) send([piece])
  }
  send(together)
  return {
    files,
    parcels: parcels.filter(({ name }, at) => parcels.findIndex(each => each.name === name) === at),
  }
}

const pathsOf = (folder: string) =>
  globSync('**', { cwd: folder, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter(
      path => !(LEFT as string[]).includes(path) && !LEFT_FOLDERS.some(left => path.startsWith(`${left}/`)),
    )
    .sort()

const bytesOf = (pieces: Piece[]) => pieces.reduce((sum, { bytes }) => sum + bytes, 0)

const partOf = (path: string, from: number, bytes: number) =>
  bytes ? createReadStream(path, { start: from, end: from + bytes - 1 }) : []

async function hashPart(path: string, from: number, bytes: number): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of partOf(path, from, bytes)) hash.update(part as Buffer)
  return hash.digest('hex')
}

async function readPart({ path, from, bytes }: Piece): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of partOf(path, from, bytes)) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

const packed = (content: Zippable): Promise<Uint8Array<ArrayBuffer>> =>
  new Promise((resolve, reject) =>
    zip(content, { level: 1, mtime: AGE }, (error, bytes) => (error ? reject(error) : resolve(bytes))),
  )
