import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  Description,
  generateKey,
  Index,
  openRepository,
  Pointer,
  pathOf,
  readEnvelope,
  type SigningKey,
  seal,
} from '../../main/engine/release/index.ts'
import { agentHere, MODEL } from './agentHere.ts'
import { folder, publishTiny, until } from './tinyModel.ts'

const { key } = generateKey()
const other = generateKey().key

const pointerAt = pathOf({ kind: 'pointer', model: MODEL })
const indexAt = pathOf({ kind: 'index' })

function edit(path: string, change: (text: string) => string): void {
  const before = readFileSync(path, 'utf8')
  const after = change(before)
  if (after === before) throw new Error(`nothing changed in ${path}`)
  writeFileSync(path, after)
}

/** Everything in a repository, signed anew by another key. */
function signAnew(repository: string, by: SigningKey): void {
  const resign = <S extends typeof Index | typeof Pointer | typeof Description>(
    path: string,
    schema: S,
  ): string => {
    const { signed } = readEnvelope(readFileSync(path), schema, path)
    const text = seal(signed as object, by)
    writeFileSync(path, text)
    return text
  }
  resign(join(repository, indexAt), Index)
  resign(join(repository, pointerAt), Pointer)
  for (const file of readdirSync(join(repository, 'models', MODEL)))
    if (file !== 'current.json') resign(join(repository, 'models', MODEL, file), Description)
}

/** The files of version 2 in a repository. */
function filesOf(repository: string) {
  const { signed } = readEnvelope(
    readFileSync(join(repository, 'models', MODEL, '2-float32.json')),
    Description,
    'it',
  )
  return signed.files.map(({ name, hash }) => ({
    name,
    path: join(repository, pathOf({ kind: 'blob', hash })),
  }))
}

describe('refuses with a reason and goes on with the old version', () => {
  /** Version 1 runs; version 2 is prepared beside it, changed, then put into place at once. */
  async function attacked(change: (repository: string) => void | Promise<void>) {
    const repository = folder()
    await publishTiny(repository, key, { version: 1 })
    const device = await agentHere(repository)
    await device.serves(1)
    const copy = join(folder(), 'copy')
    cpSync(repository, copy, { recursive: true })
    await publishTiny(copy, key, { version: 2, note: 'of version 2' })
    await change(copy)
    for (const part of ['blobs', 'models', 'keys.json', 'models.json']) {
      const next = join(copy, part)
      if (existsSync(next)) cpSync(next, join(repository, part), { recursive: true, force: true })
      else rmSync(join(repository, part), { recursive: true, force: true })
    }
    return { device, repository }
  }

  test.each(['graph.pb', 'transform.json', 'model.json'])(
    'a changed %s',
    async name => {
      const { device, repository } = await attacked(copy => {
        const { path } = filesOf(copy).find(file => file.name === name) as { path: string }
        const bytes = readFileSync(path)
        bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] as number) ^ 1
        writeFileSync(path, bytes)
      })
      const seen = await device.refuses(1)
      expect(seen.failure).toMatchObject({ code: 'tampered' })
      expect(seen.failure?.message).toContain(name)
      expect(seen.wanted).toBe(2)
      await publishTiny(repository, key, { version: 2 })
      await device.serves(2)
    },
    30_000,
  )

  test('a truncated graph, and one that never ends', async () => {
    const { device } = await attacked(copy => {
      const { path } = filesOf(copy).find(file => file.name === 'graph.pb') as { path: string }
      writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(100)]))
    })
    expect((await device.refuses(1)).failure?.message).toContain('longer')
  })

  test('a description that was edited', async () => {
    const { device } = await attacked(copy =>
      edit(join(copy, 'models', MODEL, '2-float32.json'), text =>
        text.replace('"version": 2', '"version": 3'),
      ),
    )
    expect((await device.refuses(1)).failure).toMatchObject({ code: 'tampered' })
  })

  test('a description without a signature', async () => {
    const { device } = await attacked(copy =>
      edit(join(copy, 'models', MODEL, '2-float32.json'), text => JSON.stringify(JSON.parse(text).signed)),
    )
    expect((await device.refuses(1)).failure).toMatchObject({ code: 'unsigned' })
  })

  test('a pointer that was edited, unsigned, by another key, or no JSON', async () => {
    const { device, repository } = await attacked(copy =>
      edit(join(copy, pointerAt), text => text.replace('"sequence": 2', '"sequence": 9')),
    )
    expect((await device.refuses(1)).failure).toMatchObject({ code: 'tampered' })
    const path = join(repository, pointerAt)
    const good = readEnvelope(readFileSync(path), Pointer, 'it').signed
    const tried: [string, string][] = [
      [JSON.stringify({ signed: good, signatures: [] }), 'unsigned'],
      [JSON.stringify(good), 'unsigned'],
      [seal({ ...good, sequence: 2 }, other), 'unsigned'],
      ['{"signed":', 'tampered'],
      ['', 'tampered'],
      ['['.repeat(500_000), 'tampered'],
      ['x'.repeat(2 << 20), 'tampered'],
      [seal({ ...good, format: 'edgewright-release/2' }, key), 'unsupported'],
      [seal({ ...good, sequence: 2, model: 'Another' }, key), 'tampered'],
      [seal({ ...good, sequence: 2, repository: '0'.repeat(32) }, key), 'tampered'],
      [
        seal({ ...good, sequence: 2, description: { ...good.description, file: '1-float32.json' } }, key),
        'tampered',
      ],
    ]
    for (const [content, code] of tried) {
      writeFileSync(path, content)
      await until(
        () => device.model(),
        model => model?.failure?.code === code,
      )
      await device.refuses(1)
    }
  }, 60_000)

  test('a list of models that was edited', async () => {
    const { device } = await attacked(copy =>
      edit(join(copy, indexAt), text => text.replace('"sequence": 1', '"sequence": 5')),
    )
    expect((await device.refuses(1)).failure).toMatchObject({ code: 'tampered' })
  })

  test('everything signed by another key, its key file included', async () => {
    const { device } = await attacked(copy => {
      signAnew(copy, other)
      edit(join(copy, 'keys.json'), text =>
        text.replaceAll(key.fingerprint, other.fingerprint).replace(key.spki, other.spki),
      )
    })
    const { failure } = await device.refuses(1)
    expect(failure).toMatchObject({ code: 'unsigned' })
    expect(failure?.message).toContain('another key')
  })

  test('a release that names a file that is not there', async () => {
    const { device } = await attacked(copy => {
      const { path } = filesOf(copy).find(file => file.name === 'graph.pb') as { path: string }
      rmSync(path)
    })
    expect((await device.refuses(1)).failure?.message).toContain('not in the repository')
  })

  test('another repository of the same key at the same place', async () => {
    const { device, repository } = await attacked(async copy => {
      for (const part of readdirSync(copy)) rmSync(join(copy, part), { recursive: true })
      await publishTiny(copy, key, { version: 2 })
    })
    expect((await device.refuses(1)).failure?.message).toContain('Another repository')
    expect(repository).toBeTruthy()
  })
})

