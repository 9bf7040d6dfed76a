import { describe, expect, test } from 'vitest'
import type { Column, Explanation, WhatIf } from '#contract'
import {
  choicesFor,
  compareInput,
  defaultAgainst,
  mixTrouble,
} from '../../../renderer/rooms/evaluation/compare/against.ts'
import { changeRange, differenceText, entrantName } from '../../../renderer/rooms/evaluation/compare/words.ts'
import {
  dependenceOn,
  explainedColumns,
  explanationsOf,
  rankedIn,
} from '../../../renderer/rooms/evaluation/explain/explanations.ts'
import { editsOf, fieldsOf, shiftsOf } from '../../../renderer/rooms/evaluation/explain/whatIf.ts'
import { metricGroups } from '../../../renderer/rooms/evaluation/figures/metricGroups.ts'
import {
  askedOf,
  crossText,
  readAsk,
  withAsk,
  withoutAsk,
} from '../../../renderer/rooms/evaluation/slices/sliceAsk.ts'
import { hash } from '../engine/samples.ts'
import { run } from '../training/runs.ts'
import { evaluation } from './evaluations.ts'

const part = (name: string, column: string | null) => ({
  name,
  column,
  where: [],
  rows: 10,
  value: 1,
  metrics: {},
  interval: null,
  chance: 1,
  verdict: 'same' as const,
})

describe('what an evaluation is sliced by', () => {
  const sliced = evaluation({
    sliced: {
      metric: 'accuracy',
      confidence: 0.95,
      method: 'wilson',
      by: ['sex', 'sex × hours per week'],
      minRows: 10,
    },
    slices: [
      part('F', 'sex'),
      part('F × 20 to 40', 'sex × hours per week'),
      part('night', null),
      part('age > 30', null),
    ],
  })

  test('is asked again the same way: columns, crosses with awkward names, expressions, but no saved slice', () => {
    expect(askedOf(sliced, ['night'])).toEqual({ by: ['sex'], slice: ['sex * `hours per week`', 'age > 30'] })
    expect(askedOf(evaluation())).toEqual({ by: [], slice: [] })
  })
  test('takes one more once, and one less', () => {
    const ask = askedOf(sliced, ['night'])
    expect(withAsk(ask, 'by', 'sex')).toEqual(ask)
    expect(withAsk(ask, 'by', 'age').by).toEqual(['sex', 'age'])
    expect(withoutAsk(ask, 'slice', 'age > 30').slice).toEqual(['sex * `hours per week`'])
  })
  test('a column is sliced by, anything else is a slice, and nothing is nothing', () => {
    expect(readAsk(' sex ', ['sex'])).toEqual({ kind: 'by', text: 'sex' })
    expect(readAsk('sex = "F"', ['sex'])).toEqual({ kind: 'slice', text: 'sex = "F"' })
    expect(readAsk('  ', ['sex'])).toBeNull()
    expect(crossText('a', 'b c')).toBe('a * `b c`')
  })
})

describe('what a run is compared with', () => {
  const mine = run('run-3')
  const others = [
    mine,
    run('run-2'),
    run('run-1'),
    run('run-4', {}, { label: 'another' }),
    run('run-5', { task: 'regression' }),
  ]
  const choices = choicesFor(mine, 'layers', {
    runs: others,
    evaluations: [
      evaluation({ run: 'run-3' as never, variant: 'tflite-int8' }),
      evaluation({ run: null, id: hash('f'), model: 'theirs' as never }),
    ],
    production: 'run-1' as never,
  })
  test('production stands first, then runs of the same label, own forms and files', () => {
    expect(choices.map(one => one.value)).toEqual([
      'run-1',
      'run-2',
      'variant:tflite-int8',
      `file:${hash('f')}`,
    ])
    expect(choices[0]?.label).toBe('Run 1, in production')
    expect(defaultAgainst(choices, 'run-1' as never)).toBe('run-1')
    expect(defaultAgainst(choices.slice(1), null)).toBe('run-2')
    expect(defaultAgainst([], null)).toBeNull()
  })
  test('the first is what all are compared with', () => {
    expect(compareInput('run-3' as never, 'layers', 'test', ['run-1', 'run-2'], ['sex'])).toEqual({
      run: ['run-1', 'run-3', 'run-2'],
      split: 'test',
      slice: ['sex'],
    })
    expect(compareInput('run-3' as never, 'tflite-int8', 'eval', ['variant:layers'], [])).toEqual({
      run: ['run-3'],
      variants: ['layers', 'tflite-int8'],
      split: 'eval',
    })
    expect(compareInput('run-3' as never, 'layers', 'test', [`file:${hash('f')}`], [])).toEqual({
      run: ['run-3'],
      evaluations: [hash('f')],
      split: 'test',
    })
    expect(mixTrouble(['run-1', 'variant:layers'])).toContain('not both')
    expect(mixTrouble(['run-1', 'run-2'])).toBeNull()
  })
  test('a change is written in points, with its interval in the same decimals', () => {
    const difference = {
      entrant: 1,
      metric: 'accuracy',
      from: 0.81,
      to: 0.838,
      change: 0.028,
      interval: { low: 0.01, high: 0.046 },
      chance: 0.01,
      method: 'mcnemar' as const,
      verdict: 'better' as const,
    }
    expect(differenceText(difference)).toBe('+2.8')
    expect(changeRange(difference)).toBe('+1.0 to +4.6')
    expect(changeRange({ ...difference, interval: null })).toBeNull()
    expect(entrantName({ run: 'run-3' as never, model: 'm' as never, variant: 'tflite-int8' })).toBe(
      'Run 3, TFLite int8',
    )
    expect(entrantName({ run: null, model: 'theirs' as never, variant: 'layers' })).toBe('theirs')
  })
})

