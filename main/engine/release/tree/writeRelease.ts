import { rmSync } from 'node:fs'
import type { Hash } from '#contract'
import { canonicalJson, hashOf } from '../../kit/index.ts'
import { makePatch } from '../delta/index.ts'
import { ANNOTATION, type Descriptor, type Manifest, MEDIA, PIECE, type Pieces } from '../format/manifest.ts'
import type { ModelConfig } from '../format/version.ts'
import { bytesOf, hashOfContent, lengthOf, sumsOf, textBlob } from './contents.ts'
import { filesOf } from './readManifest.ts'
import type { NewRelease, WrittenRelease } from './release.ts'
import type { Content, Sink } from './source.ts'

/** Longer files travel whole: a patch takes several times their length in memory. */
export const PATCHED = 512 << 20

/** Files that are weights; all others are documents beside them. */
const WEIGHTS = /\.(?:pb|tflite|bin|onnx)$/

/**
 * Writes a release into a repository: its files, the hashes of their pieces, patches from earlier ones, and last the
 * manifest over all of them. Nothing here makes a device want it: that is said by signed metadata, which is written after
 * this. What is there already is not sent again.
 *
 * @returns the manifest, whose hash and length the metadata vouches for
 * @throws Failure those of the sink
 */
export async function writeRelease(
  sink: Sink,
  release: NewRelease,
  { signal, progress }: { signal?: AbortSignal; progress?(bytes: number, step: string): void } = {},
): Promise<WrittenRelease> {
  const layers: Descriptor[] = []
  let writtenBytes = 0
  let done = 0

  async function put(hash: Hash, bytes: number, content: Content): Promise<void> {
    signal?.throwIfAborted()
    if (!(await sink.hasBlob(hash, bytes, signal))) {
      await sink.putBlob(hash, content, signal)
      writtenBytes += bytes
    }
    done += bytes
  }

  /** One layer, and the one with the hashes of its pieces where it has several. */
  async function layer(
    mediaType: string,
    content: Content,
    annotations: Record<string, string>,
  ): Promise<void> {
    if (!release.seal) return await travelling(mediaType, content, annotations)
    const sealed = await release.seal(content)
    try {
      await travelling(mediaType, sealed.content, {
        ...annotations,
        [ANNOTATION.plain]: await hashOfContent(content, signal),
        // A patch says there how long its result is; how long it is itself is bound by its frame.
        [ANNOTATION.bytes]: annotations[ANNOTATION.bytes] ?? String(lengthOf(content)),
        [ANNOTATION.key]: sealed.key,
      })
    } finally {
      if (!(sealed.content instanceof Uint8Array)) rmSync(sealed.content.path, { force: true })
    }
  }

  async function travelling(
    mediaType: string,
    content: Content,
    annotations: Record<string, string>,
  ): Promise<void> {
    const { hash, bytes, pieces } = await sumsOf(content, signal)
    await put(hash, bytes, content)
    layers.push({ mediaType, digest: `sha256:${hash}`, size: bytes, annotations })
    if (bytes <= PIECE) return
    const list: Pieces = { format: 'edgewright-pieces/1', of: hash, bytes, piece: PIECE, hashes: pieces }
    const blob = textBlob(canonicalJson(list))
    await put(blob.hash, blob.content.length, blob.content)
    layers.push({
      mediaType: MEDIA.pieces,
      digest: `sha256:${blob.hash}`,
      size: blob.content.length,
      annotations: { [ANNOTATION.of]: hash },
    })
  }

  for (const { name, content } of release.files) {
    progress?.(done, `copying ${name}`)
    await layer(WEIGHTS.test(name) ? MEDIA.weights : MEDIA.document, content, {
      [ANNOTATION.title]: name,
      [ANNOTATION.filepath]: name,
    })
  }
  for (const base of release.bases ?? []) {
    const file = release.files.find(({ name }) => name === base.name)
    if (!file || lengthOf(file.content) > PATCHED || lengthOf(base.content) > PATCHED) continue
    signal?.throwIfAborted()
    const [old, next] = [bytesOf(base.content), bytesOf(file.content)]
    const of = hashOf(next)
    const from = hashOf(old)
    const made = layers.some(
      ({ annotations }) => annotations?.[ANNOTATION.of] === of && annotations[ANNOTATION.base] === from,
    )
    if (made || from === of) continue
    progress?.(done, `making the update of ${base.name} short`)
    const patch = await makePatch(old, next)
    if (!patch) continue
    await layer(MEDIA.patch, patch.content, {
      [ANNOTATION.of]: of,
      [ANNOTATION.base]: from,
      [ANNOTATION.codec]: patch.codec,
      [ANNOTATION.bytes]: String(next.length),
    })
  }

  const config: ModelConfig = {
    descriptor: { name: release.model, version: String(release.version), createdAt: release.createdAt },
    config: {
      format: release.format,
      ...(release.precision && { precision: release.precision }),
      ...(release.architecture && { architecture: release.architecture }),
    },
    modelfs: { type: 'layers', diffIds: layers.map(({ digest }) => digest) },
  }
  const configBlob = textBlob(canonicalJson(config))
  await put(configBlob.hash, configBlob.content.length, configBlob.content)
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MEDIA.manifest,
    artifactType: MEDIA.model,
    config: {
      mediaType: MEDIA.config,
      digest: `sha256:${configBlob.hash}`,
      size: configBlob.content.length,
    },
    layers,
    annotations: { [ANNOTATION.created]: release.createdAt },
  }
  const blob = textBlob(canonicalJson(manifest))
  await put(blob.hash, blob.content.length, blob.content)
  return { hash: blob.hash, bytes: blob.content.length, files: filesOf(manifest), manifest, writtenBytes }
}
