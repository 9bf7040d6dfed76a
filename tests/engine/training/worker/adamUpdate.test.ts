import type { Variable } from '@tensorflow/tfjs'
import { expect, test } from 'vitest'
import { openTensor } from '../../../../main/engine/tensor/index.ts'
import { type Adam, adam } from '../../../../main/engine/training/worker/adam.ts'
import { BETA1, BETA2, EPSILON, updates } from '../../../../main/engine/training/worker/adamUpdate.ts'

test('steps of Adam are those of the paper, for variables of any size', () => {
  // A small variable after a large one, and sizes that are no multiple of four.
  const sizes = [13, 3, 1, 8]
  const { weights, update } = updates(sizes)
  const zeros = (size: number) => new Float64Array(size)
  const expected = sizes.map(size => ({ w: zeros(size), m: zeros(size), v: zeros(size) }))
  expected.forEach(({ w }, i) => {
    weights[i]?.forEach((_, k, own) => {
      own[k] = Math.cos(i + k)
      w[k] = Math.cos(i + k)
    })
  })
  for (let t = 1; t <= 50; t++)
    sizes.forEach((size, i) => {
      const gradient = Float32Array.from(
        { length: size },
        (_, k) => Math.sin(t * 0.3 + k + i) * 10 ** (i - 2),
      )
      update(
        i,
        gradient,
        (0.01 * Math.sqrt(1 - BETA2 ** t)) / (1 - BETA1 ** t),
        EPSILON * Math.sqrt(1 - BETA2 ** t),
      )
      const { w, m, v } = expected[i] as (typeof expected)[number]
      for (let k = 0; k < size; k++) {
        const g = gradient[k] as number
        const first = BETA1 * (m[k] as number) + (1 - BETA1) * g
        const second = BETA2 * (v[k] as number) + (1 - BETA2) * g * g
        m[k] = first
        v[k] = second
        const by = first / (1 - BETA1 ** t) / (Math.sqrt(second / (1 - BETA2 ** t)) + EPSILON)
        w[k] = (w[k] as number) - 0.01 * by
      }
    })
  expected.forEach(({ w }, i) => {
    w.forEach((value, k) => {
      expect((weights[i] as Float32Array)[k]).toBeCloseTo(value, 5)
    })
  })
})

test('on WASM a step is taken in the memory of the backend, the same to the bit, and can be put back', async () => {
  const { tf } = await openTensor({ backend: 'wasm' })
  const sizes = [13, 3, 1, 8, 70_001]
  const values = (phase: number) =>
    sizes.map(size => Float32Array.from({ length: size }, (_, k) => Math.sin(phase + k)))
  const start = () => sizes.map((size, i) => tf.variable(tf.tensor(values(1)[i] as Float32Array, [size])))
  const variables = start()
  const ours = adam(tf, variables)
  const plain = updates(sizes)
  plain.weights.forEach((own, i) => void own.set(values(1)[i] as Float32Array))
  const step = (optimizer: Adam, of: Variable[], t: number) =>
    tf.tidy(() =>
      optimizer.apply(
        Object.fromEntries(of.map((each, i) => [each.name, tf.tensor(values(t)[i] as Float32Array)])),
        0.01,
      ),
    )
  const held = tf.memory().numTensors
  for (let t = 1; t <= 5; t++) {
    step(ours, variables, t)
    const correction = Math.sqrt(1 - BETA2 ** t)
    values(t).forEach((gradient, i) => {
      plain.update(i, gradient, (0.01 * correction) / (1 - BETA1 ** t), EPSILON * correction)
    })
  }
  expect(tf.memory().numTensors).toBe(held)
  expect(ours.weights()).toEqual([...plain.weights])
  expect(ours.state()).toEqual({ steps: 5, moments: [...plain.first, ...plain.second] })

  const others = start()
  const again = adam(tf, others)
  again.setWeights(ours.weights())
  again.restore(ours.state())
  step(ours, variables, 6)
  step(again, others, 6)
  expect(again.weights()).toEqual(ours.weights())
})

test('moments that nothing feeds any more end at 0, and not at numbers that are slow to compute with', () => {
  const { first, update } = updates([4])
  update(0, new Float32Array([1, -1, 1e-30, 0]), 0.001, EPSILON)
  for (let t = 0; t < 1000; t++) update(0, new Float32Array(4), 0.001, EPSILON)
  expect([...(first[0] as Float32Array)].map(Math.abs)).toEqual([0, 0, 0, 0])
})
