import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { contract, metaOf } from '#contract'
import { openStore, type Store } from '../../../../main/engine/store/index.ts'
import { openTargets, type Targets } from '../../../../main/engine/training/targets/index.ts'
import { ENGINES, specOf, unless, worker } from './places.ts'

const away = { signal: new AbortController().signal }
let folder: string
let store: Store
let targets: Targets
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edgewright-'))
  store = openStore(join(folder, 'w'))
  targets = openTargets(store, worker)
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})
const add = (more: object) =>
  targets.door.targetAdd({ name: 'box', kind: 'docker', atOnce: 1, ...more } as never, away as never)

/** A folder as Docker's certificates lie in it. */
function certificates(...names: string[]): string {
  const place = join(folder, `certs${names.length}`)
  mkdirSync(place, { recursive: true })
  for (const name of names.length ? names : ['ca.pem', 'cert.pem', 'key.pem'])
    writeFileSync(join(place, name), 'x')
  return place
}
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

describe('targets that a person adds', () => {
  test('are kept, shown beside this computer, paused, resumed and removed', async () => {
    expect(await add({ address: 'unix:///run/x.sock', atOnce: 3 })).toEqual({
      ...{ name: 'box', kind: 'docker', address: 'unix:///run/x.sock', key: null, cert: null },
      ...{ atOnce: 3, paused: false },
    })
    await add({ name: 'far', kind: 'docker-tls', address: 'tcp://box:2376', cert: certificates() })
    store.close()
    store = openStore(join(folder, 'w'))
    targets = openTargets(store, worker)
    expect(targets.list().map(({ name, kind }) => [name, kind])).toEqual(
      expect.arrayContaining([
        ['local', 'local'],
        ['box', 'docker'],
        ['far', 'docker-tls'],
      ]),
    )
    expect(targets.find('far')).toMatchObject({ outlives: true })
    expect((await targets.door.targetPause({ name: 'box' }, away as never)).paused).toBe(true)
    expect(targets.specOf('box')?.paused).toBe(true)
    expect((await targets.door.targetResume({ name: 'box' }, away as never)).paused).toBe(false)
    await targets.door.targetRemove({ name: 'box' }, away as never)
    expect(targets.find('box')).toBeNull()
    expect((await targets.door.targetList({}, away as never)).targets.map(({ name }) => name)).toEqual([
      'far',
    ])
  })

  test('are refused where the name is taken, the address is none, or nothing has the name', async () => {
    await add({})
    await expect(add({})).rejects.toMatchObject({ failure: { code: 'already-there' } })
    await expect(add({ name: 'local' })).rejects.toMatchObject({ failure: { code: 'already-there' } })
    await expect(add({ name: 'b', kind: 'docker-ssh', address: 'tcp://b' })).rejects.toMatchObject({
      failure: { code: 'bad-input', remedy: expect.stringMatching(/ssh:\/\/me@box:22/) },
    })
    expect(targets.specOf('b')).toBeNull()
    for (const verb of ['targetCheck', 'targetRemove', 'targetPause', 'targetTidy'] as const)
      await expect(targets.door[verb]({ name: 'none' }, away as never)).rejects.toMatchObject({
        failure: { code: 'not-found' },
      })
  })

  test('are refused where their key or their certificates are not there, or not what they should be', async () => {
    const ssh = { kind: 'docker-ssh', address: 'ssh://me@box' }
    const tls = { kind: 'docker-tls', address: 'tcp://box:2376' }
    const refusals: [object, RegExp, RegExp][] = [
      [{ ...ssh, key: join(folder, 'none') }, /none is not there\.$/, /or leave it out for the ssh agent/],
      [{ ...ssh, key: folder }, /cannot be read/, /private key by --key/],
      [{ ...ssh, key: file('id.pub', 'ssh-ed25519 AAAAC3Nz me') }, /public half/, /without \.pub/],
      [{ ...ssh, key: file('photo', '\0\u0001') }, /is no private key/, /ssh -i/],
      [{ ...ssh, key: '~/no-such-key' }, new RegExp(`^${homedir()}/no-such-key is not there`), /--key/],
      [tls, /certificates, and none are given/, /by --cert/],
      [
        { ...tls, cert: join(folder, 'none') },
        /no folder that can be read/,
        /ca\.pem, cert\.pem and key\.pem/,
      ],
      [{ ...tls, cert: file('ca.pem', 'x') }, /a file, and no folder/, /ca\.pem, cert\.pem and key\.pem/],
      [{ ...tls, cert: certificates('ca.pem') }, /cert\.pem and key\.pem are not in/, /by --cert/],
      [{ kind: 'docker', key: file('id', 'PRIVATE KEY') }, /takes no key/, /docker-ssh/],
      [
        { kind: 'ray', address: 'http://head:8265', cert: certificates() },
        /takes no certificates/,
        /docker-tls/,
      ],
    ]
    for (const [asked, message, remedy] of refusals)
      await expect(add(asked)).rejects.toMatchObject({
        failure: { message: expect.stringMatching(message), remedy: expect.stringMatching(remedy) },
      })
    expect(targets.specOf('box')).toBeNull()
    await add({ ...ssh, key: file('id', '-----BEGIN OPENSSH PRIVATE KEY-----') })
    expect(targets.specOf('box')?.key).toBe(join(folder, 'id'))
  })

  test('that cannot be used are told as such, and the command fails', async () => {
    await add({ address: `unix://${folder}/none.sock` })
    const answer = await targets.door.targetCheck({ name: 'box' }, away as never)
    expect(answer).toMatchObject({ ok: false, checks: [{ name: 'reachable', state: 'failed' }] })
    expect(metaOf(contract.training.targetCheck as never).about.fails).toEqual({ ok: false })
    expect(await targets.door.targetCheck({ name: 'local' }, away as never)).toMatchObject({ ok: true })
  })

  const { skip, hint } = unless(ENGINES.every(({ spec }) => spec))
  test.skipIf(skip)(`over ssh are known again by the key of the host${hint}`, async () => {
    const { address, key } = specOf('docker-ssh')
    await add({ kind: 'docker-ssh', address, ...(key ? { key } : {}) })
    expect(await targets.door.targetCheck({ name: 'box' }, away as never)).toMatchObject({ ok: true })
    const body = () => (store.db.prepare('SELECT body FROM targets').get() as { body: string }).body
    expect(JSON.parse(body()).memory.hostKey).toMatch(/^SHA256:[\w+/]{43}$/)
    store.db.prepare('UPDATE targets SET body = ?').run(body().replace(/SHA256:..../, 'SHA256:XXXX'))
    expect(await targets.door.targetCheck({ name: 'box' }, away as never)).toMatchObject({
      ok: false,
      checks: [{ says: expect.stringMatching(/another key than before/) }],
    })
  })
})
