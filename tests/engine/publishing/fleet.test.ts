import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Device } from '#contract'
import { classOf, instance, until } from '../../agent/tinyModel.ts'
import { house, MODEL } from './house.ts'

const serving = (device: Device | undefined, version: number) =>
  device?.models.some(model => model.state === 'serving' && model.reports === version) === true

describe('devices beside the window', () => {
  test('one started here is approved, follows, is asked, toggled, rolled back and stopped', async () => {
    const { publish, call, door } = house()
    await publish()
    const started = await call.startAgent({ name: 'bench' })
    expect(started).toMatchObject({ name: 'bench', ours: true, enrolled: true, site: 'everyone' })
    expect(started.code).toMatch(/^\d{4}-\d{4}$/)
    const stop = new AbortController()
    let newest: Device[] = []
    const watched = (async () => {
      for await (const { devices } of door.watch({}, { signal: stop.signal })) newest = devices
    })()
    const here = () => newest.find(device => device.id === started.id)
    await until(here, device => serving(device, 1), 30_000)
    expect(here()).toMatchObject({ health: 'healthy', ours: true })
    const answers = async () => {
      const { predictions } = await call.predict({ id: started.id, model: MODEL, instances: [instance] })
      return (predictions[0] as { class: string }).class
    }
    expect(await answers()).toBe(classOf(1))

    const published = performance.now()
    await publish({ version: 2 })
    await until(answers, answer => answer === classOf(2), 30_000)
    await until(here, device => serving(device, 2), 15_000)
    console.info(`published, switched and shown in ${(performance.now() - published).toFixed(0)} ms`)

    // Both are installed, so that a choice from the window is there at once.
    const chosen = performance.now()
    await call.deviceUse({ id: started.id, model: MODEL, version: 1 })
    await until(answers, answer => answer === classOf(1), 15_000)
    console.info(`toggled from the window in ${(performance.now() - chosen).toFixed(0)} ms`)
    await call.deviceUse({ id: started.id, model: MODEL })
    await until(answers, answer => answer === classOf(2), 15_000)

    const undone = performance.now()
    expect(await call.rollback({ model: MODEL })).toMatchObject({ stable: 1 })
    await until(answers, answer => answer === classOf(1), 15_000)
    console.info(`rolled back from the window in ${(performance.now() - undone).toFixed(0)} ms`)

    await expect(
      call.predict({ id: started.id, model: MODEL, instances: [{ weight: 1 }] }),
    ).rejects.toMatchObject({ failure: { code: 'bad-input', message: expect.stringContaining('color') } })
    await expect(call.predict({ id: started.id, model: 'No', instances: [instance] })).rejects.toMatchObject({
      failure: { code: 'not-found' },
    })
    await expect(call.startAgent({ name: 'bench' })).rejects.toMatchObject({
      failure: { code: 'already-there' },
    })
    expect(await call.stopAgent({ id: started.id })).toEqual({ stopped: true })
    await until(here, device => device?.health === 'offline', 10_000)
    stop.abort()
    await watched
    await expect(call.predict({ id: started.id, model: MODEL, instances: [instance] })).rejects.toMatchObject(
      { failure: { code: 'unreachable' } },
    )
    await expect(call.rollBack({ id: started.id, model: MODEL })).rejects.toMatchObject({
      failure: { code: 'unsupported' },
    })
  }, 120_000)

  test('one that cannot start says why', async () => {
    const { call } = house()
    const first = await call.startAgent({ name: 'first' })
    const port = Number(new URL(first.address as string).port)
    await expect(call.startAgent({ name: 'second', port })).rejects.toMatchObject({
      failure: { code: 'port-taken', message: expect.stringContaining(String(port)) },
    })
  }, 60_000)
})

describe('repositories', () => {
  test('are offered over HTTP until that is stopped; a token is shown nowhere', async () => {
    const { publish, call } = house()
    await publish()
    const offered = await call.host({})
    expect(await call.host({})).toEqual(offered)
    const { address, token } = offered as { address: string; token: string }
    const release = await publish({ version: 2, to: address.replace('//', `//:${token}@`) })
    expect(release).toMatchObject({ sequence: 2, to: address })
    expect(JSON.stringify([release, await call.sites()])).not.toContain(token)
    const taken = Number(new URL(address).port)
    await expect(house().call.host({ port: taken })).rejects.toMatchObject({
      failure: { code: 'port-taken' },
    })
    expect(await call.host({ stop: true })).toEqual({ address: null, token: null })
    await expect(fetch(`${address}/tuf/everyone/timestamp.json`)).rejects.toThrow()
    // What cannot be reached now is shown as it was.
    const there = (await call.sites()).sites.find(site => site.repository === address)
    expect(there).toMatchObject({
      trouble: expect.stringContaining('cannot be reached'),
      models: [{ stable: 2 }],
    })
  })

  test('what was signed more than a day ago is signed anew, and nothing where nothing is due', async () => {
    const { publish, desk, own } = house()
    await publish()
    const timestamp = () => readFileSync(join(own, 'tuf/everyone/timestamp.json'), 'utf8')
    const before = timestamp()
    await desk.refresh()
    expect(timestamp()).toBe(before)
    const real = Date.now
    try {
      Date.now = () => real() + 2 * 86_400_000
      await desk.refresh()
    } finally {
      Date.now = real
    }
    expect(JSON.parse(timestamp()).signed.version).toBeGreaterThan(JSON.parse(before).signed.version)
    expect(existsSync(join(own, 'tuf/everyone'))).toBe(true)
  })
})
