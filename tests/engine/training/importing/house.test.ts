import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Evaluation, Run, RunComparison } from '#contract'
import { freeze, lowerLayersModel, writeGraphDef } from '../../../../main/engine/graph/index.ts'
import { seeded } from '../../../../main/engine/kit/index.ts'
import { openEngine } from '../../engine.ts'

let house: Awaited<ReturnType<typeof openEngine>>
beforeAll(async () => {
  house = await openEngine()
})
afterAll(() => house.close())

/** A file of a model whose weights are given, layer by layer. */
function modelFile(name: string, layers: tf.layers.Layer[], weights: tf.Tensor[]): string {
  const model = tf.sequential({ layers })
  model.setWeights(weights)
  const artifacts = {
    modelTopology: model.toJSON(null, false),
    weightSpecs: model.weights.map((weight, i) => ({
      ...{ name: weight.originalName, dtype: 'float32' as const },
      shape: model.getWeights()[i]?.shape as number[],
    })),
    weightData: new Float32Array(model.getWeights().flatMap(weight => [...weight.dataSync()])).buffer,
  }
  const path = join(house.folder, name)
  writeFileSync(path, writeGraphDef(freeze(lowerLayersModel(artifacts as never)).graph))
  return path
}

type Imported = { runs: Run[]; notes: string[] }
async function accuracyOf(imported: Imported): Promise<number> {
  const run = imported.runs[0]?.id as Run['id']
  const { metrics } = await house.work<Evaluation>(house.engine.evaluation.run({ run, split: 'test' }))
  return metrics.accuracy as number
}

test('a net for pictures becomes a run that is measured on pictures, scaled as it is said', async () => {
  const random = seeded(3)
  for (const [name, from] of [
    ['dark', 20],
    ['light', 160],
  ] as const) {
    mkdirSync(join(house.folder, 'tones', name), { recursive: true })
    for (let i = 0; i < 30; i++) {
      const gray = from + Math.floor(random() * 75)
      const picture = sharp({
        create: { width: 12, height: 12, channels: 3, background: { r: gray, g: gray, b: gray } },
      })
      await picture
        .toColorspace('b-w')
        .png()
        .toFile(join(house.folder, 'tones', name, `${i}.png`))
    }
  }
  await house.work(house.engine.dataset.import({ file: join(house.folder, 'tones'), name: 'tones' }))
  // The mean of a picture of values from 0 to 1 is above a half where it is light.
  const path = modelFile(
    'tones.pb',
    [
      tf.layers.conv2d({ inputShape: [12, 12, 1], filters: 1, kernelSize: 1 }),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: 1, activation: 'sigmoid' }),
    ],
    [tf.ones([1, 1, 1, 1]), tf.zeros([1]), tf.tensor2d([40], [1, 1]), tf.tensor1d([-20])],
  )
  const data = { path, dataset: 'tones', label: 'label' }
  const name = 'tones.keras' as never
  const right = await house.work<Imported>(house.engine.training.import({ ...data, name, pictures: '0..1' }))
  expect(right.runs[0]).toMatchObject({
    origin: 'imported',
    model: 'tones.keras',
    task: 'binary',
    classes: ['dark', 'light'],
    inputs: 144,
  })
  expect(await accuracyOf(right)).toBe(1)
  const run = right.runs[0]?.id as Run['id']
  expect(await house.failed(house.engine.training.rerun({ run }))).toMatchObject({
    message: expect.stringContaining('was trained elsewhere'),
  })
  const wrong = await house.work<Imported>(house.engine.training.import({ ...data, pictures: '0..255' }))
  expect(await accuracyOf(wrong)).toBeLessThan(1)
}, 60_000)

test('a model is given its columns as a saved transform makes them numbers', async () => {
  const random = seeded(5)
  const rows = Array.from({ length: 200 }, () => {
    const [length, color] = [random() * 100, random() > 0.5 ? 'red' : 'blue']
    return `${length},${color},${length > 50 ? 'yes' : 'no'}`
  })
  const file = join(house.folder, 'rows.csv')
  writeFileSync(file, ['length,color,good', ...rows].join('\n'))
  await house.work(house.engine.dataset.import({ file, name: 'rows' }))
  await house.engine.transform.save({
    name: 'ours',
    dataset: 'rows',
    recipe: {
      features: [
        { name: 'length', columns: ['length'], step: { kind: 'number', scale: 'min-max' } },
        { name: 'color', columns: ['color'], step: { kind: 'vocabulary', other: 0 } },
      ],
      others: 'leave-out',
    },
  })
  // Above a half of all lengths, whatever the color: one value for the length and one for each of two colors.
  const path = modelFile(
    'rows.pb',
    [tf.layers.dense({ inputShape: [3], units: 1, activation: 'sigmoid' })],
    [tf.tensor2d([400, 0, 0], [3, 1]), tf.tensor1d([-200])],
  )
  const data = { path, dataset: 'rows', label: 'good' }
  const brought = await house.work<Imported>(house.engine.training.import({ ...data, transform: 'ours' }))
  expect(brought.runs[0]).toMatchObject({ inputs: 3, plan: { transform: 'ours@1' } })
  expect(await accuracyOf(brought)).toBeGreaterThan(0.9)
  const without = await house.failed(house.engine.training.import(data))
  expect(without.remedy).toMatch(/how they become numbers with --transform/)
}, 60_000)

test('runs of different versions of the data say so side by side', async () => {
  const file = join(house.folder, 'grown.csv')
  const write = (count: number) =>
    writeFileSync(
      file,
      ['a,b', ...Array.from({ length: count }, (_, i) => `${i % 7},${i % 2 ? 'x' : 'y'}`)].join('\n'),
    )
  const runs: Run[] = []
  for (const count of [80, 120]) {
    write(count)
    await house.work(house.engine.dataset.import({ file, name: 'grown' }))
    const plan = { dataset: 'grown', label: 'b', epochs: 1, layers: [4], backend: 'wasm' as const }
    runs.push(await house.work<Run>(house.engine.training.start(plan)))
  }
  const compared: RunComparison = await house.engine.training.compare({ runs: runs.map(({ id }) => id) })
  expect(compared.parameters).toContainEqual({ name: 'version', values: runs.map(({ version }) => version) })
  expect(runs[0]?.version).not.toBe(runs[1]?.version)
}, 60_000)
