import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSending } from '../../../main/agent/sending.ts'
import { isInWindow } from '../../../main/agent/steps/window.ts'
import { openMedia } from '../../../main/agent/sticks/index.ts'
import { openBatch, openSink } from '../../../main/engine/release/index.ts'
import { boxHere, handClock } from '../boxHere.ts'
import { MODEL, openPublisher } from '../publishHere.ts'
import { SimDisk } from '../simDisk.ts'
import { folder } from '../tinyModel.ts'

const rollout = (version: number, more: object = {}) => ({
  id: `rollout-${version}`,
  version,
  unit: 'inference' as const,
  share: 0.2,
  members: [],
  groups: [],
  shadow: false,
  state: 'running' as const,
  startedAt: '2026-11-22T00:00:00.000Z',
  ...more,
})

test('a candidate answers its share beside the one that answers, ends with its rollout, and is withdrawn when it fails', async () => {
  const publisher = await openPublisher()
  await publisher.publish({ version: 1 })
  const disk = new SimDisk()
  const box = await boxHere(disk, publisher.where)
  await box.look()
  await publisher.publish({ version: 2, isKept: true })
  await publisher.change(() => {
    publisher.model().rollout = rollout(2)
  })
  await box.look()
  expect(box.version()).toBe(1)
  expect(box.core.parts.modelOf(MODEL).candidate).toMatchObject({ share: 0.2, rollout: 'rollout-2' })
  expect((await boxHere(disk.copy(), publisher.where)).core.parts.modelOf(MODEL).candidate).not.toBeNull()
  box.events.failed(MODEL, 2, { code: 'unsupported-graph', message: 'It gives NaN.', remedy: '' })
  expect(box.core.parts.modelOf(MODEL).candidate).toBeNull()
  await box.look()
  expect(box.version()).toBe(1)
  expect(box.core.parts.modelOf(MODEL).candidate).toBeNull()
  expect(box.rehearsed.filter(version => version === 2)).toHaveLength(1)
  await publisher.publish({ version: 3, isKept: true })
  await publisher.change(() => {
    publisher.model().rollout = rollout(3, { shadow: true })
  })
  await box.look()
  expect(box.core.parts.modelOf(MODEL).candidate).toMatchObject({ shadow: true })
  // Promoted: it is there already, and answers at once.
  const { fetched } = box.core.parts.traffic
  await publisher.change(() => {
    Object.assign(publisher.model(), { rollout: null, stable: 3 })
  })
  await box.look()
  expect(box.version()).toBe(3)
  expect(box.core.parts.modelOf(MODEL).candidate).toBeNull()
  expect(box.core.parts.traffic.fetched).toBe(fetched)
  const told = box.core.log.after(0, 1000).filter(({ kind }) => kind === 'switched')
  expect(told.map(({ body }) => body.candidate ?? body.to)).toEqual(
    [1, 2, null, 3, 3].map(each => each ?? undefined),
  )
})

test('several models, each at its own pace; one that is bad keeps none of the others', async () => {
  const publisher = await openPublisher()
  await publisher.publish({ version: 1 })
  await publisher.publish({ version: 4, model: 'Nut inspector', needs: { memoryBytes: 2 ** 40 } })
  await publisher.publish({ version: 5, model: 'Washer inspector' })
  const box = await boxHere(new SimDisk(), publisher.where)
  await box.look()
  expect([box.version(), box.version('Nut inspector'), box.version('Washer inspector')]).toEqual([1, null, 5])
  await publisher.change(plan => {
    plan.models = plan.models.filter(({ model }) => model !== 'Washer inspector')
  })
  await box.look()
  expect(box.version('Washer inspector')).toBe(null)
  const files = (box.core.parts.disk as SimDisk).files().filter(path => path.includes('/blobs/'))
  expect(files.length).toBeLessThan(9)
})

