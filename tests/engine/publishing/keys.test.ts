import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openSource } from '../../../main/engine/release/index.ts'
import { memoryStore, openKeyring, openTrustClient } from '../../../main/engine/trust/index.ts'
import { folder } from '../../agent/tinyModel.ts'
import { resign } from '../trust/forge.ts'
import { house, keysHere, MODEL } from './house.ts'

const ROOT = ['this computer', 'backup', 'second person']

describe('keys', () => {
  test('are made once, listed with their places, and say what to do about them', async () => {
    const { call, keys } = house()
    const list = await call.keysList({})
    expect(list.keys.slice(0, 3).map(({ name, role, here }) => [name, role, here])).toEqual([
      ['this computer', 'root', true],
      ['backup', 'root', true],
      ['second person', 'root', true],
    ])
    expect(list.keys.map(({ role }) => role)).toEqual(
      expect.arrayContaining(['release', 'site', 'timestamp', 'reports']),
    )
    expect(list.advice[0]).toMatch(/^3 of 3 root keys lie on this computer/)
    const { fingerprint, roots, publicKey } = await call.key({})
    expect(fingerprint).toBe(list.fingerprint)
    expect(roots).toHaveLength(3)
    expect(Buffer.from(publicKey, 'base64')).toHaveLength(44)
    expect(readdirSync(keys).length).toBeGreaterThan(0)
    expect((await house({ keys }).call.key({})).fingerprint).toBe(fingerprint)
  })

  test('of a role are replaced at every site; devices hear of it by what is signed anew', async () => {
    const { call, publish } = house()
    await publish()
    await call.init({ site: 'plant-1', to: folder() })
    const before = await call.keysList({})
    for (const role of ['release', 'timestamp', 'site']) {
      const { key, roles } = await call.keysRotate({ role })
      expect(key.fingerprint).not.toBe(before.keys.find(({ name }) => name === role)?.fingerprint)
      const signs = role === 'release' ? /^model-/ : new RegExp(`^${role}$`)
      const found = roles.filter(each => signs.test(each.role))
      expect(found.length).toBeGreaterThan(0)
      for (const each of found) expect(each.keys).toEqual([key.fingerprint])
    }
    expect((await call.keysRotate({ role: 'reports' })).key.role).toBe('reports')
    await expect(call.keysRotate({ role: 'emperor' })).rejects.toMatchObject({
      failure: { code: 'not-found' },
    })
    await publish({ version: 2 })
  })

  test('without a role all that sign day by day are replaced, at every site', async () => {
    const { call, publish } = house()
    await publish()
    await call.init({ site: 'plant-1', to: folder() })
    const before = await call.keysList({})
    const { keys = [], roles } = await call.keysRotate({})
    expect(keys.map(({ name }) => name)).toEqual([
      ...['targets', 'snapshot', 'timestamp', 'stick-snapshot', 'stick-timestamp', 'site', 'release'],
    ])
    const old = new Set(before.keys.map(({ fingerprint }) => fingerprint))
    expect(keys.filter(({ fingerprint }) => old.has(fingerprint))).toEqual([])
    const now = await call.keysList({})
    const same = ({ name }: { name: string }) => [...ROOT, 'reports'].includes(name)
    expect(now.keys.filter(same)).toEqual(before.keys.filter(same))
    expect(now.fingerprint).toBe(before.fingerprint)
    for (const { role, keys } of roles.filter(({ role }) => role !== 'root'))
      expect([role, keys.some(key => old.has(key))]).toEqual([role, false])
    await publish({ version: 2 })
    expect((await call.keysDrill({})).passed).toBe(true)
  })

  test('without a role they are replaced also where a thief drove versions up; devices follow', async () => {
    const { call, publish, own, keys } = house()
    await publish()
    const place = join(own, 'tuf/everyone')
    const files = new Map(readdirSync(place).map(name => [name, readFileSync(join(place, name))]))
    const device = openTrustClient({
      store: memoryStore(),
      source: openSource(own).metadata('everyone', 'online'),
      roots: { kind: 'first-use' },
      place: { site: 'everyone', lane: 'online' },
      now: Date.now,
    })
    const far = 2 ** 31 - 1
    resign(files, await openKeyring(keys), far)
    for (const [name, bytes] of files) writeFileSync(join(place, name), bytes)
    expect((await device.refresh()).roles.find(({ role }) => role === 'snapshot')?.version).toBe(far)
    await expect(publish({ version: 2 })).rejects.toMatchObject({
      failure: { code: 'tampered', remedy: expect.stringContaining('`publishing keys rotate`') },
    })
    await call.keysRotate({})
    await publish({ version: 2 })
    const versions = (await device.refresh()).roles.map(({ version }) => version)
    expect(Math.max(...versions)).toBeLessThan(30)
  })

  test('a lost root key: rehearsed on a copy, then replaced for good by the two others', async () => {
    const { call, publish, own } = house()
    await publish()
    const roots = () => readdirSync(join(own, 'tuf/everyone')).filter(name => /root/.test(name))
    const before = roots()
    const drill = await call.keysDrill({ lost: 'backup' })
    expect(drill).toMatchObject({ passed: true, lost: 'backup', root: { before: 1, after: 2 } })
    expect(drill.signedBy).toEqual(expect.arrayContaining(['this computer', 'second person']))
    expect(roots()).toEqual(before)
    const { key, roles } = await call.keysRotate({ role: 'backup' })
    expect(key).toMatchObject({ name: 'backup', role: 'root' })
    expect(roles.find(({ role }) => role === 'root')?.keys).toContain(key.fingerprint)
    expect(roots()).toHaveLength(before.length + 1)
    await expect(call.keysDrill({ lost: 'timestamp' })).rejects.toMatchObject({
      failure: { code: 'bad-input' },
    })
  })

  test('a drill where nothing was published yet', async () => {
    await expect(house().call.keysDrill({})).rejects.toMatchObject({
      failure: { code: 'not-found', remedy: expect.stringContaining('publish') },
    })
  })

  test('a root key goes into a file that a passphrase opens, and comes back', async () => {
    const { call } = house({ keys: keysHere() })
    const out = join(folder(), 'backup.key')
    await expect(call.keysExport({ name: 'backup', out })).rejects.toMatchObject({
      failure: { code: 'bad-input' },
    })
    await expect(call.keysExport({ name: 'backup', out, passphrase: 'short' })).rejects.toThrow(/8/)
    await expect(call.keysExport({ name: 'release', out, passphrase: 'long enough' })).rejects.toMatchObject({
      failure: { code: 'bad-input', message: expect.stringContaining('no root key') },
    })
    const { key } = await call.keysExport({ name: 'backup', out, passphrase: 'long enough', remove: true })
    expect(key).toMatchObject({ name: 'backup', here: false, where: 'away' })
    if (process.platform !== 'win32') expect(statSync(out).mode & 0o077).toBe(0)
    expect(readFileSync(out).includes(Buffer.from('PRIVATE'))).toBe(false)
    expect((await call.keysList({})).advice[0]).toMatch(/^2 of 3/)
    await expect(call.keysImport({ file: out, passphrase: 'another one' })).rejects.toMatchObject({
      failure: { code: 'bad-input' },
    })
    expect(await call.keysImport({ file: out, passphrase: 'long enough' })).toMatchObject({ here: true })
    writeFileSync(out, 'torn')
    await expect(call.keysImport({ file: out, passphrase: 'long enough' })).rejects.toMatchObject({
      failure: { code: 'bad-input' },
    })
    await expect(
      call.keysImport({ file: join(folder(), 'none'), passphrase: 'long enough' }),
    ).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })
})

