import { createPublicKey, verify } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { armor, Decrypter, Encrypter } from 'age-encryption'
import { describe, expect, test } from 'vitest'
import { fingerprintOf, openKeyring } from '../../../main/engine/trust/index.ts'
import { failing, newRing, openStand, planOf, scratch } from './stand.ts'

const folderOf = () => join(scratch(), 'keys')

describe('keys', () => {
  test('are made at first use, for the user only, and are the same ever after', async () => {
    const folder = folderOf()
    const ring = await openKeyring(folder)
    const names = ring.holders().map(({ key }) => key.name)
    expect(names.slice(0, 3)).toEqual(['this computer', 'backup', 'second person'])
    expect(names).toHaveLength(10)
    expect(ring.holders().every(({ where }) => where === 'here')).toBe(true)
    if (process.platform !== 'win32') {
      expect(statSync(folder).mode & 0o777).toBe(0o700)
      for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o077).toBe(0)
    }
    const again = await openKeyring(folder)
    expect(again.holders()).toEqual(ring.holders())
    expect(again.reports()).toEqual(ring.reports())
  })

  test('sign so that the public half verifies', async () => {
    const ring = await newRing()
    const key = ring.key('site')
    const signature = ring.sign(key.id, Buffer.from('text'))
    const spki = Buffer.concat([
      Buffer.from('302a300506032b6570032100', 'hex'),
      Buffer.from(key.public, 'hex'),
    ])
    const half = createPublicKey({ key: spki, format: 'der', type: 'spki' })
    expect(verify(null, Buffer.from('text'), half, Buffer.from(signature ?? '', 'hex'))).toBe(true)
  })

  test('two programs that make them at once get the same ones', async () => {
    const folder = folderOf()
    const rings = await Promise.all(Array.from({ length: 4 }, () => openKeyring(folder)))
    for (const ring of rings) {
      expect(ring.holders()).toEqual(rings[0]?.holders())
      expect(ring.holders().every(({ where }) => where === 'here')).toBe(true)
      expect(ring.reports()).toEqual(rings[0]?.reports())
    }
  })

  test('a program that ended between the files of a key is finished by the next', async () => {
    const folder = folderOf()
    await openKeyring(folder)
    rmSync(join(folder, 'ring.complete'))
    rmSync(join(folder, 'site.1.json'))
    rmSync(join(folder, 'reports.1.json'))
    const ring = await openKeyring(folder)
    expect(ring.holders().every(({ where }) => where === 'here')).toBe(true)
    const encrypter = new Encrypter()
    encrypter.addRecipient(ring.reports().recipient)
    const decrypter = new Decrypter()
    for (const identity of ring.reports().identities) decrypter.addIdentity(identity)
    expect(await decrypter.decrypt(await encrypter.encrypt('sealed'), 'text')).toBe('sealed')
  })

  test('a renewed key stands beside the one before', async () => {
    const ring = await newRing()
    const before = ring.key('site')
    const after = ring.renew('site')
    expect(after.number).toBe(2)
    expect(ring.key('site')).toEqual(after)
    expect(ring.known(before.id)).toEqual(before)
    expect(ring.sign(before.id, Buffer.from('x'))).not.toBeNull()
    const { identities } = ring.reports()
    await ring.renewReports()
    expect(ring.reports().identities).toHaveLength(2)
    expect(ring.reports().identities[1]).toBe(identities[0])
  })

  test('damaged and missing files are told with what to do', async () => {
    const folder = folderOf()
    const ring = await openKeyring(folder)
    const { id } = ring.key('snapshot')
    const secret = join(folder, 'snapshot.1.secret')
    const content = readFileSync(secret)
    for (const damage of [
      '',
      '{',
      content.subarray(0, 60),
      '{"format":"edgewright-secret/1"}',
      content.toString().replace(/"private":"..../, '"private":"AAAA'),
    ]) {
      writeFileSync(secret, damage)
      expect(ring.holders().find(({ key }) => key.id === id)?.where).toBe('damaged')
      const failure = await failing((async () => ring.sign(id, Buffer.from('x')))())
      expect(failure).toMatchObject({ code: 'unreadable-file' })
      expect(failure.remedy).toContain('keys rotate')
    }
    rmSync(join(folder, 'site.1.json'))
    expect(await failing((async () => ring.key('site'))())).toMatchObject({ code: 'not-found' })
    writeFileSync(join(folder, 'site.1.json'), 'x'.repeat(100_000))
    expect(await failing((async () => ring.key('site'))())).toMatchObject({ code: 'unreadable-file' })
  })
})

