import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  columnsIn,
  edgesOf,
  LONGEST_TRACK,
  rowsIn,
  scrollOf,
  topFor,
  topOf,
  trackOf,
} from '../../../renderer/ui/window.ts'

const ROW = 30
const VIEW = 600

describe('the track of a long list', () => {
  test('a list that fits is not scaled', () => {
    const track = trackOf(1000, ROW, VIEW)
    expect(track).toEqual({ height: 30_000, whole: 30_000, ratio: 1, lastTop: 29_400 })
    expect(topOf(1234, track)).toBe(1234)
  })

  test('3,000,000 rows stay below what Chromium lays out, and both ends are reached', () => {
    const track = trackOf(3_000_000, ROW, VIEW)
    expect(track.whole).toBe(90_000_000)
    expect(track.height).toBe(LONGEST_TRACK)
    expect(track.height).toBeLessThan(33_500_000)
    const bottom = topOf(track.height - VIEW, track)
    expect(bottom).toBe(90_000_000 - VIEW)
    expect(rowsIn(bottom, VIEW, 3_000_000, ROW, 0)).toEqual({ first: 2_999_980, last: 3_000_000 })
    expect(rowsIn(topOf(0, track), VIEW, 3_000_000, ROW, 0).first).toBe(0)
  })

  test('every row can be brought to the top, however long the list', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rows, at) => {
          const track = trackOf(rows, ROW, VIEW)
          const top = Math.floor(at * (rows - 1)) * ROW
          const scroll = scrollOf(top, track)
          expect(scroll).toBeLessThanOrEqual(Math.max(0, track.height - VIEW) + 1e-6)
          expect(Math.abs(topOf(scroll, track) - Math.min(top, track.lastTop))).toBeLessThan(0.001)
        },
      ),
    )
  })

  test('a list shorter than the view does not move', () => {
    const track = trackOf(3, ROW, VIEW)
    expect(topOf(999, track)).toBe(0)
    expect(rowsIn(0, VIEW, 3, ROW)).toEqual({ first: 0, last: 3 })
    expect(rowsIn(0, VIEW, 0, ROW)).toEqual({ first: 0, last: 0 })
  })
})

describe('rows and columns in view', () => {
  test('spare rows stand before and after, never outside the list', () => {
    expect(rowsIn(3000, VIEW, 1000, ROW, 6)).toEqual({ first: 94, last: 126 })
    expect(rowsIn(15, VIEW, 1000, ROW, 6)).toEqual({ first: 0, last: 27 })
  })

  test('a row comes into view with the least movement', () => {
    const track = trackOf(1000, ROW, VIEW)
    expect(topFor(5, 0, VIEW, ROW, track)).toBe(0)
    expect(topFor(20, 0, VIEW, ROW, track)).toBe(30)
    expect(topFor(3, 3000, VIEW, ROW, track)).toBe(90)
    expect(topFor(999, 0, VIEW, ROW, track)).toBe(track.lastTop)
  })

  test('of 1,000 columns only those in view are drawn', () => {
    const edges = edgesOf(Array.from({ length: 1000 }, () => 120))
    expect(edges).toHaveLength(1001)
    expect(columnsIn(edges, 0, 1200, 0)).toEqual({ first: 0, last: 11 })
    expect(columnsIn(edges, 60_000, 1200, 1)).toEqual({ first: 499, last: 512 })
    expect(columnsIn(edges, 118_800, 1200, 1).last).toBe(1000)
    expect(columnsIn([0], 0, 1200)).toEqual({ first: 0, last: 0 })
  })

  test('columns of any width cover the view without a hole', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 20, max: 400 }), { minLength: 1, maxLength: 60 }),
        fc.nat(9000),
        (widths, left) => {
          const edges = edgesOf(widths)
          const whole = edges.at(-1) ?? 0
          const { first, last } = columnsIn(edges, left, 500, 0)
          if (left >= whole) return
          expect(edges[first]).toBeLessThanOrEqual(left)
          expect(edges[last]).toBeGreaterThanOrEqual(Math.min(whole, left + 500))
        },
      ),
    )
  })
})
