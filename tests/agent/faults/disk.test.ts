import { describe, expect, test } from 'vitest'
import { canonicalJson, hashOf } from '../../../main/engine/kit/index.ts'
import { type Box, boxHere, handClock } from '../boxHere.ts'
import { MODEL, openPublisher, type Publisher } from '../publishHere.ts'
import { SimDisk } from '../simDisk.ts'

/** A box that runs v2 and keeps v1, both proved; with v3 published. */
async function standing(): Promise<{ disk: SimDisk; publisher: Publisher }> {
  const publisher = await openPublisher()
  const disk = new SimDisk()
  await publisher.publish({ version: 1, note: 'one' })
  const box = await boxHere(disk, publisher.where)
  await box.look()
  await prove(box, 1)
  await publisher.publish({ version: 2, note: 'two' })
  await box.look()
  await prove(box, 2)
  box.stop()
  await publisher.publish({ version: 3 })
  return { disk, publisher }
}

async function prove(box: Box, version: number): Promise<void> {
  box.events.answered(MODEL, version, 5)
  await box.core.trials.tick()
}

describe('fault 3 and 4: each file of the state, truncated or with one bit flipped', () => {
  test('it answers with a whole version, and comes to what is wanted', async () => {
    const { disk, publisher } = await standing()
    const half = (bytes: Uint8Array) => bytes.slice(0, bytes.length / 2)
    const flip = (bytes: Uint8Array) => {
      bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 4
      return bytes
    }
    const files = disk.files().filter(path => !path.startsWith('/state/id/'))
    expect(files.length).toBeGreaterThan(15)
    for (const path of files)
      for (const change of [half, flip, () => new Uint8Array()]) {
        const damaged = disk.copy()
        damaged.damage(path, change)
        const box = await boxHere(damaged, publisher.where)
        expect([1, 2], `${path} is damaged`).toContain(box.version())
        await box.look()
        // Where its trust is damaged, it refuses what it cannot tell from old copies, and goes on.
        if (path.includes('/trust/')) expect([2, 3], path).toContain(box.version())
        else expect(box.version(), `${path} was damaged`).toBe(3)
        box.stop()
      }
  }, 60_000)

  test('both copies of the state: what `current` names goes on, and the floor comes back with the plan', async () => {
    const { disk, publisher } = await standing()
    for (const copy of [0, 1]) disk.damage(`/state/state.${copy}.json`, () => Buffer.from('{'))
    await publisher.change(() => {
      publisher.model().floor = 2
    })
    const box = await boxHere(disk, publisher.where)
    expect(box.version()).toBe(2)
    expect(box.core.timeline.events().map(({ event }) => event)).toContain('State lost')
    // Not a byte of a state is written before the publisher was heard.
    expect(Buffer.from(disk.read('/state/state.0.json') ?? []).toString()).toBe('{')
    await box.look()
    expect(box.version()).toBe(3)
    expect(box.core.parts.modelOf(MODEL).floor).toBe(2)
  })

  test('a key of the device: said in one sentence, and never replaced', async () => {
    const { disk, publisher } = await standing()
    disk.damage('/state/id/device.ed25519', bytes => bytes.slice(0, 40))
    await expect(boxHere(disk, publisher.where)).rejects.toThrow(/key of this device .* cannot be read/)
    expect(disk.size('/state/id/device.ed25519')).toBe(40)
  })

  test('a record in the middle of the chain is left out and shows as a gap; a torn end is cut off', async () => {
    const { disk, publisher } = await standing()
    const path = disk.files().find(name => name.startsWith('/state/records/')) as string
    const before = (await boxHere(disk.copy(), publisher.where)).core.log
    const last = before.last
    disk.damage(path, bytes => {
      bytes[200] = (bytes[200] ?? 0) ^ 1
      return new Uint8Array([...bytes, ...Buffer.from('0123456789abcdef {"torn')])
    })
    const { log } = (await boxHere(disk, publisher.where)).core
    log.add('error', { what: 'after' })
    const records = log.after(0, 1000)
    expect(records.at(-1)?.seq).toBe(last + 1)
    expect(records[0]?.seq).toBe(2)
  })
})

