import type { Sequential, Tensor, layers as tfLayers } from '@tensorflow/tfjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { openTensor, type Tf } from '../../../main/engine/tensor/index.ts'

let tf: Tf

beforeAll(async () => {
  tf = (await openTensor({ backend: 'wasm' })).tf
})

type Layers = typeof tfLayers
type Backend = 'wasm' | 'cpu'

/** Trains the same small task from the same start on one backend and gives the loss of every step. */
async function losses(
  backend: Backend,
  build: (layers: Layers) => Sequential,
  x: () => Tensor,
  classes: number,
  steps: number,
) {
  await tf.setBackend(backend)
  const model = build(tf.layers)
  model.compile({ optimizer: tf.train.adam(0.02), loss: 'categoricalCrossentropy' })
  const inputs = x()
  const labels = tf.oneHot(
    tf.tensor1d(
      Array.from({ length: inputs.shape[0] as number }, (_, i) => i % classes),
      'int32',
    ),
    classes,
  )
  const seen: number[] = []
  let tensors = 0
  for (let step = 0; step < steps; step++) {
    seen.push((await model.trainOnBatch(inputs, labels)) as number)
    // The optimizer makes its own tensors in the first step; none may come after.
    if (step === 1) tensors = tf.memory().numTensors
    if (step > 1) expect(tf.memory().numTensors).toBe(tensors)
  }
  model.dispose()
  tf.dispose([inputs, labels])
  return seen
}

const start = (seed: number) => tf.initializers.glorotUniform({ seed })

/** Images in which a bright stripe says the class. */
function stripes(count: number, size: number, classes: number) {
  const data = new Float32Array(count * size * size)
  for (let i = 0; i < count; i++)
    for (let p = 0; p < size * size; p++)
      data[i * size * size + p] = Math.floor(p / size) % classes === i % classes ? 1 : Math.sin(i + p) * 0.2
  return tf.tensor4d(data, [count, size, size, 1])
}

const models: Record<string, { build: (layers: Layers) => Sequential; x: () => Tensor; steps: number }> = {
  'conv2d, batch normalization, pooling, dense': {
    steps: 12,
    x: () => stripes(12, 10, 3),
    build: layers =>
      tf.sequential({
        layers: [
          layers.conv2d({
            filters: 4,
            kernelSize: 3,
            padding: 'same',
            inputShape: [10, 10, 1],
            kernelInitializer: start(1),
          }),
          layers.batchNormalization(),
          layers.reLU(),
          layers.maxPooling2d({ poolSize: 2 }),
          layers.conv2d({
            filters: 6,
            kernelSize: 3,
            strides: 2,
            activation: 'relu',
            kernelInitializer: start(2),
          }),
          layers.flatten(),
          layers.dense({ units: 3, activation: 'softmax', kernelInitializer: start(3) }),
        ],
      }),
  },
  'depthwise, separable and transposed convolutions': {
    steps: 18,
    x: () => stripes(6, 8, 3),
    build: layers =>
      tf.sequential({
        layers: [
          layers.depthwiseConv2d({
            kernelSize: 3,
            depthMultiplier: 2,
            inputShape: [8, 8, 1],
            depthwiseInitializer: start(1),
          }),
          layers.separableConv2d({
            filters: 4,
            kernelSize: 3,
            activation: 'relu',
            depthwiseInitializer: start(2),
            pointwiseInitializer: start(3),
          }),
          layers.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, kernelInitializer: start(4) }),
          layers.globalAveragePooling2d({}),
          layers.dense({ units: 3, activation: 'softmax', kernelInitializer: start(5) }),
        ],
      }),
  },
  'embedding and conv1d': {
    steps: 10,
    x: () =>
      tf.tensor2d(
        Array.from({ length: 9 * 6 }, (_, i) => (Math.floor(i / 6) % 3) * 4 + (i % 4)),
        [9, 6],
        'int32',
      ),
    build: layers =>
      tf.sequential({
        layers: [
          layers.embedding({ inputDim: 12, outputDim: 5, inputLength: 6, embeddingsInitializer: start(1) }),
          layers.conv1d({ filters: 4, kernelSize: 3, activation: 'relu', kernelInitializer: start(2) }),
          layers.globalAveragePooling1d(),
          layers.dense({ units: 3, activation: 'softmax', kernelInitializer: start(3) }),
        ],
      }),
  },
}

describe('training on WASM goes the way it goes in plain JavaScript', () => {
  for (const [name, { build, x, steps }] of Object.entries(models))
    test(name, async () => {
      const wasm = await losses('wasm', build, x, 3, steps)
      const cpu = await losses('cpu', build, x, 3, steps)
      expect(wasm.at(-1)).toBeLessThan((wasm[0] as number) * 0.9)
      wasm.forEach((loss, step) => {
        expect(Math.abs(loss - (cpu[step] as number))).toBeLessThanOrEqual(1e-4)
      })
    }, 120_000)
})
