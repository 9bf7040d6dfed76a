import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Evaluation, Release, Run, Variant } from '#contract'
import { agentHere } from '../../../agent/agentHere.ts'
import { until } from '../../../agent/tinyModel.ts'
import { openEngine } from '../../engine.ts'
import { drawDigits } from './digits.ts'

let house: Awaited<ReturnType<typeof openEngine>>
let few: string
let backbone: Run
let run: Run
const common = { label: 'label', batch: 16, learningRate: 0.005, patience: 0, flip: false } as const
const plan = { ...common, dataset: 'few', name: 'few', trainer: 'transfer', epochs: 30 } as const
const train = (more: object) => house.work<Run>(house.engine.training.start(more as never))
const linesOf = async (of: Run) => JSON.stringify(await house.engine.jobs.logs({ id: of.job }))
const accuracyOf = async (of: Run, variant: Evaluation['variant'] = 'layers') =>
  (await house.work<Evaluation>(house.engine.evaluation.run({ run: of.id, split: 'test', variant }))).metrics
    .accuracy as number

beforeAll(async () => {
  house = await openEngine()
  const many = await drawDigits(join(house.folder, 'many'), { each: 60, digits: [0, 1, 2, 3, 4, 5, 6] })
  await house.work(house.engine.dataset.import({ file: many, name: 'many' }))
  // Most of the few are to judge by, so that the figures say something.
  few = await drawDigits(join(house.folder, 'few'), { each: 50, digits: [7, 8, 9], seed: 2 })
  await house.work(
    house.engine.dataset.import({ file: few, name: 'few', train: 0.16, eval: 0.14, test: 0.7 }),
  )
  backbone = await train({ ...common, dataset: 'many', name: 'many', trainer: 'image', epochs: 12 })
  run = await train({ ...plan, backbone: backbone.id })
}, 240_000)
afterAll(() => house.close())

describe('transfer learning on a run', () => {
  test('beats learning from scratch on few pictures', async () => {
    const scratch = await train({ ...plan, trainer: 'image', name: 'scratch' })
    const [ours, theirs] = [await accuracyOf(run), await accuracyOf(scratch)]
    expect(ours).toBeGreaterThan(0.85)
    expect(ours).toBeGreaterThan(theirs)
    expect(run).toMatchObject({
      state: 'succeeded',
      inputs: 28 * 28,
      classes: ['digit 7', 'digit 8', 'digit 9'],
    })
    expect(run.parameters).toBeLessThan(backbone.parameters as number)
    expect(await linesOf(run)).toMatch(/run-1 gives 64 features of a picture/)
  }, 120_000)

  test('gives one model from pixels to answers: frozen, in int8 and on a device', async () => {
    const whole = await accuracyOf(run)
    const frozen = await house.work<Variant>(house.engine.optimization.freeze({ model: run.id }))
    expect(frozen.inputs).toMatchObject([{ shape: [-1, 784] }])
    expect(frozen.outputs).toMatchObject([{ shape: [-1, 3] }])
    expect(frozen.ops).toHaveProperty('Conv2D')
    expect(await accuracyOf(run, 'float32')).toBe(whole)
    const small = await house.work<Variant>(
      house.engine.optimization.convert({ model: run.id, to: 'tflite', quantize: 'int8' }),
    )
    expect(small.bytes).toBeLessThan((small.floatBytes as number) / 2)
    expect(await accuracyOf(run, 'tflite-int8')).toBeGreaterThan(whole - 0.05)

    const to = join(house.folder, 'site')
    await house.work<Release>(house.engine.publishing.publish({ model: 'few', to }))
    const device = await agentHere(to)
    await until(
      () => device.model('few'),
      each => each?.state === 'serving',
    )
    const pixels = await sharp(readFileSync(join(few, 'digit 9', '0001.png')))
      .toColorspace('b-w')
      .raw()
      .toBuffer()
    const { body } = await device.post('/v1/models/few:predict', {
      instances: [{ b64: pixels.toString('base64') }],
    })
    expect(body.predictions).toMatchObject([{ class: 'digit 9' }])
  }, 240_000)

  test('computes the features of a picture once, and gives the same model to the bit', async () => {
    const cache = join(house.workspace, 'cache', 'features')
    const sizes = () => readdirSync(cache).map(name => readFileSync(join(cache, name)).length)
    const before = sizes()
    const again = await train({ ...plan, backbone: backbone.id })
    expect(again.artifact).toBe(run.artifact)
    expect(sizes()).toEqual(before)
    // Without what was kept, it is computed again.
    rmSync(cache, { recursive: true })
    expect((await train({ ...plan, backbone: backbone.id })).artifact).toBe(run.artifact)
    expect(sizes()).toEqual(before)
  }, 120_000)

  test('learns from mirror images, and from a layer by name', async () => {
    const flipped = await train({ ...plan, name: 'flipped', backbone: backbone.id, flip: true, epochs: 2 })
    expect(flipped.artifact).not.toBe(run.artifact)
    const earlier = await train({
      ...plan,
      name: 'earlier',
      backbone: backbone.id,
      epochs: 2,
      hparams: { layer: 'features' },
    })
    expect(earlier.state).toBe('succeeded')
    expect(
      (
        await house.failed(
          house.engine.training.start({ ...plan, backbone: backbone.id, hparams: { layer: 'no' } }),
        )
      ).remedy,
    ).toMatch(/features/)
  }, 120_000)

  test('goes on after a stop with the same backbone, even when its file is gone', async () => {
    const kept = join(house.folder, 'kept.pb')
    const file = join(house.folder, 'backbone.pb')
    await house.work(house.engine.optimization.freeze({ model: backbone.id, out: kept }))
    cpSync(kept, file)
    // A graph of encoded rows has no input for pictures.
    expect((await house.failed(house.engine.training.start({ ...plan, backbone: file }))).message).toMatch(
      /no input for pictures/,
    )
    const wanted = { ...plan, name: 'stopped', epochs: 60, dropout: 0.3, backbone: backbone.id }
    const whole = await train(wanted)
    const job = await house.engine.training.start(wanted)
    for (;;) {
      const [now] = (await house.engine.training.list({ model: 'stopped' })).runs
      if (now && now.id !== whole.id && now.epochs.length >= 2) break
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    await house.engine.jobs.cancel({ id: job.id })
    await house.ended(job)
    const [stopped] = (await house.engine.training.list({ model: 'stopped' })).runs as [Run]
    expect(stopped.state).toBe('cancelled')
    expect(existsSync(join(house.workspace, 'runs', stopped.id, 'frozen.json'))).toBe(true)
    const resumed = await house.work<Run>(house.engine.training.resume({ run: stopped.id }))
    expect(resumed.artifact).toBe(whole.artifact)
  }, 120_000)

  test('refuses in words what cannot be a backbone', async () => {
    const failed = (more: object) => house.failed(house.engine.training.start({ ...plan, ...more }))
    expect(await failed({})).toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(/needs a trained model/),
    })
    expect(await failed({ backbone: join(house.folder, 'none.tflite') })).toMatchObject({ code: 'not-found' })
    expect(await failed({ backbone: backbone.id, size: 32 })).toMatchObject({
      message: expect.stringMatching(/takes pictures of 28 × 28, and not of 32 × 32/),
    })
    const text = join(house.folder, 'note.txt')
    writeFileSync(text, 'no model')
    expect((await failed({ backbone: text })).code).toMatch(/unreadable-file|unsupported/)
  }, 60_000)
})
