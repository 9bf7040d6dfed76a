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
  const whole = model.inputs[0]?.dtype === 'int32'
  const x = whole ? tf.randomUniform(shape, 0, 4, 'int32', 7) : tf.randomNormal(shape, 0, 1, 'float32', 7)
  const expected = (model.predict(x) as Tensor).dataSync()
  const executable = loadExecutable(freezeLayers(await saved(model)), tf)
  const feeds = { [executable.inputs[0]?.name as string]: { data: Float32Array.from(x.dataSync()), shape } }
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
    expect(writeGraphDef(freezeLayers(a))).toEqual(writeGraphDef(freezeLayers(b)))
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

describe("layers of TensorFlow.js' own, answered the same", () => {
  const models: Record<string, () => TfModel> = {
    gru: () => tf.sequential({ layers: [tf.layers.gru({ units: 3, inputShape: [4, 3] })] }),
    lstm: () =>
      tf.sequential({
        layers: [
          tf.layers.lstm({ units: 3, inputShape: [4, 3], returnSequences: true }),
          tf.layers.simpleRNN({ units: 2, goBackwards: true }),
        ],
      }),
    bidirectional: () =>
      tf.sequential({
        layers: [
          tf.layers.bidirectional({
            layer: tf.layers.lstm({ units: 3, returnSequences: true }) as never,
            inputShape: [4, 3],
            mergeMode: 'concat',
          }),
          tf.layers.timeDistributed({ layer: dense({ activation: 'tanh' }) }),
        ],
      }),
    embedding: () => {
      const input = tf.input({ shape: [6], dtype: 'int32' })
      const rows = tf.layers.embedding({ inputDim: 4, outputDim: 2 }).apply(input) as never
      const series = tf.layers.conv1d({ filters: 3, kernelSize: 2, padding: 'same', activation: 'relu' })
      const mean = tf.layers.globalAveragePooling1d({})
      return tf.model({ inputs: input, outputs: mean.apply(series.apply(rows)) as never })
    },
    activations: () =>
      tf.sequential({
        layers: [
          dense({ inputShape: [3], activation: 'mish' }),
          dense({ activation: 'hardSigmoid' }),
          dense({ activation: 'gelu' }),
          tf.layers.prelu({ alphaInitializer: 'randomNormal' }),
          tf.layers.thresholdedReLU({ theta: 0.1 }),
          tf.layers.layerNormalization(),
        ],
      }),
    'channels first': () =>
      tf.sequential({
        layers: [
          tf.layers.maxPooling2d({ poolSize: 1, dataFormat: 'channelsFirst', inputShape: [2, 4, 4] }),
          tf.layers.zeroPadding2d({
            padding: [
              [1, 0],
              [0, 2],
            ],
            dataFormat: 'channelsFirst',
          }),
        ],
      }),
    'a decoder': () =>
      tf.sequential({
        layers: [
          tf.layers.separableConv2d({ filters: 4, kernelSize: 3, inputShape: [6, 6, 2], depthMultiplier: 2 }),
          tf.layers.upSampling2d({}),
          tf.layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: 'same' }),
          tf.layers.cropping2D({
            cropping: [
              [1, 0],
              [0, 1],
            ],
          }),
        ],
      }),
    'branches that meet': () => {
      const input = tf.input({ shape: [4] })
      const branch = dense({ name: 'branch' }).apply(input) as never
      const sum = tf.layers.add().apply([input, branch]) as never
      const product = tf.layers.multiply().apply([sum, branch]) as never
      return tf.model({
        inputs: input,
        outputs: tf.layers.concatenate().apply([sum, product, input]) as never,
      })
    },
    'a layer used twice': () => {
      const input = tf.input({ shape: [4] })
      const twice = dense({ name: 'twice' })
      return tf.model({ inputs: input, outputs: twice.apply(twice.apply(input)) as never })
    },
    'a model inside of a model': () => {
      const inner = tf.sequential({ layers: [dense({ inputShape: [4], name: 'a' }), dense({ name: 'b' })] })
      const input = tf.input({ shape: [4] })
      const hidden = inner.apply(dense({ name: 'outside' }).apply(input)) as never
      return tf.model({ inputs: input, outputs: dense({ name: 'last' }).apply(hidden) as never })
    },
  }
  for (const [name, build] of Object.entries(models)) test(name, () => expectSame(build()))

  test('nodes of a second use have a name of their own and the same weights', async () => {
    const input = tf.input({ shape: [4] })
    const twice = dense({ name: 'twice' })
    const model = tf.model({ inputs: input, outputs: twice.apply(twice.apply(input)) as never })
    const { nodes, variables } = lowerLayersModel(await saved(model))
    expect(nodes.filter(({ op }) => op === 'MatMul').map(({ name }) => name)).toEqual([
      'twice/MatMul',
      'twice_1/MatMul',
    ])
    expect([...variables.keys()]).toEqual(['twice/kernel', 'twice/bias'])
    expect(nodes.filter(({ op }) => op === 'MatMul').every(node => node.origin?.layer === 'twice')).toBe(true)
  })
})

