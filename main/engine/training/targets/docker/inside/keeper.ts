/**
 * The program beside the trainer in our image that handles files where the container engine is, so that what travelled
 * is judged at its destination: `keeper.mjs take FOLDER...`, `sums FOLDER`, `space FOLDER`, `nothing`. It answers with
 * lines of JSON.
 */
import { createHash } from 'node:crypto'
import {
  createReadStream,
  createWriteStream,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'

const say = (answer: unknown): void => console.log(JSON.stringify(answer))

/**
 * Joins the pieces of a folder to its file `data`, if they give the hash that the folder is named after. Pieces that do
 * not are dropped, so that they are sent again.
 */
async function take(folder: string): Promise<void> {
  const [pieces, part, data] = ['pieces', 'part', 'data'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ]
  if (existsSync(data)) return say({ folder, ok: true })
  const wanted = readFileSync(join(folder, 'hash'), 'utf8').trim()
  const hash = createHash('sha256')
  async function* bytes() {
    for (const name of readdirSync(pieces).sort())
      for await (const chunk of createReadStream(join(pieces, name), { highWaterMark: 2 ** 20 })) {
        hash.update(chunk)
        yield chunk
      }
  }
  await pipeline(bytes, createWriteStream(part, { flush: true }))
  const ok = hash.digest('hex') === wanted
  if (ok) renameSync(part, data)
  else rmSync(part)
  rmSync(pieces, { recursive: true })
  say({ folder, ok })
}

/** Size and SHA-256 of each file; links are not followed, they lead to what was brought. */
async function sums(folder: string): Promise<void> {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const hash = createHash('sha256')
    await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash)
    say({ path: relative(folder, path), bytes: statSync(path).size, sha256: hash.digest('hex') })
  }
}

function space(folder: string): void {
  const { bavail, bsize } = statfsSync(folder)
  const memory = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))
  say({ disk: bavail * bsize, memory: Number(memory?.[1] ?? 0) * 1024 })
}

const [verb, ...folders] = process.argv.slice(2)
if (verb === 'take') for (const folder of folders) await take(folder)
if (verb === 'sums') for (const folder of folders) await sums(folder)
if (verb === 'space') for (const folder of folders) space(folder)
