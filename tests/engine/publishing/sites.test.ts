import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  codeOf,
  type DeviceReport,
  deviceIdOf,
  FORMAT,
  generateKey,
  newIdentity,
  openSink,
  openSiteKey,
  recipientOf,
  type SigningKey,
  seal,
} from '../../../main/engine/release/index.ts'
import { folder } from '../../agent/tinyModel.ts'
import { house, MODEL } from './house.ts'

/** A device that only reports, as one does that was switched on a moment ago. */
async function reporting(repository: string, name: string, more: Partial<DeviceReport> = {}) {
  const { key } = generateKey()
  const identity = await newIdentity()
  const recipient = await recipientOf(identity)
  const report: DeviceReport = {
    type: 'device',
    format: FORMAT,
    id: deviceIdOf(key),
    key: key.spki,
    name,
    address: 'http://127.0.0.1:9',
    at: new Date().toISOString(),
    stopped: false,
    failure: null,
    models: [],
    timeline: [],
    runtime: { node: '24', platform: 'linux', backend: '', memoryBytes: 1 },
    recipient,
    ...more,
  }
  const say = async (next: Partial<DeviceReport> = {}, by: SigningKey = key) =>
    openSink(repository).putStatus(report.id, Buffer.from(seal({ ...report, ...next }, by)))
  await say()
  return { id: report.id, name, code: codeOf(key.spki, recipient), identity, say, report, key }
}

/** A house with a site, a version that everyone runs, and approved devices. */
async function fleetOf(count: number) {
  const here = house()
  await here.call.init({ site: 'plant-1' })
  await here.publish({ site: 'plant-1', version: 1 })
  const devices = []
  for (let i = 0; i < count; i++) {
    const device = await reporting(here.own, `line-${i + 1}`, { site: 'plant-1' })
    await here.call.deviceApprove({ code: device.code })
    devices.push(device)
  }
  const model = async () => (await here.call.sites()).sites[0]?.models[0]
  return { ...here, devices, model }
}

describe('sites', () => {
  test('are made once, listed with their dates, and set up', async () => {
    const { call, own } = house()
    const site = await call.init({ site: 'plant-1' })
    expect(site).toMatchObject({ name: 'plant-1', repository: own, models: [], devices: 0, trouble: null })
    expect(site.roles.map(({ role }) => role).sort()).toEqual([
      'root',
      'site',
      'snapshot',
      'targets',
      'timestamp',
    ])
    expect(site.roles.find(({ role }) => role === 'root')).toMatchObject({ threshold: 2 })
    await call.init({ site: 'plant-1' })
    expect((await call.sites()).sites).toHaveLength(1)
    const set = await call.site({
      site: 'plant-1',
      lowConfidence: 0.6,
      random: 0.001,
      window: ['22:00-06:00'],
      bytesPerSecond: 64_000,
      whole: 'in-window',
      pollSeconds: 60,
    })
    expect(set).toMatchObject({
      capture: { lowConfidence: 0.6, random: 0.001 },
      bandwidth: { windows: [{ from: '22:00', to: '06:00' }], bytesPerSecond: 64_000, whole: 'in-window' },
      pollSeconds: 60,
    })
    expect(await call.site({ site: 'plant-1', window: ['always'], bytesPerSecond: 0 })).toMatchObject({
      bandwidth: { windows: [], bytesPerSecond: null },
    })
    await expect(call.init({ site: 'Plant 1' })).rejects.toThrow(/small letters/)
    await expect(call.site({ site: 'plant-1', window: ['25:00-26:00'] })).rejects.toThrow(/22:00-06:00/)
    await expect(call.site({ site: 'plant-1', floor: 1 })).rejects.toMatchObject({
      failure: { code: 'bad-input', remedy: 'Say which with --model.' },
    })
  })

  test('two in one repository are told apart, and a mistaken one is said', async () => {
    const { call, publish } = house()
    await call.init({ site: 'plant-1' })
    await call.init({ site: 'plant-2' })
    await expect(publish()).rejects.toMatchObject({
      failure: { code: 'bad-input', message: expect.stringContaining('plant-1, plant-2') },
    })
    await publish({ site: 'plant-2' })
    expect((await call.sites()).sites.map(({ name, models }) => [name, models.length])).toEqual([
      ['plant-1', 0],
      ['plant-2', 1],
    ])
    // The only one that has the model is meant.
    await expect(call.rollback({ model: MODEL })).rejects.toMatchObject({
      failure: { message: `There is no version of ${MODEL} before v1 at the site plant-2.` },
    })
  })
})

