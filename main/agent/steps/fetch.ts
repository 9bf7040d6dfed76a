import type { Hash } from '#contract'
import { FailureError, fail, failureOf, hashOf } from '../../engine/kit/index.ts'
import {
  applyPatch,
  type Bandwidth,
  type FilePatch,
  fetchBlob,
  type ManifestFile,
  openManifest,
  openThrottle,
  type ReleaseManifest,
  readBlob,
  readPieces,
  type Source,
  type Throttle,
  type Travelling,
} from '../../engine/release/index.ts'
import { type Blobs, notSigned } from '../blobs.ts'
import type { Disk } from '../ports.ts'
import { inWords, isInWindow } from './window.ts'

/** Opens what was encrypted for the site of this device. Throws where the device was given no key. */
export type OpenSealed = (parts: Iterable<Uint8Array>, key: string) => AsyncIterable<Uint8Array>

export interface Fetching {
  disk: Disk
  blobs: Blobs
  source: Source
  /** Bounds of the network; null for a stick. */
  bandwidth: Bandwidth | null
  open: OpenSealed
  /** The moment by the clock of the device. */
  at(): Date
  /** Hashes that no sweep may take while they are under way. */
  underWay: Set<Hash>
  signal: AbortSignal
}

/** What a fetch brought. */
export interface Brought {
  /** Bytes that came, those of them that were patches, and those that would have come without any. */
  received: number
  patched: number
  whole: number
}

const GONE = ['not-found', 'does-not-fit', 'tampered', 'bad-input', 'unsupported']

/** The manifest of a release: from the disk where it is, else from the source. */
export async function fetchManifest(
  { blobs, source, underWay, signal }: Fetching,
  target: { hash: Hash; bytes: number },
): Promise<ReleaseManifest> {
  underWay.add(target.hash)
  const here = blobs.read(target.hash)
  if (here) return openManifest(here, target.hash)
  const content = await readBlob(source, target, signal)
  const read = openManifest(content, target.hash)
  blobs.write(target.hash, content)
  return read
}

/** Bytes of a release's files that are not on the disk yet. */
export const missingBytes = (blobs: Blobs, { files }: ReleaseManifest): number =>
  files.filter(({ hash, bytes }) => !blobs.has(hash, bytes)).reduce((sum, { bytes }) => sum + bytes, 0)

/**
 * Brings the files of a release onto the disk, plain and each checked by its hash: by a patch on a file that is here
 * where there is one, else whole, piece by piece; what came before goes on. Nothing that runs is touched.
 * @throws Failure `tampered`, `unreachable`, `not-found`, `disk-full`, `no-permission` without the key of the site
 */
export async function fetchFiles(fetching: Fetching, release: ReleaseManifest): Promise<Brought> {
  const { blobs, underWay, signal, bandwidth } = fetching
  const throttle = openThrottle(bandwidth?.bytesPerSecond ?? null)
  const brought: Brought = { received: 0, patched: 0, whole: 0 }
  for (const file of release.files) underWay.add(file.hash)
  for (const file of release.files) {
    signal.throwIfAborted()
    await blobs.alone(file.hash, () => bring(fetching, file, throttle, brought))
  }
  return brought
}

async function bring(
  fetching: Fetching,
  file: ManifestFile,
  throttle: Throttle,
  brought: Brought,
): Promise<void> {
  const { blobs } = fetching
  if (await blobs.isWhole(file.hash, file.bytes)) return
  // Damaged by the disk, where it is there: it is fetched anew.
  blobs.drop(file.hash)
  brought.whole += file.blob.bytes
  const patched = await byPatch(fetching, file, throttle)
  brought.patched += patched ?? 0
  brought.received += patched ?? (await whole(fetching, file, throttle))
}

/** @returns bytes that came, or null where no patch leads from what is here to the file */
async function byPatch(fetching: Fetching, file: ManifestFile, throttle: Throttle): Promise<number | null> {
  const { blobs, bandwidth } = fetching
  const usable = file.patches
    .filter(patch => blobs.has(patch.base))
    .sort((a, b) => a.blob.bytes - b.blob.bytes)
  for (const patch of usable) {
    if (bandwidth && bandwidth.whole !== 'in-window') checkWindow(fetching, bandwidth)
    try {
      return await patched(fetching, file, patch, throttle)
    } catch (error) {
      // A base that is damaged or a patch that is not what it says: another one, or the whole file.
      if (!(error instanceof FailureError) || !GONE.includes(error.failure.code)) throw error
    }
  }
  return null
}

async function patched(
  fetching: Fetching,
  file: ManifestFile,
  patch: FilePatch,
  throttle: Throttle,
): Promise<number> {
  const { blobs, disk } = fetching
  const received = await fetched(fetching, patch, throttle)
  const content = await contentOf(fetching, patch, patch.plain ?? patch.blob.hash)
  const { codec, base } = patch
  const old = {
    bytes: disk.size(blobs.place(base)) ?? 0,
    part: (from: number, to: number) => disk.readPart(blobs.place(base), from, to) ?? new Uint8Array(),
  }
  const made = applyPatch({ codec, patch: content, old, base, hash: file.hash, bytes: file.bytes })
  try {
    await blobs.writeParts(file.hash, file.bytes, made)
  } catch (error) {
    // Damaged by the disk: it is fetched anew where it is needed.
    if (failureOf(error).code === 'does-not-fit') blobs.drop(base)
    throw error
  }
  blobs.drop(patch.blob.hash)
  return received
}

async function whole(fetching: Fetching, file: ManifestFile, throttle: Throttle): Promise<number> {
  const { blobs, bandwidth, open } = fetching
  if (bandwidth?.whole === 'never' && file.patches.length > 0)
    throw fail(
      'unreachable',
      `No patch leads from what this device has to ${file.name}, and the site lets no whole file through its network.`,
      'Bring it on a stick, or let whole files through.',
    )
  if (bandwidth) checkWindow(fetching, bandwidth)
  const received = await fetched(fetching, file, throttle)
  if (file.key === null) return received
  await blobs.writeParts(file.hash, file.bytes, open(blobs.parts(file.blob.hash), file.key))
  blobs.drop(file.blob.hash)
  return received
}

function checkWindow({ at }: Fetching, { windows }: Bandwidth): void {
  if (!isInWindow(windows, at()))
    throw fail(
      'unreachable',
      `The network of this site is for updates from ${inWords(windows)} only.`,
      'The device fetches then; a stick works at any time.',
    )
}

/** Fetches the blob that travels into its place. @returns bytes that came */
async function fetched(
  { disk, blobs, source, underWay, signal }: Fetching,
  { blob }: Travelling,
  throttle: Throttle,
): Promise<number> {
  underWay.add(blob.hash)
  if (await blobs.isWhole(blob.hash, blob.bytes)) return 0
  blobs.drop(blob.hash)
  const pieces = await readPieces(source, blob, signal)
  blobs.makeRoom(blob.hash)
  const { received } = await fetchBlob({
    source,
    hash: blob.hash,
    bytes: blob.bytes,
    pieces,
    disk,
    partial: blobs.partial(blob.hash),
    place: blobs.place(blob.hash),
    throttle,
    signal,
  })
  blobs.close(blob.hash)
  return received
}

/** The plain content of a patch that traveled. */
async function contentOf(
  { blobs, open }: Fetching,
  { blob, key }: Travelling,
  plain: Hash,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  const all = blobs.parts(blob.hash)
  for await (const part of key === null ? all : open(all, key)) parts.push(part)
  const content = Buffer.concat(parts)
  if (hashOf(content) !== plain) throw notSigned()
  return content
}
