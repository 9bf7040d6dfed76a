import { describe, expect, test } from 'vitest'
import { rollBackByHand, switchByHand } from '../../../main/agent/steps/switch.ts'
import { isInWindow } from '../../../main/agent/steps/window.ts'
import { chainFaults, openSink } from '../../../main/engine/release/index.ts'
import { type Box, boxHere, handClock, PROFILE, recording } from '../boxHere.ts'
import { MODEL, openPublisher } from '../publishHere.ts'
import { SimDisk } from '../simDisk.ts'

const DAY = 86_400_000

describe('fault 5: the clock', () => {
  test('1970 does not switch off expiry, and years ahead only blocks installing; the model goes on', async () => {
    const clock = handClock()
    const publisher = await openPublisher({ now: () => clock.at })
    await publisher.publish({ version: 1 })
    const disk = new SimDisk()
    const box = await boxHere(disk, publisher.where, { clock })
    await box.look()
    expect(box.version()).toBe(1)
    const began = clock.at
    await publisher.publish({ version: 2 })
    // A battery that is empty: time cannot be before what was signed.
    clock.at = 0
    expect(box.core.parts.time.isTrusted()).toBe(false)
    expect(box.core.parts.time.now()).toBeGreaterThanOrEqual(began)
    await box.look()
    expect(box.version()).toBe(2)
    const again = await boxHere(disk.copy(), publisher.where, { clock })
    expect(again.version()).toBe(2)
    expect(again.core.log.after(0, 1000).some(({ kind }) => kind === 'clock')).toBe(true)
    clock.at = began
    await publisher.publish({ version: 3 })
    clock.at = Date.UTC(2036, 1, 7)
    await box.look()
    expect(box.version()).toBe(2)
    expect(box.core.lookout.trouble?.code).toBe('expired')
    expect(box.core.parts.time.isTrusted()).toBe(false)
    clock.at = began
    await box.look()
    expect(box.version()).toBe(3)
  })

  test('a jump during the run is told, and nothing stops', async () => {
    const clock = handClock()
    const publisher = await openPublisher({ now: () => clock.at })
    await publisher.publish({ version: 1 })
    const box = await boxHere(new SimDisk(), publisher.where, { clock })
    await box.look()
    expect(box.core.parts.time.isTrusted()).toBe(true)
    clock.pass(3_600_000)
    expect(box.core.parts.time.isTrusted()).toBe(true)
    clock.at += 7_200_000
    expect(box.core.parts.time.isTrusted()).toBe(false)
    await box.look()
    expect(box.version()).toBe(1)
  })

  test('jumps to 1970, to 2036 and back while a version is on its way and on trial: it proves itself by what only counts up', async () => {
    const clock = handClock()
    const began = clock.at
    const publisher = await openPublisher({ now: () => began })
    await publisher.publish({ version: 1 })
    const box = await boxHere(new SimDisk(), publisher.where, { clock })
    await box.look()
    for (const at of [0, Date.UTC(2036, 0, 1), began - 3_600_000, began]) {
      clock.at = at
      await box.core.trials.tick()
      expect(box.core.parts.modelOf(MODEL).trial, new Date(at).toISOString()).not.toBeNull()
      expect(box.version()).toBe(1)
    }
    clock.pass(61_000)
    await box.core.trials.tick()
    expect(box.core.parts.modelOf(MODEL).trial).toBeNull()
    await publisher.publish({ version: 2 })
    // The clock jumps under a look, far ahead and far back.
    const source = openSink(publisher.where)
    const jumps = [Date.UTC(2036, 0, 1), 0, began]
    for (const at of jumps) {
      await box.look({
        ...source,
        async blob(...all) {
          clock.at = at
          return source.blob(...all)
        },
      })
      expect([1, 2]).toContain(box.version())
    }
    await box.look()
    expect(box.version()).toBe(2)
    const records = box.core.log.after(0, 1000)
    expect(chainFaults(records, null)).toEqual([])
  })

  test('daily windows keep to what the clock on the wall shows, over both changes of summer time', () => {
    const zone = process.env.TZ
    process.env.TZ = 'Europe/Berlin'
    try {
      const night = [{ from: '01:30', to: '03:30' }]
      const open = (utc: string) => isInWindow(night, new Date(utc))
      // 29 March 2026: from 2:00 the clock goes to 3:00 (01:00 UTC). 25 October: from 3:00 back to 2:00 (01:00 UTC).
      expect(
        ['2026-03-29T00:29Z', '2026-03-29T00:30Z', '2026-03-29T01:00Z', '2026-03-29T01:30Z'].map(open),
      ).toEqual([false, true, true, false])
      expect(
        [
          '2026-10-24T23:29Z',
          '2026-10-24T23:30Z',
          '2026-10-25T00:30Z',
          '2026-10-25T01:30Z',
          '2026-10-25T02:30Z',
        ].map(open),
      ).toEqual([false, true, true, true, false])
    } finally {
      if (zone === undefined) delete process.env.TZ
      else process.env.TZ = zone
    }
  })
})

