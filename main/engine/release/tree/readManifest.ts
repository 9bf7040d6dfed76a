import type { Hash } from '#contract'
import { fail } from '../../kit/index.ts'
import { CODECS, type Codec } from '../delta/index.ts'
import { ANNOTATION, type Descriptor, Manifest, MEDIA } from '../format/manifest.ts'
import { readBlob } from '../pieces/readBlob.ts'
import type { FilePatch, ManifestFile, ReleaseManifest, Travelling, TreeBlob } from './release.ts'
import type { Source } from './source.ts'

/** Names of files of a release: nothing that could lead out of a folder. */
const TITLE = /^[a-z][a-z0-9_-]{0,40}\.[a-z0-9]{1,10}$/
const HASH = /^[0-9a-f]{64}$/
/** Bytes of a manifest. */
const MANIFEST = 4 << 20

/**
 * Reads the manifest that a target names.
 * @throws Failure `tampered` for other content than was signed, or a form that is none of ours; `not-found`,
 * `unreachable`
 */
export async function readManifest(
  source: Pick<Source, 'address' | 'blob'>,
  target: { hash: Hash; bytes: number },
  signal?: AbortSignal,
): Promise<ReleaseManifest> {
  if (target.bytes > MANIFEST) throw malformed()
  const content = await readBlob(source, target, signal)
  return openManifest(content, target.hash)
}

/** The same for one that lies on this device. */
export function openManifest(content: Uint8Array, hash: Hash): ReleaseManifest {
  let manifest: Manifest
  try {
    manifest = Manifest.parse(JSON.parse(Buffer.from(content).toString('utf8')))
  } catch (cause) {
    throw malformed(cause)
  }
  return { hash, bytes: content.length, files: filesOf(manifest), manifest }
}

/** The files that the layers of a manifest say, with their pieces and patches. */
export function filesOf({ layers }: Manifest): ManifestFile[] {
  const pieces = new Map<string, { hash: Hash; bytes: number }>()
  for (const layer of layers)
    if (layer.mediaType === MEDIA.pieces) pieces.set(word(layer, 'of', HASH), plainBlob(layer))

  const travelling = (layer: Descriptor): Travelling => {
    const blob = plainBlob(layer)
    const of: TreeBlob = { ...blob, pieces: pieces.get(blob.hash) ?? null }
    return { blob: of, key: layer.annotations?.[ANNOTATION.key] ?? null }
  }
  const patches = layers
    .filter(({ mediaType }) => mediaType === MEDIA.patch)
    .map(layer => {
      const codec = word(layer, 'codec', /^/) as Codec
      return {
        of: word(layer, 'of', HASH) as Hash,
        bytes: Number(word(layer, 'bytes', /^\d{1,15}$/)),
        patch: {
          ...travelling(layer),
          base: word(layer, 'base', HASH) as Hash,
          codec,
          plain: layer.annotations?.[ANNOTATION.key] ? (word(layer, 'plain', HASH) as Hash) : null,
        },
      }
    })
    // A codec of a later Edgewright: the whole file is there as well.
    .filter(({ patch }) => CODECS.includes(patch.codec))

  const files = layers
    .filter(layer => layer.mediaType !== MEDIA.pieces && layer.mediaType !== MEDIA.patch)
    .map((layer): ManifestFile => {
      const { blob, key } = travelling(layer)
      const hash = key === null ? blob.hash : (word(layer, 'plain', HASH) as Hash)
      const bytes = key === null ? blob.bytes : Number(word(layer, 'bytes', /^\d{1,15}$/))
      return {
        name: word(layer, 'title', TITLE),
        hash,
        bytes,
        blob,
        key,
        patches: patches
          .filter(patch => patch.of === hash && patch.bytes === bytes)
          .map(({ patch }): FilePatch => patch)
          .sort((a, b) => a.blob.bytes - b.blob.bytes),
      }
    })
  if (files.length === 0 || new Set(files.map(({ name }) => name)).size !== files.length) throw malformed()
  return files
}

const plainBlob = ({ digest, size }: Descriptor) => ({
  hash: digest.slice('sha256:'.length) as Hash,
  bytes: size,
})

function word({ annotations }: Descriptor, name: keyof typeof ANNOTATION, form: RegExp): string {
  const said = annotations?.[ANNOTATION[name]]
  if (said === undefined || !form.test(said)) throw malformed()
  return said
}

const malformed = (cause?: unknown) =>
  fail(
    'tampered',
    'The list of files of a release has no valid form: it is damaged or was changed.',
    'Publish again; if it stays, find out who can write into the repository.',
    { cause },
  )
