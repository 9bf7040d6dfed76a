import { writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Device, DeviceLatency, Run, Variant } from '#contract'
import { readGraphDef, writeGraphDef } from '../../../main/engine/graph/index.ts'
import { hashOf } from '../../../main/engine/kit/index.ts'
import { agentHere } from '../../agent/agentHere.ts'
import { endlessModel } from '../../agent/endless.ts'
import { folder, tinyGraph, until } from '../../agent/tinyModel.ts'
import { bearingsCsv } from '../../e2e/table.ts'
import { readFile } from '../../golden/graph/tflite/read.ts'
import { openEngine } from '../engine.ts'

let house: Awaited<ReturnType<typeof openEngine>>
let run: Run
let bench: Device
let lite: string

beforeAll(async () => {
  house = await openEngine()
  const { engine } = house
  const file = join(house.folder, 'bearings.csv')
  writeFileSync(file, bearingsCsv(400))
  await house.work(engine.dataset.import({ file, name: 'bearings' }))
  run = await house.work<Run>(
    engine.training.start({
      dataset: 'bearings',
      label: 'worn',
      name: 'wear',
      without: ['serial'],
      epochs: 1,
    }),
  )
  bench = await engine.publishing.startAgent({ name: 'bench' })
  lite = join(house.folder, 'convnet.tflite')
  writeFileSync(lite, readFile('convnet_float'))
}, 120_000)
afterAll(() => house.close())

const measure = (input: Parameters<typeof house.engine.publishing.measure>[0]) =>
  house.work<DeviceLatency>(house.engine.publishing.measure(input))
const refused = (input: Parameters<typeof house.engine.publishing.measure>[0]) =>
  house.failed(house.engine.publishing.measure(input))

/** What answers at an address without being a device that can measure. */
async function answering<T>(listener: RequestListener, use: (address: string) => Promise<T>): Promise<T> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('a variant is measured on a device without being published', () => {
  test('of a run by its kind, which is made where it is not there, and by its hash', async () => {
    const float = await measure({ model: 'wear', device: bench.id })
    expect(float).toMatchObject({
      run: run.id,
      model: 'wear',
      kind: 'float32',
      device: { id: bench.id, name: 'bench', address: bench.address, platform: process.platform },
    })
    const dynamic = await measure({
      model: run.id,
      variant: 'tflite-dynamic-range',
      device: 'bench',
      runs: 7,
    })
    expect(dynamic).toMatchObject({
      kind: 'tflite-dynamic-range',
      runs: 7,
      runtime: expect.stringMatching(/LiteRT/),
    })
    const { variants } = await house.engine.optimization.list({ run: run.id })
    const variant = variants.find(({ kind }) => kind === 'tflite-dynamic-range') as Variant
    expect(dynamic.variant).toBe(variant.id)
    const again = await measure({ model: 'wear', variant: variant.id, device: 'bench', runs: 1 })
    expect(again).toMatchObject({
      variant: variant.id,
      kind: variant.kind,
      bytes: variant.bytes,
      run: run.id,
    })

    const ids = (list: { latencies: DeviceLatency[] }) => list.latencies.map(({ id }) => id)
    expect(ids(await house.engine.publishing.measured({ run: run.id }))).toEqual([
      again.id,
      dynamic.id,
      float.id,
    ])
    expect(ids(await house.engine.publishing.measured({ variant: variant.id }))).toEqual([
      again.id,
      dynamic.id,
    ])
    expect((await house.engine.publishing.measured({})).latencies).toContainEqual(float)
    // The device serves nothing of it.
    const [device] = (await house.engine.publishing.devices({})).devices
    expect(device?.models).toEqual([])
    expect(device?.timeline.some(({ event }) => event === 'Measured a model')).toBe(true)
  }, 120_000)

  test('of a file, and of what was made of it', async () => {
    const file = await measure({ model: lite, device: 'bench', runs: 3 })
    expect(file).toMatchObject({
      run: null,
      kind: null,
      title: 'convnet.tflite',
      variant: hashOf(readFile('convnet_float')),
    })
    expect(await refused({ model: lite, variant: 'tflite-dynamic-range', device: 'bench' })).toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('convnet.tflite has no variant tflite-dynamic-range'),
    })
    const variant = await house.work<Variant>(
      house.engine.optimization.convert({ model: lite, to: 'tflite', quantize: 'dynamic' }),
    )
    const small = await measure({ model: lite, variant: 'tflite-dynamic-range', device: 'bench', runs: 3 })
    expect(small).toMatchObject({ variant: variant.id, kind: 'tflite-dynamic-range', run: null })
  }, 60_000)

  test('on a device that is known by its address alone; its token is kept to itself', async () => {
    const device = await agentHere(folder(), { measure: { token: 'hush-hush' } })
    const address = device.address.replace('//', '//:hush-hush@')
    const job = await house.engine.publishing.measure({ model: lite, device: address, runs: 2 })
    const { status, input } = await house.ended(job)
    expect(status).toMatchObject({
      state: 'succeeded',
      result: { device: { id: null, name: new URL(device.address).host, address: device.address } },
    })
    expect(JSON.stringify([status, input])).not.toContain('hush-hush')
    expect(JSON.stringify(await house.engine.publishing.measured({}))).not.toContain('hush-hush')
    expect(await refused({ model: lite, device: device.address })).toMatchObject({
      code: 'no-permission',
      message: expect.stringMatching(/needs a token/),
    })
  }, 60_000)

  test('when it is cancelled, the device stops too', async () => {
    const model = join(house.folder, 'endless.tflite')
    writeFileSync(model, endlessModel())
    const device = await agentHere(folder(), { measure: {} })
    const job = await house.engine.publishing.measure({ model, device: device.address })
    await until(
      () => house.engine.jobs.show({ id: job.id }),
      ({ status }) => status.state === 'running' && status.progress.step.startsWith('measuring on'),
    )
    await house.engine.jobs.cancel({ id: job.id })
    expect((await house.ended(job)).status.state).toBe('cancelled')
    await until(
      async () =>
        (
          await house.ended(
            await house.engine.publishing.measure({ model: lite, device: device.address, runs: 1 }),
          )
        ).status.state,
      state => state === 'succeeded',
    )
  }, 60_000)
})

