import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Received } from '#contract'
import { openSink, sealBatch } from '../../../../main/engine/release/index.ts'
import { folder, until } from '../../../agent/tinyModel.ts'
import { house } from '../house.ts'
import { box } from './box.ts'

const JOB = {
  id: 'job-1',
  signal: new AbortController().signal,
  interrupted: false,
  progress: () => {},
  log: () => {},
  uses: () => {},
  makes: () => {},
  keeps: () => {},
}

/** A publisher with one site and one approved device. */
async function hall(name = 'box 7') {
  const here = house()
  await here.call.init({ site: 'hall' })
  const device = await box(name)
  await here.call.deviceApprove({ code: device.code, site: 'hall', request: device.request(folder()) })
  const { recipient } = (await here.keyring()).reports()
  const receive = (...file: string[]): Promise<Received> => here.door.receive({ file }, JOB as never)
  const plan = async () => here.desk.read(await here.desk.place({ site: 'hall' }))
  const receipt = async () => (await plan()).devices.find(({ id }) => id === device.id)?.received
  const file = (bytes: Uint8Array, called = 'back.edgeback') => {
    const path = join(folder(), called)
    writeFileSync(path, bytes)
    return path
  }
  return { ...here, device, recipient, receive, receipt, plan, file }
}

function aDay(device: Awaited<ReturnType<typeof box>>) {
  device.start('2026-05-03T08:00:00.000Z')
  device.switched('2026-05-03T08:00:05.000Z', null, 1)
  device.counts('2026-05-03T09:00:00.000Z', { 1: 100 })
  device.switched('2026-05-03T10:00:00.000Z', 1, 2)
  device.counts('2026-05-03T11:00:00.000Z', { 2: 40 })
  device.add('stopped', '2026-05-03T12:00:00.000Z', { event: 'Stopped', detail: '' })
}

describe('a stick', () => {
  test('and several files and folders are taken in at once, whichever of them holds nothing', async () => {
    const { device, recipient, receive, receipt, file } = await hall()
    aDay(device)
    const stick = folder()
    device.stick(stick, { 6: await device.batch(recipient, 3, 6) })
    const first = file(await device.batch(recipient, 1, 2))
    expect(await receive(first, folder(), stick, first)).toMatchObject({
      newRecords: 6,
      whole: true,
      batches: [{ newRecords: 2 }, { newRecords: 4 }],
    })
    expect(await receipt()).toBe(6)
    await expect(receive(folder(), folder())).rejects.toMatchObject({ failure: { code: 'not-found' } })
    await expect(receive(first, '/nowhere/at-all')).rejects.toMatchObject({ failure: { code: 'not-found' } })
  })

  test('names the devices that ask to be approved, with the digits to compare, beside what others sent back', async () => {
    const { device, recipient, receive, call } = await hall()
    const asking = await box('box 8')
    const stick = folder()
    const request = asking.request(stick)
    device.request(stick)
    writeFileSync(join(stick, `enrol-${'0'.repeat(24)}.req`), 'torn')
    const found = await receive(stick)
    expect(found).toMatchObject({ batches: [], whole: true })
    const of = (list: typeof found.requests) => list?.find(({ name }) => name === 'box 8')
    expect(of(found.requests)).toEqual({
      ...{
        file: request,
        device: asking.id,
        name: 'box 8',
        code: asking.code,
        site: 'hall',
        approved: false,
      },
    })
    expect(found.requests?.filter(({ approved }) => approved)).toMatchObject([{ name: 'box 7' }])
    aDay(device)
    device.stick(stick, { 6: await device.batch(recipient, 1, 6) })
    await call.deviceApprove({ code: of(found.requests)?.file })
    const again = await receive(stick)
    expect(again).toMatchObject({ newRecords: 6, batches: [{ name: 'box 7' }] })
    expect(of(again.requests)?.approved).toBe(true)
    await expect(receive(request)).rejects.toMatchObject({ failure: { code: 'bad-input' } })
    await expect(receive(folder())).rejects.toMatchObject({ failure: { code: 'not-found' } })
  })

  test('of a device that nobody approved yet brings its request, and what it sent once it is approved', async () => {
    const { recipient, receive, call } = await hall()
    const asking = await box('box 8')
    const stick = folder()
    const request = asking.request(stick)
    aDay(asking)
    asking.stick(stick, { 6: await asking.batch(recipient, 1, 6) })
    const found = await receive(stick)
    expect(found).toMatchObject({
      whole: false,
      newRecords: 0,
      batches: [{ refused: { code: 'no-permission' } }],
    })
    expect(found.requests).toMatchObject([{ file: request, name: 'box 8', approved: false }])
    await call.deviceApprove({ code: request })
    expect(await receive(stick)).toMatchObject({ whole: true, newRecords: 6, batches: [{ refused: null }] })
  })
})