describe('never goes back by itself', () => {
  test('an older pointer, and an older copy of the whole repository', async () => {
    const repository = folder()
    await publishTiny(repository, key, { version: 1 })
    const old = join(folder(), 'old')
    cpSync(repository, old, { recursive: true })
    await publishTiny(repository, key, { version: 2 })
    const device = await agentHere(repository)
    await device.serves(2)
    const newest = readFileSync(join(repository, pointerAt))
    cpSync(join(old, pointerAt), join(repository, pointerAt))
    const { failure } = await device.refuses(2)
    expect(failure).toMatchObject({ code: 'tampered' })
    expect(failure?.message).toContain('older')
    writeFileSync(join(repository, pointerAt), newest)
    await device.serves(2)
    expect((await device.model())?.failure).toBeNull()

    // Also where the device was off meanwhile, and where the old copy comes by another way.
    await device.close()
    const again = await agentHere(old, { state: device.state })
    await again.refuses(2)
  })

  test('two different releases with the same number', async () => {
    const repository = folder()
    await publishTiny(repository, key, { version: 1 })
    const copy = join(folder(), 'copy')
    cpSync(repository, copy, { recursive: true })
    await publishTiny(repository, key, { version: 2 })
    const device = await agentHere(repository)
    await device.serves(2)
    await publishTiny(copy, key, { version: 3 })
    cpSync(copy, repository, { recursive: true })
    expect((await device.refuses(2)).failure?.message).toContain('two different releases')
  })

  test('a device that lost its state file says so instead of forgetting', async () => {
    const repository = folder()
    await publishTiny(repository, key, { version: 1 })
    const device = await agentHere(repository)
    await device.serves(1)
    await device.close()
    const file = join(device.state, 'current.json')
    writeFileSync(file, readFileSync(file).subarray(0, 40))
    await expect(agentHere(repository, { state: device.state })).rejects.toMatchObject({
      failure: { code: 'unreadable-file' },
    })
  })
})

