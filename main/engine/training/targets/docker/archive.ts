import { createHash } from 'node:crypto'
import { createWriteStream, existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { dirname, join, normalize, sep } from 'node:path'
import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type Docker from 'dockerode'
import { extract, pack } from 'tar-stream'
import { ensureFolder, fail, hashFile } from '../../../kit/index.ts'
import { statusOf } from './trouble.ts'

/** A file or link to be put into a container. */
export interface Item {
  name: string
  body?: Buffer | string
  link?: string
}

/** Puts small things into a container, which need not run. */
export async function put(
  container: Docker.Container,
  path: string,
  items: Item[],
  signal?: AbortSignal,
): Promise<void> {
  const tar = pack()
  for (const { name, body, link } of items) {
    const entry =
      link !== undefined
        ? tar.entry({ name, type: 'symlink', linkname: link })
        : name.endsWith('/')
          ? tar.entry({ name, type: 'directory', mode: 0o777 })
          : tar.entry({ name, mode: 0o644 }, body ?? '')
    // It fails with the whole, which says so; nobody else listens.
    entry.on('error', () => {})
  }
  tar.finalize()
  // Not by a signal of the request: one that stops just as the answer came finds a connection that nobody listens to.
  const stop = () => tar.destroy(new Error('stopped'))
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const answer = await container.putArchive(tar as unknown as NodeJS.ReadableStream, { path })
    for await (const _ of answer);
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

/** Bytes of a file in a container, null where there is none. Nothing of its content is sent. */
export async function sizeOf(container: Docker.Container, path: string): Promise<number | null> {
  try {
    const answer = (await container.infoArchive({ path })) as Readable & { headers?: Record<string, string> }
    answer.resume()
    const stat = answer.headers?.['x-docker-container-path-stat']
    return stat ? (JSON.parse(Buffer.from(stat, 'base64').toString()) as { size: number }).size : null
  } catch (error) {
    if (statusOf(error) === 404) return null
    throw error
  }
}

/** What a file is where it was computed. */
export interface Sum {
  path: string
  bytes: number
  sha256: string
}

/**
 * Brings the files of a container's folder here, each written beside its place, compared with the hash that was computed
 * there, and renamed into it. Links and what is here already are passed over.
 * @param from absolute path of the folder there
 * @throws Failure `tampered` where a file is not the one that is there
 */
export async function fetchFiles(
  container: Docker.Container,
  from: string,
  folder: string,
  sums: Sum[],
  { signal, progress }: { signal: AbortSignal; progress(share: number): void },
): Promise<void> {
  const wanted = new Map<string, Sum>()
  for (const sum of sums) {
    const path = safe(sum.path)
    const here = join(folder, path)
    if (!existsSync(here) || (await hashFile(here)) !== sum.sha256) wanted.set(path, sum)
  }
  if (wanted.size === 0) return
  const all = [...wanted.values()].reduce((bytes, sum) => bytes + sum.bytes, 0)
  let done = 0
  const top = `${from.split('/').at(-1)}${sep}`
  const reader = extract()
  const stream = await container.getArchive({ path: from, abortSignal: signal } as { path: string })
  const unpack = async () => {
    for await (const entry of reader) {
      const name = normalize(entry.header.name)
      const sum = wanted.get(name.startsWith(top) ? name.slice(top.length) : name)
      if (!sum || entry.header.type !== 'file') {
        entry.resume()
        continue
      }
      const place = join(folder, safe(sum.path))
      ensureFolder(dirname(place))
      const part = `${place}.part`
      const hash = createHash('sha256')
      const counted = new PassThrough()
      counted.on('data', (chunk: Buffer) => {
        hash.update(chunk)
        done += chunk.length
        progress(done / Math.max(1, all))
      })
      await pipeline(entry, counted, createWriteStream(part, { flush: true }))
      if (hash.digest('hex') !== sum.sha256) {
        await rm(part, { force: true })
        throw fail(
          'tampered',
          `${sum.path} arrived other than it is on the target.`,
          'Attach to the run again; what is there was left as it is.',
        )
      }
      await rename(part, place)
      wanted.delete(safe(sum.path))
    }
  }
  await Promise.all([pipeline(stream as unknown as Readable, reader), unpack()])
  const [missing] = wanted.keys()
  if (missing !== undefined)
    throw fail('tampered', `${missing} did not arrive from the target.`, 'Attach to the run again.')
}

/** A path below the folder and nowhere else, whatever the other side said. */
function safe(path: string): string {
  const clean = normalize(path)
  if (clean.startsWith('..') || clean.startsWith(sep) || /^[a-z]:/i.test(clean) || clean.includes('\0'))
    throw fail(
      'tampered',
      `The target named a file outside of the run's folder: ${path}.`,
      'Nothing was written.',
    )
  return clean
}
