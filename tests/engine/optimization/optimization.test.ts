import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Evaluation, Model, Run, Variant } from '#contract'
import { loadExecutable, readGraphDef } from '../../../main/engine/graph/index.ts'
import { openTensor } from '../../../main/engine/tensor/index.ts'
import { bearingsCsv } from '../../e2e/table.ts'
import { openEngine } from '../engine.ts'

let house: Awaited<ReturnType<typeof openEngine>>
let run: Run

beforeAll(async () => {
  house = await openEngine()
  const file = join(house.folder, 'bearings.csv')
  writeFileSync(file, bearingsCsv(1500))
  await house.work(house.engine.dataset.import({ file, name: 'bearings' }))
  run = await house.work<Run>(
    house.engine.training.start({
      dataset: 'bearings',
      label: 'worn',
      name: 'wear',
      without: ['serial'],
      epochs: 4,
    }),
  )
})
afterAll(() => house.close())

describe('freezing', () => {
  test('gives a GraphDef whose outputs are those of the trained model, and says so', async () => {
    const variant = await house.work<Variant>(house.engine.optimization.freeze({ model: run.id }))
    expect(variant).toMatchObject({ run: run.id, kind: 'float32' })
    expect(variant.compared?.maxDifference).toBeLessThan(1e-5)
    expect(variant.compared?.after.accuracy).toBe(variant.compared?.before.accuracy)
    expect(Object.keys(variant.ops)).not.toContain('VarHandleOp')
    const graph = readGraphDef(
      readFileSync(join(house.workspace, 'blobs', variant.id.slice(0, 2), variant.id)),
    )
    const { tf } = await openTensor({ backend: 'cpu' })
    const executable = loadExecutable(graph, tf)
    const input = variant.inputs[0]?.name as string
    const [answer] = Object.values(
      executable.run({ [input]: { data: new Float32Array(2 * run.inputs), shape: [2, run.inputs] } }),
    )
    expect(answer?.data.every(Number.isFinite)).toBe(true)
    executable.dispose()
  })

  test('of a model by its name is the same file', async () => {
    const [byRun, byName] = [
      await house.work<Variant>(house.engine.optimization.freeze({ model: run.id })),
      await house.work<Variant>(house.engine.optimization.freeze({ model: 'wear' })),
    ]
    expect(byName.id).toBe(byRun.id)
    const { variants } = await house.engine.optimization.list({ run: run.id })
    expect(variants.filter(variant => variant.kind === 'float32')).toHaveLength(1)
  })

  test('writes the file where it is wanted', async () => {
    const out = join(house.folder, 'deep', 'wear.pb')
    const variant = await house.work<Variant>(house.engine.optimization.freeze({ model: run.id, out }))
    expect(readFileSync(out)).toHaveLength(variant.bytes)
    expect(variant.out).toBe(out)
  })

  test('takes the files of a TensorFlow.js layers model', async () => {
    const { tf } = await openTensor({ backend: 'cpu' })
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 3, inputShape: [5], activation: 'relu' }),
        tf.layers.dense({ units: 2 }),
      ],
    })
    const folder = join(house.folder, 'layers')
    mkdirSync(folder)
    await model.save(
      tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
        writeFileSync(join(folder, 'weights.bin'), Buffer.from(weightData as ArrayBuffer))
        writeFileSync(
          join(folder, 'model.json'),
          JSON.stringify({
            modelTopology,
            weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
          }),
        )
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' as const } }
      }),
    )
    const variant = await house.work<Variant>(house.engine.optimization.freeze({ model: folder }))
    expect(variant).toMatchObject({ run: null, compared: null })
    const graph = readGraphDef(
      readFileSync(join(house.workspace, 'blobs', variant.id.slice(0, 2), variant.id)),
    )
    const executable = loadExecutable(graph, tf)
    const data = Float32Array.from({ length: 15 }, (_, i) => Math.sin(i))
    const [answer] = Object.values(
      executable.run({ [variant.inputs[0]?.name as string]: { data, shape: [3, 5] } }),
    )
    const expected = (model.predict(tf.tensor2d(data, [3, 5])) as { dataSync(): Float32Array }).dataSync()
    const apart = [...(answer?.data ?? [])].map((value, i) => Math.abs(value - (expected[i] as number)))
    expect(apart).toHaveLength(6)
    expect(Math.max(...apart)).toBeLessThan(1e-5)
  })
})

describe('8-bit weights', () => {
  test('make the file smaller and say what it cost on the same rows', async () => {
    const frozen = await house.work<Variant>(house.engine.optimization.freeze({ model: run.id }))
    const small = await house.work<Variant>(
      house.engine.optimization.convert({ model: run.id, to: 'graphdef', quantize: 'dynamic' }),
    )
    expect(small.kind).toBe('dynamic-range')
    expect(small.bytes).toBeLessThan(frozen.bytes * 0.5)
    expect(small.ops.Dequantize).toBeGreaterThan(0)
    expect(small.compared?.rows).toBe(frozen.compared?.rows)
    expect(small.compared?.maxDifference).toBeGreaterThan(0)
    expect(small.compared?.maxDifference).toBeLessThan(0.1)
    expect(small.passes.map(pass => pass.pass)).toEqual([
      'freeze',
      'fold_old_batch_norms',
      'quantize_weights',
    ])
  })

  test('can be evaluated like the trained model', async () => {
    const evaluation = await house.work<Evaluation>(
      house.engine.evaluation.run({ run: run.id, variant: 'dynamic-range', split: 'eval' }),
    )
    expect(evaluation).toMatchObject({ variant: 'dynamic-range', split: 'eval' })
  })

  test('leave small constants alone when they are told to', async () => {
    const same = await house.work<Variant>(
      house.engine.optimization.convert({
        model: run.id,
        to: 'graphdef',
        quantize: 'dynamic',
        minElements: 1_000_000,
      }),
    )
    expect(same.ops.Dequantize).toBeUndefined()
  })
})

