import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Cell, type Column, type Plan, Recipe, type Run } from '#contract'
import { toLite, writeGraphDef, writeTflite } from '../../../main/engine/graph/index.ts'
import { MODEL } from '../../agent/agentHere.ts'
import { freezeLayers } from '../freezeLayers.ts'
import { outputsOf, served } from '../transform/served.ts'
import { aFolder, type Bench, failureOf, openBench, runOf } from './bench.ts'
import { tableRoom } from './table.ts'

/** Where an earthquake was, in words, and which network of seismometers told of it. */
const QUAKES: Column[] = [
  { name: 'place', type: 'text' },
  { name: 'mag', type: 'float' },
  { name: 'code', type: 'text' },
  { name: 'net', type: 'text' },
]
const quakes = (): Cell[][] => {
  const file = join(import.meta.dirname, '../../../node_modules/vega-datasets/data/earthquakes.json')
  const { features } = JSON.parse(readFileSync(file, 'utf8')) as {
    features: { properties: Record<string, Cell> }[]
  }
  return features.map(({ properties }) => QUAKES.map(({ name }) => properties[name] ?? null))
}
const ROWS = quakes()

let folder: ReturnType<typeof aFolder>
let bench: Bench
const open = (columns = QUAKES, rows = ROWS) => {
  bench = openBench(join(folder.path, 'w'), tableRoom(columns, rows))
}
beforeEach(() => {
  folder = aFolder()
})
afterEach(async () => {
  await bench.close().catch(() => {})
  folder.remove()
})
const train = (plan: Partial<Plan> = {}) =>
  (bench as ReturnType<typeof openBench>).train({
    trainer: 'text',
    label: 'net',
    name: MODEL,
    epochs: 10,
    layers: [24],
    ...plan,
  })

describe('texts', () => {
  test('are learned from as their words, on a device to the bit, and as TFLite', async () => {
    open()
    const run: Run = await runOf(bench, train())
    const { transform, artifacts, label } = await bench.training.model(run)
    expect(transform.features.map(({ name, kind }) => [name, kind])).toEqual([
      ['place', 'tokens'],
      ['mag', 'number'],
    ])
    // The most frequent network is that of 386 of 1707 rows.
    const best = run.epochs[(run.best as number) - 1]
    expect(best?.evalAccuracy).toBeGreaterThan(0.85)

    const layers = await outputsOf(bench, run, { kind: 'layers' })
    const graph = freezeLayers(artifacts)
    const [pb, lite] = [join(folder.path, 'graph.pb'), join(folder.path, 'model.tflite')]
    writeFileSync(pb, writeGraphDef(graph))
    writeFileSync(lite, writeTflite(toLite(graph)))
    for (const form of [
      { kind: 'graph', file: pb },
      { kind: 'tflite', file: lite },
    ] as const) {
      const { outputs } = await outputsOf(bench, run, form)
      outputs.forEach((value, i) => {
        expect(Math.abs(value - (layers.outputs[i] as number))).toBeLessThan(1e-5)
      })
    }

    const device = await served(bench, run)
    const tested = ROWS.filter((_, row) => row % 10 === 9)
    const { status, body } = await device.predict({
      instances: tested.map(([place, mag]) => ({ place, mag })),
      signature_name: 'scores',
    })
    expect(status).toBe(200)
    const width = label.classes.length
    ;(body.predictions as number[][]).flat().forEach((score, i) => {
      expect(score).toBeCloseTo(layers.outputs[i] as number, 5)
    })
    expect(layers.outputs).toHaveLength(tested.length * width)
  }, 60_000)

  test('by a transform of your own: words by hash beside a category by its index', async () => {
    open()
    const features = [
      { name: 'words', columns: ['place'], step: { kind: 'tokens', by: 'hash', buckets: 500, length: 12 } },
      { name: 'size', columns: ['mag'], step: { kind: 'buckets', count: 4, as: 'index' } },
    ]
    const recipe = Recipe.parse({ features, others: 'leave-out' })
    const never = { signal: new AbortController().signal }
    await (bench as ReturnType<typeof openBench>).transform.door.save(
      { name: 'mine', dataset: 'table', recipe },
      never,
    )
    const run = await runOf(bench, train({ transform: 'mine', hparams: { embedding: 8 }, epochs: 6 }))
    expect(run.inputs).toBe(13)
    const { artifacts } = await bench.training.model(run)
    expect(artifacts.weightSpecs?.slice(0, 2).map(({ shape }) => shape)).toEqual([
      [501, 8],
      [5, 8],
    ])
    expect(run.epochs.at(-1)?.evalAccuracy).toBeGreaterThan(0.75)
    // The same words for a trainer that does not embed: the shares of their places.
    const plain = await runOf(bench, train({ trainer: 'tabular', transform: 'mine', epochs: 1 }))
    expect(plain.inputs).toBe(500 + 4)
  }, 60_000)

  test('are asked for in words where there are none', async () => {
    open(
      [
        { name: 'x', type: 'float' },
        { name: 'color', type: 'text' },
        { name: 'net', type: 'text' },
      ],
      Array.from({ length: 60 }, (_, i) => [
        i,
        ['red', 'blue'][i % 2] as string,
        ['a', 'b'][i % 2] as string,
      ]),
    )
    expect(await failureOf(bench, train())).toMatchObject({
      code: 'bad-input',
      message:
        'The trainer "text" learns from words, and no column of table that it may learn from holds texts of several words.',
    })
    expect(await failureOf(bench, train({ hparams: { embedding: 0 } }))).toMatchObject({
      message: '0 is no value for "embedding" of the trainer text.',
      remedy: 'It takes a whole number from 1 to 1024.',
    })
    const recipe = Recipe.parse({ features: [] })
    const never = { signal: new AbortController().signal }
    await (bench as ReturnType<typeof openBench>).transform.door.save(
      { name: 'mine', dataset: 'table', recipe },
      never,
    )
    expect(await failureOf(bench, train({ transform: 'mine' }))).toMatchObject({
      message: 'The trainer "text" learns from words, and the transform makes none of any column.',
    })
  })
})
