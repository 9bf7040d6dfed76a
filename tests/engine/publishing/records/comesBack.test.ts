import { describe, expect, test } from 'vitest'
import type { Hash } from '#contract'
import { instance, until } from '../../../agent/tinyModel.ts'
import { house, MODEL } from '../house.ts'

describe('a device that runs', () => {
  test('sends back records and rows by itself, gets its receipt, and has its story told', async () => {
    const { publish, call, samples, watchOver, desk } = house()
    await publish()
    await call.site({ site: 'everyone', random: 1, pollSeconds: 1 })
    const started = await call.startAgent({ name: 'bench' })
    await until(
      async () => (await call.deviceShow({ id: started.id })).models[0],
      model => model?.state === 'serving',
      30_000,
    )
    watchOver()
    await until(
      () =>
        call.predict({ id: started.id, model: MODEL, instances: [instance] }).then(() => samples.batches()),
      batches => batches.length > 0,
      60_000,
    )
    expect(samples.batches()[0]).toMatchObject({ device: started.id, model: MODEL, version: 1 })
    const [id] = samples.beginning('') as [Hash]
    expect(samples.line(id).line.reason).toBe('random')
    expect(samples.read(id).instance).toEqual(instance)

    const place = await desk.place({ site: 'everyone' })
    const receipt = async () =>
      (await desk.read(place)).devices.find(({ id }) => id === started.id)?.received ?? 0
    await until(receipt, received => received > 0, 30_000)
    const story = await call.records({ device: 'bench' })
    expect(story).toMatchObject({ gaps: [], broken: [] })
    expect(story.newest).toBeGreaterThanOrEqual(await receipt())
    expect(story.kinds).toMatchObject({ started: 1 })
    // Asked for by its kind: rows that were kept meanwhile fill more than a page.
    const [switched] = (await call.records({ device: 'bench', kind: ['switched'] })).events
    expect(switched).toMatchObject({ model: MODEL, version: 1, clock: 'trusted' })

    const at = new Date(Date.parse(switched?.at as string) + 1).toISOString()
    const decided = await call.decided({ device: 'bench', model: MODEL, at })
    expect(decided.stretches).toMatchObject([{ version: 1, state: 'serving', since: switched?.at }])
    expect(decided.stretches[0]?.records.since).toEqual({ seq: switched?.seq, hash: switched?.hash })
    // What has its receipt leaves the device.
    await until(
      async () => (await call.deviceShow({ id: started.id })).records,
      records => (records?.received ?? 0) > 0,
      20_000,
    )
    await call.stopAgent({ id: started.id })
  }, 150_000)
})
