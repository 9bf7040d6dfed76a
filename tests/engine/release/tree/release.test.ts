import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nodeDisk } from '../../../../main/agent/disk/index.ts'
import { hashOf } from '../../../../main/engine/kit/index.ts'
import {
  applyPatch,
  fetchBlob,
  listReleases,
  MEDIA,
  type NewRelease,
  openSink,
  openSource,
  PIECE,
  readBlob,
  readManifest,
  readPieces,
  type WrittenRelease,
  writeRelease,
} from '../../../../main/engine/release/index.ts'
import { noise } from '../delta/noise.ts'
import { collected, fileOf } from '../delta/parts.ts'
import { folderHere, saysOf, serveHere, TOKEN } from '../repositoryHere.ts'
import { signHere } from './signed.ts'

const WEIGHTS = noise(PIECE + 100, 1)
const NEXT = WEIGHTS.map((value, i) => (i % 100 === 0 ? value + 1 : value))

const release = (more: Partial<NewRelease> = {}): NewRelease => ({
  model: 'Bolt inspector',
  version: 1,
  variant: 'tflite-int8',
  createdAt: '2026-11-22T00:00:00Z',
  format: 'tflite',
  precision: 'int8',
  files: [
    { name: 'model.tflite', content: WEIGHTS },
    { name: 'transform.json', content: Buffer.from('{"columns":[]}') },
  ],
  ...more,
})
const second = (more: Partial<NewRelease> = {}) =>
  release({
    version: 2,
    files: [{ name: 'model.tflite', content: NEXT }],
    bases: [{ name: 'model.tflite', content: WEIGHTS }],
    ...more,
  })

describe('a release', () => {
  test('is read back with its files, pieces and patches, from a folder and over HTTP', async () => {
    const folder = folderHere()
    const { address } = await serveHere(folder)
    const file = join(folderHere(), 'weights')
    writeFileSync(file, WEIGHTS)
    const one = await writeRelease(
      openSink(address, TOKEN),
      release({ files: [{ name: 'model.tflite', content: { path: file } }] }),
    )
    const two = await writeRelease(openSink(folder), second())
    for (const source of [openSource(folder), openSource(address)]) {
      expect((await readManifest(source, one)).files).toEqual(one.files)
      const { files } = await readManifest(source, two)
      expect(files).toEqual(two.files)
      const [model] = files
      const [patch] = model?.patches ?? []
      if (!model || !patch) throw new Error('there is no patch')
      expect(model.blob.pieces).not.toBeNull()
      expect(await readPieces(source, model.blob)).toHaveLength(2)
      expect(patch.blob.bytes).toBeLessThan(0.05 * NEXT.length)
      const made = await collected(
        applyPatch({
          codec: patch.codec,
          patch: await readBlob(source, patch.blob),
          old: fileOf(WEIGHTS),
          base: patch.base,
          hash: model.hash,
          bytes: model.bytes,
        }),
      )
      expect(hashOf(made)).toBe(hashOf(NEXT))
    }
  })

  test('written again sends nothing, and the same content has the same manifest', async () => {
    const folder = folderHere()
    const one = await writeRelease(openSink(folder), release())
    const again = await writeRelease(openSink(folder), release())
    expect(one.writtenBytes).toBeGreaterThan(WEIGHTS.length)
    expect(again.writtenBytes).toBe(0)
    expect(again.hash).toBe(one.hash)
    expect(readdirSync(join(folder, 'blobs/sha256'))).not.toContainEqual(expect.stringMatching(/part$/))
  })

  test('is an OCI image layout with a ModelPack in it', async () => {
    const folder = folderHere()
    const one = await writeRelease(openSink(folder), release())
    const two = await writeRelease(openSink(folder), second())
    await signHere(folder, [one, two])
    const json = (path: string) => JSON.parse(readFileSync(join(folder, path), 'utf8'))
    expect(json('oci-layout')).toEqual({ imageLayoutVersion: '1.0.0' })
    const index = json('index.json')
    expect(index.manifests.map(({ digest }: { digest: string }) => digest).sort()).toEqual(
      [one, two].map(({ hash }) => `sha256:${hash}`).sort(),
    )
    const manifest = json(`blobs/sha256/${one.hash}`)
    expect(manifest).toMatchObject({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      artifactType: 'application/vnd.cncf.model.manifest.v1+json',
      config: { mediaType: 'application/vnd.cncf.model.config.v1+json' },
    })
    const layers: { mediaType: string; digest: string; size: number }[] = manifest.layers
    expect(layers.map(({ mediaType }) => mediaType)).toEqual([MEDIA.weights, MEDIA.pieces, MEDIA.document])
    for (const { digest, size } of [manifest.config, ...layers]) {
      const content = readFileSync(join(folder, 'blobs/sha256', digest.slice(7)))
      expect([content.length, `sha256:${hashOf(content)}`]).toEqual([size, digest])
    }
    const config = json(`blobs/sha256/${manifest.config.digest.slice(7)}`)
    expect(config.modelfs).toEqual({ type: 'layers', diffIds: layers.map(({ digest }) => digest) })
    expect(config.descriptor.name).toBe('Bolt inspector')
  })

  test('that is encrypted names what is inside, and its patches are of the plain files', async () => {
    const folder = folderHere()
    const seal = (plain: Uint8Array) => ({ content: plain.map(byte => byte ^ 0x5a), key: 'wrapped' })
    const written = await writeRelease(openSink(folder), second({ seal }))
    const source = openSource(folder)
    const [model] = (await readManifest(source, written)).files
    expect(model).toMatchObject({ hash: hashOf(NEXT), bytes: NEXT.length, key: 'wrapped' })
    expect(model?.blob.hash).not.toBe(model?.hash)
    const patch = model?.patches[0]
    expect(patch?.base).toBe(hashOf(WEIGHTS))
    const opened = (await readBlob(source, patch?.blob as never)).map(byte => byte ^ 0x5a)
    expect(hashOf(opened)).toBe(patch?.plain)
  })

  test('is fetched as its manifest says', async () => {
    const folder = folderHere()
    const written = await writeRelease(openSink(folder), release())
    const state = folderHere()
    const source = openSource(folder)
    for (const { blob } of written.files) {
      const place = join(state, blob.hash)
      const pieces = await readPieces(source, blob)
      await fetchBlob({ source, ...blob, pieces, disk: nodeDisk, partial: join(state, 'partial'), place })
      expect(hashOf(readFileSync(place))).toBe(blob.hash)
    }
  })
})

