import { beforeAll, describe, expect, test } from 'vitest'
import {
  fingerprintOf,
  fingerprintOfKeys,
  memoryStore,
  type RootTrust,
} from '../../../main/engine/trust/index.ts'
import { failing, openStand, planOf, type Stand, targetOf } from './stand.ts'

/** The same publisher's site and its sticks, and a stranger who calls his site the same. */
let mill: Stand
let stick: Stand
let stranger: Stand

beforeAll(async () => {
  mill = await openStand()
  stick = await openStand({ keyring: mill.keyring, lane: 'stick' })
  stranger = await openStand()
  for (const { writer } of [mill, stick, stranger]) await writer.publish(planOf('plan'))
})

const rootOf = ({ sink }: Stand, version = 1) => sink.files.get(`${version}.root.json`) as Uint8Array

describe('at first sight a device believes', () => {
  test('the root file it was given, and no other publisher', async () => {
    const roots: RootTrust = { kind: 'file', content: rootOf(mill) }
    await mill.device({ roots }).refresh()
    expect(await failing(mill.device({ roots, source: stranger.sink }).refresh())).toMatchObject({
      code: 'unsigned',
    })
  })

  test('the root file of another lane, whose keys signed this one too', async () => {
    const roots: RootTrust = { kind: 'file', content: rootOf(mill) }
    await stick.device({ roots }).refresh()
    const forged = await openStand({ lane: 'stick' })
    await forged.writer.publish(planOf('evil'))
    const failure = await failing(stick.device({ roots, source: forged.sink }).refresh())
    expect(failure).toMatchObject({ code: 'unsigned' })
  })

  test.each(['', 'no root', '{"signed":{"_type":"root"},"signatures":[]}'])(
    'no file such as "%s"',
    async text => {
      const roots: RootTrust = { kind: 'file', content: Buffer.from(text) }
      expect(await failing(mill.device({ roots }).refresh())).toMatchObject({ code: 'bad-input' })
    },
  )

  test('what a later refresh left, and not what an earlier one still asks for', async () => {
    const site = await openStand()
    const model = [{ role: 'model-a' as const, targets: [targetOf('models/a/1/x', 'a')] }]
    await site.writer.publish([...planOf('plan 1'), ...model])
    const early = site.copy()
    const store = memoryStore()
    const before = await site.device({ store, source: early }).refresh()
    await site.writer.publish(planOf('plan 2'))
    const device = site.device({ store })
    await device.refresh()
    await before.target('models/a/1/x')
    expect(await device.current()?.target('site/plan')).toEqual(targetOf('site/plan', 'plan 2'))
  })

  test('the keys of a fingerprint, also as people write it', async () => {
    const fingerprint = fingerprintOf(rootOf(mill))
    const names = ['this computer', 'backup', 'second person'] as const
    expect(
      fingerprintOfKeys(
        names.map(name => mill.keyring.key(name).public),
        2,
      ),
    ).toBe(fingerprint)
    const written = (fingerprint.toUpperCase().match(/.{1,8}/g) ?? []).join(' ')
    for (const each of [fingerprint, written]) {
      const roots: RootTrust = { kind: 'fingerprint', fingerprint: each }
      await mill.device({ roots }).refresh()
      await stick.device({ roots }).refresh()
      expect(await failing(mill.device({ roots, source: stranger.sink }).refresh())).toMatchObject({
        code: 'unsigned',
      })
    }
  })

  test('whoever is first where it was told so, and from then on only that one', async () => {
    const store = memoryStore()
    await mill.device({ store }).refresh()
    const failure = await failing(mill.device({ store, source: stranger.sink }).refresh())
    expect(failure).toMatchObject({ code: 'unsigned' })
  })

  test('nobody where nothing is published', async () => {
    const empty = { read: async () => null }
    const failure = await failing(mill.device({ source: empty }).refresh())
    expect(failure).toMatchObject({ code: 'not-found' })
    expect(failure.message).toContain('mill')
  })

  test('nobody where it has known somebody and forgot', async () => {
    expect(await failing(mill.device({ known: true }).refresh())).toMatchObject({ code: 'tampered' })
  })
})

describe('a second lane', () => {
  test('is believed when the root keys that are trusted signed it', async () => {
    const device = mill.device()
    await device.refresh()
    const roots: RootTrust = { kind: 'signed-by', root: device.root() as Uint8Array }
    await stick.device({ roots }).refresh()
    const forged = await openStand({ lane: 'stick' })
    await forged.writer.publish(planOf('evil'))
    expect(await failing(stick.device({ roots, source: forged.sink }).refresh())).toMatchObject({
      code: 'unsigned',
    })
  })

  test('is believed when root keys were replaced since it was made, and after it was made', async () => {
    const site = await openStand()
    const lane = await openStand({ keyring: site.keyring, lane: 'stick' })
    await site.writer.publish(planOf('plan'))
    await lane.writer.publish(planOf('plan'))
    const early = rootOf(site)
    await site.writer.rotate('root', 'backup')
    await site.writer.rotate('root', 'this computer')
    await lane.writer.ensure()
    const device = site.device()
    await device.refresh()
    for (const root of [early, device.root() as Uint8Array])
      await lane.device({ roots: { kind: 'signed-by', root } }).refresh()
  })
})
