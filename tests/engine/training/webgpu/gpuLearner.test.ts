import { describe, expect, test } from 'vitest'
import type { Task } from '#contract'
import { seeded } from '../../../../main/engine/kit/index.ts'
import { openTensor } from '../../../../main/engine/tensor/index.ts'
import type { NetSpec } from '../../../../main/engine/training/trainers/index.ts'
import { noSums } from '../../../../main/engine/training/worker/figures.ts'
import { gpuLearner } from '../../../../main/engine/training/worker/gpuLearner.ts'
import type { Learner } from '../../../../main/engine/training/worker/learn.ts'
import type { NetTask } from '../../../../main/engine/training/worker/net.ts'
import { processorLearner } from '../../../../main/engine/training/worker/processorLearner.ts'
import { NETS, rowsOf } from '../nets/every.ts'

const ROWS = 12
const { tf } = await openTensor({ backend: 'wasm' })

/** Teaches some steps and judges, and says the figures of both. */
async function course(learner: Learner, features: Float32Array, labels: Float32Array, from = 0, to = 6) {
  const [taught, judged] = [noSums(), noSums()]
  const batch = { features, labels, rows: ROWS }
  for (let step = from; step < to; step++) learner.teach(batch, 0.01, seeded(3, step), taught)
  learner.judge(batch, judged)
  await learner.settle()
  return { taught, judged }
}

const numbersOf = (parts: readonly Float32Array[]) => parts.flatMap(part => [...part])

/** Sums in another order round differently; beside a step of 0.01 that is nothing. */
function expectNear(found: readonly Float32Array[], wanted: readonly Float32Array[], within = 2e-4) {
  const [a, b] = [numbersOf(found), numbersOf(wanted)]
  expect(a.length).toBe(b.length)
  a.forEach((value, i) => {
    expect(Math.abs(value - (b[i] as number))).toBeLessThan(within)
  })
}

async function expectSame(work: NetTask, features: Float32Array, labels: Float32Array) {
  const [ours, theirs] = [await gpuLearner(tf, work), await processorLearner(tf, work)]
  expect(ours.parameters).toBe(theirs.parameters)
  expect(await ours.weights()).toEqual(await theirs.weights())
  const [found, wanted] = [await course(ours, features, labels), await course(theirs, features, labels)]
  for (const of of ['taught', 'judged'] as const) {
    expect(found[of].rows).toBe(wanted[of].rows)
    expect(found[of].loss).toBeCloseTo(wanted[of].loss, 2)
  }
  expectNear(await ours.weights(), await theirs.weights())
}

describe.each(Object.keys(NETS))('the net "%s" with its state on the backend', name => {
  const { net, width } = NETS[name] as (typeof NETS)[string]
  const features = rowsOf(name, ROWS, seeded(5))
  const labels = Float32Array.from({ length: ROWS }, (_, i) => i % 3)
  const work = { net, task: 'multiclass', inputs: width, outputs: 3, classWeights: [1, 0.5, 2] } as NetTask

  test('learns what it learns on the processor, dropout and class weights included', () =>
    expectSame(work, features, labels))

  test('goes on from what was written down to the same bits, and leaves no tensors behind', async () => {
    const whole = await gpuLearner(tf, work)
    await course(whole, features, labels)
    const first = await gpuLearner(tf, work)
    await course(first, features, labels, 0, 3)
    const before = { weights: await first.weights(), ...(await first.state()) }
    expect(before.steps).toBe(3)
    const second = await gpuLearner(tf, work)
    second.restore(before)
    const { numTensors } = tf.memory()
    await course(second, features, labels, 3, 6)
    expect(tf.memory().numTensors).toBe(numTensors)
    expect(await second.weights()).toEqual(await whole.weights())
    expect(await second.state()).toEqual(await whole.state())
  })
})

test.each(['binary', 'regression'] as const)('a net for %s learns as on the processor', (task: Task) => {
  const net: NetSpec = {
    layers: [
      { name: 'features', inputs: [], kind: 'input', width: 4 },
      { name: 'one', inputs: ['features'], kind: 'dense', units: 5, activation: 'relu', bias: true, seed: 1 },
      { name: 'logits', inputs: ['one'], kind: 'dense', units: 1, activation: 'linear', bias: true, seed: 2 },
    ],
    logits: 'logits',
    output: 'logits',
  }
  const random = seeded(8)
  const features = Float32Array.from({ length: ROWS * 4 }, () => random() * 2 - 1)
  const labels = Float32Array.from({ length: ROWS }, (_, i) => (task === 'binary' ? i % 2 : random() * 3))
  const classWeights = task === 'binary' ? [1, 3] : null
  return expectSame({ net, task, inputs: 4, outputs: 1, classWeights }, features, labels)
})