describe('sticks', () => {
  test('hold what the devices of a site need, signed for months', async () => {
    const { call, publish, pack } = house()
    await call.init({ site: 'plant-1' })
    await publish({ site: 'plant-1' })
    await publish({ site: 'plant-1', version: 2 })
    const out = join(folder(), 'line.edgepack')
    const packed = await pack({ site: 'plant-1', out })
    expect(packed).toMatchObject({ site: 'plant-1', files: [out] })
    expect(statSync(out).size).toBe(packed.bytes)
    expect(packed.models).toEqual([
      { model: MODEL, version: 2, wanted: true },
      { model: MODEL, version: 1, wanted: false },
    ])
    const days = (Date.parse(packed.expires) - Date.now()) / 86_400_000
    expect(days).toBeGreaterThan(80)
    expect(days).toBeLessThan(91)
    expect(readdirSync(join(out, '..')).filter(name => name !== 'line.edgepack')).toEqual([])
    // Into a folder, it gets the name that people know it by.
    const place = folder()
    expect((await pack({ site: 'plant-1', out: place })).files[0]).toMatch(
      /SITE-plant-1-\d{4}-\d\d-\d\d\.edgepack$/,
    )
  })

  test('for what is not there, one sentence, and no file', async () => {
    const { call, publish, pack } = house()
    const out = join(folder(), 'line.edgepack')
    await expect(pack({ site: 'nowhere', out })).rejects.toMatchObject({ failure: { code: 'not-found' } })
    await call.init({ site: 'plant-1' })
    await publish({ site: 'plant-1' })
    await expect(pack({ site: 'plant-1', out: join(folder(), 'line.zip') })).rejects.toMatchObject({
      failure: { code: 'bad-input' },
    })
    await expect(pack({ site: 'plant-1', out, model: ['Nobody'] })).rejects.toMatchObject({
      failure: { code: 'not-found' },
    })
    await expect(pack({ site: 'plant-1', out, device: ['nobody'] })).rejects.toMatchObject({
      failure: { code: 'not-found' },
    })
    await expect(pack({ site: 'plant-1', out: join(folder(), 'no/such/x.edgepack') })).rejects.toMatchObject({
      failure: { code: 'not-found' },
    })
    expect(existsSync(out)).toBe(false)
  })
})
