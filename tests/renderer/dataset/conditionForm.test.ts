import { describe, expect, test } from 'vitest'
import type { ColumnType, Condition } from '#contract'
import { conditionOf, draftOf, howsOf, parseCell } from '../../../renderer/rooms/dataset/conditionForm.ts'

describe('what is typed as a cell', () => {
  test.each([
    ['42', 'integer', 42],
    ['-42', 'integer', -42],
    ['−42', 'integer', -42],
    ['1,234,567', 'integer', 1_234_567],
    ['9007199254740993', 'integer', '9007199254740993'],
    ['4.25', 'float', 4.25],
    ['1e-3', 'float', 0.001],
    ['yes', 'boolean', true],
    ['FALSE', 'boolean', false],
    [' spaces stay ', 'text', ' spaces stay '],
    ['', 'text', ''],
    ['2024-02-29', 'date', '2024-02-29'],
    ['2024-02-29', 'timestamp', '2024-02-29T00:00:00Z'],
    ['2024-02-29 14:20', 'timestamp', '2024-02-29T14:20:00Z'],
    ['2024-02-29T14:20:05.250Z', 'timestamp', '2024-02-29T14:20:05.250Z'],
  ] as const)('%j in a column of %s', (typed, type, cell) => expect(parseCell(typed, type)).toEqual({ cell }))

  test.each([
    ['4.2', 'integer'],
    ['', 'integer'],
    ['four', 'float'],
    ['Infinity', 'float'],
    ['maybe', 'boolean'],
    ['2023-02-29', 'date'],
    ['2024-02-29 14:20', 'date'],
    ['2024-13-01', 'date'],
    ['2024-02-29 25:00', 'timestamp'],
    ['yesterday', 'timestamp'],
  ] as const)('%j in a column of %s is said', (typed, type) =>
    expect(parseCell(typed, type).error).toMatch(/^This column holds/),
  )
})

describe('a condition in its form', () => {
  const all: [ColumnType, Condition][] = [
    ['text', { column: 'c', is: 'equals', values: ['a'] }],
    ['text', { column: 'c', is: 'one-of', values: ['a', 'b'] }],
    ['text', { column: 'c', is: 'differs', values: ['a'] }],
    ['text', { column: 'c', is: 'none-of', values: ['a', 'b'] }],
    ['text', { column: 'c', is: 'contains', values: ['gov'] }],
    ['integer', { column: 'c', is: 'range', values: [1, null] }],
    ['float', { column: 'c', is: 'range', values: [-1.5, 2], closed: true }],
    ['date', { column: 'c', is: 'range', values: ['2024-01-01', '2024-02-01'] }],
    ['timestamp', { column: 'c', is: 'range', values: [null, '2024-01-01T00:00:00Z'] }],
    ['boolean', { column: 'c', is: 'equals', values: [false] }],
    ['text', { column: 'c', is: 'missing', values: [] }],
    ['text', { column: 'c', is: 'present', values: [] }],
  ]
  test.each(all)('of %s comes out as it went in: %j', (type, condition) =>
    expect(conditionOf(draftOf('c', type, condition), type)).toEqual({ condition }),
  )

  test.each([
    ['integer', { how: 'between', from: '', to: '' }, 'Give at least one end.'],
    ['integer', { how: 'between', from: '9', to: '1' }, 'The lower end is above the upper one.'],
    ['date', { how: 'between', from: '2024-02-01', to: '2024-01-01' }, 'The lower end is above'],
    ['integer', { how: 'between', from: 'x', to: '1' }, 'This column holds a whole number'],
    ['text', { how: 'contains', from: '  ' }, 'Say which text to look for.'],
    ['text', { how: 'is' }, 'Choose or type at least one value.'],
  ] as const)('of %s that lacks something says what', (type, over, said) =>
    expect(conditionOf({ ...draftOf('c', type), ...over }, type).error).toContain(said),
  )

  test('each type is asked what it can answer', () => {
    expect(howsOf('text')).toContain('contains')
    expect(howsOf('text')).not.toContain('between')
    expect(howsOf('timestamp')[0]).toBe('between')
    expect(howsOf('boolean')).not.toContain('between')
  })
})
