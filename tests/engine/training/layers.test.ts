import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LayersModel, SymbolicTensor, Tensor, Variable } from '@tensorflow/tfjs'
import { afterAll, describe, expect, test } from 'vitest'
import { loadExecutable, toLite, writeTflite } from '../../../main/engine/graph/index.ts'
import { openLiteRt } from '../../../main/engine/litert/index.ts'
import { openTensor, type Tf } from '../../../main/engine/tensor/index.ts'
import { ownLayers } from '../../../main/engine/training/worker/layers/index.ts'
import { freezeLayers } from '../freezeLayers.ts'

/** Two columns of numbers, then five places in a table of seven rows: a bag of words beside other features. */
function mixed(tf: Tf): LayersModel {
  const own = ownLayers(tf)
  const input = tf.input({ shape: [7], name: 'features' })
  const numbers = own.columns({ name: 'numbers', from: 0, to: 2 }).apply(input)
  const places = own.columns({ name: 'places', from: 2, to: 7 }).apply(input)
  const bag = own.embeddingBag({ name: 'bag', entries: 7, units: 3, seed: 4 }).apply(places)
  const joined = tf.layers.concatenate({ name: 'joined' }).apply([numbers, bag] as SymbolicTensor[])
  const initial = tf.initializers.glorotUniform({ seed: 5 })
  const out = tf.layers.dense({ units: 2, kernelInitializer: initial, name: 'logits' }).apply(joined)
  return tf.model({ inputs: input, outputs: out as SymbolicTensor })
}

/** What Keras computed, see make.py beside it. */
const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../golden/nets/own.json'), 'utf8'),
) as Record<'rows' | 'weights', number[][]> & { answers: number[] }
const ROWS = golden.rows

async function saved(tf: Tf, model: LayersModel) {
  let kept: Parameters<typeof freezeLayers>[0] = {}
  await model.save(
    tf.io.withSaveHandler(async parts => {
      kept = parts as typeof kept
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } }
    }),
  )
  const { weightData, ...json } = kept
  return { ...JSON.parse(JSON.stringify(json)), weightData }
}

const close = (a: ArrayLike<number>, b: ArrayLike<number>, by = 1e-6) => {
  expect(a.length).toBe(b.length)
  for (let i = 0; i < a.length; i++) expect(Math.abs((a[i] as number) - (b[i] as number))).toBeLessThan(by)
}

/** The same by hand. */
function expected(weights: Float32Array[]): number[] {
  const [table, kernel, bias] = weights as [Float32Array, Float32Array, Float32Array]
  return ROWS.flatMap(([a = 0, b = 0, ...places]) => {
    const there = places.filter(place => place !== 0)
    const bag = [0, 1, 2].map(
      unit =>
        there.reduce((sum, place) => sum + (table[place * 3 + unit] as number), 0) /
        Math.max(1, there.length),
    )
    return [0, 1].map(out =>
      [a, b, ...bag].reduce((sum, x, i) => sum + x * (kernel[i * 2 + out] as number), bias[out] as number),
    )
  })
}

describe.each(['wasm', 'cpu'] as const)('columns and bags on %s', backend => {
  test('are what they say, saved and loaded too, and as a graph', async () => {
    const { tf } = await openTensor({ backend })
    const model = mixed(tf)
    const x = tf.tensor2d(ROWS)
    const weights = model.getWeights().map(weight => weight.dataSync() as Float32Array)
    const answers = (model.predict(x) as Tensor).dataSync()
    close(answers, expected(weights))
    const own = model.getWeights()
    model.setWeights(own.map(({ shape }, i) => tf.tensor(golden.weights[i] as number[], shape)))
    close((model.predict(x) as Tensor).dataSync(), golden.answers)
    model.setWeights(weights.map((values, i) => tf.tensor(values, own[i]?.shape)))
    const kept = await saved(tf, model)
    expect(JSON.stringify(kept.modelTopology)).toContain('Edgewright>EmbeddingBag')
    const again = await tf.loadLayersModel(tf.io.fromMemory(kept))
    expect((again.predict(x) as Tensor).dataSync()).toEqual(answers)

    const graph = freezeLayers(kept)
    const executable = loadExecutable(graph, tf)
    const name = executable.inputs[0]?.name as string
    const given = { [name]: { data: Float32Array.from(ROWS.flat()), shape: [3, 7] } }
    close(Object.values(executable.run(given))[0]?.data as Float32Array, answers)
    executable.dispose()
  })

  test('learn: gradients are those of differences, and place 0 never learns', async () => {
    const { tf } = await openTensor({ backend })
    const model = mixed(tf)
    const variables = model.trainableWeights.map(weight => weight.read() as Variable)
    const x = tf.tensor2d(ROWS)
    const loss = () => tf.sum(tf.square(model.apply(x) as Tensor)).asScalar()
    const { grads } = tf.variableGrads(loss, variables)
    const table = variables[0] as Variable
    const gradient = grads[table.name]?.dataSync() as Float32Array
    expect([...gradient.slice(0, 3)]).toEqual([0, 0, 0])
    const values = Float32Array.from(table.dataSync())
    const step = 1e-2
    const at = (place: number, by: number) => {
      table.assign(tf.tensor2d(values.with(place, (values[place] as number) + by), [7, 3]))
      return loss().dataSync()[0] as number
    }
    // The loss is a square, so that the middle difference is exact but for rounding.
    for (let place = 0; place < values.length; place++) {
      const difference = (at(place, step) - at(place, -step)) / (2 * step)
      expect(Math.abs(difference - (gradient[place] as number))).toBeLessThan(2e-3)
    }
  })
})

test('columns that are not there are refused, and as TFLite they answer the same', async () => {
  const { tf } = await openTensor({ backend: 'wasm' })
  const input = tf.input({ shape: [3] })
  expect(() => ownLayers(tf).columns({ name: 'far', from: 2, to: 4 }).apply(input)).toThrow('far')
  const model = mixed(tf)
  const answers = (model.predict(tf.tensor2d(ROWS)) as Tensor).dataSync()
  const lite = toLite(freezeLayers(await saved(tf, model)))
  const runner = await (await openLiteRt()).load(writeTflite(lite))
  close(
    ROWS.flatMap(row => [...(runner.run([Float32Array.from(row)])[0] as Float32Array)]),
    answers,
  )
})

afterAll(async () => {
  await openTensor({ backend: 'cpu' })
})
