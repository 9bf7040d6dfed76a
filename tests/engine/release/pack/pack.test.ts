import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Hash } from '#contract'
import { nodeDisk } from '../../../../main/agent/disk/index.ts'
import { hashOf } from '../../../../main/engine/kit/index.ts'
import {
  fetchBlob,
  modelRole,
  type NewPack,
  openPack,
  openSink,
  openSource,
  PIECE,
  readManifest,
  readPieces,
  versionTarget,
  type WrittenRelease,
  writePack,
  writeRelease,
} from '../../../../main/engine/release/index.ts'
import { noise } from '../delta/noise.ts'
import { folderHere, saysOf } from '../repositoryHere.ts'

const OLD = noise(PIECE + 5000, 1)
const NEXT = OLD.map((value, i) => (i % 50 === 0 ? value + 1 : value))

/** A repository with two versions, and a stick lane whose metadata has the form but no signatures. */
async function repository() {
  const folder = folderHere()
  const sink = openSink(folder)
  const about = {
    model: 'Bolt',
    variant: 'tflite-int8',
    createdAt: '2026-11-22T00:00:00Z',
    format: 'tflite',
  } as const
  const one = await writeRelease(sink, {
    ...about,
    version: 1,
    files: [{ name: 'model.tflite', content: OLD }],
  })
  const two = await writeRelease(sink, {
    ...about,
    version: 2,
    files: [{ name: 'model.tflite', content: NEXT }],
    bases: [{ name: 'model.tflite', content: OLD }],
  })
  const metadata = sink.metadata('hall-3', 'stick')
  const put = (name: string, meta: Record<string, { version: number }> = {}, targets = {}) =>
    metadata.write(name, Buffer.from(JSON.stringify({ signatures: [], signed: { meta, targets } })))
  await put('1.root.json')
  await put('2.root.json')
  await put('1.targets.json')
  await put('4.targets.json')
  await put('3.site.json')
  const targets = [one, two].map(({ hash, bytes }, i) => [
    versionTarget('Bolt', i + 1, 'tflite-int8'),
    { length: bytes, hashes: { sha256: hash } },
  ])
  await put(`2.${modelRole('Bolt')}.json`, {}, Object.fromEntries(targets))
  const roles = { 'targets.json': { version: 4 }, 'site.json': { version: 3 } }
  await put('7.snapshot.json', { ...roles, [`${modelRole('Bolt')}.json`]: { version: 2 } })
  await put('6.snapshot.json', {})
  await put('timestamp.json', { 'snapshot.json': { version: 7 } })
  const plan = Buffer.from('{"plan":true}')
  await sink.putBlob(hashOf(plan), plan)
  return { folder, sink, one, two, plan: { hash: hashOf(plan), bytes: plan.length } }
}
type Repository = Awaited<ReturnType<typeof repository>>

const packOf = ({ sink, one, two, plan }: Repository, more: Partial<NewPack> = {}) =>
  writePack({
    site: 'hall-3',
    at: '2026-11-22T10:00:00Z',
    folder: folderHere(),
    source: sink,
    metadata: sink.metadata('hall-3', 'stick'),
    blobs: [plan],
    manifests: [one, two],
    ...more,
  })

async function fetchedFrom(pack: string, { files: [file] }: WrittenRelease): Promise<Buffer> {
  const source = openSource(pack)
  const state = folderHere()
  if (!file) throw new Error('no file')
  const pieces = await readPieces(source, file.blob)
  const place = join(state, 'whole')
  const patience = { pause: 1, tries: 2 }
  await fetchBlob({
    source,
    ...file.blob,
    pieces,
    disk: nodeDisk,
    partial: join(state, 'p'),
    place,
    patience,
  })
  return readFileSync(place)
}