describe('whom a device trusts', () => {
  test('a named key, by fingerprint, text or file; a wrong one takes nothing', async () => {
    const repository = folder()
    await publishTiny(repository, key, { version: 1 })
    const file = join(folder(), 'key.pem')
    writeFileSync(file, key.key.export({ type: 'spki', format: 'pem' }))
    for (const named of [key.fingerprint, key.spki, file, join(repository, 'keys.json')]) {
      const device = await agentHere(repository, { key: named })
      await device.serves(1)
    }
    for (const named of [other.fingerprint, other.spki]) {
      const device = await agentHere(repository, { key: named })
      const report = await until(device.report, each => each.failure !== null)
      expect(report.failure).toMatchObject({ code: 'unsigned' })
      expect(report.models).toEqual([])
    }
    await expect(agentHere(repository, { key: 'no key' })).rejects.toMatchObject({
      failure: { code: 'bad-input' },
    })
  })

  test('a device that starts before anything is published takes the first release', async () => {
    const repository = folder()
    const device = await agentHere(repository)
    expect((await device.predict()).status).toBe(404)
    await publishTiny(repository, key, { version: 1 })
    await device.serves(1)
  })
})

describe('without its repository', () => {
  test('comes up with the version it had, and goes on when the repository is back', async () => {
    const repository = join(folder(), 'stick')
    await publishTiny(repository, key, { version: 1 })
    await publishTiny(repository, key, { version: 2 })
    const device = await agentHere(repository)
    await device.serves(2)
    await device.close()
    renameSync(repository, `${repository}-away`)
    const again = await agentHere(repository, { state: device.state })
    await again.serves(2)
    const lost = await until(again.report, report => report.failure !== null)
    expect(lost.failure).toMatchObject({ code: 'unreachable' })
    renameSync(`${repository}-away`, repository)
    await publishTiny(repository, key, { version: 3 })
    await again.serves(3)
  })

  test('a damaged file of the running version: the one before runs, then it is fetched again', async () => {
    const repository = join(folder(), 'stick')
    await publishTiny(repository, key, { version: 1 })
    const device = await agentHere(repository)
    await device.serves(1)
    await publishTiny(repository, key, { version: 2 })
    await device.serves(2)
    await device.close()
    const graph = filesOf(repository).find(file => file.name === 'graph.pb') as { path: string }
    const hash = graph.path.slice(-64)
    const here = join(device.state, 'blobs', hash.slice(0, 2), hash)
    const bytes = readFileSync(here)
    bytes[20] = (bytes[20] as number) ^ 4
    writeFileSync(here, bytes)
    renameSync(repository, `${repository}-away`)
    const again = await agentHere(repository, { state: device.state })
    expect(
      (
        await until(
          () => again.model(),
          model => model?.reports === 1,
        )
      )?.failure?.message,
    ).toContain('damaged')
    renameSync(`${repository}-away`, repository)
    await again.serves(2)
  })

  test('what no version needs any more is removed from the device', async () => {
    const repository = folder()
    const device = await agentHere(repository)
    for (let version = 1; version <= 4; version++) {
      await publishTiny(repository, key, { version })
      await device.serves(version)
    }
    const blobs = readdirSync(join(device.state, 'blobs'), { recursive: true, withFileTypes: true })
    // Description, graph and model.json of two versions, and the transform they share.
    expect(blobs.filter(entry => entry.isFile())).toHaveLength(7)
    expect(readdirSync(join(device.state, 'partial'))).toEqual([])
  })
})

test('reports into the repository what it runs, signed by its own key', async () => {
  const repository = folder()
  await publishTiny(repository, key, { version: 1 })
  const device = await agentHere(repository)
  await device.serves(1)
  const file = join(repository, pathOf({ kind: 'device', id: device.id }))
  const report = await until(
    () => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).signed : null),
    each => each?.models?.[0]?.predictions > 0,
    2000,
  )
  expect(report).toMatchObject({
    name: 'box',
    address: device.address,
    stopped: false,
    models: [{ model: MODEL, reports: 1, wanted: 1, state: 'serving' }],
  })
  await device.close()
  expect(JSON.parse(readFileSync(file, 'utf8')).signed).toMatchObject({ stopped: true, address: null })
  expect(await openRepository(repository).devices()).toEqual([device.id])
})
