import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs'
import { describe, expect, test } from 'vitest'
import { seeded } from '../../../../main/engine/kit/index.ts'
import { openTensor } from '../../../../main/engine/tensor/index.ts'
import { shapesOf } from '../../../../main/engine/training/trainers/index.ts'
import { build } from '../../../../main/engine/training/worker/build.ts'
import { lossGradient } from '../../../../main/engine/training/worker/lossGradient.ts'
import { netOf } from '../../../../main/engine/training/worker/net.ts'
import { rates } from '../../../../main/engine/training/worker/schedule.ts'
import { NETS, rowsOf } from '../nets/every.ts'

const { tf } = await openTensor({ backend: 'wasm' })
const ROWS = 8

const off = (ours: ArrayLike<number>, theirs: ArrayLike<number>) =>
  Math.max(...Array.from(ours, (value, i) => Math.abs(value - (theirs[i] as number))))

describe('the gradient of the loss is that of TensorFlow.js', () => {
  const random = seeded(3)
  const gradientOf = (shape: [number, number], z: Float32Array, loss: (z: Tensor) => Tensor) =>
    tf
      .grad(given => loss(given as Tensor))(tf.tensor2d(z, shape))
      .dataSync()
  const drawn = (count: number) => Float32Array.from({ length: count }, () => random() * 8 - 4)

  test.each([null, [0.5, 2, 3]])('of three classes that weigh %j', weights => {
    const z = drawn(24)
    const labels = Float32Array.from({ length: 8 }, () => Math.floor(random() * 3))
    const own = lossGradient({ task: 'multiclass', outputs: 3, classWeights: weights }, z, labels)
    const theirs = gradientOf([8, 3], z, logits => {
      const classes = tf.oneHot(tf.tensor1d([...labels], 'int32'), 3)
      const counts = tf.tensor1d([...labels].map(label => weights?.[label] ?? 1))
      return tf.div(tf.losses.softmaxCrossEntropy(classes, logits, counts, 0, tf.Reduction.SUM), 8)
    })
    expect(off(own, theirs)).toBeLessThan(1e-6)
  })

  test.each([null, [0.5, 2]])('of two classes that weigh %j', weights => {
    const z = drawn(8)
    const labels = Float32Array.from({ length: 8 }, () => Math.floor(random() * 2))
    const own = lossGradient({ task: 'binary', outputs: 1, classWeights: weights }, z, labels)
    const theirs = gradientOf([8, 1], z, logits => {
      const counts = tf.tensor2d(
        [...labels].map(label => weights?.[label] ?? 1),
        [8, 1],
      )
      const wanted = tf.tensor2d(labels, [8, 1])
      return tf.div(tf.losses.sigmoidCrossEntropy(wanted, logits, counts, 0, tf.Reduction.SUM), 8)
    })
    expect(off(own, theirs)).toBeLessThan(1e-6)
  })

  test('of a value', () => {
    const [z, labels] = [drawn(8), drawn(8)]
    const own = lossGradient({ task: 'regression', outputs: 1, classWeights: null }, z, labels)
    const theirs = gradientOf([8, 1], z, value =>
      tf.losses.meanSquaredError(tf.tensor2d(labels, [8, 1]), value),
    )
    expect(off(own, theirs)).toBeLessThan(1e-6)
  })
})