describe('trouble', () => {
  test('a model that is not there, a folder without a model, a broken file', async () => {
    expect(await house.failed(house.engine.optimization.freeze({ model: 'nobody' }))).toMatchObject({
      code: 'not-found',
    })
    expect(await house.failed(house.engine.optimization.freeze({ model: 'run-99' }))).toMatchObject({
      code: 'not-found',
    })
    const empty = join(house.folder, 'empty')
    mkdirSync(empty)
    expect(await house.failed(house.engine.optimization.freeze({ model: empty }))).toMatchObject({
      code: 'unsupported',
    })
    writeFileSync(
      join(empty, 'model.json'),
      '{"modelTopology": {}, "weightsManifest": [{"paths": ["../../secret"], "weights": []}]}',
    )
    const outside = await house.failed(house.engine.optimization.freeze({ model: empty }))
    expect(outside).toMatchObject({ code: 'unreadable-file' })
    expect(outside.message).toContain('outside')
    writeFileSync(join(empty, 'model.pb'), 'no graph')
    expect(
      (await house.failed(house.engine.optimization.freeze({ model: join(empty, 'model.pb') }))).code,
    ).not.toBe('internal')
  })

  test('an output that cannot be written loses nothing', async () => {
    const failure = await house.failed(
      house.engine.optimization.freeze({ model: run.id, out: '/proc/nowhere/x.pb' }),
    )
    expect(failure.code).not.toBe('gate-blocked')
    expect(existsSync(house.workspace)).toBe(true)
    expect((await house.engine.training.show({ run: run.id })).state).toBe('succeeded')
  })
})

describe('the registry', () => {
  test('a trained run is a version and the candidate at once; the same weights again are another version', async () => {
    const again = await house.work<Run>(
      house.engine.training.start({
        dataset: 'bearings',
        label: 'worn',
        name: 'wear',
        without: ['serial'],
        epochs: 4,
      }),
    )
    const model = await house.engine.registry.show({ model: 'wear' })
    expect(model.versions.map(version => [version.version, version.run])).toEqual([
      [2, again.id],
      [1, run.id],
    ])
    expect(model.aliases).toEqual({ candidate: 2 })
    expect(model.versions[1]?.variants.map(variant => variant.kind).sort()).toContain('dynamic-range')
    // The same seed gave the same weights, and so the same file; each run keeps its own variant.
    const frozen = await house.work<Variant>(house.engine.optimization.freeze({ model: again.id }))
    expect(
      (await house.engine.optimization.list({ run: run.id })).variants.map(variant => variant.id),
    ).toContain(frozen.id)
    expect(
      (await house.engine.optimization.list({ run: again.id })).variants.map(variant => variant.id),
    ).toContain(frozen.id)
  })

  test('the gate keeps production from a version that does not pass, and says why', async () => {
    const { engine } = house
    await engine.evaluation.setGate({ model: 'wear', rules: [{ metric: 'accuracy', min: 0.9999 }] })
    const unmeasured = await house.refused(
      engine.registry.alias({ model: 'wear', alias: 'production', version: 1 }),
    )
    expect(unmeasured.code).toBe('gate-blocked')
    await house.work(engine.evaluation.run({ run: run.id }))
    const failure = await house.refused(
      engine.registry.alias({ model: 'wear', alias: 'production', version: 1 }),
    )
    expect(failure.message).toMatch(/accuracy is 0\.\d+ where at least 0\.9999 is wanted/)
    await engine.evaluation.setGate({ model: 'wear', rules: [] })
    const moved: Model = await engine.registry.alias({ model: 'wear', alias: 'production', version: 1 })
    expect(moved.aliases).toEqual({ candidate: 2, production: 1 })
    const dropped = await engine.registry.alias({ model: 'wear', alias: 'production', remove: true })
    expect(dropped.aliases).toEqual({ candidate: 2 })
  })

  test('notes are kept, and what made a version can be followed to the data', async () => {
    const { engine } = house
    await engine.registry.note({ model: 'wear', version: 1, notes: 'first one' })
    const version = (await engine.registry.show({ model: 'wear' })).versions.find(each => each.version === 1)
    expect(version?.notes).toBe('first one')
    const { parents } = await engine.lineage.show({ id: version?.id as string })
    const model = parents.find(parent => parent.kind === 'model')
    const trained = await engine.lineage.show({ id: model?.id as string })
    expect(trained.parents.map(parent => parent.kind)).toContain('dataset-version')
  })

  test('says what is not there', async () => {
    const { engine } = house
    expect((await house.refused(engine.registry.show({ model: 'nobody' }))).code).toBe('not-found')
    expect(
      (await house.refused(engine.registry.alias({ model: 'wear', alias: 'x', version: 9 }))).message,
    ).toContain('no version 9')
    expect((await house.refused(engine.registry.alias({ model: 'wear', alias: 'Not Good' }))).code).toBe(
      'bad-input',
    )
  })
})
