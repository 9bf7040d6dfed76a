import type { Hash } from '#contract'
import type { ManifestFile, ReleaseManifest, Travelling } from '../tree/release.ts'
import type { NewPack } from './pack.ts'

/** The blobs that go into a pack, with their lengths, in the order they are read. */
export function blobsOf(
  releases: readonly ReleaseManifest[],
  { blobs, devices = [], lean = false }: Pick<NewPack, 'blobs' | 'devices' | 'lean'>,
): Map<Hash, number> {
  const needed = new Map<Hash, number>()
  const add = ({ blob }: Travelling) => {
    if (blob.pieces) needed.set(blob.pieces.hash, blob.pieces.bytes)
    needed.set(blob.hash, blob.bytes)
  }
  for (const { hash, bytes } of blobs) needed.set(hash, bytes)
  for (const { hash, bytes, manifest } of releases) {
    needed.set(hash, bytes)
    needed.set(manifest.config.digest.slice('sha256:'.length) as Hash, manifest.config.size)
  }
  for (const { files } of releases)
    for (const file of files) {
      let whole = !lean
      for (const has of devices) {
        const patch = has.has(file.hash) ? null : patchFor(file, has)
        if (patch) add(patch)
        else if (!has.has(file.hash)) whole = true
      }
      // Nobody is known: whoever comes needs all of it.
      if (whole || devices.length === 0) add(file)
    }
  return needed
}

/** The shortest way from what a device has to a file; null where it has nothing the file could be made from. */
export const patchFor = (file: ManifestFile, has: ReadonlySet<Hash>) =>
  file.patches.find(({ base, blob }) => has.has(base) && blob.bytes < file.blob.bytes) ?? null
