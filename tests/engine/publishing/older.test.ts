import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openSource, PLAN_TARGET } from '../../../main/engine/release/index.ts'
import { memoryStore, openTrustClient, type TrustStore } from '../../../main/engine/trust/index.ts'
import { folder } from '../../agent/tinyModel.ts'
import { folderHere, serveHere, TOKEN } from '../release/repositoryHere.ts'
import { house, keysHere, MODEL } from './house.ts'

/** A device that keeps what it saw, however the repository is put back. */
function device(to: string, store: TrustStore = memoryStore(), lane: 'online' | 'stick' = 'online') {
  const place = { site: 'plant-1', lane }
  const client = openTrustClient({
    store,
    source: openSource(to).metadata('plant-1', lane),
    roots: { kind: 'first-use' },
    place,
    now: Date.now,
  })
  return async () => {
    const plan = await (await client.refresh()).target(PLAN_TARGET)
    const file = join(to, 'blobs/sha256', plan?.hash ?? '')
    return JSON.parse(readFileSync(file, 'utf8')).models[0].stable as number
  }
}

/** A site at which v1 was published, a copy of it, and then two versions more, which a device saw. */
async function putBack({ rotate = false } = {}) {
  const here = house({ keys: keysHere() })
  const to = join(folder(), 'repository')
  const copy = join(folder(), 'copy')
  await here.call.init({ site: 'plant-1', to })
  await here.publish({ to, version: 1 })
  cpSync(to, copy, { recursive: true })
  await here.publish({ to, version: 2 })
  await here.publish({ to, version: 3 })
  if (rotate) await here.call.keysRotate({ role: 'backup' })
  const sees = device(to)
  expect(await sees()).toBe(3)
  const back = (from = copy) => {
    rmSync(to, { recursive: true })
    cpSync(from, to, { recursive: true })
  }
  back()
  const files = () => readdirSync(join(to, 'tuf/plant-1')).map(name => [name, read(name)])
  const read = (name: string) => readFileSync(join(to, 'tuf/plant-1', name), 'utf8')
  return { ...here, to, sees, back, files }
}

const OLDER = {
  failure: {
    code: 'tampered',
    message: expect.stringContaining(`take devices back, ${MODEL} from v3 to v1; nothing was signed`),
    remedy: expect.stringContaining('publishing restore --to'),
  },
}

describe('a repository that was put back to an older copy', () => {
  test('is signed by nothing that signs', async () => {
    const { call, publish, pack, desk, to, files } = await putBack()
    const before = files()
    const keys = await call.keysList({})
    for (const signs of [
      () => publish({ to, version: 4 }),
      () => call.promote({ model: MODEL }),
      () => call.rollback({ model: MODEL }),
      () => call.site({ site: 'plant-1', pollSeconds: 60 }),
      () => call.init({ site: 'plant-1', to }),
      () => call.keysRotate({}),
      () => call.keysRotate({ role: 'backup' }),
      () => call.keysRotate({ role: 'reports' }),
      () => pack({ site: 'plant-1', out: join(folder(), 'x.edgepack') }),
    ])
      await expect(signs()).rejects.toMatchObject(OLDER)
    const said: unknown[] = []
    const { error } = console
    console.error = text => said.push(text)
    await desk.refresh().finally(() => {
      console.error = error
    })
    expect(said.join()).toContain('older copy')
    expect(files()).toEqual(before)
    const after = await call.keysList({})
    expect(after.keys).toEqual(keys.keys)
    expect(after.advice.join()).toContain('older copy')
    // What the publisher knows is shown, not what lies there.
    expect((await call.sites()).sites[0]).toMatchObject({
      models: [{ stable: 3 }],
      trouble: expect.stringContaining('older copy'),
    })
  }, 60_000)

  test.each([false, true])(
    'is brought back, and devices take it; root had changed: %s',
    async rotate => {
      const { call, publish, to, sees } = await putBack({ rotate })
      const { site, missing } = await call.restore({ to, site: 'plant-1' })
      expect(site).toMatchObject({ trouble: null, models: [{ stable: 3, before: 2 }] })
      expect(missing).toEqual([
        { model: MODEL, version: 3 },
        { model: MODEL, version: 2 },
      ])
      expect(await sees()).toBe(3)
      await expect(call.restore({ to, site: 'plant-1' })).rejects.toMatchObject({
        failure: { code: 'already-there' },
      })
      await call.keysRotate({})
      await call.keysRotate({ role: 'backup' })
      await publish({ to, version: 3 })
      await publish({ to, version: 4 })
      expect(await sees()).toBe(4)
      expect(await device(to)()).toBe(4)
    },
    60_000,
  )

  test('is brought back where nothing is left of it', async () => {
    const { call, to, sees } = await putBack()
    rmSync(to, { recursive: true })
    await call.restore({ to, site: 'plant-1' })
    expect(await sees()).toBe(3)
  }, 60_000)

  test('on another machine it is refused and brought back alike', async () => {
    const { call, publish } = house()
    const folderThere = folderHere()
    const copy = join(folder(), 'copy')
    const { address } = await serveHere(folderThere)
    const to = address.replace('//', `//:${TOKEN}@`)
    await call.init({ site: 'plant-1', to })
    await publish({ to, version: 1 })
    cpSync(folderThere, copy, { recursive: true })
    await publish({ to, version: 2 })
    await call.keysRotate({ role: 'backup' })
    const sees = device(folderThere)
    expect(await sees()).toBe(2)
    rmSync(folderThere, { recursive: true })
    cpSync(copy, folderThere, { recursive: true })
    await expect(call.keysRotate({})).rejects.toMatchObject({ failure: { code: 'tampered' } })
    await call.restore({ to, site: 'plant-1' })
    await call.keysRotate({})
    expect(await sees()).toBe(2)
  }, 60_000)

  test('is told by decisions where another computer signed on top of it', async () => {
    const { call, publish, keys, to, sees } = await putBack()
    const other = house({ keys })
    for (let turn = 0; turn < 8; turn++) await other.call.init({ site: 'plant-1', to })
    await expect(publish({ to, version: 4 })).rejects.toMatchObject(OLDER)
    await call.restore({ to, site: 'plant-1' })
    expect(await sees()).toBe(3)
    // The other one goes on with what is newer, as ever.
    await other.publish({ to, site: 'plant-1', version: 4 })
    await publish({ to, version: 5 })
    expect(await sees()).toBe(5)
  }, 60_000)

  test('a stick that is packed after an older copy of its lane came back is newer than the ones before', async () => {
    const { call, pack, publish, to, back } = await putBack()
    await call.restore({ to, site: 'plant-1' })
    await publish({ to, version: 2 })
    await publish({ to, version: 3 })
    const copy = join(folder(), 'copy')
    cpSync(to, copy, { recursive: true })
    const out = join(folder(), 'x.edgepack')
    await pack({ site: 'plant-1', out })
    await publish({ to, version: 4 })
    await pack({ site: 'plant-1', out })
    const carried = device(to, memoryStore(), 'stick')
    expect(await carried()).toBe(4)
    back(copy)
    await call.restore({ to, site: 'plant-1' })
    await publish({ to, version: 4 })
    await pack({ site: 'plant-1', out })
    expect(await carried()).toBe(4)
  }, 60_000)
})
