import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Evaluation, Release, Run, Variant } from '#contract'
import { agentHere } from '../../../agent/agentHere.ts'
import { until } from '../../../agent/tinyModel.ts'
import { openEngine } from '../../engine.ts'
import { drawDigits } from './digits.ts'

let house: Awaited<ReturnType<typeof openEngine>>
let pictures: string
let run: Run
const plan = {
  dataset: 'digits',
  name: 'digits',
  label: 'label',
  trainer: 'image',
  epochs: 12,
  batch: 32,
  learningRate: 0.005,
  patience: 0,
} as const

beforeAll(async () => {
  house = await openEngine()
  pictures = await drawDigits(join(house.folder, 'digits'), { each: 60 })
  writeFileSync(join(pictures, 'digit 3', 'broken.png'), 'no picture')
  await house.work(house.engine.dataset.import({ file: pictures, name: 'digits' }))
  run = await house.work<Run>(house.engine.training.start({ ...plan }))
}, 240_000)
afterAll(() => house.close())

const evaluated = (form: Evaluation['variant']) =>
  house.work<Evaluation>(house.engine.evaluation.run({ run: run.id, split: 'test', variant: form }))

describe('the image trainer', () => {
  test('learns digits from folders of pictures, gray as they are, and tells what it could not read', async () => {
    expect(run).toMatchObject({ state: 'succeeded', task: 'multiclass', inputs: 28 * 28 })
    expect(run.classes).toHaveLength(10)
    expect(run.rows.train + run.rows.eval + run.rows.test).toBe(600)
    expect((await evaluated('layers')).metrics.accuracy).toBeGreaterThan(0.9)
    const lines = await house.engine.jobs.logs({ id: run.job })
    expect(JSON.stringify(lines)).toMatch(/1 pictures? cannot be read/)
    expect(JSON.stringify(lines)).toMatch(/28 × 28, gray, values 0\.\.1/)
  }, 120_000)

  test('gives the same answers frozen, as TFLite, in int8 calibrated on pictures, and on a device', async () => {
    const whole = await evaluated('layers')
    const frozen = await house.work<Variant>(house.engine.optimization.freeze({ model: run.id }))
    expect(frozen.inputs).toMatchObject([{ shape: [-1, 784] }])
    expect((await evaluated('float32')).metrics.accuracy).toBe(whole.metrics.accuracy)
    const small = await house.work<Variant>(
      house.engine.optimization.convert({ model: run.id, to: 'tflite', quantize: 'int8' }),
    )
    expect(small.bytes).toBeLessThan((small.floatBytes as number) / 2)
    const { rows = 0, disagreements } = small.proof ?? {}
    expect(rows).toBeGreaterThan(0)
    expect(disagreements?.count).toBeLessThanOrEqual(rows * 0.1)

    const to = join(house.folder, 'site')
    await house.work<Release>(house.engine.publishing.publish({ model: 'digits', to }))
    const device = await agentHere(to)
    await until(
      () => device.model('digits'),
      each => each?.state === 'serving',
    )
    const file = join(pictures, 'digit 7', '0003.png')
    const bytes = await sharp(readFileSync(file)).grayscale().raw().toBuffer()
    const flat = [...bytes]
    const nested = Array.from({ length: 28 }, (_, y) => flat.slice(y * 28, y * 28 + 28).map(value => [value]))
    const ask = async (body: unknown) => {
      const { status, body: answer } = await device.post('/v1/models/digits:predict', body)
      expect(status, JSON.stringify(answer)).toBe(200)
      return answer.predictions
    }
    const named = await ask({ instances: [{ image: nested }] })
    expect(named).toMatchObject([{ class: 'digit 7' }])
    const b64 = bytes.toString('base64')
    expect(await ask({ instances: [{ image: flat }] })).toEqual(named)
    expect(await ask({ instances: [nested] })).toEqual(named)
    expect(await ask({ instances: [{ b64 }] })).toEqual(named)
    expect(await ask({ instances: [{ image: { b64 } }] })).toEqual(named)
    expect(await ask({ instances: [{ b64: readFileSync(file).toString('base64') }] })).toEqual(named)

    const refused = async (instance: unknown) =>
      (await device.post('/v1/models/digits:predict', { instances: [instance] })).body.error
    const cut = readFileSync(file).subarray(0, 60).toString('base64')
    expect(await refused({ b64: cut })).toMatch(/is cut off/)
    expect(await refused({ b64: 'AAAA' })).toMatch(/brings 3 bytes/)
    expect(await refused(nested.slice(1))).toMatch(/27 rows, not 28/)
    expect(await refused([...flat.slice(1), 256])).toMatch(/256 as a value/)
    expect(await refused({ image: null })).toMatch(/missing/)
    expect(await refused({ image: 'x' })).toMatch(/is a text/)
  }, 240_000)

  test('starts at once on what was decoded before, and gives the same model to the bit', async () => {
    const again = await house.work<Run>(house.engine.training.start({ ...plan, epochs: 1 }))
    const once = await house.work<Run>(house.engine.training.start({ ...plan, epochs: 1 }))
    expect(once.artifact).toBe(again.artifact)
  }, 120_000)

  test('goes on after a stop as if it had not stopped, with mirror images', async () => {
    const wanted = { ...plan, epochs: 4, flip: true, layers: [16], dropout: 0.2, name: 'mirrored' }
    const whole = await house.work<Run>(house.engine.training.start(wanted))
    const job = await house.engine.training.start(wanted)
    const { runs } = await house.engine.training.list({ model: 'mirrored' })
    expect(runs).toHaveLength(1)
    let stopped = ''
    for (;;) {
      const [now] = (await house.engine.training.list({ model: 'mirrored' })).runs
      if (now && now.id !== whole.id && now.epochs.length >= 2) {
        stopped = now.id
        break
      }
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    await house.engine.jobs.cancel({ id: job.id })
    await house.ended(job)
    const resumed = await house.work<Run>(house.engine.training.resume({ run: stopped }))
    expect(resumed.artifact).toBe(whole.artifact)
  }, 120_000)

  test('refuses in words what is no data for it', async () => {
    const table = join(house.folder, 'table.csv')
    writeFileSync(table, `x,label\n${Array.from({ length: 40 }, (_, i) => `${i},${i % 2}`).join('\n')}\n`)
    await house.work(house.engine.dataset.import({ file: table, name: 'table' }))
    const failed = (more: object) => house.failed(house.engine.training.start({ ...plan, ...more }))
    expect((await failed({ dataset: 'table' })).message).toMatch(/are no pictures/)
    expect((await failed({ label: 'kind' })).remedy).toMatch(/in the column "label"/)
    expect((await failed({ hparams: { blocks: 9 } })).message).toMatch(/blocks/)
    expect((await failed({ hparams: { blocks: 6 } })).message).toMatch(/28 pixels cannot be halved by 6/)
    expect((await failed({ trainer: 'transfer' })).message).toMatch(/needs a trained model/)
  }, 60_000)
})