test('fault 7: what has ended is not installed, the date is named, and the model goes on', async () => {
  const clock = handClock()
  const publisher = await openPublisher({ now: () => clock.at })
  await publisher.publish({ version: 1 })
  const box = await boxHere(new SimDisk(), publisher.where, { clock })
  await box.look()
  await publisher.publish({ version: 2 })
  clock.pass(8 * DAY)
  await box.look()
  expect(box.version()).toBe(1)
  expect(box.core.lookout.trouble).toMatchObject({ code: 'expired', message: expect.stringMatching(/2026/) })
  const again = await boxHere((box.core.parts.disk as SimDisk).copy(), publisher.where, { clock })
  expect(again.version()).toBe(1)
})

test('fault 8: a whole repository that is older is refused, and counts as an attack', async () => {
  const publisher = await openPublisher()
  await publisher.publish({ version: 1 })
  const old = recording(publisher.where)
  await publisher.publish({ version: 2 })
  const box = await boxHere(new SimDisk(), publisher.where)
  await box.look()
  await box.look(openSink(old))
  expect(box.version()).toBe(2)
  expect(box.core.log.after(0, 100).some(({ kind }) => kind === 'security')).toBe(true)
})

describe('fault 11: what is not for this device', () => {
  test('wrong hardware is refused before anything is fetched, with the numbers; the first variant that fits is taken', async () => {
    const publisher = await openPublisher()
    await publisher.publish({ version: 1, needs: { memoryBytes: 80e6 }, variants: ['float32'] })
    const disk = new SimDisk()
    const profile = { ...PROFILE, memoryBytes: 32e6 }
    const box = await boxHere(disk, publisher.where, { profile })
    await box.look()
    expect(box.version()).toBe(null)
    expect(box.core.parts.lives.of(MODEL).failure).toMatchObject({
      code: 'does-not-fit',
      message: expect.stringMatching(/80\.0 MB of memory and it allows 32\.0 MB.*Nothing was fetched/),
    })
    // The plan alone.
    expect(disk.files().filter(path => path.includes('/blobs/'))).toHaveLength(1)
    await publisher.publish({ version: 2, variants: ['float32', 'dynamic-range'] })
    const picky = await boxHere(new SimDisk(), publisher.where, {
      profile: { ...PROFILE, variants: ['dynamic-range'] },
    })
    await picky.look()
    expect(picky.core.parts.modelOf(MODEL).installed[0]?.variant).toBe('dynamic-range')
  })

  test('another site, and a plan that names what no key for the model signed', async () => {
    const publisher = await openPublisher({ site: 'hall-1' })
    await publisher.publish({ version: 1 })
    const other = await boxHere(new SimDisk(), publisher.where, { site: 'hall-2' })
    await other.look()
    expect(other.version()).toBe(null)
    const box = await boxHere(new SimDisk(), publisher.where)
    await box.look()
    expect(box.version()).toBe(1)
    await publisher.change(() => {
      const it = publisher.model()
      it.versions = [
        { ...(it.versions[0] as (typeof it.versions)[0]), version: 2, counter: 9 },
        ...it.versions,
      ]
      it.stable = 2
    })
    await box.look()
    expect(box.version()).toBe(1)
    expect(['unsigned', 'tampered']).toContain(box.core.parts.lives.of(MODEL).failure?.code)
  })
})

