import { describe, expect, test } from 'vitest'
import { toCsv } from '../../../renderer/ui/csv.ts'
import { rank } from '../../../renderer/ui/fuzzy.ts'
import { numberTrouble, parseNumber, stepNumber } from '../../../renderer/ui/number.ts'
import { placeTip } from '../../../renderer/ui/tip.ts'

describe('CSV', () => {
  test('quotes only what must be quoted, and keeps values as they are', () => {
    expect(
      toCsv(
        ['Name', 'Size, MB'],
        [
          ['say "hi"', 2.468],
          ['two\nlines', null],
          ['plain', 0],
          [{ a: 1 }, true],
        ],
      ),
    ).toBe('Name,"Size, MB"\r\n"say ""hi""",2.468\r\n"two\nlines",\r\nplain,0\r\n"{""a"":1}",true\r\n')
  })
})

describe('finding by a few letters', () => {
  const names = [
    'hours_per_week',
    'workclass',
    'Open Statistics',
    'Training',
    'Roll back to v12',
    'Register best',
  ]
  const find = (query: string) => rank(query, names, name => name)

  test('letters must occur in order', () => {
    expect(find('wkc')).toEqual(['workclass'])
    expect(find('xyz')).toEqual([])
  })
  test('starts of words and letters in a row come first', () => {
    expect(find('rba')[0]).toBe('Roll back to v12')
    expect(find('stat')[0]).toBe('Open Statistics')
    expect(find('tr')[0]).toBe('Training')
  })
  test('jumping to the start of a word never loses a match', () => {
    expect(rank('aba', ['ab xa a'], name => name)).toHaveLength(1)
    expect(rank('ab', ['xab a'], name => name)).toHaveLength(1)
  })
  test('nothing typed keeps all in their order', () => expect(find('  ')).toEqual(names))
})

describe('numbers typed by a person', () => {
  test.each([
    ['0.0010', 0.001],
    [' 16,281 ', 16281],
    ['1e-4', 0.0001],
    ['−3', -3],
    ['.5', 0.5],
    ['', null],
    ['abc', null],
    ['1.2.3', null],
    ['1e999', null],
    ['0x10', null],
  ])('%j reads as %s', (text, n) => expect(parseNumber(text)).toBe(n))

  test('trouble is an instruction', () => {
    expect(numberTrouble(95, { multipleOf: 32 })).toBe('Use a multiple of 32, 96 is nearest')
    expect(numberTrouble(3, { multipleOf: 32 })).toBe('Use a multiple of 32, 32 is nearest')
    expect(numberTrouble(0.3, { multipleOf: 0.1 })).toBeNull()
    expect(numberTrouble(0, { min: 1 })).toBe('Use at least 1')
    expect(numberTrouble(2, { max: 1 })).toBe('Use at most 1')
    expect(numberTrouble(2.5, { integer: true })).toBe('Use a whole number, 3 is nearest')
    expect(numberTrouble(null, {})).toBe('Use a number')
  })
  test('steps stay inside the limits and free of binary dust', () => {
    expect(stepNumber(0.1, 0.2, {})).toBe(0.3)
    expect(stepNumber(0.001, -0.01, { min: 0 })).toBe(0)
    expect(stepNumber(30, 10, { max: 32 })).toBe(32)
  })
})

describe('where a tip goes', () => {
  const view = { width: 1280, height: 800 }
  const tip = { width: 120, height: 24 }
  test('under its owner, above at the bottom, never outside', () => {
    expect(placeTip({ left: 600, top: 100, bottom: 128, width: 40 }, tip, view)).toEqual({
      left: 560,
      top: 134,
    })
    expect(placeTip({ left: 600, top: 770, bottom: 798, width: 40 }, tip, view).top).toBe(740)
    expect(placeTip({ left: 0, top: 100, bottom: 128, width: 10 }, tip, view).left).toBe(8)
    expect(placeTip({ left: 1270, top: 100, bottom: 128, width: 10 }, tip, view).left).toBe(1152)
  })
})