describe('a manifest', () => {
  let made: Promise<WrittenRelease> | undefined
  /** Made once: the patch takes its time. */
  const whole = () => {
    made ??= writeRelease(openSink(folderHere()), second())
    return made
  }
  const broken = async (change: (manifest: never) => unknown) => {
    const folder = folderHere()
    const { manifest } = await whole()
    const text = JSON.stringify(change(structuredClone(manifest) as never))
    await openSink(folder).putBlob(hashOf(text), Buffer.from(text))
    return saysOf(readManifest(openSource(folder), { hash: hashOf(text), bytes: text.length }))
  }
  type Layers = { layers: { mediaType: string; annotations: Record<string, string> }[] }

  test.each<[string, (manifest: Layers) => unknown]>([
    ['no manifest', () => 7],
    ['no layers', manifest => ({ ...manifest, layers: [] })],
    ['another artifact type', manifest => ({ ...manifest, artifactType: 'application/x' })],
    [
      'only patches',
      ({ layers, ...more }) => ({ ...more, layers: layers.filter(each => each.mediaType === MEDIA.patch) }),
    ],
    [
      'a file without a name',
      manifest => {
        delete manifest.layers[0]?.annotations['org.opencontainers.image.title']
        return manifest
      },
    ],
    ...['../../etc/passwd', '/etc/passwd', 'a/b.json', '.hidden', ''].map(
      (title): [string, (manifest: Layers) => unknown] => [
        `a file called "${title}"`,
        manifest => {
          Object.assign(manifest.layers[0]?.annotations ?? {}, { 'org.opencontainers.image.title': title })
          return manifest
        },
      ],
    ),
    ['one name twice', manifest => ({ ...manifest, layers: [...manifest.layers, manifest.layers[0]] })],
    [
      'a patch of no hash',
      manifest => {
        for (const { annotations } of manifest.layers)
          if (annotations['dev.edgewright.base']) annotations['dev.edgewright.base'] = 'x'
        return manifest
      },
    ],
  ])('with %s is refused', async (_, change) => {
    expect(await broken(change as never)).toBe('tampered')
  })

  test('with a codec of a later Edgewright is read without that patch', async () => {
    const folder = folderHere()
    const { manifest } = await whole()
    const text = JSON.stringify(manifest).replace(
      /"dev.edgewright.codec":"\w+"/,
      '"dev.edgewright.codec":"later"',
    )
    await openSink(folder).putBlob(hashOf(text), Buffer.from(text))
    const read = await readManifest(openSource(folder), { hash: hashOf(text), bytes: text.length })
    expect(read.files[0]?.patches).toEqual([])
  })
})