describe('a pack', () => {
  test('is a source of all that a site needs, read where it lies', async () => {
    const repo = await repository()
    const { files } = await packOf(repo)
    expect(files.map(file => basename(file))).toEqual(['SITE-hall-3-2026-11-22.edgepack'])
    const path = files[0] as string
    const source = openSource(path)
    expect([source.kind, source.lane, await source.sites()]).toEqual(['pack', 'stick', ['hall-3']])
    const metadata = source.metadata('hall-3')
    for (const name of [
      '1.root.json',
      '2.root.json',
      '7.snapshot.json',
      '4.targets.json',
      '3.site.json',
      'timestamp.json',
    ])
      expect(await metadata.read(name, 10_000)).not.toBeNull()
    for (const name of ['3.root.json', '6.snapshot.json', '1.targets.json'])
      expect(await metadata.read(name, 10_000)).toBeNull()
    expect(await saysOf(metadata.read('1.root.json', 3))).toBe('tampered')
    expect(await source.metadata('hall-3', 'online').read('timestamp.json', 100)).toBeNull()
    expect((await readManifest(source, repo.two)).files).toEqual(repo.two.files)
    expect((await fetchedFrom(path, repo.two)).equals(NEXT)).toBe(true)
    expect(await source.blob(hashOf('nothing'), 0, 1)).toBeNull()
    expect(await saysOf(source.putStatus('a', new Uint8Array()))).toBe('unsupported')
  })

  test('of the same content is the same, and can be unpacked with tar into a repository', async () => {
    const repo = await repository()
    const [one, other] = [await packOf(repo), await packOf(repo)]
    expect(hashOf(readFileSync(one.files[0] as string))).toBe(hashOf(readFileSync(other.files[0] as string)))
    const folder = folderHere()
    execFileSync('tar', ['-xf', one.files[0] as string, '-C', folder])
    const source = openSource(folder)
    expect([source.lane, await source.sites()]).toEqual(['stick', ['hall-3']])
    expect((await readManifest(source, repo.one)).files).toEqual(repo.one.files)
    expect(JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')).manifests).toHaveLength(2)
    const said = execFileSync('tar', ['-tf', one.files[0] as string], { encoding: 'utf8' })
      .trim()
      .split('\n')
    expect(said).toHaveLength(one.entries)
  })

  test('comes in parts where a stick takes no long files, and is read over all of them', async () => {
    const repo = await repository()
    const whole = await packOf(repo)
    const { files, bytes } = await packOf(repo, { partBytes: 500_001 })
    expect(files.length).toBe(Math.ceil(bytes / 500_001))
    expect(files[1]).toMatch(/\.edgepack\.002$/)
    expect(bytes).toBe(whole.bytes)
    expect((await fetchedFrom(files[0] as string, repo.two)).equals(NEXT)).toBe(true)
    expect((await fetchedFrom(files[0] as string, repo.one)).equals(OLD)).toBe(true)
  })

  test('holds the patches that its devices can use, and only these where it is to be short', async () => {
    const repo = await repository()
    const file = repo.two.files[0]
    const patch = file?.patches[0]?.blob.hash as Hash
    const inPack = async (more: Partial<NewPack>) => {
      const pack = openPack((await packOf(repo, { manifests: [repo.two], ...more })).files[0] as string)
      return [pack.size(patch) !== null, pack.size(file?.hash as Hash) !== null]
    }
    const has = new Set([hashOf(OLD)])
    expect(await inPack({})).toEqual([false, true])
    expect(await inPack({ devices: [has] })).toEqual([true, true])
    expect(await inPack({ devices: [has], lean: true })).toEqual([true, false])
    expect(await inPack({ devices: [has, new Set()], lean: true })).toEqual([true, true])
    expect(await inPack({ devices: [new Set([hashOf(NEXT)])], lean: true })).toEqual([false, false])
    expect(await inPack({ lean: true })).toEqual([false, true])
  })

  test('that is cut off anywhere is refused when it is opened', async () => {
    const { files, bytes } = await packOf(await repository())
    const path = files[0] as string
    for (const length of [0, 1, 511, 512, 700, 1024, 5000, bytes >> 1, bytes - 1024, bytes - 1]) {
      const torn = join(folderHere(), 'torn.edgepack')
      copyFileSync(path, torn)
      truncateSync(torn, length)
      expect(await saysOf((async () => openPack(torn))())).toBe('tampered')
    }
    const longer = join(folderHere(), 'longer.edgepack')
    writeFileSync(longer, Buffer.concat([readFileSync(path), new Uint8Array(512)]))
    expect(await saysOf((async () => openPack(longer))())).toBe('tampered')
    expect(await saysOf((async () => openPack('/nowhere/x.edgepack'))())).toBe('not-found')
  })

  test('with blocks that never came to the stick is refused, when it is opened or when they are read', async () => {
    const repo = await repository()
    const { files, bytes } = await packOf(repo)
    const whole = readFileSync(files[0] as string)
    let found = 0
    for (let at = 0; at < bytes; at += 199_680) {
      const torn = join(folderHere(), 'torn.edgepack')
      const holes = Buffer.from(whole)
      holes.fill(0, at, at + 4096)
      writeFileSync(torn, holes)
      const said = await saysOf(
        (async () => {
          const pack = openPack(torn)
          for (const release of [repo.one, repo.two]) await readManifest(pack, release)
          await Promise.all([fetchedFrom(torn, repo.one), fetchedFrom(torn, repo.two)])
          for (const name of ['1.root.json', 'timestamp.json'])
            JSON.parse(Buffer.from((await pack.metadata('hall-3').read(name, 10_000)) ?? []).toString())
        })(),
      )
      if (said !== 'nothing') found++
    }
    expect(found).toBeGreaterThan(5)
  })

  test('without one of its parts is refused', async () => {
    const { files } = await packOf(await repository(), { partBytes: 500_000 })
    const folder = folderHere()
    for (const file of files.toSpliced(1, 1)) copyFileSync(file, join(folder, basename(file)))
    expect(await saysOf((async () => openPack(join(folder, basename(files[0] as string))))())).toBe(
      'tampered',
    )
  })

  test.each([
    ['text', Buffer.from('hello '.repeat(1000))],
    ['another tar', execFileSync('tar', ['-cf', '-', '-C', '/etc', 'hostname'])],
    ['zeros', Buffer.alloc(4096)],
  ])('that is %s is none', async (_, content) => {
    const path = join(folderHere(), 'x.edgepack')
    writeFileSync(path, content)
    expect(await saysOf((async () => openPack(path))())).toBe('tampered')
  })

  test('that cannot be finished leaves nothing behind', async () => {
    const repo = await repository()
    const folder = folderHere()
    const missing = { hash: hashOf('missing'), bytes: 7 }
    expect(await saysOf(packOf(repo, { folder, blobs: [missing] }))).toBe('not-found')
    const stop = new AbortController()
    await expect(
      packOf(repo, { folder, signal: stop.signal, progress: () => stop.abort() }),
    ).rejects.toThrow()
    const damaged = repo.one.files[0]?.hash as Hash
    writeFileSync(join(repo.folder, 'blobs/sha256', damaged), noise(OLD.length, 9))
    expect(await saysOf(packOf(repo, { folder }))).toBe('tampered')
    expect(readdirSync(folder)).toEqual([])
  })

  test('of a site whose metadata was not written is refused', async () => {
    const repo = await repository()
    expect(await saysOf(packOf(repo, { metadata: repo.sink.metadata('hall-4', 'stick') }))).toBe('not-found')
  })

  test('whose stick is pulled out while it is read says so', async () => {
    const repo = await repository()
    const path = (await packOf(repo)).files[0] as string
    const pack = openPack(path)
    truncateSync(path, 4096)
    expect(existsSync(path)).toBe(true)
    expect(await saysOf(readManifest(pack, repo.two))).toBe('unreachable')
  })
})