describe('rollouts', () => {
  test('a canary is a share of the devices, written out; promoted it is what everyone runs', async () => {
    const { publish, call, model } = await fleetOf(5)
    const release = await publish({ site: 'plant-1', version: 2, canary: 20 })
    expect(release.rollout).toMatchObject({ unit: 'device', share: 0.2, state: 'running' })
    expect(release.rollout?.members).toHaveLength(1)
    expect(await model()).toMatchObject({ stable: 1, decision: 2 })
    expect((await call.rollout({ model: MODEL })).devices).toMatchObject({ wanted: 1, running: 0, failed: 0 })
    expect(await call.hold({ model: MODEL })).toMatchObject({ rollout: { state: 'paused' }, decision: 3 })
    expect(await call.hold({ model: MODEL })).toMatchObject({ decision: 3 })
    expect(await call.hold({ model: MODEL, resume: true })).toMatchObject({ rollout: { state: 'running' } })
    expect(await call.promote({ model: MODEL })).toMatchObject({
      stable: 2,
      before: 1,
      rollout: null,
      decision: 5,
    })
    await expect(call.promote({ model: MODEL })).rejects.toMatchObject({ failure: { code: 'not-found' } })
  })

  test('a rollback ends a rollout, else it goes to what everyone ran before, never to what was never promoted', async () => {
    const { publish, call } = await fleetOf(3)
    await publish({ site: 'plant-1', version: 2, canary: 34 })
    expect(await call.rollback({ model: MODEL })).toMatchObject({ stable: 1, rollout: null })
    await publish({ site: 'plant-1', version: 3 })
    expect(await call.rollback({ model: MODEL })).toMatchObject({ stable: 1, before: null, rollout: null })
    await expect(call.rollback({ model: MODEL })).rejects.toMatchObject({
      failure: { code: 'not-found', remedy: 'Publish another version.' },
    })
    await expect(call.rollback({ model: 'Nobody' })).rejects.toMatchObject({ failure: { code: 'not-found' } })
  })

  test('with few devices it is a share of what they are asked; a shadow answers nobody', async () => {
    const { publish, call } = await fleetOf(1)
    expect((await publish({ site: 'plant-1', version: 2, canary: 20 })).rollout).toMatchObject({
      unit: 'inference',
      members: [],
    })
    expect((await publish({ site: 'plant-1', version: 3, shadow: true })).rollout).toMatchObject({
      unit: 'inference',
      shadow: true,
      share: 1,
    })
    expect((await call.rollout({ model: MODEL })).advice).toMatchObject({ outcome: 'hold' })
  })

  test('groups: only their devices; one that joins later takes part, none is sent back', async () => {
    const { publish, call, devices } = await fleetOf(4)
    const [first, second, third] = devices
    await expect(publish({ site: 'plant-1', version: 2, group: ['line'] })).rejects.toMatchObject({
      failure: { code: 'bad-input', message: expect.stringContaining('"line"') },
    })
    await call.deviceGroup({ id: first?.id, group: ['line'] })
    await call.deviceGroup({ id: second?.name, group: ['line', 'night'] })
    const { rollout } = await publish({ site: 'plant-1', version: 2, group: ['line'] })
    expect(new Set(rollout?.members)).toEqual(new Set([first?.id, second?.id]))
    await call.deviceGroup({ id: third?.id.slice(0, 8), group: ['line'] })
    const after = (await call.rollout({ model: MODEL })).rollout
    expect(new Set(after?.members)).toEqual(new Set([first?.id, second?.id, third?.id]))
    await call.deviceGroup({ id: second?.id, group: [] })
    expect((await call.rollout({ model: MODEL })).rollout?.members).toHaveLength(2)
  })

  test('a floor and a revoked version are refused from then on', async () => {
    const { publish, call, devices } = await fleetOf(1)
    await publish({ site: 'plant-1', version: 2 })
    await publish({ site: 'plant-1', version: 3 })
    await expect(call.site({ site: 'plant-1', model: MODEL, revoke: 3 })).rejects.toMatchObject({
      failure: { code: 'in-use' },
    })
    await call.deviceUse({ id: devices[0]?.id, model: MODEL, version: 2 })
    const { models } = await call.site({ site: 'plant-1', model: MODEL, revoke: 2 })
    expect(models[0]?.revoked).toHaveLength(1)
    expect(models[0]?.versions.map(({ version }) => version)).toEqual([3, 1])
    expect((await call.deviceShow({ id: devices[0]?.id })).use).toEqual({})
    await expect(publish({ site: 'plant-1', version: 2 })).rejects.toMatchObject({
      failure: { code: 'bad-input', message: expect.stringContaining('was revoked') },
    })
    const floored = await call.site({ site: 'plant-1', model: MODEL, floor: 3 })
    expect(floored.models[0]).toMatchObject({ floor: 3, before: null, versions: [{ version: 3 }] })
    await expect(call.rollback({ model: MODEL })).rejects.toMatchObject({ failure: { code: 'not-found' } })
  })
})

