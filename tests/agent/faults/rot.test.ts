import { expect, test } from 'vitest'
import { WEEK } from '../../../main/agent/recheck.ts'
import { type Box, boxHere, handClock } from '../boxHere.ts'
import { MODEL, openPublisher } from '../publishHere.ts'
import { SimDisk } from '../simDisk.ts'

const LARGE = 3 << 20

async function standing() {
  const clock = handClock(Date.now())
  const publisher = await openPublisher({ now: clock.wall })
  await publisher.publish({ version: 1, ballast: Buffer.alloc(LARGE, 'one') })
  const disk = new SimDisk()
  const box = await boxHere(disk, publisher.where, { clock })
  await box.look()
  await publisher.publish({ version: 2, ballast: Buffer.alloc(LARGE, 'two') })
  await box.look()
  expect(box.version()).toBe(2)
  return { clock, publisher, disk, box }
}

const installed = (box: Box, version: number) => {
  const found = box.core.parts.modelOf(MODEL).installed.find(each => each.version === version)
  if (!found) throw new Error(`v${version} is not installed`)
  return found
}
/** The device started anew, its last check long ago: a week later the metadata of this publisher would be past its time. */
async function due({ disk, publisher, clock, box }: Awaited<ReturnType<typeof standing>>) {
  box.stop()
  const file = disk.open('/state/recheck.json')
  file.write(Buffer.from(JSON.stringify({ finished: 1, done: null })), 0)
  file.sync()
  const next = await boxHere(disk, publisher.where, { clock })
  expect(next.version()).toBe(2)
  return next
}

const placeOf = (box: Box, version: number, name: string) =>
  box.core.parts.blobs.place(installed(box, version).files.find(each => each.name === name)?.hash as never)

const flip = (bytes: Uint8Array) => {
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 4
  return bytes
}
const events = (box: Box) => box.core.log.after(0, 1000).map(({ body }) => body as Record<string, unknown>)
const damages = (box: Box) => events(box).filter(({ event }) => event === 'Damaged')
const ticks = (box: Box, count = 60) => {
  for (let i = 0; i < count; i++) box.core.recheck.tick()
}

/** Bytes that are read of blobs, counted at the disk. */
function counted(disk: SimDisk) {
  const count = { bytes: 0, most: 0 }
  const readPart = disk.readPart.bind(disk)
  disk.readPart = (path, from, to) => {
    const part = readPart(path, from, to)
    count.bytes += part?.length ?? 0
    count.most = Math.max(count.most, part?.length ?? 0)
    return part
  }
  return count
}

test('once a week all that is installed is read, a mebibyte at a time', async () => {
  const { clock, disk, box } = await standing()
  const count = counted(disk)
  ticks(box)
  expect(count.bytes).toBe(0)
  expect(disk.size('/state/recheck.json')).not.toBeNull()
  clock.pass(WEEK + 1000)
  box.core.recheck.tick()
  ticks(box, 200)
  const whole = [1, 2].flatMap(version => installed(box, version).files)
  const sizes = new Map(whole.map(({ hash, bytes }) => [hash, bytes]))
  expect(count.bytes).toBe([...sizes.values()].reduce((sum, bytes) => sum + bytes, 0))
  expect(count.most).toBe(1 << 20)
  expect(damages(box)).toEqual([])
  ticks(box, 200)
  expect(count.bytes).toBe([...sizes.values()].reduce((sum, bytes) => sum + bytes, 0))
})

test.each([1, 2])(
  'a bit that is lost of v%i is told, fetched again, and what answers goes on',
  async version => {
    const all = await standing()
    const { clock, disk } = all
    const box = await due(all)
    const place = placeOf(box, version, 'ballast.bin')
    const before = installed(box, version)
    disk.damage(place, flip)
    ticks(box, 200)
    expect(damages(box)).toMatchObject([{ model: MODEL, version, manifest: before.manifest }])
    expect(box.core.parts.lives.of(MODEL).failure?.message).toBe(
      `The file ballast.bin of ${MODEL} v${version} on this device is damaged.`,
    )
    expect(disk.size(place)).toBeNull()
    expect(box.version()).toBe(2)
    await box.look()
    expect(disk.size(place)).toBe(LARGE)
    expect(box.version()).toBe(2)
    expect(installed(box, version)).toMatchObject({ manifest: before.manifest, proved: before.proved })
    expect(box.core.parts.modelOf(MODEL).quarantine).toEqual([])
    expect(box.core.parts.lives.of(MODEL).failure).toBeNull()
    box.stop()
    // Whole again, also for who starts it anew.
    const again = await boxHere(disk, 'nowhere', { clock })
    expect(again.version()).toBe(2)
    expect(damages(again)).toHaveLength(1)
  },
)

test('the plan and a manifest are looked at, too', async () => {
  const all = await standing()
  const { disk } = all
  const box = await due(all)
  const places = [box.core.parts.keeper.state.plan, installed(box, 2).manifest].map(hash =>
    box.core.parts.blobs.place(hash as never),
  )
  for (const place of places) disk.damage(place, flip)
  ticks(box, 200)
  expect(damages(box)).toHaveLength(2)
  expect(places.map(place => disk.size(place))).toEqual([null, null])
  await box.look()
  for (const place of places) expect(disk.size(place)).toBeGreaterThan(0)
  expect(box.version()).toBe(2)
})

test('a device that is started again goes on where it was', async () => {
  const { clock, disk, publisher, box } = await standing()
  ticks(box, 1)
  clock.pass(WEEK + 1000)
  ticks(box, 9)
  box.stop()
  const after = disk.copy()
  const count = counted(after)
  const again = await boxHere(after, publisher.where, { clock })
  const woken = count.bytes
  ticks(again, 200)
  const whole = [1, 2].flatMap(version => installed(again, version).files)
  const all = [...new Map(whole.map(({ hash, bytes }) => [hash, bytes])).values()].reduce((a, b) => a + b, 0)
  expect(count.bytes - woken).toBeGreaterThan(0)
  expect(count.bytes - woken).toBeLessThan(all)
  // The next check is in a week.
  const done = count.bytes
  clock.pass(WEEK - 1000)
  ticks(again)
  expect(count.bytes).toBe(done)
  clock.pass(1000)
  ticks(again)
  expect(count.bytes).toBeGreaterThan(done)
})

test('nothing is read while a release is taken, and a disk that takes nothing does not stop what answers', async () => {
  const { clock, disk, box } = await standing()
  ticks(box, 1)
  clock.pass(WEEK + 1000)
  const count = counted(disk)
  const live = box.core.parts.lives.of(MODEL)
  live.step = 'fetching'
  ticks(box)
  expect(count.bytes).toBe(0)
  live.step = 'idle'
  disk.damage(placeOf(box, 2, 'ballast.bin'), flip)
  disk.injected = { readOnly: true }
  expect(() => ticks(box, 200)).not.toThrow()
  expect(box.version()).toBe(2)
  expect(box.core.parts.lives.of(MODEL).failure?.message).toContain('is damaged')
})
