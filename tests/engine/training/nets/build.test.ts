import type { Tensor } from '@tensorflow/tfjs'
import { describe, expect, test } from 'vitest'
import { freeze, loadExecutable, lowerLayersModel } from '../../../../main/engine/graph/index.ts'
import { FailureError, seeded } from '../../../../main/engine/kit/index.ts'
import { openTensor } from '../../../../main/engine/tensor/index.ts'
import {
  type NetSpec,
  parametersOf,
  shapesOf,
  topologyOf,
  weightsOf,
} from '../../../../main/engine/training/trainers/index.ts'
import { build } from '../../../../main/engine/training/worker/build.ts'
import { netOf } from '../../../../main/engine/training/worker/net.ts'
import { NETS, rowsOf } from './every.ts'

const { tf } = await openTensor({ backend: 'wasm' })
const ROWS = 4

describe.each(Object.keys(NETS))('the net "%s"', name => {
  const { net, width } = NETS[name] as { net: NetSpec; width: number }

  test('becomes a model with the shapes and weights that it says it has', async () => {
    const model = await build(tf, net)
    for (const { layer, shape } of shapesOf(net))
      expect(model.getLayer(layer.name).outputShape).toEqual([null, ...shape])
    const weights = net.layers.flatMap(layer => model.getLayer(layer.name).weights)
    expect(weights.map(({ originalName, shape }) => [originalName.replace(/_\d+$/, ''), shape])).toEqual(
      weightsOf(net).map(({ name: weight, shape }) => [weight, shape]),
    )
    expect(parametersOf(net)).toBe(model.countParams())
  })

  test('begins with the same weights for the same seeds', async () => {
    const [one, two] = [await build(tf, net), await build(tf, net)]
    const values = [one, two].map(model => model.getWeights().map(weight => [...weight.dataSync()]))
    expect(values[0]).toEqual(values[1])
  })

  test('computes the same as the model that is loaded with its weights, and as the graph made of that', async () => {
    const work = { net, task: 'multiclass', inputs: width, outputs: 3, classWeights: null } as const
    const ours = await netOf(tf, work)
    const random = seeded(7)
    // Away from zero biases, so that each weight must find its place.
    ours.setWeights(ours.weights().map(part => part.map(value => value + random() * 0.2 - 0.1)))
    const features = rowsOf(name, ROWS, seeded(5))
    const logits = ours.compute(features, ROWS)
    const expected = tf.softmax(tf.tensor2d(logits, [ROWS, 3])).dataSync()

    const weightData = Float32Array.from(ours.weights().flatMap(part => [...part])).buffer
    const artifacts = { ...topologyOf(net), weightData }
    const model = await tf.loadLayersModel(tf.io.fromMemory(artifacts))
    const answered = (model.predict(tf.tensor2d(features, [ROWS, width])) as Tensor).dataSync()
    expect(Math.max(...answered.map((value, i) => Math.abs(value - (expected[i] as number))))).toBeLessThan(
      2e-6,
    )

    const executable = loadExecutable(freeze(lowerLayersModel(artifacts)).graph, tf)
    const [result] = Object.values(
      executable.run({ [executable.inputs[0]?.name as string]: { data: features, shape: [ROWS, width] } }),
    )
    const fromGraph = [...(result as { data: Float32Array }).data]
    expect(Math.max(...fromGraph.map((value, i) => Math.abs(value - (expected[i] as number))))).toBeLessThan(
      2e-6,
    )
  })
})

test.each<[string, NetSpec['layers']]>([
  [
    'a window that is longer than the steps',
    [
      { name: 'features', inputs: [], kind: 'input', width: 4 },
      { name: 'steps', inputs: ['features'], kind: 'reshape', shape: [2, 2] },
      {
        name: 'conv',
        inputs: ['steps'],
        kind: 'conv1d',
        filters: 2,
        size: 3,
        strides: 1,
        padding: 'valid',
        activation: 'relu',
        seed: 1,
      },
    ],
  ],
  [
    'columns that are not there',
    [
      { name: 'features', inputs: [], kind: 'input', width: 4 },
      { name: 'some', inputs: ['features'], kind: 'columns', from: 2, to: 5 },
    ],
  ],
  [
    'a shape that does not hold as much',
    [
      { name: 'features', inputs: [], kind: 'input', width: 4 },
      { name: 'steps', inputs: ['features'], kind: 'reshape', shape: [3, 2] },
    ],
  ],
  [
    'an input that comes later',
    [
      { name: 'features', inputs: [], kind: 'input', width: 4 },
      { name: 'one', inputs: ['two'], kind: 'dropout', rate: 0.5 },
      { name: 'two', inputs: ['features'], kind: 'dropout', rate: 0.5 },
    ],
  ],
  [
    'two layers of one name',
    [
      { name: 'features', inputs: [], kind: 'input', width: 4 },
      { name: 'one', inputs: ['features'], kind: 'dropout', rate: 0.5 },
      { name: 'one', inputs: ['features'], kind: 'dropout', rate: 0.5 },
    ],
  ],
  [
    'a sum of different shapes',
    [
      { name: 'features', inputs: [], kind: 'input', width: 4 },
      { name: 'some', inputs: ['features'], kind: 'columns', from: 0, to: 2 },
      { name: 'sum', inputs: ['features', 'some'], kind: 'add' },
    ],
  ],
  ['no input', [{ name: 'one', inputs: [], kind: 'dropout', rate: 0.5 }]],
])('a net with %s is refused in words', (_, layers) => {
  const last = layers.at(-1)?.name as string
  expect(() => topologyOf({ layers, logits: last, output: last })).toThrow(FailureError)
})
