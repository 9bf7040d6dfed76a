import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Evaluation, Model, Run, Variant } from '#contract'
import { loadExecutable, readGraphDef } from '../../../main/engine/graph/index.ts'
import { openTensor } from '../../../main/engine/tensor/index.ts'
import { npy } from '../../cases/npy.ts'
import { bearingsCsv } from '../../e2e/table.ts'
import { savedModels } from '../../golden/graph/savedmodel/read.ts'
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
      'fold_constants',
      'fold_old_batch_norms',
      'fold_batch_norms',
      'quantize_weights',
    ])
    expect(small.floatBytes).toBe(frozen.bytes)
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

describe('TensorFlow Lite', () => {
  const convert = (more: Record<string, unknown>) =>
    house.work<Variant>(house.engine.optimization.convert({ model: run.id, to: 'tflite', ...more }))

  test.each([
    ['none', 'tflite-float32', 1e-5, 0],
    ['float16', 'tflite-float16', 0.01, 0.01],
    ['dynamic', 'tflite-dynamic-range', 0.1, 0.03],
    ['int8', 'tflite-int8', 0.15, 0.05],
    ['int16', 'tflite-int16', 0.1, 0.03],
  ] as const)(
    '%s is proven on rows that it was not calibrated on, and compared',
    async (quantize, kind, most, points) => {
      const variant = await convert({ quantize })
      expect(variant).toMatchObject({ run: run.id, kind, settings: { to: 'tflite', quantize } })
      expect(variant.floatBytes === null).toBe(quantize === 'none')
      const { proof, compared } = variant
      expect(proof).toMatchObject({
        runtime: expect.stringContaining('LiteRT'),
        data: `the test split of ${run.id}`,
      })
      expect(proof?.rows).toBe(run.rows.test)
      expect(proof?.maxDifference).toBeLessThan(most)
      expect(proof?.latency.runs).toBeGreaterThan(0)
      expect(proof?.arenaBytes).toBeGreaterThan(0)
      expect(proof?.layers.length).toBeGreaterThan(0)
      expect(proof?.disagreements?.count).toBe(proof?.disagreements?.rows.length)
      expect(proof?.perClass.reduce((sum, { support }) => sum + support, 0)).toBe(proof?.rows)
      expect(compared?.maxDifference).toBeLessThan(most)
      expect(
        Math.abs((compared?.after.accuracy ?? 0) - (compared?.before.accuracy ?? 1)),
      ).toBeLessThanOrEqual(points)
    },
  )

  test('can be evaluated, and what is there is not made again', async () => {
    const before = (await house.engine.optimization.list({ run: run.id })).variants.length
    const evaluation = await house.work<Evaluation>(
      house.engine.evaluation.run({ run: run.id, variant: 'tflite-int8', split: 'test' }),
    )
    expect(evaluation.metrics.accuracy).toBeGreaterThan(0.7)
    expect((await house.engine.optimization.list({ run: run.id })).variants).toHaveLength(before)
  })

  test('layers that are named stay float, in the file and in the words', async () => {
    const whole = await convert({ quantize: 'int8' })
    const layer = whole.proof?.layers.find(({ op }) => op === 'FULLY_CONNECTED')?.layer as string
    const kept = await convert({ quantize: 'int8', keepFloat: [layer] })
    expect(kept.settings?.keepFloat).toEqual([layer])
    expect(kept.kept.map(each => each.layer)).toContain(layer)
    expect(kept.ops.QUANTIZE ?? 0).toBeGreaterThan(0)
    expect(kept.id).not.toBe(whole.id)
    const failure = await house.failed(
      house.engine.optimization.convert({
        model: run.id,
        to: 'tflite',
        quantize: 'int8',
        keepFloat: ['nobody'],
      }),
    )
    expect(failure).toMatchObject({ code: 'not-found', message: expect.stringContaining('"nobody"') })
  })

  test('a tolerance is met by keeping as few layers float as needed, or nothing is made', async () => {
    const easy = await convert({ quantize: 'int8', tolerance: 100 })
    expect(easy.settings?.keepFloat).toBeUndefined()
    expect(easy.proof?.tolerance).toMatchObject({ passed: true, wanted: { points: 100, classPoints: 100 } })
    const strict = house.engine.optimization.convert({
      model: run.id,
      to: 'tflite',
      quantize: 'int8',
      tolerance: 0,
      classTolerance: 0,
    })
    const { status } = await house.ended(await strict)
    if (status.state === 'succeeded') {
      const { proof } = status.result as Variant
      expect(proof?.tolerance?.passed).toBe(true)
    } else expect(status).toMatchObject({ state: 'failed', failure: { code: 'gate-blocked' } })
  })

  test('one form for each way out: the same numbers as TensorFlow.js files and as an array in C', async () => {
    const out = join(house.folder, 'wear js')
    const js = await convert({ to: 'tfjs', quantize: 'dynamic', minElements: 16, out })
    expect(js).toMatchObject({ out, settings: { to: 'tfjs' } })
    expect(js.proof?.runtime).toMatch(/TensorFlow\.js/)
    const packed = JSON.parse(readFileSync(join(out, 'model.json'), 'utf8')) as {
      weightsManifest: { weights: { quantization?: { dtype: string } }[] }[]
    }
    const isPacked = packed.weightsManifest[0]?.weights.some(
      ({ quantization }) => quantization?.dtype === 'uint8',
    )
    // What is proven computes with the weights as they are in the files.
    if (isPacked) expect(js.proof?.maxDifference).toBeGreaterThan(1e-6)
    const c = await convert({ to: 'c', quantize: 'dynamic', out: join(house.folder, 'wear') })
    expect(c.out).toBe(join(house.folder, 'wear.c'))
    const { variants } = await house.engine.optimization.list({ run: run.id })
    expect(new Set(variants.map(({ settings }) => settings?.to))).toEqual(
      new Set(['graphdef', 'tflite', 'tfjs', 'c']),
    )
  })

  test('what it was made of and calibrated on is its parent', async () => {
    const { engine } = house
    const parents = async (id: string) =>
      (await engine.lineage.show({ id: id as never })).parents.map(({ kind, title }) => [kind, title])
    const own = await parents((await convert({ quantize: 'int8' })).id)
    expect(own.map(([kind]) => kind).sort()).toEqual(['dataset-version', 'model'])
    const model = join(savedModels, 'convnet', 'model')
    const rows = join(house.folder, 'rows.npz')
    writeFileSync(
      rows,
      zipSync({
        'args_0.npy': npy(
          [8, 8, 8, 2],
          Float32Array.from({ length: 1024 }, (_, i) => Math.sin(i)),
        ),
      }),
    )
    const foreign = await house.work<Variant>(
      engine.optimization.convert({ model, to: 'tflite', quantize: 'int8', calibration: rows }),
    )
    expect(await parents(foreign.id)).toEqual([
      ['model', 'model'],
      ['calibration-set', 'rows.npz'],
    ])
    // The same rows are the same artifact, whatever the file is called.
    const again = join(house.folder, 'again.npz')
    cpSync(rows, again)
    const same = await house.work<Variant>(
      engine.optimization.convert({ model, to: 'tflite', quantize: 'int8', calibration: again }),
    )
    expect(same.id).toBe(foreign.id)
    expect(await parents(same.id)).toHaveLength(2)
  })

  test('cancelled in the middle it leaves nothing, and reads cancelled', async () => {
    const { engine } = house
    const blobs = () => readdirSync(join(house.workspace, 'blobs'), { recursive: true }).length
    const before = blobs()
    const job = await engine.optimization.convert({
      model: run.id,
      to: 'tflite',
      quantize: 'int8',
      calibrateBy: 'mse',
      perTensorDense: true,
    })
    for await (const { status } of await engine.jobs.watch({ id: job.id }))
      if (status.state === 'running' && /calibrat|proving/.test(status.progress.step)) {
        await engine.jobs.cancel({ id: job.id })
        break
      }
    expect((await house.ended(job)).status.state).toBe('cancelled')
    expect(blobs()).toBe(before)
    expect(
      readdirSync(join(house.workspace, 'tmp')).filter(name => /optimize|variant|search/.test(name)),
    ).toEqual([])
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