test.skipIf(process.platform === 'win32')(
  'keys that others could read are closed, and that is told',
  async () => {
    const folder = folderOf()
    expect((await openKeyring(folder)).exposed).toEqual([])
    chmodSync(join(folder, 'site.1.secret'), 0o644)
    // Nobody else may enter the folder.
    expect((await openKeyring(folder)).exposed).toEqual([])
    expect(statSync(join(folder, 'site.1.secret')).mode & 0o777).toBe(0o600)
    chmodSync(folder, 0o755)
    chmodSync(join(folder, 'site.1.secret'), 0o644)
    expect((await openKeyring(folder)).exposed).toEqual(['site.1.secret'])
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect((await openKeyring(folder)).exposed).toEqual([])
  },
)

describe('a root key that leaves this computer', () => {
  test('opens with its passphrase only, and signs again when it is brought back', {
    timeout: 60_000,
  }, async () => {
    const folder = folderOf()
    const ring = await openKeyring(folder)
    const { id } = ring.key('backup')
    expect(await failing(ring.exportKey('backup', 'short'))).toMatchObject({ code: 'bad-input' })
    expect(() => ring.takeAway('backup')).toThrow()
    const since = performance.eventLoopUtilization()
    const file = await ring.exportKey('backup', 'five words on a paper')
    // The second that a passphrase takes is one of another thread.
    expect(performance.eventLoopUtilization(since).utilization).toBeLessThan(0.5)
    const age = new Decrypter()
    age.addPassphrase('five words on a paper')
    expect(await age.decrypt(armor.decode(Buffer.from(file).toString()), 'text')).toContain(id)
    ring.takeAway('backup')
    expect(Buffer.from(file).toString()).toContain('BEGIN AGE ENCRYPTED FILE')
    expect(Buffer.from(file).toString()).not.toContain(id)
    expect(readdirSync(folder)).not.toContain('backup.1.secret')
    expect(ring.holders()[1]).toMatchObject({ where: 'away', exported: expect.stringMatching(/^20/) })
    expect(ring.sign(id, Buffer.from('x'))).toBeNull()
    expect(await failing(ring.exportKey('backup', 'five words on a paper'))).toMatchObject({
      code: 'not-found',
    })
    expect(await failing(ring.importKey(file, 'four words on a paper'))).toMatchObject({ code: 'bad-input' })
    await ring.importKey(file, 'five words on a paper')
    expect(ring.holders()[1]?.where).toBe('lent')
    expect(ring.sign(id, Buffer.from('x'))).not.toBeNull()
    const other = await openKeyring(folder)
    expect(other.holders()[1]?.where).toBe('away')
    await other.importKey(file, 'five words on a paper', { keep: true })
    expect((await openKeyring(folder)).holders()[1]?.where).toBe('here')
    const stranger = await newRing()
    expect(await failing(stranger.importKey(file, 'five words on a paper'))).toMatchObject({
      code: 'bad-input',
    })
  })

  test.each([
    ['nothing', ''],
    ['noise', 'not an age file'],
    ['too much', 'x'.repeat(70_000)],
  ])('a file that is %s is refused', async (_, content) => {
    const ring = await newRing()
    expect(await failing(ring.importKey(Buffer.from(content), 'passphrase'))).toMatchObject({
      code: 'bad-input',
    })
  })

  test('publishing needs none of them, making a repository and rotating need two', async () => {
    const folder = folderOf()
    const stand = await openStand({ keyring: await openKeyring(folder) })
    await stand.writer.publish(planOf('plan'))
    for (const name of ['backup', 'second-person']) rmSync(join(folder, `${name}.1.secret`))
    await stand.writer.publish(planOf('plan 2'))
    const failure = await failing(stand.writer.rotate('timestamp'))
    expect(failure).toMatchObject({ code: 'no-permission' })
    expect(failure.message).toContain('only "this computer" is')
    expect(stand.keyring.key('timestamp').number).toBe(1)
    const fresh = await openStand({ keyring: stand.keyring })
    expect(await failing(fresh.writer.publish(planOf('plan')))).toMatchObject({ code: 'no-permission' })
    expect(fresh.sink.files.size).toBe(0)
    await (await stand.device().refresh()).target('site/plan')
  })

  test('the fingerprint is of the keys themselves and the same for every site', async () => {
    const keyring = await newRing()
    const sites = await Promise.all(['mill', 'dock'].map(site => openStand({ keyring, site })))
    const prints = []
    for (const { writer, sink } of sites) {
      await writer.ensure()
      prints.push(fingerprintOf(sink.files.get('1.root.json') as Uint8Array))
    }
    expect(prints[0]).toBe(prints[1])
    const forged = JSON.parse(Buffer.from(sites[0]?.sink.files.get('1.root.json') ?? []).toString())
    const [id] = forged.signed.roles.root.keyids
    forged.signed.keys[id].keyval.public = 'ab'.repeat(32)
    expect(fingerprintOf(Buffer.from(JSON.stringify(forged)))).not.toBe(prints[0])
  })
})