describe('fault 6: a disk that takes nothing', () => {
  test('full at each write of an installation: told with the numbers, nothing half there, the old one goes on', async () => {
    const { disk, publisher } = await standing()
    const scarce = disk.copy()
    scarce.injected = { capacity: scarce.used + (1 << 20) }
    const reserved = await boxHere(scarce, publisher.where)
    await reserved.look()
    expect(reserved.version()).toBe(2)
    expect(reserved.core.parts.lives.of(MODEL).failure).toMatchObject({
      code: 'disk-full',
      message: expect.stringMatching(/takes 16\.8 MB with a reserve, and 1\.0 MB are free/),
    })
    // A disk that says it has room, and has none.
    let steps = 0
    for (let room = 0; room < 100_000; room += 701) {
      const full = disk.copy()
      full.free = () => 1 << 30
      const box = await boxHere(full, publisher.where)
      full.injected = { capacity: full.used + room }
      await box.look()
      if (box.version() === 3) break
      steps++
      expect(box.version()).toBe(2)
      const said = box.core.parts.lives.of(MODEL).failure ?? box.core.lookout.trouble
      expect(said?.code).toBe('disk-full')
      // Room again: it goes on.
      full.injected = {}
      box.core.parts.lives.of(MODEL).wait = null
      await box.look()
      expect(box.version()).toBe(3)
      box.stop()
    }
    expect(steps).toBeGreaterThan(5)
  }, 60_000)

  test('each write fails once with an error of the disk: the old or the new one answers, and the next look ends it', async () => {
    const { disk, publisher } = await standing()
    const counted = disk.copy()
    const all = await boxHere(counted, publisher.where)
    counted.operations = 0
    await all.look()
    expect(all.version()).toBe(3)
    const steps = counted.operations
    for (let at = 1; at <= steps; at += 3) {
      const failing = disk.copy()
      const box = await boxHere(failing, publisher.where)
      failing.operations = 0
      failing.injected = { errorAt: { at, code: at % 2 ? 'EIO' : 'ENOSPC' } }
      await box.look()
      expect([2, 3], `step ${at}`).toContain(box.version())
      failing.injected = {}
      box.core.parts.lives.of(MODEL).wait = null
      await box.look()
      expect(box.version(), `after step ${at}`).toBe(3)
      box.stop()
    }
    console.info(`an error at each third of ${steps} steps`)
  }, 60_000)

  test('no inode left at each new name of an installation: told as a full disk, the old one goes on, and it follows once there are some', async () => {
    const { disk, publisher } = await standing()
    let steps = 0
    for (let left = 0; ; left++) {
      const full = disk.copy()
      const clock = handClock(Date.now())
      const box = await boxHere(full, publisher.where, { clock })
      full.injected = { files: full.files().length + left }
      await box.look()
      if (box.version() === 3) break
      steps++
      expect(box.version()).toBe(2)
      const said = box.core.parts.lives.of(MODEL).failure ?? box.core.lookout.trouble
      expect(said?.code, said?.message).toBe('disk-full')
      full.injected = {}
      clock.pass(120_000)
      await box.look()
      expect(box.version()).toBe(3)
      box.stop()
    }
    expect(steps).toBeGreaterThan(3)
  }, 60_000)

  test('a remount as read-only at each third step of an installation: it answers, says so, and follows once it may write', async () => {
    const { disk, publisher } = await standing()
    const counted = disk.copy()
    const all = await boxHere(counted, publisher.where)
    counted.operations = 0
    await all.look()
    const steps = counted.operations
    let old = 0
    for (let at = 1; at <= steps; at += 3) {
      const failing = disk.copy()
      const clock = handClock(Date.now())
      const box = await boxHere(failing, publisher.where, { clock })
      failing.operations = 0
      failing.injected = { readOnlyFrom: at }
      await box.look()
      expect([2, 3], `step ${at}`).toContain(box.version())
      if (box.version() === 2) {
        old++
        const said = box.core.lookout.trouble ?? box.core.parts.lives.of(MODEL).failure
        expect(said?.code, `step ${at}: ${said?.message}`).toBe('no-permission')
      }
      // Started anew on it, it answers as well.
      const copy = failing.copy()
      copy.injected = { readOnly: true }
      const again = await boxHere(copy, publisher.where)
      expect([2, 3], `started after step ${at}`).toContain(again.version())
      again.stop()
      failing.injected = {}
      clock.pass(120_000)
      await box.look()
      expect(box.version(), `after step ${at}`).toBe(3)
      box.stop()
    }
    expect(old).toBeGreaterThan(20)
  }, 60_000)

  test('read-only from the start: it answers, and says so', async () => {
    const { disk, publisher } = await standing()
    disk.injected = { readOnly: true }
    const box = await boxHere(disk, publisher.where)
    expect(box.version()).toBe(2)
    await box.look()
    expect(box.version()).toBe(2)
    expect((box.core.lookout.trouble ?? box.core.parts.lives.of(MODEL).failure)?.code).toBe('no-permission')
    disk.injected = {}
    box.core.parts.lives.of(MODEL).wait = null
    await box.look()
    expect(box.version()).toBe(3)
  })
})

