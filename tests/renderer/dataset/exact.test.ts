import { describe, expect, test } from 'vitest'
import { decimalsOf, exact } from '../../../renderer/rooms/dataset/exact.ts'

describe('the figures of the row view', () => {
  test.each([
    [5, 0],
    [0.1 + 0.2, 1],
    [12.75, 2],
    [-3.125, 3],
    [1500, 0],
    [0.000001234, 8],
    [Number.NaN, 0],
    ['5.25', 0],
    [null, 0],
  ])('%s has %s decimals', (value, decimals) => expect(decimalsOf(value)).toBe(decimals))

  test('a column has the same decimals from top to bottom', () => {
    expect([5, 4.7, 20.3].map(n => exact(n, 1))).toEqual(['5.0', '4.7', '20.3'])
    expect(exact(1234567.5, 2)).toBe('1,234,567.50')
    expect(exact(-2.5, 1)).toBe('−2.5')
    expect(exact(1e-9, 3)).toBe('1e−9')
  })
})