describe('fault 17: a version that is no good here', () => {
  test('one that fails its rehearsal is put into quarantine, and tried again only with a higher counter', async () => {
    const publisher = await openPublisher()
    await publisher.publish({ version: 1 })
    const bad: { rehearsal?: { code: 'unsupported-graph'; message: string; remedy: string } } = {}
    const clock = handClock()
    const box = await boxHere(new SimDisk(), publisher.where, { bad, clock })
    await box.look()
    await publisher.publish({ version: 2 })
    bad.rehearsal = { code: 'unsupported-graph', message: 'Its golden rows differ by 0.4.', remedy: '' }
    for (let again = 0; again < 5; again++) {
      clock.pass(120_000)
      await box.look()
    }
    expect(box.version()).toBe(1)
    expect(box.rehearsed.filter(version => version === 2)).toHaveLength(1)
    expect(box.core.parts.modelOf(MODEL).quarantine).toHaveLength(1)
    delete bad.rehearsal
    clock.pass(120_000)
    await box.look()
    expect(box.version()).toBe(1)
    await publisher.publish({ version: 2, counter: 7 })
    await box.look()
    expect(box.version()).toBe(2)
  })

  test('one that gives no numbers on trial is gone back from, without a loop', async () => {
    const publisher = await openPublisher()
    await publisher.publish({ version: 1 })
    const clock = handClock()
    const disk = new SimDisk()
    const box = await boxHere(disk, publisher.where, { clock })
    await box.look()
    await publisher.publish({ version: 2 })
    await box.look()
    expect(box.version()).toBe(2)
    box.events.answered(MODEL, 2, 3)
    box.events.failed(MODEL, 2, { code: 'unsupported-graph', message: 'It gives NaN.', remedy: '' })
    await expect.poll(() => box.version()).toBe(1)
    for (let again = 0; again < 3; again++) {
      clock.pass(120_000)
      await box.look()
    }
    expect(box.version()).toBe(1)
    expect((await boxHere(disk.copy(), publisher.where, { clock })).version()).toBe(1)
  })

  test('one that takes the agent along again and again is gone back from at the fourth start', async () => {
    const publisher = await openPublisher()
    await publisher.publish({ version: 1 })
    let disk = new SimDisk()
    const first = await boxHere(disk, publisher.where)
    await first.look()
    first.events.answered(MODEL, 1, 5)
    await first.core.trials.tick()
    await publisher.publish({ version: 2 })
    await first.look()
    const ran: (number | null)[] = []
    for (let start = 0; start < 5; start++) {
      disk = disk.copy()
      ran.push((await boxHere(disk, publisher.where)).version())
    }
    expect(ran).toEqual([2, 2, 2, 1, 1])
  })
})

describe('versions in hand', () => {
  test('a person switches at the box; it stays until the publisher decides anew, and never below the floor', async () => {
    const publisher = await openPublisher()
    for (const version of [1, 2, 3]) await publisher.publish({ version })
    const disk = new SimDisk()
    const box = await boxHere(disk, publisher.where)
    await box.look()
    expect(box.version()).toBe(3)
    expect(
      box.core.parts
        .modelOf(MODEL)
        .installed.map(({ version }) => version)
        .sort(),
    ).toEqual([1, 2, 3])
    await switchByHand(box.core.parts, MODEL, 1)
    expect(box.version()).toBe(1)
    await box.look()
    expect(box.version()).toBe(1)
    await rollBackByHand(box.core.parts, MODEL)
    expect(box.version()).toBe(3)
    await switchByHand(box.core.parts, MODEL, 1)
    await publisher.change(() => {
      publisher.model().decision++
    })
    await box.look()
    expect(box.version()).toBe(3)
    await publisher.change(() => {
      publisher.model().floor = 2
    })
    await box.look()
    await expect(switchByHand(box.core.parts, MODEL, 1)).rejects.toThrow(/not on this device|below the floor/)
    await expect(switchByHand(box.core.parts, MODEL, 9)).rejects.toThrow(/v9 is not on this device/)
    await publisher.change(() => {
      const it = publisher.model()
      it.revoked = it.versions.find(each => each.version === 3)?.variants.map(each => each.manifest) ?? []
      it.stable = 2
    })
    await box.look()
    expect(box.version()).toBe(2)
    await expect(switchByHand(box.core.parts, MODEL, 3)).rejects.toThrow(/not on this device|called back/)
  })

  test('a version chosen for one device is followed by that one, and a choice by hand at another box stays', async () => {
    const publisher = await openPublisher({ site: 'hall-1' })
    await publisher.publish({ version: 1 })
    const boxes: { box: Box; id: string }[] = []
    for (const name of ['one', 'two']) {
      const box = await boxHere(new SimDisk(), publisher.where)
      await box.look()
      const { id, key, recipient } = box.core.parts.identity
      await publisher.approve({ id, key: key.spki, recipient, name })
      boxes.push({ box, id })
    }
    await publisher.publish({ version: 2 })
    for (const { box } of boxes) {
      await box.look()
      await switchByHand(box.core.parts, MODEL, 1)
    }
    const choose = (version: number) =>
      publisher.change(plan => {
        const device = plan.devices.find(({ id }) => id === boxes[0]?.id)
        Object.assign(device ?? {}, { use: { [MODEL]: version }, decisions: { [MODEL]: version } })
      })
    await choose(2)
    for (const { box } of boxes) await box.look()
    expect(boxes.map(({ box }) => box.version())).toEqual([2, 1])
    // Counted from the beginning again, as after it was forgotten: what a person chose after that goes before the plan.
    await switchByHand(boxes[0]?.box.core.parts as never, MODEL, 1)
    await choose(1)
    for (const { box } of boxes) await box.look()
    await choose(2)
    for (const { box } of boxes) await box.look()
    expect(boxes.map(({ box }) => box.version())).toEqual([2, 1])
    // What is decided for everyone goes before both.
    await publisher.change(() => {
      publisher.model().decision++
    })
    for (const { box } of boxes) await box.look()
    expect(boxes.map(({ box }) => box.version())).toEqual([2, 2])
  })
})
