import { describe, expect, test } from 'vitest'
import type { Cell, Column, Task } from '#contract'
import {
  decodePrediction,
  encodeLabel,
  fitLabel,
  type LabelSpec,
  outputWidth,
} from '../../../main/engine/encoding/index.ts'
import { FailureError } from '../../../main/engine/kit/index.ts'

function fitTo(
  type: Column['type'],
  cells: Cell[],
  { task, other = [] }: { task?: Task; other?: Cell[] } = {},
): LabelSpec {
  const fitter = fitLabel({ name: 'y', type }, task)
  fitter.add(cells, true)
  fitter.add(other, false)
  return fitter.finish()
}
const times = (n: number, ...cells: Cell[]): Cell[] => Array.from({ length: n }, () => cells).flat()

describe('the task', () => {
  test.each<[string, Column['type'], Cell[], Task]>([
    ['two texts', 'text', times(10, 'a', 'b'), 'binary'],
    ['three texts', 'text', times(10, 'a', 'b', 'c'), 'multiclass'],
    ['booleans', 'boolean', times(10, true, false), 'binary'],
    ['few integers', 'integer', times(10, 1, 2, 3), 'multiclass'],
    ['whole floats', 'float', times(10, 0, 1), 'binary'],
    ['broken floats', 'float', times(10, 0.5, 1), 'regression'],
    ['many integers', 'integer', times(5, ...Array.from({ length: 11 }, (_, i) => i)), 'regression'],
  ])('%s', (_, type, cells, task) => expect(fitTo(type, cells).task).toBe(task))

  test('can be chosen', () => {
    expect(fitTo('integer', times(10, 1, 2, 3), { task: 'regression' })).toMatchObject({
      task: 'regression',
      mean: expect.closeTo(2, 9),
    })
    expect(fitTo('float', times(10, 0.5, 1), { task: 'multiclass' }).classes).toEqual(['0.5', '1'])
  })
})

describe('the positive class', () => {
  test.each<[string, Column['type'], Cell[], string[]]>([
    ['reads as a yes', 'text', times(10, 'yes', 'yes', 'no'), ['no', 'yes']],
    ['is true', 'boolean', times(10, true, true, false), ['false', 'true']],
    ['is 1', 'integer', times(10, 1, 1, 0), ['0', '1']],
    ['is the rarer one', 'text', times(10, 'a', 'b', 'b'), ['b', 'a']],
    ['is the later one of equals', 'text', times(10, 'a', 'b'), ['a', 'b']],
  ])('%s', (_, type, cells, classes) => expect(fitTo(type, cells).classes).toEqual(classes))
})

test('classes of the other splits are known too, numbers in their order', () => {
  const label = fitTo('integer', times(10, 2, 9), { other: [10, null] })
  expect(label.classes).toEqual(['2', '9', '10'])
  expect([2, 10, 5, null].map(cell => encodeLabel(label, cell))).toEqual([0, 2, Number.NaN, Number.NaN])
})

describe('answers', () => {
  const binary = fitTo('text', times(10, 'yes', 'no'))
  test('a probability of one half is positive', () => {
    expect(decodePrediction(binary, [0.5])).toEqual({
      class: 'yes',
      probability: 0.5,
      probabilities: { no: 0.5, yes: 0.5 },
    })
    expect(decodePrediction(binary, [0.9, 0.25], 1)).toMatchObject({ class: 'no', probability: 0.75 })
  })
  test('the most probable class', () => {
    const label = fitTo('text', times(10, 'a', 'b', '__proto__'))
    expect(outputWidth(label)).toBe(3)
    const answer = decodePrediction(label, [0, 0, 0, 0.2, 0.3, 0.5], 1)
    expect(answer).toMatchObject({ class: 'b', probability: 0.5 })
    expect(Object.keys((answer as { probabilities: object }).probabilities)).toEqual(['__proto__', 'a', 'b'])
  })
  test('a value, on its own scale', () => {
    const label = fitTo('float', times(10, 1.5, 4.5))
    expect(decodePrediction(label, [2])).toEqual({ value: 6 })
    expect(encodeLabel(label, 1.5)).toBe(1.5)
  })
})

describe('what cannot be predicted says why', () => {
  test.each<[string, Column['type'], Cell[], RegExp, Task?]>([
    ['a date', 'date', [], /dates/],
    ['no values', 'text', times(20, null), /no values/],
    ['a constant text', 'text', times(20, 'a'), /same value/],
    ['a constant number', 'float', times(20, 2.5), /same value/],
    ['few rows', 'text', times(4, 'a', 'b'), /has 8 rows.*at least 10/],
    ['names', 'text', Array.from({ length: 40 }, (_, i) => `id-${i}`), /of its own/],
    [
      'more than 1000 classes',
      'text',
      Array.from({ length: 4000 }, (_, i) => `c${i % 1001}`),
      /more than 1000/,
    ],
    ['texts as values', 'text', times(20, 'a', 'b'), /no values to regress/, 'regression'],
    ['three classes as binary', 'text', times(20, 'a', 'b', 'c'), /3 different values/, 'binary'],
    ['overflowing values', 'float', times(10, 1e308, -1e308, 0.5), /too far apart/],
  ])('%s', (_, type, cells, message, task) => {
    let thrown: unknown
    try {
      fitTo(type, cells, { task })
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(FailureError)
    const { failure } = thrown as FailureError
    expect(failure.message).toMatch(message)
    expect(failure.remedy).not.toBe('')
  })
})
