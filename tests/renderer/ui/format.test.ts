import { describe, expect, test } from 'vitest'
import {
  age,
  ago,
  bytes,
  count,
  date,
  duration,
  figure,
  fixed,
  moment,
  ms,
  percent,
  plural,
  points,
  shortHash,
  signed,
} from '../../../renderer/ui/format.ts'

describe('numbers', () => {
  test('counts carry a thousands comma and a true minus', () => {
    expect([count(16281), count(0), count(-1234), count(9007199254740993n)]).toEqual([
      '16,281',
      '0',
      '−1,234',
      '9,007,199,254,740,993',
    ])
    expect([plural(1, 'row'), plural(16281, 'row'), plural(2, 'entry', 'entries')]).toEqual([
      '1 row',
      '16,281 rows',
      '2 entries',
    ])
  })

  test('what is missing is a word, never blank', () => {
    for (const words of [count, bytes, ms, percent, points, figure, fixed, signed, duration])
      for (const nothing of [null, undefined, Number.NaN]) expect(words(nothing as null)).toBe('none')
  })

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [2_468_000, '2.47 MB'],
    [18.4e9, '18.4 GB'],
    [612_000, '612 kB'],
    [999_499, '999 kB'],
    // one more byte than rounds down must not read "1,000 kB"
    [999_500, '1.00 MB'],
    [9_996, '10.0 kB'],
  ])('%s bytes read %s', (n, words) => expect(bytes(n)).toBe(words))

  test.each([
    [189_778, '189.8 k'],
    [1_484_705, '1.48 M'],
    [12_345_678, '12.3 M'],
    [760_167_650, '760 M'],
    [12_285, '12,285'],
    [38.58, '38.6'],
    [7385.3, '7,385'],
    [2.57, '2.57'],
    [0.0123456, '0.0123'],
    [-0.5, '−0.5'],
    [0.0000123, '1.2e−5'],
    [0, '0'],
    [Number.POSITIVE_INFINITY, '∞'],
    [Number.NEGATIVE_INFINITY, '−∞'],
  ])('the figure %s reads %s', (n, words) => expect(figure(n)).toBe(words))

  test('shares are percent, differences of shares are points', () => {
    expect([percent(0.983), percent(1, 0), points(0.064), ms(55), ms(0.41), ms(0), ms(1180)]).toEqual([
      '98.3%',
      '100%',
      '6.4 points',
      '55.0 ms',
      '0.41 ms',
      '0.0 ms',
      '1,180.0 ms',
    ])
  })

  test('a signed number shows its direction, zero has none', () => {
    expect([signed(0.6), signed(-6.4), signed(0), signed(-0.04), signed(0.04)]).toEqual([
      '+0.6',
      '−6.4',
      '0.0',
      '0.0',
      '0.0',
    ])
  })

  test('spans of time take at most two units', () => {
    expect(
      [412, 12_000, 59_600, 370_000, 4_800_000, 7_200_000, 3 * 86_400_000].map(n => duration(n)),
    ).toEqual(['0.4 s', '12 s', '1 min', '6 min', '1 h 20 min', '2 h', '3 days'])
  })
})

describe('ages and dates', () => {
  const now = new Date(2026, 10, 20, 10, 16, 32).getTime()
  const earlier = (seconds: number) => now - seconds * 1000

  test.each([
    [12, '12 s', '12 s ago'],
    [59.9, '59 s', '59 s ago'],
    [120, '2 min', '2 min ago'],
    [5 * 3600, '5 h', '5 h ago'],
    [86_400, '1 day', 'yesterday'],
    [9 * 86_400, '9 days', '9 days ago'],
    [29.9 * 86_400, '29 days', '29 days ago'],
  ])('%s seconds ago is %s', (seconds, words, sentence) => {
    expect(age(earlier(seconds), now)).toBe(words)
    expect(ago(earlier(seconds), now)).toBe(sentence)
  })

  test('then a date, with the year only where it differs', () => {
    expect(age(earlier(40 * 86_400), now)).toBe('Oct 11')
    expect(ago(new Date(2024, 10, 12), now)).toBe('Nov 12, 2024')
    expect(date(null)).toBe('none')
    expect(age(null)).toBe('never')
  })

  test('a clock that runs ahead gives no negative age', () => expect(age(now + 5000, now)).toBe('0 s'))

  test('a moment of today is its time, of another day also its day', () => {
    expect(moment(new Date(2026, 10, 20, 9, 41), now)).toBe('09:41')
    expect(moment(new Date(2026, 10, 12, 14, 20), now)).toBe('Nov 12, 14:20')
    expect(moment(new Date(2026, 10, 20, 0, 5), now)).toBe('00:05')
  })

  test('hashes are cut for reading', () => {
    expect(shortHash('sha256:9f2c11aa77')).toBe('9f2c11aa')
    expect(shortHash(null)).toBe('none')
  })
})