describe('a layers model that cannot be lowered', () => {
  const layer = (class_name: string, config: object = {}, source?: string) => ({
    class_name,
    config: { trainable: true, ...config },
    name: (config as { name: string }).name,
    inbound_nodes: source ? [[[source, 0, 0, {}]]] : [],
  })
  const functional = (...layers: { name: string }[]) => ({
    modelTopology: {
      class_name: 'Functional',
      config: {
        layers: [layer('InputLayer', { name: 'in', batch_input_shape: [null, 4] }), ...layers],
        input_layers: [['in', 0, 0]],
        output_layers: [[layers.at(-1)?.name, 0, 0]],
      },
    },
  })

  test('a layer of code is named, with what can be done', () => {
    const failure = failureOf(() => freezeLayers(functional(layer('Lambda', { name: 'culprit' }, 'in'))))
    expect(failure).toMatchObject({ code: 'unsupported-graph', layer: 'culprit' })
    expect(failure.message).toMatch(/"culprit" is a Lambda layer/)
    expect(failure.remedy).toMatch(/SavedModel/)
  })

  test('all of them are told at once, also those behind others and inside of models', () => {
    const failure = failureOf(() =>
      freezeLayers(
        functional(
          layer('Mystery', { name: 'first' }, 'in'),
          layer('Dense', { name: 'fine', units: 3 }, 'first'),
          layer('TimeDistributed', { name: 'second', layer: layer('Riddle', { name: 'inner' }) }, 'fine'),
          layer('Activation', { name: 'third', activation: 'enigma' }, 'in'),
          layer('Secret', { name: 'fourth' }, 'third'),
        ),
      ),
    )
    expect(failure.message).toMatch(/^4 layers cannot be turned into a graph/)
    for (const name of ['Mystery', 'Riddle', 'enigma', 'Secret']) expect(failure.message).toContain(name)
  })

  test('layers in a circle, from nowhere, twice of a name or too deep are refused', () => {
    const deep = (depth: number): object =>
      depth === 0
        ? { class_name: 'Dense', config: { name: 'd', units: 1 } }
        : { class_name: 'Sequential', config: { name: `s${depth}`, layers: [deep(depth - 1)] } }
    for (const artifacts of [
      functional(layer('ReLU', { name: 'a' }, 'b'), layer('ReLU', { name: 'b' }, 'a')),
      functional(layer('ReLU', { name: 'a' }, 'nobody')),
      functional(layer('ReLU', { name: 'a' }, 'in'), layer('ReLU', { name: 'a' }, 'in')),
      { modelTopology: deep(200) },
    ])
      expect(failureOf(() => freezeLayers(artifacts)).code).toBe('unreadable-file')
  })

  test('more steps than can be written out, or an open number of them', () => {
    for (const steps of [null, 100_000]) {
      const model = {
        modelTopology: {
          class_name: 'Sequential',
          config: {
            layers: [layer('LSTM', { name: 'culprit', units: 2, batch_input_shape: [null, steps, 3] })],
          },
        },
      }
      expect(failureOf(() => freezeLayers(model))).toMatchObject({
        code: 'unsupported-graph',
        layer: 'culprit',
      })
    }
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