describe('a repository', () => {
  test('that is a file, nothing or another scheme is refused', async () => {
    const file = join(folderHere(), 'file')
    writeFileSync(file, 'x')
    for (const where of [file, '', '  ', 'ftp://host/x', 'http://', 'http://:%zz@host'])
      expect(await saysOf((async () => openSink(where))())).toBe('bad-input')
  })

  test('that was pulled out is not made anew by a device', async () => {
    const folder = join(folderHere(), 'gone')
    const source = openSource(folder)
    expect(await saysOf(source.sites())).toBe('unreachable')
    expect(await saysOf(source.metadata('a').read('timestamp.json', 100))).toBe('unreachable')
    expect(await saysOf(source.blob(hashOf('x'), 0, 1))).toBe('unreachable')
    expect(await saysOf(source.putStatus('0'.repeat(24), Buffer.from('{}')))).toBe('unreachable')
    expect(await saysOf(source.putBatch('0'.repeat(24), 1, Buffer.from('x')))).toBe('unreachable')
    // To a publisher it is one that is still to be made.
    expect(await openSink(folder).sites()).toEqual([])
    expect(await openSink(folder).metadata('a').read('timestamp.json', 100)).toBeNull()
  })

  test('names its sites, and takes no name that leads out of it', async () => {
    const folder = folderHere()
    const sink = openSink(folder)
    await sink.metadata('hall-3').write('1.root.json', Buffer.from('{}'), { exclusive: true })
    expect(await openSource(folder).sites()).toEqual(['hall-3'])
    expect(
      await saysOf(sink.metadata('hall-3').write('1.root.json', Buffer.from('2'), { exclusive: true })),
    ).toBe('already-there')
    for (const [site, file] of [
      ['..', '1.root.json'],
      ['hall-3', '../../x.json'],
      ['hall-3', '01.root.json'],
      ['a/b', 'timestamp.json'],
      ['', 'timestamp.json'],
    ] as const)
      expect(await saysOf(sink.metadata(site).read(file, 100))).toBe('bad-input')
    expect(await saysOf(sink.metadata('hall-3').read('1.root.json', 1))).toBe('tampered')
  })

  test('whose files are not the content of their names is not taken for whole', async () => {
    const folder = folderHere()
    const sink = openSink(folder)
    const content = noise(100, 1)
    await sink.putBlob(hashOf(content), content)
    expect(await sink.hasBlob(hashOf(content), 100)).toBe(true)
    writeFileSync(join(folder, 'blobs/sha256', hashOf(content)), noise(100, 2))
    expect(await sink.hasBlob(hashOf(content), 100)).toBe(false)
    expect(await saysOf(sink.putBlob(hashOf('x'), content))).toBe('tampered')
  })

  test('lists what its sites vouch for and what other programs put there, whatever stood there before', async () => {
    const folder = folderHere()
    const place = join(folder, 'index.json')
    const listed = (): { digest: string; annotations?: Record<string, string> }[] =>
      JSON.parse(readFileSync(place, 'utf8')).manifests
    const refs = () => listed().map(({ annotations }) => annotations?.['org.opencontainers.image.ref.name'])
    const one = await writeRelease(openSink(folder), release())
    writeFileSync(place, 'damaged')
    await signHere(folder, [one], { site: 'hall-3' })
    expect(listed()).toMatchObject([{ digest: `sha256:${one.hash}`, size: one.bytes }])
    const foreign = { mediaType: MEDIA.manifest, digest: `sha256:${hashOf('theirs')}`, size: 6 }
    const gone = { ...foreign, artifactType: MEDIA.model }
    writeFileSync(place, JSON.stringify({ schemaVersion: 2, manifests: [gone, foreign] }))
    // The same version with other files at two more sites, and one that is half made.
    const two = await writeRelease(openSink(folder), second())
    await signHere(folder, [two], { site: 'hall-4' })
    await signHere(folder, [two])
    await openSink(folder).metadata('hall-9').write('1.root.json', Buffer.from('{}'))
    await listReleases(openSink(folder))
    const [plain] = refs()
    expect(refs()).toEqual([plain, `${plain}.hall-3`, undefined])
    expect(listed().map(({ digest }) => digest)).toEqual(
      [two.hash, one.hash, hashOf('theirs')].map(hash => `sha256:${hash}`),
    )
  })
})