describe('devices', () => {
  test('are approved by their eight digits, and never forgotten while they are silent', async () => {
    const { call, own, publish } = house()
    await publish({})
    const device = await reporting(own, 'box')
    expect((await call.deviceList({ waiting: true })).devices).toMatchObject([
      { code: device.code, enrolled: false },
    ])
    await expect(call.deviceApprove({ code: '0000-0000' })).rejects.toMatchObject({
      failure: { code: 'not-found' },
    })
    await expect(call.deviceApprove({ code: '123' })).rejects.toThrow(/eight digits/)
    const approved = await call.deviceApprove({
      code: device.code.replace('-', ''),
      name: 'box 7',
      group: ['west'],
    })
    expect(approved).toMatchObject({ name: 'box 7', enrolled: true, groups: ['west'], site: 'everyone' })
    expect(approved.models).toMatchObject([{ model: MODEL, wanted: 1, reports: null, by: 'stable' }])
    // Its report goes away with the repository; what is known of it does not.
    await device.say({ at: '2026-01-01T00:00:00.000Z', stopped: true })
    await call.devices({})
    rmSync(join(own, 'devices'), { recursive: true })
    expect((await call.devices({})).devices).toMatchObject([
      { id: device.id, name: 'box 7', health: 'offline' },
    ])
    expect(await call.deviceForget({ id: 'box 7' })).toEqual({ forgotten: 'box 7' })
    expect((await call.devices({})).devices).toEqual([])
  })

  test('a device that reports with the keys of another is another, or none', async () => {
    const { call, own, publish } = house()
    await publish({})
    const device = await reporting(own, 'box')
    const { key } = generateKey()
    // As a forger would have it after trying keys; here the digits are given by the same key material.
    await openSink(own).putStatus(
      deviceIdOf(key),
      Buffer.from(seal({ ...device.report, id: deviceIdOf(key), key: key.spki, name: 'other' }, key)),
    )
    const codes = (await call.deviceList({})).devices.map(({ code }) => code)
    expect(new Set(codes).size).toBe(2)
    // One that reports under another's id is none at all.
    await openSink(own).putStatus(device.id, Buffer.from(seal({ ...device.report, key: key.spki }, key)))
    expect((await call.deviceList({})).devices.map(({ name }) => name)).not.toContain('box')
  })

  test('one without a network is approved by the request on its stick', async () => {
    const { call, own, publish } = house()
    await publish({})
    const elsewhere = folder()
    const device = await reporting(elsewhere, 'far away')
    const request = join(folder(), `enrol-${device.id}.req`)
    writeFileSync(request, seal(device.report, device.key))
    await expect(call.deviceApprove({ code: '1111-2222', request })).rejects.toMatchObject({
      failure: { code: 'bad-input' },
    })
    expect(await call.deviceApprove({ code: device.code, request })).toMatchObject({
      name: 'far away',
      enrolled: true,
      repository: own,
    })
    await call.deviceForget({ id: device.id })
    // Whoever names the file alone has looked at the digits: receiving says them.
    expect(await call.deviceApprove({ code: request, name: 'box 9' })).toMatchObject({
      ...{ name: 'box 9', enrolled: true, code: device.code },
    })
    for (const code of [`${request}s`, join(folder(), 'none.txt'), '12345']) {
      await expect(call.deviceApprove({ code })).rejects.toThrow(/eight digits/)
    }
    await expect(call.deviceApprove({ code: join(folder(), 'gone.req') })).rejects.toMatchObject({
      failure: { code: 'not-found' },
    })
    writeFileSync(request, 'torn')
    await expect(call.deviceApprove({ code: request })).rejects.toMatchObject({
      failure: { code: 'tampered' },
    })
    await expect(call.deviceApprove({ code: device.code, request })).rejects.toMatchObject({
      failure: { code: 'tampered' },
    })
  })

  test('a version is chosen for one device, before a rollout, and given back', async () => {
    const { publish, call, devices, model, desk } = await fleetOf(2)
    await publish({ site: 'plant-1', version: 2 })
    const decision = (await model())?.decision
    const id = devices[0]?.id
    const chosen = await call.deviceUse({ id, model: MODEL, version: 1 })
    expect(chosen).toMatchObject({ use: { [MODEL]: 1 } })
    expect(chosen.models).toMatchObject([{ wanted: 1, by: 'choice' }])
    expect((await call.deviceShow({ id: devices[1]?.id })).models).toMatchObject([{ wanted: 2 }])
    expect((await call.deviceUse({ id, model: MODEL })).models).toMatchObject([{ wanted: 2, by: 'stable' }])
    await expect(call.deviceUse({ id, model: MODEL, version: 9 })).rejects.toMatchObject({
      failure: { code: 'not-found', remedy: 'On offer: v2, v1.' },
    })
    // It was decided about this device alone, twice.
    expect((await model())?.decision).toBe(decision)
    const plan = await desk.read(await desk.place({ site: 'plant-1' }))
    expect(plan.devices.map(({ decisions }) => decisions?.[MODEL])).toEqual(
      devices.map(device => (device.id === id ? 2 : undefined)),
    )
    await expect(call.deviceShow({ id: 'nobody' })).rejects.toMatchObject({ failure: { code: 'not-found' } })
  })

  test('a site whose models are encrypted gives its key to the devices it approved', async () => {
    const { call, own, publish, desk } = house()
    await call.init({ site: 'plant-1', encrypt: true })
    const device = await reporting(own, 'box', { site: 'plant-1' })
    await call.deviceApprove({ code: device.code })
    expect((await publish({ site: 'plant-1' })).variants).toMatchObject([{ encrypted: true }])
    const plan = await desk.read(await desk.place({ site: 'plant-1' }))
    expect(await openSiteKey(plan.devices[0]?.siteKey ?? '', device.identity)).toMatch(/^AGE-SECRET-KEY-1/)
    await expect(openSiteKey(plan.devices[0]?.siteKey ?? '', await newIdentity())).rejects.toMatchObject({
      failure: { code: 'no-permission' },
    })
    const shown = await call.preview({ model: MODEL, site: 'plant-1', version: 2 })
    expect(shown.devices).toMatchObject([{ name: 'box', gets: 2, how: 'whole' }])
  })
})