describe.each(Object.keys(NETS))('one step of the net "%s"', name => {
  const { net: given, width } = NETS[name] as (typeof NETS)[string]
  // Dropout is drawn by us, so the reference has none.
  const net = {
    ...given,
    layers: given.layers.map(layer => (layer.kind === 'dropout' ? { ...layer, rate: 0 } : layer)),
  }
  const work = { net, task: 'multiclass', inputs: width, outputs: 3, classWeights: null } as const
  const features = rowsOf(name, ROWS, seeded(5))
  const labels = Float32Array.from({ length: ROWS }, (_, i) => i % 3)

  test("goes where TensorFlow.js' own gradients and Adam's formula lead", async () => {
    const ours = await netOf(tf, work)
    const model = await build(tf, net)
    const variables = shapesOf(net)
      .flatMap(({ layer }) => model.getLayer(layer.name).trainableWeights)
      .map(weight => weight.read() as Variable)
    const before = ours.weights()
    const { grads } = tf.variableGrads(() => {
      const answers = model.apply(tf.tensor2d(features, [ROWS, width]), { training: true }) as Tensor
      const classes = tf.oneHot(tf.tensor1d([...labels], 'int32'), 3)
      return tf.neg(tf.mean(tf.log(tf.sum(tf.mul(classes, answers), 1)))) as Scalar
    }, variables)
    ours.teach(features, labels, ROWS, 0.01, seeded(1))
    ours.weights().forEach((weights, i) => {
      const gradient = (grads[(variables[i] as Variable).name] as Tensor).dataSync()
      weights.forEach((value, at) => {
        const g = gradient[at] as number
        // A gradient of next to nothing makes a step of unsure direction.
        if (Math.abs(g) < 1e-4) return
        const expected = ((before[i] as Float32Array)[at] as number) - (0.01 * g) / (Math.abs(g) + 1e-7)
        expect(Math.abs(value - expected)).toBeLessThan(2e-6)
      })
    })
  })

  test('put back to what was written down goes on to the same bits', async () => {
    const steps = 6
    const rate = rates({ learningRate: 0.01, schedule: 'cosine', warmup: 1, epochs: 3, batch: 4 }, ROWS)
    const learn = (taught: Awaited<ReturnType<typeof netOf>>, from: number, to: number) => {
      for (let step = from; step < to; step++)
        taught.teach(features, labels, ROWS, rate(step), seeded(9, step))
    }
    const whole = await netOf(tf, { ...work, net: given })
    learn(whole, 0, steps)
    const first = await netOf(tf, { ...work, net: given })
    learn(first, 0, 3)
    const [weights, state] = [first.weights(), first.optimizer.state()]
    const second = await netOf(tf, { ...work, net: given })
    second.setWeights(weights)
    second.optimizer.restore(state)
    learn(second, 3, steps)
    expect(second.weights()).toEqual(whole.weights())
    expect(second.optimizer.state()).toEqual(whole.optimizer.state())
  })

  test('leaves no tensors behind', async () => {
    const taught = await netOf(tf, { ...work, net: given })
    taught.teach(features, labels, ROWS, 0.01, seeded(1))
    const { numTensors, numBytes } = tf.memory()
    for (let step = 0; step < 3; step++) taught.teach(features, labels, ROWS, 0.01, seeded(1))
    expect(tf.memory()).toMatchObject({ numTensors, numBytes })
  })
})

describe('the learning rate', () => {
  const plan = { learningRate: 0.1, schedule: 'constant', warmup: 0, epochs: 10, batch: 10 } as const

  test('stays as it is', () => {
    const rate = rates(plan, 95)
    expect([0, 1, 50, 99, 1000].map(rate)).toEqual([0.1, 0.1, 0.1, 0.1, 0.1])
  })

  test('rises evenly over the warm-up, which may be part of an epoch', () => {
    const rate = rates({ ...plan, warmup: 0.5 }, 95)
    expect([0, 1, 2, 3, 4, 5].map(step => Number(rate(step).toFixed(12)))).toEqual([
      0.02, 0.04, 0.06, 0.08, 0.1, 0.1,
    ])
  })

  test.each([
    ['cosine', 0.1, 0.05, 0],
    ['exponential', 0.1, 0.01, 0.001],
    ['step', 0.1, 0.01, 0.001],
  ] as const)('falls by %s from %d over %d to %d', (schedule, begin, middle, end) => {
    const rate = rates({ ...plan, schedule, warmup: 2 }, 95)
    expect(rate(20)).toBeCloseTo(begin, 12)
    expect(rate(60)).toBeCloseTo(middle, 12)
    expect(rate(100)).toBeCloseTo(end, 12)
    for (let step = 20; step < 99; step++) expect(rate(step + 1)).toBeLessThanOrEqual(rate(step))
  })

  test('of a warm-up longer than the run only rises', () => {
    const rate = rates({ ...plan, warmup: 20, schedule: 'cosine' }, 100)
    expect(rate(99)).toBeCloseTo(0.05, 12)
  })
})
