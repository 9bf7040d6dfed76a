import { describe, expect, test } from 'vitest'
import { Plan } from '#contract'
import { FailureError } from '../../../../main/engine/kit/index.ts'
import { classWeightsOf } from '../../../../main/engine/training/classWeights.ts'
import { planWith, TRAINERS, topologyOf, weightsOf } from '../../../../main/engine/training/trainers/index.ts'

const plan = (more: Partial<Plan> = {}): Plan =>
  Plan.parse({ dataset: 'd', name: 'm', label: 'l', layers: [8, 4], ...more })
const transform = { format: 'edgewright-transform/2', features: [], leftOut: [], width: 5 } as const
const netOf = (
  trainer: string,
  more: Partial<Plan> = {},
  task: 'binary' | 'multiclass' | 'regression' = 'multiclass',
) =>
  (TRAINERS.find(each => each.name === trainer) as (typeof TRAINERS)[number]).net({
    plan: plan(more),
    task,
    inputs: 5,
    outputs: task === 'multiclass' ? 3 : 1,
    transform: { ...transform, features: [], leftOut: [] },
  })

describe('the dense trainer', () => {
  test('puts dropout behind each dense layer, and names its layers as ever', () => {
    expect(netOf('tabular', { dropout: 0.5 }).layers.map(layer => layer.name)).toEqual([
      ...['features', 'dense_1', 'dropout_1', 'dense_2', 'dropout_2', 'logits', 'probabilities'],
    ])
  })

  test.each([
    ['binary', 'logits', 'probabilities', 'sigmoid'],
    ['multiclass', 'logits', 'probabilities', 'softmax'],
    ['regression', 'value', 'value', 'linear'],
  ] as const)('answers a %s task', (task, logits, output, activation) => {
    const net = netOf('tabular', {}, task)
    expect([net.logits, net.output]).toEqual([logits, output])
    expect(net.layers.at(-1)).toMatchObject({ name: output, activation })
  })

  test('draws its weights from the seed of the plan, another for each layer', () => {
    const seeds = (seed: number) =>
      netOf('tabular', { seed }).layers.flatMap(l => ('seed' in l ? [l.seed] : []))
    expect(seeds(1)).toEqual(seeds(1))
    expect(new Set([...seeds(1), ...seeds(2)]).size).toBe(6)
  })
})

test('the wide and deep trainer adds a linear part over all columns to the dense layers', () => {
  expect(weightsOf(netOf('wide-deep')).map(({ name, shape }) => [name, shape])).toEqual([
    ['dense_1/kernel', [5, 8]],
    ['dense_1/bias', [8]],
    ['dense_2/kernel', [8, 4]],
    ['dense_2/bias', [4]],
    ['deep/kernel', [4, 3]],
    ['deep/bias', [3]],
    ['wide/kernel', [5, 3]],
  ])
  expect(() => topologyOf(netOf('wide-deep', { layers: [] }, 'regression'))).not.toThrow()
})

describe('hyper-parameters', () => {
  test('set fields of the plan, in either spelling', () => {
    const set = { learning_rate: 0.5, batch_size: 7, epochs: 3, units: 16, layers: 2, dropout: 0.1 }
    expect(planWith(plan(), set)).toMatchObject({
      ...{ learningRate: 0.5, batch: 7, epochs: 3, layers: [16, 16], dropout: 0.1 },
      // Runs are compared by one name for one thing.
      hparams: { learningRate: 0.5, batch: 7, epochs: 3, units: 16, layers: 2, dropout: 0.1 },
    })
    expect(planWith(plan(), { learningRate: 0.5, layers: [3] })).toMatchObject({
      learningRate: 0.5,
      layers: [3],
    })
    expect(planWith(plan(), { units: 5 }).layers).toEqual([5, 5])
    expect(planWith(plan(), { layers: 3 }).layers).toEqual([8, 8, 8])
  })

  test('that were set set the same again', () => {
    const once = planWith(plan(), { lr: 0.2, layers: 3, units: 9 })
    expect(planWith(once)).toEqual(once)
  })

  test.each([
    [{ momentum: 0.9 }, /no hyper-parameter "momentum"/],
    [{ target: 'box' }, /no hyper-parameter "target"/],
    [{ learningRate: -1 }, /-1 is no value for "learningRate"/],
    [{ epochs: 'many' }, /"many" is no value for "epochs"/],
    [{ layers: [0] }, /is no value for "layers"/],
    [{ lr: 1, learning_rate: 2 }, /given twice/],
  ])('%j are refused', (hparams, message) => {
    expect(() => planWith(plan(), hparams)).toThrow(FailureError)
    expect(() => planWith(plan(), hparams)).toThrow(message)
  })

  test('that are not known are refused with those that are', () => {
    try {
      planWith(plan(), { momentum: 1 })
      expect.unreachable()
    } catch (error) {
      expect((error as FailureError).failure.remedy).toMatch(/learningRate.*layers.*units/)
    }
  })

  test("of a person's own program are left to it", () => {
    const own = plan({ script: '/train.py' })
    expect(planWith(own, { momentum: 0.9 })).toEqual({ ...own, hparams: { momentum: 0.9 } })
  })
})

describe('class weights', () => {
  const label = { task: 'multiclass', classes: ['a', 'b', 'c'] } as const
  const labels = Float32Array.of(0, 0, 0, 0, 0, 0, 1, 1)

  test("balanced are rows / (classes x the class's rows), and 1 for a class without rows", () => {
    const [a, b, c] = classWeightsOf(plan({ classWeights: 'balanced' }), label, labels) as number[]
    expect([a, b, c]).toEqual([8 / 18, 8 / 6, 1])
  })

  test('by name come before those, and 1 is for the others', () => {
    expect(classWeightsOf(plan({ weights: { b: 5 } }), label, labels)).toEqual([1, 5, 1])
    expect(classWeightsOf(plan({ classWeights: 'balanced', weights: { a: 2 } }), label, labels)?.[0]).toBe(2)
    expect(classWeightsOf(plan(), label, labels)).toBeNull()
  })

  test('of a class that is not there, or of a value, are refused', () => {
    expect(() => classWeightsOf(plan({ weights: { d: 1 } }), label, labels)).toThrow(/no class "d"/)
    const value = { task: 'regression', classes: [] } as const
    expect(() => classWeightsOf(plan({ classWeights: 'balanced' }), value, labels)).toThrow(/Only classes/)
  })
})
