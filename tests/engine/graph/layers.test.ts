import type { Tensor, LayersModel as TfModel } from '@tensorflow/tfjs'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  describe as describeGraph,
  type LayersModel,
  loadExecutable,
  lowerLayersModel,
  writeGraphDef,
} from '../../../main/engine/graph/index.ts'
import { openTensor, type Tf } from '../../../main/engine/tensor/index.ts'
import { freezeLayers } from '../freezeLayers.ts'
import { failureOf } from './build.ts'

let tf: Tf
beforeAll(async () => {
  tf = (await openTensor({ backend: 'wasm' })).tf
})

async function saved(model: TfModel): Promise<Required<LayersModel>> {
  let artifacts: LayersModel = {}
  await model.save(
    tf.io.withSaveHandler(async parts => {
      artifacts = parts as LayersModel
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } }
    }),
  )
  // As it would be read from a file.
  const { weightData, ...json } = artifacts
  return { ...JSON.parse(JSON.stringify(json)), weightData }
}

/** The frozen graph answers what the model does. */
async function expectSame(model: TfModel) {
  const shape = (model.inputs[0]?.shape ?? []).map(size => size ?? 5)
  const x = tf.randomNormal(shape, 0, 1, 'float32', 7)
  const expected = (model.predict(x) as Tensor).dataSync()
  const executable = loadExecutable(freezeLayers(await saved(model)), tf)
  const feeds = { [executable.inputs[0]?.name as string]: { data: x.dataSync() as Float32Array, shape } }
  const answer = Object.values(executable.run(feeds))[0]?.data as Float32Array
  expect(answer.length).toBe(expected.length)
  answer.forEach((value, i) => {
    expect(Math.abs(value - (expected[i] as number))).toBeLessThanOrEqual(1e-5)
  })
  executable.dispose()
}

const dense = (config: object) => tf.layers.dense({ units: 4, ...config })

describe('a layers model as a graph', () => {
  test('answers the same: a trained Sequential model', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({
          filters: 3,
          kernelSize: 3,
          inputShape: [9, 8, 2],
          padding: 'same',
          useBias: false,
        }),
        tf.layers.batchNormalization(),
        tf.layers.reLU({ maxValue: 6 }),
        tf.layers.depthwiseConv2d({ kernelSize: [2, 3], depthMultiplier: 2 }),
        tf.layers.leakyReLU(),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.flatten(),
        tf.layers.dropout({ rate: 0.5 }),
        dense({ activation: 'softmax' }),
      ],
    })
    model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' })
    const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 3], 'int32'), 4)
    for (let i = 0; i < 3; i++) await model.trainOnBatch(tf.randomNormal([4, 9, 8, 2]), labels)
    await expectSame(model)
  })

  test('answers the same: a functional chain', async () => {
    const input = tf.input({ shape: [6], name: 'features' })
    const hidden = dense({ activation: 'tanh', name: 'hidden' }).apply(input)
    const normed = tf.layers.batchNormalization({ name: 'norm' }).apply(hidden)
    const output = dense({ activation: 'sigmoid', name: 'answer' }).apply(normed)
    const model = tf.model({ inputs: input, outputs: output as never })
    await expectSame(model)
    const graph = freezeLayers(await saved(model))
    expect(graph.inputs).toEqual([{ name: 'features', dtype: 'float32', shape: [-1, 6] }])
    expect(graph.outputs).toEqual([{ name: 'answer/Sigmoid', dtype: 'float32', shape: [-1, 4] }])
  })

  test('answers the same: a functional model with two outputs', async () => {
    const input = tf.input({ shape: [6] })
    const hidden = dense({ activation: 'relu', name: 'hidden' }).apply(input)
    const outputs = ['first', 'second'].map(name => dense({ name }).apply(hidden))
    const model = tf.model({ inputs: input, outputs: outputs as never })
    const x = tf.randomNormal([3, 6])
    const expected = (model.predict(x) as Tensor[]).map(tensor => [...tensor.dataSync()])
    const executable = loadExecutable(freezeLayers(await saved(model)), tf)
    const name = executable.inputs[0]?.name as string
    const answer = executable.run({ [name]: { data: x.dataSync() as Float32Array, shape: [3, 6] } })
    expect(executable.outputs).toEqual(['first/BiasAdd', 'second/BiasAdd'])
    expect(executable.outputs.map(output => [...(answer[output]?.data ?? [])])).toEqual(expected)
  })

  test('has nodes named as Keras names them, variables before freezing, constants after', async () => {
    const model = tf.sequential({ layers: [dense({ inputShape: [3], activation: 'relu', name: 'dense' })] })
    const lowered = lowerLayersModel(await saved(model))
    expect(lowered.nodes.map(node => `${node.op} ${node.name}`)).toEqual([
      'Placeholder dense_input',
      'VarHandleOp dense/kernel',
      'ReadVariableOp dense/MatMul/ReadVariableOp',
      'MatMul dense/MatMul',
      'VarHandleOp dense/bias',
      'ReadVariableOp dense/BiasAdd/ReadVariableOp',
      'BiasAdd dense/BiasAdd',
      'Relu dense/Relu',
    ])
    expect([...lowered.variables.keys()]).toEqual(['dense/kernel', 'dense/bias'])
    const ops = describeGraph(freezeLayers(await saved(model)))
    expect(ops).toMatchObject({ nodes: 8, constants: 2, constantBytes: (12 + 4) * 4 })
    expect(ops.ops.map(({ op }) => op).sort()).toEqual([
      'BiasAdd',
      'Const',
      'Identity',
      'MatMul',
      'Placeholder',
      'Relu',
    ])
  })

  test('is written to the same bytes twice', async () => {
    const model = tf.sequential({ layers: [dense({ inputShape: [3] }), dense({ activation: 'softmax' })] })
    const [a, b] = [await saved(model), await saved(model)]
    expect(writeGraphDef(freezeLayers(a))).toEqual(writeGraphDef(freezeLayersModel(b)))
  })

  test("takes the converter's wrapping, Keras' weight names and weights in several parts", async () => {
    const model = tf.sequential({ layers: [dense({ inputShape: [3], name: 'a' }), dense({ name: 'b' })] })
    const plain = await saved(model)
    const { class_name, config } = plain.modelTopology as { class_name: string; config: object }
    const whole = plain.weightData as ArrayBuffer
    const graph = freezeLayers({
      modelTopology: { keras_version: '2.15.0', backend: 'tensorflow', model_config: { class_name, config } },
      weightSpecs: plain.weightSpecs.map(spec => ({ ...spec, name: `sequential/${spec.name}:0` })),
      weightData: [whole.slice(0, 10), whole.slice(10)],
    })
    expect(writeGraphDef(graph)).toEqual(writeGraphDef(freezeLayers(plain)))
  })
})