describe('preview', () => {
  test('says who gets what and how many bytes, as a patch or whole, and changes nothing', async () => {
    const { call, devices, kinds, model } = await fleetOf(3)
    kinds.push('float32')
    const before = await model()
    const at = (reports: number) => ({
      model: MODEL,
      wanted: 1,
      reports,
      previous: null,
      state: 'serving' as const,
      failure: null,
      predictions: 0,
      errors: 0,
      p50: null,
      switchedAt: null,
    })
    await devices[0]?.say({ models: [at(1)] })
    const profile = { name: 'tiny', threads: 1, memoryBytes: 10, flashBytes: 1000, variants: null }
    await devices[2]?.say({ profile })
    const preview = await call.preview({ model: `${MODEL}@2`, site: 'plant-1', variant: 'float32' })
    expect(preview).toMatchObject({ unit: 'everyone', version: 2, blocked: null })
    const [first, second, third] = [0, 1, 2].map(i => preview.devices.find(({ id }) => id === devices[i]?.id))
    expect(first).toMatchObject({ has: 1, gets: 2, how: 'patch' })
    expect(second).toMatchObject({ has: null, gets: 2, how: 'whole' })
    expect(first?.bytes).toBeLessThan(second?.bytes ?? 0)
    expect(third).toMatchObject({
      how: 'refused',
      reason: expect.stringMatching(/needs an estimated .* of memory/),
    })
    expect(preview.bytes).toBe((first?.bytes ?? 0) + (second?.bytes ?? 0))
    expect(await model()).toEqual(before)
    const canary = await call.preview({ model: `${MODEL}@2`, site: 'plant-1', canary: 34 })
    expect(canary.devices.filter(({ gets }) => gets === 2)).toHaveLength(2)
  })
})