describe('what keeps it from being measured is said', () => {
  test('the device: none, none of that name, silent, without permission, too old, or no device at all', async () => {
    const model = lite
    expect(await refused({ model, device: 'crane-02' })).toMatchObject({
      code: 'not-found',
      remedy: expect.stringContaining('bench'),
    })
    expect(await refused({ model, device: 'ftp://crane' })).toMatchObject({ code: 'bad-input' })
    expect(await refused({ model, device: 'http://' })).toMatchObject({ code: 'bad-input' })
    expect(await refused({ model, device: 'http://127.0.0.1:1' })).toMatchObject({
      code: 'unreachable',
      message: '127.0.0.1:1 does not answer at http://127.0.0.1:1.',
    })
    const closed = await agentHere(folder())
    expect(await refused({ model, device: closed.address })).toMatchObject({
      code: 'no-permission',
      message: expect.stringContaining('says: Measuring is not allowed on this device.'),
      remedy: expect.stringContaining('--measure'),
    })
    const json = { 'content-type': 'application/json' }
    const old: RequestListener = (_, answer) =>
      answer
        .writeHead(404, json)
        .end('{"error":"There is nothing at this address. See / for what this device does."}')
    expect(await answering(old, device => refused({ model, device }))).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('cannot measure yet'),
      remedy: expect.stringContaining('Update'),
    })
    const tries: RequestListener[] = [
      (_, answer) => answer.writeHead(404).end('<h1>Not found</h1>'),
      (_, answer) => answer.writeHead(200, json).end('{"mostBytes":"many"}'),
      (_, answer) => {
        answer.writeHead(200, json)
        const more = () => {
          while (answer.write('['.repeat(65_536)));
        }
        answer.on('drain', more)
        more()
      },
    ]
    for (const listener of tries)
      expect(await answering(listener, device => refused({ model, device }))).toMatchObject({
        code: 'bad-input',
        message: expect.stringContaining('is no device of Edgewright'),
      })
  }, 60_000)

  test('the model: none, a folder, too large, or of an operation that the device does not know', async () => {
    expect(await refused({ model: 'nobody', device: 'bench' })).toMatchObject({ code: 'not-found' })
    expect(await refused({ model: house.folder, device: 'bench' })).toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('is a folder'),
    })
    expect(await refused({ model: 'wear', variant: hashOf('none') as never, device: 'bench' })).toMatchObject(
      {
        code: 'not-found',
      },
    )
    const small = await agentHere(folder(), { measure: { mostBytes: 1000 } })
    expect(await refused({ model: lite, device: small.address })).toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(/convnet\.tflite has .* MB, and .* measures at most 0\.0 MB/),
    })
    const graph = readGraphDef(tinyGraph())
    const strange = join(house.folder, 'strange.pb')
    writeFileSync(
      strange,
      writeGraphDef({
        ...graph,
        nodes: graph.nodes.map(node => (node.op === 'Softmax' ? { ...node, op: 'NeverHeardOf' } : node)),
      }),
    )
    expect(await refused({ model: strange, device: 'bench' })).toMatchObject({
      code: 'unsupported-graph',
      message: expect.stringMatching(/^bench says: .*NeverHeardOf/),
      node: 'out',
    })
  }, 60_000)
})