describe('a layers model that cannot be lowered', () => {
  const refused: Record<string, () => TfModel> = {
    gru: () => tf.sequential({ layers: [tf.layers.gru({ units: 2, inputShape: [4, 3], name: 'culprit' })] }),
    embedding: () =>
      tf.sequential({
        layers: [tf.layers.embedding({ inputDim: 4, outputDim: 2, inputLength: 3, name: 'culprit' })],
      }),
    'an activation': () =>
      tf.sequential({ layers: [dense({ inputShape: [3], activation: 'mish', name: 'culprit' })] }),
    'channels first': () =>
      tf.sequential({
        layers: [
          tf.layers.maxPooling2d({
            poolSize: 1,
            dataFormat: 'channelsFirst',
            inputShape: [2, 4, 4],
            name: 'culprit',
          }),
        ],
      }),
    'a sum of two branches': () => {
      const input = tf.input({ shape: [4] })
      const branch = dense({}).apply(input)
      return tf.model({
        inputs: input,
        outputs: tf.layers.add({ name: 'culprit' }).apply([input, branch as never]) as never,
      })
    },
    'a layer used twice': () => {
      const input = tf.input({ shape: [4] })
      const twice = dense({ name: 'culprit' })
      return tf.model({ inputs: input, outputs: twice.apply(twice.apply(input)) as never })
    },
  }
  for (const [name, build] of Object.entries(refused))
    test(`${name}: the failure names the layer`, async () => {
      const artifacts = await saved(build())
      const failure = failureOf(() => freezeLayers(artifacts))
      expect(failure).toMatchObject({ code: 'unsupported-graph', layer: 'culprit' })
      expect(failure.message).toMatch(/culprit/)
    })

  test('weights that do not belong to it are refused in words', async () => {
    const model = await saved(tf.sequential({ layers: [dense({ inputShape: [3], name: 'only' })] }))
    const data = model.weightData as ArrayBuffer
    const [kernel, bias] = model.weightSpecs
    if (!kernel || !bias) throw new Error('a dense layer has two weights')
    const broken: LayersModel[] = [
      { ...model, weightData: data.slice(0, 20) },
      { ...model, weightData: new ArrayBuffer(data.byteLength + 4) },
      { ...model, weightSpecs: [{ ...kernel, shape: [4, 3] }, bias] },
      { ...model, weightSpecs: [], weightData: new ArrayBuffer(0) },
      { ...model, modelTopology: undefined },
      { ...model, modelTopology: {} },
      { ...model, modelTopology: { class_name: 'Sequential', config: { layers: [{}] } } },
    ]
    for (const artifacts of broken)
      expect(failureOf(() => freezeLayers(artifacts)).code).toBe('unreadable-file')
    const complex = { ...model, weightSpecs: [{ ...kernel, dtype: 'complex64' }, bias] }
    expect(failureOf(() => freezeLayers(complex)).code).toBe('unsupported')
    // Packed by an unknown scale.
    const packed = { ...model, weightSpecs: [{ ...kernel, quantization: { dtype: 'uint8' } }, bias] }
    expect(failureOf(() => freezeLayers(packed)).code).toBe('unreadable-file')
  })
})
