/**
 * How a work folder and its data come from one node of a swarm to another: `serve` on the one, `fetch` on the other.
 * What is in a folder of data is named by its hash, and is not fetched again.
 */
import { createHash, randomBytes } from 'node:crypto'
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as wait } from 'node:timers/promises'

type Entry =
  | { kind: 'folder'; path: string }
  | { kind: 'link'; path: string; to: string }
  | { kind: 'file'; path: string; bytes: number; sha256: string }

/** For the server's name to be known on all nodes, in milliseconds. */
const FOUND_WITHIN = 60_000

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash)
  return hash.digest('hex')
}

async function entriesOf(folder: string): Promise<Entry[]> {
  const data = join(folder, 'data')
  if (existsSync(join(folder, 'hash')))
    return [
      { kind: 'file', path: data, bytes: statSync(data).size, sha256: folder.split('/').at(-1) as string },
    ]
  const entries: Entry[] = []
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) entries.push({ kind: 'folder', path })
    if (entry.isSymbolicLink()) entries.push({ kind: 'link', path, to: readlinkSync(path) })
    if (entry.isFile())
      entries.push({ kind: 'file', path, bytes: statSync(path).size, sha256: await hashOf(path) })
  }
  return entries
}

/** Answers `/list` with what is in the folders, and `/file?…` with one of the files. Ends with its container. */
export function serve(port: string, folders: string[]): void {
  const list = Promise.all(folders.map(entriesOf)).then(all => all.flat())
  const server = createServer(async (asked, answer) => {
    const { pathname, searchParams } = new URL(asked.url ?? '/', 'http://server')
    const entries = await list
    if (pathname === '/list') return void answer.end(JSON.stringify(entries))
    const path = searchParams.get('path')
    if (pathname !== '/file' || !entries.some(entry => entry.kind === 'file' && entry.path === path))
      return void answer.writeHead(404).end()
    await pipeline(createReadStream(path as string), answer).catch(() => {})
  })
  server.listen(Number(port))
  process.on('SIGTERM', () => process.exit(0))
}

/** Makes the same folders here; a file has its name once it has its hash. */
export async function fetchFrom(address: string): Promise<void> {
  process.umask(0)
  for (const entry of await listOf(address)) {
    mkdirSync(entry.kind === 'folder' ? entry.path : dirname(entry.path), { recursive: true, mode: 0o777 })
    if (entry.kind === 'link' && !existsSync(entry.path)) symlinkSync(entry.to, entry.path)
    if (entry.kind === 'file') await take(address, entry)
  }
}

async function take(address: string, { path, bytes, sha256 }: Entry & { kind: 'file' }): Promise<void> {
  // Data never changes under its name; what else is there may be of a run before.
  if (path.startsWith('/data/') && existsSync(path) && statSync(path).size === bytes) return
  const part = `${path}.${randomBytes(4).toString('hex')}.part`
  const { body, ok, status } = await fetch(`${address}/file?path=${encodeURIComponent(path)}`)
  if (!ok || !body) throw new Error(`${path} was not handed over (${status})`)
  const hash = createHash('sha256')
  const counted = new Transform({
    transform(chunk, _, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  try {
    await pipeline(Readable.fromWeb(body as never), counted, createWriteStream(part, { flush: true }))
    if (hash.digest('hex') !== sha256) throw new Error(`${path} arrived other than it was sent`)
    renameSync(part, path)
  } finally {
    rmSync(part, { force: true })
  }
}

async function listOf(address: string): Promise<Entry[]> {
  for (const end = Date.now() + FOUND_WITHIN; ; await wait(250))
    try {
      return (await (await fetch(`${address}/list`)).json()) as Entry[]
    } catch (error) {
      if (Date.now() > end) throw error
    }
}

/** Removes all that is in a folder. */
export function clear(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true })
}
