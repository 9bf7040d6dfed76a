import { describe, expect, test } from 'vitest'
import { seeded } from '../../../main/engine/kit/index.ts'
import { openGenerations } from '../../../main/engine/trust/index.ts'
import { PowerCut, SimDisk } from '../../agent/simDisk.ts'
import { failing, openStand, planOf, type Stand, targetOf } from './stand.ts'

const FOLDER = '/state/trust/mill'
const plan = (i: number) => targetOf('site/plan', `plan ${i}`)

/** A repository in its versions, the oldest first. */
async function history(length: number): Promise<{ stand: Stand; at: ReturnType<Stand['copy']>[] }> {
  const stand = await openStand()
  const at = []
  for (let i = 0; i < length; i++) {
    await stand.writer.publish(planOf(`plan ${i}`))
    at.push(stand.copy())
  }
  return { stand, at }
}

const deviceOn = (stand: Stand, disk: SimDisk, source: ReturnType<Stand['copy']>) =>
  stand.device({ store: openGenerations(disk, FOLDER), source })

const seen = async (stand: Stand, disk: SimDisk, source: ReturnType<Stand['copy']>) =>
  (await deviceOn(stand, disk, source).current()?.target('site/plan')) ?? null

describe('power that goes', () => {
  test('at every step of a refresh: the device knows the old or the new, and takes no older copy', async () => {
    const { stand, at } = await history(3)
    const [first, second, third] = at as [Stand['sink'], Stand['sink'], Stand['sink']]
    const random = seeded(7)
    const start = new SimDisk()
    start.ensureFolder(FOLDER)
    for (const source of [first, second]) await deviceOn(stand, start, source).refresh()
    const whole = start.copy()
    await deviceOn(stand, whole, third).refresh()
    const steps = whole.operations
    expect(steps).toBeGreaterThan(20)
    for (let cutAt = 1; cutAt <= steps; cutAt++)
      for (let image = 0; image < 4; image++) {
        const disk = start.copy()
        disk.injected = { cutAt }
        await expect(deviceOn(stand, disk, third).refresh()).rejects.toThrow(PowerCut)
        const after = disk.afterCut(random)
        expect([plan(1), plan(2)]).toContainEqual(await seen(stand, after, first))
        expect(await failing(deviceOn(stand, after, first).refresh())).toMatchObject({ code: 'tampered' })
        await deviceOn(stand, after, third).refresh()
        expect(await seen(stand, after, third)).toEqual(plan(2))
      }
  }, 60_000)

  test('after a refresh came to its end: what it saw is never forgotten', async () => {
    const { stand, at } = await history(4)
    const random = seeded(3)
    for (let round = 0; round < 30; round++) {
      let disk = new SimDisk()
      disk.ensureFolder(FOLDER)
      for (const [i, source] of at.entries()) {
        await deviceOn(stand, disk, source).refresh()
        disk = disk.afterCut(random)
        expect(await seen(stand, disk, source)).toEqual(plan(i))
        for (const older of at.slice(0, i))
          expect(await failing(deviceOn(stand, disk, older).refresh())).toMatchObject({ code: 'tampered' })
      }
    }
  }, 60_000)

  test('at the very first refresh is a first start again', async () => {
    const { stand, at } = await history(1)
    const [first] = at as [Stand['sink']]
    const random = seeded(5)
    for (let cutAt = 1; ; cutAt++) {
      const disk = new SimDisk()
      disk.ensureFolder(FOLDER)
      disk.injected = { cutAt }
      const isDone = await deviceOn(stand, disk, first)
        .refresh()
        .then(
          () => true,
          () => false,
        )
      const after = disk.afterCut(random)
      await deviceOn(stand, after, first).refresh()
      expect(await seen(stand, after, first)).toEqual(plan(0))
      if (isDone) return
    }
  })

  test('a disk that is full or read-only says so, and what was known stays', async () => {
    const { stand, at } = await history(2)
    const [first, second] = at as [Stand['sink'], Stand['sink']]
    const disk = new SimDisk()
    disk.ensureFolder(FOLDER)
    await deviceOn(stand, disk, first).refresh()
    for (const injected of [{ capacity: disk.used + 100 }, { readOnly: true }]) {
      disk.injected = injected
      await expect(deviceOn(stand, disk, second).refresh()).rejects.toThrow(/ENOSPC|EROFS/)
      disk.injected = {}
      expect(await seen(stand, disk, second)).toEqual(plan(0))
    }
    await deviceOn(stand, disk, second).refresh()
    expect(await seen(stand, disk, second)).toEqual(plan(1))
  })
})

describe('a disk that rots', () => {
  const start = async () => {
    const { stand, at } = await history(3)
    const disk = new SimDisk()
    disk.ensureFolder(FOLDER)
    for (const source of at) await deviceOn(stand, disk, source).refresh()
    return { stand, at, disk }
  }
  const newestOf = (disk: SimDisk) =>
    Buffer.from(disk.read(`${FOLDER}/CURRENT`) ?? [])
      .toString()
      .trim()

  test('keeps two generations and falls back to the one before, whatever file is torn or gone', async () => {
    const { stand, at, disk } = await start()
    const newest = newestOf(disk)
    expect(new Set(disk.files().flatMap(name => /gen-\d+/.exec(name) ?? [])).size).toBe(2)
    for (const file of disk.files().filter(name => name.includes(newest)))
      for (const change of [
        (bytes: Uint8Array) => bytes.subarray(0, bytes.length >> 1),
        (bytes: Uint8Array) => bytes.map((byte, i) => (i === 40 ? byte ^ 1 : byte)),
        null,
      ]) {
        const copy = disk.copy()
        if (change) copy.damage(file, change)
        else copy.remove(file)
        expect(await seen(stand, copy, at[2] as Stand['sink'])).toEqual(plan(1))
        expect(await failing(deviceOn(stand, copy, at[0] as Stand['sink']).refresh())).toMatchObject({
          code: 'tampered',
        })
        await deviceOn(stand, copy, at[2] as Stand['sink']).refresh()
        expect(await seen(stand, copy, at[2] as Stand['sink'])).toEqual(plan(2))
      }
  }, 60_000)

  test('is no first start where everything it knew is damaged', async () => {
    const { stand, at, disk } = await start()
    for (const file of disk.files().filter(name => name.endsWith('.json')))
      disk.damage(file, () => new Uint8Array(0))
    const device = deviceOn(stand, disk, at[0] as Stand['sink'])
    const failure = await failing(device.refresh())
    expect(failure).toMatchObject({ code: 'tampered' })
    expect(failure.remedy).toContain('anew')
  })

  test('a torn pointer is made up for', async () => {
    const { stand, at, disk } = await start()
    disk.damage(`${FOLDER}/CURRENT`, () => Buffer.from('gen-9'))
    expect(await seen(stand, disk, at[2] as Stand['sink'])).toEqual(plan(2))
    disk.remove(`${FOLDER}/CURRENT`)
    expect(await seen(stand, disk, at[2] as Stand['sink'])).toEqual(plan(2))
  })
})