describe('what a device sends back', () => {
  test('is taken in once, however often and in whatever order it comes', async () => {
    const { device, recipient, receive, receipt, file, call } = await hall()
    aDay(device)
    const sample = device.sample('2026-05-03T12:00:01.000Z')
    const late = await device.batch(recipient, 4, 7, [sample])
    const early = await device.batch(recipient, 1, 3)
    const all = await device.batch(recipient, 1, 7, [sample])

    expect(await receive(file(late))).toMatchObject({
      ...{ newRecords: 4, newSamples: 1, whole: true },
      receipts: [],
      batches: [{ device: device.id, name: 'box 7', site: 'hall', records: 4, samples: 1 }],
    })
    expect(await receipt()).toBe(0)
    expect((await call.records({ device: 'box 7' })).gaps).toMatchObject([
      { after: 0, before: 4, why: 'missing' },
    ])

    const filled = await receive(file(early))
    expect(filled).toMatchObject({
      newRecords: 3,
      receipts: [{ device: device.id, received: 7, signed: true }],
    })
    expect(await receipt()).toBe(7)
    for (const again of [late, early, all])
      expect(await receive(file(again))).toMatchObject({ newRecords: 0, newSamples: 0, whole: true })
    expect(await receipt()).toBe(7)

    const story = await call.records({ device: 'box 7' })
    expect(story).toMatchObject({ total: 7, newest: 7, receipt: 7, gaps: [], broken: [] })
    expect(story.events[0]).toMatchObject({ seq: 7, kind: 'sample', event: 'Row kept' })
    expect(
      (
        await call.records({ device: device.id.slice(0, 6), kind: ['switched'], model: 'Bolt inspector' })
      ).events.map(each => each.version),
    ).toEqual([2, 1])
  })

  test('a whole stick is read, and what is wrong on it is said beside what is right', async () => {
    const { device, recipient, receive, file: _, call } = await hall()
    aDay(device)
    const good = await device.batch(recipient)
    const stick = device.stick(folder(), { 6: good, 9: good.subarray(0, good.length - 40) })
    const result = await receive(stick)
    expect(result.whole).toBe(false)
    expect(result.newRecords).toBe(6)
    expect(result.batches.map(({ refused }) => refused?.code ?? null)).toEqual([null, 'unreadable-file'])
    const { refusals, security } = await call.refusals()
    expect(refusals).toHaveLength(1)
    expect(security).toBe(0)
    await expect(receive(folder())).rejects.toMatchObject({ failure: { code: 'not-found' } })
  })

  test('a device that nobody approved is refused, counted and stays visible', async () => {
    const { recipient, receive, receipt, file, call, device } = await hall()
    const stranger = await box('box 7')
    aDay(stranger)
    const forged = file(await stranger.batch(recipient))
    for (let i = 0; i < 2; i++)
      await expect(receive(forged)).rejects.toMatchObject({ failure: { code: 'no-permission' } })
    const { refusals, security } = await call.refusals()
    expect(security).toBe(1)
    expect(refusals).toMatchObject([{ device: stranger.id, times: 2, security: true, site: 'hall' }])

    // Under the name of a device that is approved, by another key.
    aDay(device)
    const stolen = await sealBatch(
      {
        ...{ format: 'edgewright-batch/1', site: 'hall', device: device.id, sequence: 6 },
        ...{ records: device.records, samples: {} },
      },
      stranger.key,
      recipient,
    )
    await expect(receive(file(stolen))).rejects.toMatchObject({ failure: { code: 'tampered' } })
    expect(await receipt()).toBe(0)
    expect((await call.refusals()).security).toBe(2)
  })

  test('another site, changed samples and a stranger’s seal are refused', async () => {
    const { device, recipient, receive, file } = await hall()
    aDay(device)
    const sample = device.sample('2026-05-03T12:00:01.000Z')
    const elsewhere = await sealBatch(
      {
        ...{ format: 'edgewright-batch/1', site: 'other', device: device.id, sequence: 7 },
        ...{ records: device.records, samples: {} },
      },
      device.key,
      recipient,
    )
    await expect(receive(file(elsewhere))).rejects.toMatchObject({ failure: { code: 'no-permission' } })
    const changed = await sealBatch(
      {
        ...{ format: 'edgewright-batch/1', site: 'hall', device: device.id, sequence: 7 },
        records: device.records,
        samples: { ['a'.repeat(64)]: sample } as never,
      },
      device.key,
      recipient,
    )
    await expect(receive(file(changed))).rejects.toMatchObject({ failure: { code: 'tampered' } })
    const other = house()
    const sealedForOther = await device.batch((await other.keyring()).reports().recipient)
    await expect(receive(file(sealedForOther))).rejects.toMatchObject({
      failure: { message: expect.stringContaining('another publisher') },
    })
    await expect(receive(file(Buffer.from('not this')))).rejects.toMatchObject({
      failure: { code: 'unreadable-file' },
    })
  })

  test('a record that was changed, and one that is told in two ways, show', async () => {
    const { device, recipient, receive, file, call } = await hall()
    aDay(device)
    await receive(file(await device.batch(recipient, 1, 2)))
    const altered = await device.batch(recipient, 3, 6, [], all =>
      all.map(record => (record.seq === 4 ? { ...record, body: { ...record.body, to: 9 } } : record)),
    )
    await receive(file(altered))
    const story = await call.records({ device: 'box 7' })
    expect(story.broken).toEqual([5])
    expect(story.events.find(({ seq }) => seq === 5)?.broken).toBe(true)
    expect((await call.refusals()).security).toBe(0)
    await receive(file(await device.batch(recipient, 3, 6)))
    expect((await call.refusals({ device: 'box 7' })).refusals).toMatchObject([
      { security: true, failure: { message: expect.stringContaining('record 4 in two ways') } },
    ])
  })

  test('records that a device has lost itself hold no receipt up; those that may come do, until they are given up', async () => {
    const { device, recipient, receive, receipt, file, call } = await hall()
    aDay(device)
    for (let i = 0; i < 6; i++) device.counts(`2026-05-03T13:0${i}:00.000Z`, { 2: 1 })
    await receive(file(await device.batch(recipient, 1, 6, [], all => all.filter(({ seq }) => seq !== 3))))
    expect(await receipt()).toBe(6)
    await receive(file(await device.batch(recipient, 9, 12)))
    expect(await receipt()).toBe(6)
    expect((await call.records({ device: 'box 7' })).gaps).toMatchObject([
      { after: 2, before: 4, why: 'lost' },
      { after: 6, before: 9, why: 'missing' },
    ])
    expect((await call.deviceLetGo({ id: 'box 7' })).gaps[1]).toMatchObject({ why: 'let-go' })
    expect(await receipt()).toBe(12)
    // What was given up and comes all the same closes the gap.
    await receive(file(await device.batch(recipient, 7, 8)))
    expect((await call.records({ device: 'box 7' })).gaps).toHaveLength(1)
  })

  test('what lies in the folder return of a repository comes in by itself, and a lost receipt is told again', async () => {
    const here = await hall()
    const { device, recipient, receipt, call } = here
    aDay(device)
    const sink = openSink(here.own)
    await sink.putBatch(device.id, 6, await device.batch(recipient))
    const stranger = await box('stranger')
    aDay(stranger)
    await sink.putBatch(stranger.id, 6, await stranger.batch(recipient))
    here.watchOver()
    await until(receipt, received => received === 6, 20_000)
    await until(
      async () => (await call.refusals()).security,
      count => count === 1,
      10_000,
    )
    // It waits for its device to be approved.
    expect(readdirSync(join(here.own, 'return'))).toEqual([expect.stringContaining(stranger.id)])

    // A plan that was put back from a copy knows of no receipt: the next stick brings it again.
    const place = await here.desk.place({ site: 'hall' })
    await here.desk.change(place, plan => {
      for (const each of plan.devices) each.received = 0
      return []
    })
    await here.pack({ site: 'hall', out: join(folder(), 'a.edgepack') })
    expect(await receipt()).toBe(6)
  }, 60_000)

  test('the offer takes batches of approved devices alone', async () => {
    const here = await hall()
    const { device, recipient, call } = here
    aDay(device)
    const { address } = await call.host({})
    const post = async (id: string, bytes: Uint8Array) =>
      (
        await fetch(`${address}/v1/reports?device=${id}&sequence=6`, {
          method: 'POST',
          body: bytes as Uint8Array<ArrayBuffer>,
        })
      ).status
    const stranger = await box('stranger')
    aDay(stranger)
    expect(await post(stranger.id, await stranger.batch(recipient))).toBeGreaterThanOrEqual(400)
    expect((await call.refusals()).security).toBe(1)
    expect(await post(device.id, await device.batch(recipient))).toBe(201)
    expect(await post(device.id, await device.batch(recipient))).toBeGreaterThanOrEqual(200)
    expect(readdirSync(join(here.own, 'return'))).toHaveLength(1)
  })
})
