/**
 * The program beside the trainer in our image that handles files where the container engine is, so that what traveled
 * is judged at its destination: `keeper.mjs take FOLDER...`, `sums FOLDER`, `ages FOLDER...`, `space FOLDER`,
 * `nothing`; and between the
 * nodes of a swarm `serve PORT FOLDER...`, `fetch ADDRESS`, `clear FOLDER`. It answers with lines of JSON.
 */
import { createHash, randomBytes } from 'node:crypto'
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
import { basename, join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { clear, fetchFrom, serve } from './share.ts'

const say = (answer: unknown): void => console.log(JSON.stringify(answer))

/**
 * Joins the pieces of a folder to its file `data`, if they give the hash that the folder is named after. Pieces that do
 * not are dropped, so that they are sent again.
 */
async function take(folder: string): Promise<void> {
  const [pieces, data] = ['pieces', 'data'].map(name => join(folder, name)) as [string, string]
  // Two runs with the same data may do this at once: the first is right for both.
  const part = join(folder, `part-${randomBytes(4).toString('hex')}`)
  try {
    const ok = existsSync(data) || (await joined(folder, pieces, part))
    if (ok && !existsSync(data)) renameSync(part, data)
    rmSync(pieces, { recursive: true, force: true })
    say({ folder, ok })
  } catch (error) {
    if (!existsSync(data)) throw error
    say({ folder, ok: true })
  } finally {
    rmSync(part, { force: true })
  }
}

/** @returns whether the pieces, one behind the other, have the hash that was announced */
async function joined(folder: string, pieces: string, part: string): Promise<boolean> {
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
  return hash.digest('hex') === wanted
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

/** How large data is and when it was last used; what is only half there has no size. */
function ages(folder: string): void {
  const [data, used] = ['data', 'used'].map(name => join(folder, name)) as [string, string]
  const at = [used, data, folder].find(existsSync) as string
  const bytes = existsSync(data) ? statSync(data).size : 0
  say({ hash: basename(folder), bytes, used: statSync(at).mtimeMs })
}

const [verb, ...folders] = process.argv.slice(2)
if (verb === 'take') for (const folder of folders) await take(folder)
if (verb === 'sums') for (const folder of folders) await sums(folder)
if (verb === 'ages') for (const folder of folders) ages(folder)
if (verb === 'space') for (const folder of folders) space(folder)
if (verb === 'serve') serve(folders[0] as string, folders.slice(1))
if (verb === 'fetch') await fetchFrom(folders[0] as string)
if (verb === 'clear') clear(folders[0] as string)
