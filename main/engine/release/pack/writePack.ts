import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Hash } from '#contract'
import { canonicalJson, fail } from '../../kit/index.ts'
import { pathOfPlace } from '../format/places.ts'
import { readBlob } from '../pieces/readBlob.ts'
import { LAYOUT } from '../tree/folder.ts'
import { indexBytes, releasesIn } from '../tree/ociIndex.ts'
import { readManifest } from '../tree/readManifest.ts'
import type { Source } from '../tree/source.ts'
import { laneFiles } from './laneFiles.ts'
import { blobsOf } from './needed.ts'
import { type NewPack, PART_BYTES, type PackHead, type WrittenPack } from './pack.ts'
import { openPartWriter } from './parts.ts'
import { BLOCK, tarBytes, tarHeader } from './tar.ts'

/** Blobs up to it are read at once. */
const SMALL = 1 << 20

interface Entry {
  name: string
  bytes: number
  content: Uint8Array | { hash: Hash }
}

/**
 * Writes a site's repository into one file, `SITE-<name>-<date>.edgepack`: a plain tar archive of the tree, metadata
 * first, so that it can be verified before the blobs are read. The same content gives the same bytes. Where a stick
 * takes no files of that length it is cut into parts. What cannot be finished leaves nothing behind.
 *
 * @throws Failure `not-found` for a blob that the repository lacks, `tampered` for one that is damaged there, and the
 * errors of the disk
 */
export async function writePack(pack: NewPack): Promise<WrittenPack> {
  const { site, at, folder, source, signal, progress, partBytes = PART_BYTES } = pack
  const date = at.slice(0, 10)
  const metadata = await laneFiles(pack.metadata, signal)
  const releases = await Promise.all(pack.manifests.map(target => readManifest(source, target, signal)))
  const blobs = blobsOf(releases, pack)

  const entries: Entry[] = [
    { name: 'oci-layout', bytes: LAYOUT.length, content: Buffer.from(LAYOUT) },
    ...metadata.map(({ file, content }) => ({
      name: pathOfPlace({ kind: 'metadata', site, lane: 'stick', file }),
      bytes: content.length,
      content,
    })),
  ]
  const named = new Set<string>(pack.manifests.map(({ hash }) => `sha256:${hash}`))
  const listed = indexBytes(releasesIn(metadata).filter(({ digest }) => named.has(digest)))
  entries.push({ name: 'index.json', bytes: listed.length, content: listed })
  for (const [hash, bytes] of blobs)
    entries.push({ name: pathOfPlace({ kind: 'blob', hash }), bytes, content: { hash } })

  const head = headOf({ site, date, part: partBytes, entries })
  const path = join(folder, `SITE-${site}-${date}.edgepack`)
  const writer = openPartWriter(path, partBytes)
  try {
    let done = 0
    for (const entry of [head, ...entries]) {
      signal?.throwIfAborted()
      writer.write(tarHeader(entry.name, entry.bytes))
      if (entry.content instanceof Uint8Array) writer.write(entry.content)
      else await copyBlob(source, { hash: entry.content.hash, bytes: entry.bytes }, writer.write, signal)
      writer.write(new Uint8Array(tarBytes(entry.bytes) - BLOCK - entry.bytes))
      done += tarBytes(entry.bytes)
      progress?.(done)
    }
    writer.write(new Uint8Array(2 * BLOCK))
    return { files: writer.finish(), bytes: done + 2 * BLOCK, entries: entries.length + 1 }
  } catch (error) {
    writer.abandon()
    throw error
  }
}

/** The first entry: it says how long all of the pack is, itself included. */
function headOf({
  entries,
  ...more
}: Pick<PackHead, 'site' | 'date' | 'part'> & { entries: Entry[] }): Entry {
  const others = entries.reduce((sum, { bytes }) => sum + tarBytes(bytes), 2 * BLOCK)
  const content = (bytes: number) => {
    const head: PackHead = { format: 'edgewright-pack/1', ...more, bytes, entries: entries.length + 1 }
    return Buffer.from(canonicalJson(head))
  }
  const bytes = others + tarBytes(content(others).length)
  const made = content(bytes)
  // A number with one more digit may need one more block.
  const whole = others + tarBytes(made.length)
  const final = whole === bytes ? made : content(whole)
  return { name: 'edgepack.json', bytes: final.length, content: final }
}

async function copyBlob(
  source: Pick<Source, 'address' | 'blob'>,
  { hash, bytes }: { hash: Hash; bytes: number },
  write: (chunk: Uint8Array) => void,
  signal?: AbortSignal,
): Promise<void> {
  if (bytes <= SMALL) return write(await readBlob(source, { hash, bytes }, signal))
  const sum = createHash('sha256')
  let length = 0
  const stream = await source.blob(hash, 0, bytes, signal)
  for await (const chunk of stream?.chunks ?? []) {
    sum.update(chunk)
    length += chunk.length
    if (length > bytes) break
    write(chunk)
  }
  if (length !== bytes || sum.digest('hex') !== hash)
    throw fail(
      stream ? 'tampered' : 'not-found',
      `The file ${hash.slice(0, 12)} is ${stream ? 'damaged' : 'not'} in ${source.address}.`,
      'Publish again.',
    )
}
