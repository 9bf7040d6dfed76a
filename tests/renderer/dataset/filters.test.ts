import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Condition } from '#contract'
import {
  cellCondition,
  conditionWords,
  filterWords,
  parseQuery,
  printQuery,
  withCondition,
} from '../../../renderer/rooms/dataset/filters.ts'

const cell = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))
const condition = fc.record({
  column: fc.string(),
  is: fc.constantFrom(
    'equals',
    'differs',
    'one-of',
    'none-of',
    'range',
    'contains',
    'missing',
    'present',
  ) as fc.Arbitrary<Condition['is']>,
  values: fc.array(cell, { maxLength: 4 }),
})

describe('what the address asks for', () => {
  test('comes back whole from what was written', () => {
    fc.assert(
      fc.property(
        fc.record({
          where: fc.array(condition, { maxLength: 5 }),
          split: fc.option(fc.constantFrom('train', 'eval', 'test') as fc.Arbitrary<'train'>, {
            nil: undefined,
          }),
          slice: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
          search: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
          sort: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
          only: fc.option(fc.array(fc.nat(), { minLength: 1, maxLength: 5 }), { nil: undefined }),
        }),
        asked => {
          const read = parseQuery(printQuery(asked) as Record<string, string>)
          expect(read.trouble).toBeNull()
          expect(read.asked).toEqual(
            Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)),
          )
        },
      ),
    )
  })

  test.each([
    [{ where: '[{"column":' }, 'its filter'],
    [{ where: '[{"column":"age","is":"odd"}]' }, 'its filter'],
    [{ where: '"age"' }, 'its filter'],
    [{ split: 'validation' }, 'its split'],
    [{ only: '1,2,x' }, 'its rows'],
    [{ only: '-1' }, 'its rows'],
    [{ where: '{', split: 'x' }, 'its filter and its split'],
  ])('%j is left out and said', (query, said) => {
    const read = parseQuery(query)
    expect(read.asked).toEqual({ where: [] })
    expect(read.trouble).toContain(said)
  })

  test('a link may leave out what the contract knows', () => {
    expect(parseQuery({ where: '[{"column":"age","is":"missing"}]', only: '1, 2' }).asked).toEqual({
      where: [{ column: 'age', is: 'missing', values: [] }],
      only: [1, 2],
    })
  })
})

describe('the words of a condition', () => {
  const say = (is: Condition['is'], values: Condition['values'] = [], more: Partial<Condition> = {}) =>
    conditionWords({ column: 'x', is, values, ...more })
  test.each([
    [say('equals', ['Private']), 'is Private'],
    [say('equals', ['']), 'is empty text'],
    [say('equals', [-3]), 'is −3'],
    [say('equals', [true]), 'is yes'],
    [say('differs', ['a']), 'is not a'],
    [say('one-of', ['a', 'b']), 'is a or b'],
    [say('one-of', ['a', 'b', 'c']), 'is a, b or c'],
    [say('one-of', ['a', 'b', 'c', 'd', 'e']), 'is a, b or 3 others'],
    [say('one-of', []), 'is none that exists'],
    [say('none-of', ['a', 'b']), 'is not a or b'],
    [say('range', [17, 90]), 'is from 17 to below 90'],
    [say('range', [17, 90], { closed: true }), 'is from 17 to 90'],
    [say('range', [17, null]), 'is at least 17'],
    [say('range', [null, 90]), 'is below 90'],
    [say('range', [null, 90], { closed: true }), 'is at most 90'],
    [say('contains', ['gov']), 'contains “gov”'],
    [say('missing'), 'is missing'],
    [say('present'), 'is there'],
    [say('equals', ['x'.repeat(60)]), `is ${'x'.repeat(39)}…`],
  ])('%s', (said, expected) => expect(said).toBe(expected))

  test('a filter is one sentence', () => {
    expect(
      filterWords([
        { column: 'age', is: 'range', values: [17, 90] },
        { column: 'sex', is: 'equals', values: ['Male'] },
      ]),
    ).toBe('age is from 17 to below 90 and sex is Male')
    expect(filterWords([])).toBe('all rows')
  })
})

test('a pressed cell becomes a condition, missing cells too', () => {
  expect(cellCondition('a', null, true)).toMatchObject({ is: 'missing' })
  expect(cellCondition('a', null, false)).toMatchObject({ is: 'present' })
  expect(cellCondition('a', '', true)).toEqual({ column: 'a', is: 'equals', values: [''] })
  expect(cellCondition('a', 0, false)).toEqual({ column: 'a', is: 'differs', values: [0] })
})

test('a second single value of a column takes the place of the first, exclusions add up', () => {
  const one = cellCondition('a', 1, true)
  const two = cellCondition('a', 2, true)
  const other = cellCondition('b', 1, true)
  expect(withCondition([one, other], two)).toEqual([other, two])
  expect(withCondition([one], one)).toEqual([one])
  const not = [cellCondition('a', 1, false), cellCondition('a', 2, false)] as const
  expect(withCondition([not[0]], not[1])).toEqual([...not])
})