describe('explanations', () => {
  const of = (over: Partial<Explanation>): Explanation =>
    ({
      variant: 'layers',
      split: 'test',
      importance: [],
      partial: [],
      at: '2026-01-01T00:00:00Z',
      ...over,
    }) as Explanation
  const column = (name: string) => ({ column: name, mean: 0.1, deviation: 0, repeats: [0.1] })
  const drawn = (name: string, mean: number) => ({
    column: name,
    grid: [1],
    series: [{ label: null, mean: [mean], ice: [] }],
    rows: [],
    shares: [1],
  })
  const all = explanationsOf(
    [
      of({ at: '2026-01-01T00:00:00Z', importance: [column('a'), column('b')], partial: [drawn('a', 1)] }),
      of({ at: '2026-01-02T00:00:00Z', importance: [column('c')], partial: [drawn('c', 2), drawn('a', 3)] }),
      of({ at: '2026-01-03T00:00:00Z', split: 'train' }),
    ],
    'layers',
    'test',
  )
  test('columns are ranked by the newest that ranks them, and dependence is the newest drawn', () => {
    expect(all).toHaveLength(2)
    expect(rankedIn(all)?.importance.map(one => one.column)).toEqual(['a', 'b'])
    expect(dependenceOn(all, 'a')?.series[0]?.mean).toEqual([3])
    expect(dependenceOn(all, 'z')).toBeNull()
    expect(explainedColumns(all)).toEqual(['a', 'b', 'c'])
    expect(rankedIn([])).toBeNull()
  })
  test('a model of one column is ranked too', () => {
    expect(rankedIn([of({ importance: [column('only')] })])?.importance).toHaveLength(1)
  })
})

describe('what if', () => {
  const columns: Column[] = [
    { name: 'age', type: 'integer' },
    { name: 'hours', type: 'float' },
    { name: 'married', type: 'boolean' },
    { name: 'sex', type: 'text' },
    { name: 'town', type: 'text' },
    { name: 'day', type: 'date' },
  ]
  test('a field is of its column’s type; few known values are a choice, with the row’s own among them', () => {
    const fields = fieldsOf(
      { age: 3, hours: null, married: true, sex: 'X', town: 'Rome', day: '2024-01-02' },
      columns,
      new Map([
        ['sex', { values: ['F', 'M'], unique: 2 }],
        ['town', { values: ['Rome', 'Oslo'], unique: 900 }],
      ]),
    )
    expect(fields.map(field => field.kind)).toEqual([
      'integer',
      'number',
      'boolean',
      'choice',
      'text',
      'text',
    ])
    expect(fields[3]?.values).toEqual(['X', 'F', 'M'])
    expect(fields[5]?.hint).toContain('2024-12-31')
  })
  test('only what differs from the row is an edit, a value made missing too', () => {
    expect(editsOf({ a: 1, b: 'x', c: null }, { a: 1, b: null, c: 'y' })).toEqual({ b: null, c: 'y' })
  })
  test('probabilities stand with the likeliest after the change first', () => {
    const said = (no: number) => ({ probabilities: { no, yes: 1 - no } }) as unknown as WhatIf
    expect(shiftsOf(said(0.75), said(0.25))).toEqual([
      { label: 'yes', before: 0.25, after: 0.75 },
      { label: 'no', before: 0.75, after: 0.25 },
    ])
  })
})

test('figures stand by what they tell, and one that no group knows is not lost', () => {
  expect(metricGroups({ accuracy: 1, ece: 0, auc: 1, novel: 2, f1Macro: 1 })).toEqual([
    { title: 'Decisions', keys: ['accuracy'] },
    { title: 'Ranking', keys: ['auc'] },
    { title: 'Probabilities', keys: ['ece'] },
    { title: 'Means over classes', keys: ['f1Macro'] },
    { title: 'Others', keys: ['novel'] },
  ])
})