test('windows of the network, over midnight too, and whole files only where they are let through', async () => {
  const at = (time: string) => new Date(`2026-11-22T${time}:00`)
  const night = [{ from: '22:00', to: '06:00' }]
  expect([at('21:59'), at('22:00'), at('05:59'), at('06:00')].map(each => isInWindow(night, each))).toEqual([
    false,
    true,
    true,
    false,
  ])
  const publisher = await openPublisher()
  publisher.plan.bandwidth.windows = night
  await publisher.publish({ version: 1 })
  const clock = handClock(at('12:00').getTime())
  const box = await boxHere(new SimDisk(), publisher.where, { clock })
  await box.look()
  expect(box.version()).toBe(null)
  expect(box.core.parts.lives.of(MODEL).failure?.message).toMatch(/from 22:00 to 06:00 only/)
  clock.pass(11 * 3_600_000)
  await box.look()
  expect(box.version()).toBe(1)
})

test('a patch travels instead of the whole file where one leads from what is here', async () => {
  const publisher = await openPublisher()
  const first = Buffer.from(Array.from({ length: 60_000 }, (_, i) => (i * 7919) % 251))
  const second = Buffer.from(first.map((byte, i) => (i % 50 ? byte : byte + 1)))
  await publisher.publish({ version: 1, ballast: first })
  const box = await boxHere(new SimDisk(), publisher.where)
  await box.look()
  const before = box.core.parts.traffic.fetched
  await publisher.publish({ version: 2, ballast: second, bases: [first] })
  await box.look()
  expect(box.version()).toBe(2)
  expect(box.core.parts.traffic.patched).toBeGreaterThan(0)
  expect(box.core.parts.traffic.fetched - before).toBeLessThan(second.length / 3)
})

test('an encrypted model runs where the device was given the key of its site, and is refused in clear words elsewhere', async () => {
  const publisher = await openPublisher({ site: 'hall-1' })
  await publisher.publish({ version: 1, encrypt: true })
  const clock = handClock()
  const box = await boxHere(new SimDisk(), publisher.where, { clock })
  await box.look()
  expect(box.core.parts.lives.of(MODEL).failure).toMatchObject({
    code: 'no-permission',
    message: expect.stringContaining('was not given the key'),
  })
  const { id, key, recipient } = box.core.parts.identity
  await publisher.approve({ id, key: key.spki, recipient, name: 'box' })
  clock.pass(60_000)
  await box.look()
  expect(box.version()).toBe(1)
})

test('records go where releases come from, sealed for the publisher, once the device is approved', async () => {
  const publisher = await openPublisher({ site: 'hall-1' })
  await publisher.publish({ version: 1 })
  const box = await boxHere(new SimDisk(), publisher.where)
  const sink = openSink(publisher.where)
  const sending = openSending(box.core, sink, true)
  await box.look()
  await sending.send()
  expect(await sink.batches()).toEqual([])
  const { id, key, recipient } = box.core.parts.identity
  await publisher.approve({ id, key: key.spki, recipient, name: 'box' })
  await box.look()
  await sending.send()
  const [sent] = await sink.batches()
  expect(sent?.device).toBe(id)
  const content = await sink.batch(id, sent?.sequence ?? 0)
  const { batch } = await openBatch(content as Uint8Array, publisher.keyring.reports().identities, 'it')
  expect(batch.records.map(({ kind }) => kind)).toContain('enrolled')
  expect(batch.records.at(-1)?.seq).toBe(sent?.sequence)
})

test('a mount point is watched: a pack is taken in once, and again when it comes back', async () => {
  const media = folder()
  const pack = join(folder(), 'x.edgepack')
  copyFileSync(new URL(import.meta.url), pack)
  mkdirSync(join(media, 'usb'))
  const taken: string[] = []
  const watching = openMedia(media, async file => {
    taken.push(file)
    return true
  })
  copyFileSync(pack, join(media, 'usb', 'SITE-hall-1-2026-11-22.edgepack'))
  watching.start()
  await expect.poll(() => taken.length, { timeout: 6000 }).toBe(1)
  await watching.stop()
  expect(taken[0]).toContain('SITE-hall-1')
})
