import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  drill,
  openKeyring,
  openSiteWriter,
  type RoleName,
  type RootKeyName,
} from '../../../main/engine/trust/index.ts'
import { failing, openStand, planOf, scratch, targetOf } from './stand.ts'

const ROLES: RoleName[] = ['targets', 'snapshot', 'timestamp', 'site', 'model-a']
const model = (content: string) => [
  { role: 'model-a' as const, targets: [targetOf('models/a/1/x', content)] },
]

describe('replacing a key', () => {
  test.each(ROLES)('of %s: devices follow, also new ones, at every step of it', async role => {
    const stand = await openStand()
    await stand.writer.publish([...planOf('plan'), ...model('one')])
    const device = stand.device()
    await (await device.refresh()).target('models/a/1/x')
    const name = role === 'model-a' ? 'release' : role
    const before = stand.keyring.key(name as 'site').id
    const write = stand.sink.write
    let steps = 0
    // After each file that is written, a device that knew the site and one that did not can both read it.
    stand.sink.write = async (...all) => {
      await write(...all)
      steps++
      for (const each of [device, stand.device()])
        expect(await (await each.refresh()).target('models/a/1/x')).not.toBeNull()
    }
    const states = await stand.writer.rotate(role)
    expect(steps).toBeGreaterThan(1)
    const now = states.find(state => state.role === role)
    expect(now?.keys).toEqual([stand.keyring.key(name as 'site').id])
    expect(now?.keys).not.toContain(before)
    await stand.writer.publish(model('two'))
    expect(await (await device.refresh()).target('models/a/1/x')).toEqual(targetOf('models/a/1/x', 'two'))
  })

  test.each<RootKeyName>(['this computer', 'backup', 'second person'])('of root: "%s"', async lost => {
    const stand = await openStand()
    await stand.writer.publish(planOf('plan'))
    const device = stand.device()
    await device.refresh()
    const before = stand.keyring.key(lost).id
    const [root] = await stand.writer.rotate('root', lost)
    expect(root).toMatchObject({ role: 'root', version: 2, threshold: 2 })
    expect(root?.keys).not.toContain(before)
    expect((await device.refresh()).roles[0]).toEqual(root)
  })

  test('every root key after the other: a device that slept through it follows the chain', async () => {
    const stand = await openStand()
    await stand.writer.publish(planOf('plan'))
    const device = stand.device()
    await device.refresh()
    for (const lost of ['this computer', 'backup', 'second person', 'backup'] as const)
      await stand.writer.rotate('root', lost)
    expect((await device.refresh()).roles[0]?.version).toBe(5)
  })

  test('of root needs a name, and two keys that are here', async () => {
    const folder = join(scratch(), 'keys')
    const stand = await openStand({ keyring: await openKeyring(folder) })
    await stand.writer.publish(planOf('plan'))
    expect(await failing(stand.writer.rotate('root'))).toMatchObject({ code: 'bad-input' })
    rmSync(join(folder, 'backup.1.secret'))
    await stand.writer.rotate('root', 'backup')
    rmSync(join(folder, 'backup.2.secret'))
    rmSync(join(folder, 'second-person.1.secret'))
    expect(await failing(stand.writer.rotate('root', 'backup'))).toMatchObject({ code: 'no-permission' })
    expect(stand.keyring.key('backup').number).toBe(2)
  })

  test.each(['timestamp', 'snapshot', 'targets', 'site'] as const)(
    'a damaged key of %s is replaced, and says so before',
    async role => {
      const folder = join(scratch(), 'keys')
      const stand = await openStand({ keyring: await openKeyring(folder) })
      await stand.writer.publish(planOf('plan'))
      const device = stand.device()
      await device.refresh()
      writeFileSync(join(folder, `${role}.1.secret`), 'torn')
      if (role !== 'targets')
        expect(await failing(stand.writer.publish(planOf('plan 2')))).toMatchObject({
          code: 'unreadable-file',
        })
      await stand.writer.rotate(role)
      await stand.writer.publish(planOf('plan 3'))
      const trusted = await device.refresh()
      expect(await trusted.target('site/plan')).toEqual(targetOf('site/plan', 'plan 3'))
    },
  )

  test('other sites and the lane of sticks take a new key up by themselves', async () => {
    const mill = await openStand()
    const dock = await openStand({ keyring: mill.keyring, site: 'dock' })
    const stick = await openStand({ keyring: mill.keyring, lane: 'stick' })
    for (const { writer } of [mill, dock, stick]) await writer.publish(planOf('plan'))
    const devices = [dock.device(), stick.device()]
    for (const device of devices) await device.refresh()
    await mill.writer.rotate('site')
    await mill.writer.rotate('targets')
    await mill.writer.rotate('root', 'backup')
    for (const [i, { writer }] of [dock, stick].entries()) {
      const states = await writer.ensure()
      expect(states.find(({ role }) => role === 'site')?.keys).toEqual([mill.keyring.key('site').id])
      expect(states[0]?.keys).toContain(mill.keyring.key('backup').id)
      await devices[i]?.refresh()
    }
  })

  test('a publisher who ends while a key is replaced: readers go on, and the next one finishes', async () => {
    for (let step = 0; ; step++) {
      const stand = await openStand()
      await stand.writer.publish(planOf('plan'))
      const device = stand.device()
      await device.refresh()
      let left = step
      const dying = {
        ...stand.sink,
        async write(...all: Parameters<typeof stand.sink.write>) {
          if (left-- === 0) throw new Error('ended')
          await stand.sink.write(...all)
        },
      }
      const now = () => stand.clock.now
      const writer = openSiteWriter({
        sink: dying,
        keyring: stand.keyring,
        site: 'mill',
        lane: 'online',
        now,
      })
      const isDone = await writer.rotate('timestamp').then(
        () => true,
        () => false,
      )
      await device.refresh()
      const states = await stand.writer.ensure()
      expect(states.find(({ role }) => role === 'timestamp')?.keys).toEqual([
        stand.keyring.key('timestamp').id,
      ])
      await device.refresh()
      if (isDone) return expect(step).toBeGreaterThan(2)
    }
  })
})

describe('the rehearsal of a loss', () => {
  test.each<RootKeyName>(['this computer', 'backup', 'second person'])(
    'of "%s" changes nothing',
    async lost => {
      const stand = await openStand()
      await stand.writer.publish(planOf('plan'))
      const files = new Map(stand.sink.files)
      const holders = stand.keyring.holders()
      const now = () => stand.clock.now
      const place = { site: 'mill', lane: 'online' as const }
      const said = await drill({ source: stand.sink, keyring: stand.keyring, place, lost, now })
      expect(said).toMatchObject({ lost, root: { before: 1, after: 2 } })
      expect(said.steps.join('\n')).toContain('followed to root 2')
      expect(said.steps.join('\n')).toContain('refused')
      expect(stand.sink.files).toEqual(files)
      expect(stand.keyring.holders()).toEqual(holders)
    },
  )

  test('says who is missing where the two others are not here', async () => {
    const folder = join(scratch(), 'keys')
    const stand = await openStand({ keyring: await openKeyring(folder) })
    await stand.writer.publish(planOf('plan'))
    rmSync(join(folder, 'backup.1.secret'))
    const options = {
      source: stand.sink,
      keyring: stand.keyring,
      place: { site: 'mill', lane: 'online' as const },
    }
    const failure = await failing(drill({ ...options, lost: 'this computer' }))
    expect(failure).toMatchObject({ code: 'no-permission' })
    expect(failure.message).toContain('only "second person" is')
  })
})