describe('fault 20: an agent of another time', () => {
  test('the state folder of an agent of the first kind is told in one sentence and left as it is', async () => {
    const disk = new SimDisk()
    disk.ensureFolder('/state')
    const file = disk.open('/state/current.json')
    file.write(Buffer.from('{"format":"edgewright-device/1"}'), 0)
    file.sync()
    await expect(boxHere(disk, '/nowhere')).rejects.toMatchObject({ failure: { code: 'unsupported' } })
    expect(disk.files()).toEqual(['/state/current.json'])
  })

  test('a later agent keeps more in state and records: an earlier one goes on with it, and the later one again', async () => {
    const { disk, publisher } = await standing()
    /** What a later one may have added, wherever it likes. */
    const grown = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(grown)
        : value && typeof value === 'object'
          ? {
              ...Object.fromEntries(Object.entries(value).map(([key, each]) => [key, grown(each)])),
              later: { much: [1, 'two'] },
            }
          : value
    for (const copy of [0, 1]) {
      const path = `/state/state.${copy}.json`
      const { generation, state } = JSON.parse(Buffer.from(disk.read(path) ?? []).toString())
      const later = grown(state) as object
      disk.damage(path, () =>
        Buffer.from(
          JSON.stringify({ generation, sha256: hashOf(canonicalJson(later)), state: later, later: true }),
        ),
      )
    }
    const earlier = await boxHere(disk, publisher.where)
    expect(earlier.core.parts.keeper.found).toBe('whole')
    expect(earlier.version()).toBe(2)
    const before = earlier.core.log.last
    expect(earlier.core.parts.modelOf(MODEL).floor).toBe(0)
    await earlier.look()
    expect(earlier.version()).toBe(3)
    earlier.stop()
    const later = await boxHere(disk.copy(), publisher.where)
    expect(later.version()).toBe(3)
    expect(later.core.log.last).toBeGreaterThan(before)
  })

  // Written by the agent of 0.7: an agent that reads it no longer would leave every device in the field in its safe mode.
  test('the state of the first agent of this form is read for ever', async () => {
    const { disk, publisher } = await standing()
    const before = JSON.parse(Buffer.from(disk.read('/state/state.0.json') ?? []).toString()).state
    const keys = (value: object) => Object.keys(value).sort()
    expect(keys(before)).toEqual(['format', 'lanes', 'models', 'plan', 'site', 'starts', 'timeFloor'])
    const first = {
      format: 'edgewright-agent/1',
      ...{
        lanes: before.lanes,
        plan: before.plan,
        site: before.site,
        starts: 0,
        timeFloor: before.timeFloor,
      },
      models: before.models.map((each: Record<string, unknown>) =>
        Object.fromEntries(
          ['candidate', 'current', 'floor', 'held', 'installed', 'model', 'previous', 'quarantine', 'revoked']
            .concat(['switchedAt', 'trial'])
            .map(key => [key, each[key]]),
        ),
      ),
    }
    for (const copy of [0, 1])
      disk.damage(`/state/state.${copy}.json`, () =>
        Buffer.from(
          JSON.stringify({ generation: 99 + copy, sha256: hashOf(canonicalJson(first)), state: first }),
        ),
      )
    const box = await boxHere(disk, publisher.where)
    expect(box.core.parts.keeper.found).toBe('whole')
    expect([1, 2]).toContain(box.version())
    await box.look()
    expect(box.version()).toBe(3)
  })
})
