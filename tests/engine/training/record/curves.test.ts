import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RunId } from '#contract'
import { openStore, type Store } from '../../../../main/engine/store/index.ts'
import { openCurves } from '../../../../main/engine/training/record/curves.ts'
import { openRuns, type Point, type Runs } from '../../../../main/engine/training/runs.ts'
import { aFolder } from '../bench.ts'
import { aRun } from './aRun.ts'

const run = 'run-1' as RunId
let folder: ReturnType<typeof aFolder>
let store: Store
let runs: Runs
beforeEach(() => {
  folder = aFolder()
  store = openStore(join(folder.path, 'w'))
  runs = openRuns(store)
  runs.put(aRun('run-1'))
})
afterEach(() => {
  store.close()
  folder.remove()
})

const all = (key: string) => {
  const { x, y } = openCurves(store).curve({ run, key, axis: 'step', most: 20_000 })
  return x.map((step, i) => [step, y[i]])
}
const metric = (key: string) =>
  openCurves(store).metrics({ runs: [run], text: key, offset: 0, limit: 9 }).metrics[0]
const line = (count: number, from = 0): Point[] =>
  Array.from({ length: count }, (_, i) => ({
    key: 'loss',
    step: from + i,
    at: 1000 + from + i,
    value: (from + i) % 7,
  }))

describe('a curve', () => {
  test('comes out as it was told, however it came in: many at once, one by one, mixed up, or twice', () => {
    let key = 0
    fc.assert(
      fc.property(
        fc.array(
          fc.array(fc.record({ step: fc.integer({ min: 0, max: 400 }), value: fc.integer() }), {
            maxLength: 200,
          }),
          {
            maxLength: 12,
          },
        ),
        parts => {
          const name = `k${++key}`
          const last = new Map<number, number>()
          for (const part of parts) {
            runs.points(
              run,
              part.map(({ step, value }) => ({ key: name, step, at: step, value })),
            )
            for (const { step, value } of part) last.set(step, value)
          }
          if (last.size === 0) return
          const wanted = [...last].sort((a, b) => a[0] - b[0])
          expect(all(name)).toEqual(wanted)
          const values = wanted.map(each => each[1])
          const found = openCurves(store)
            .of(run)
            .find(each => each.key === name)
          expect(found).toMatchObject({
            points: wanted.length,
            last: values.at(-1),
            least: Math.min(...values),
            most: Math.max(...values),
            lastStep: wanted.at(-1)?.[0],
          })
        },
      ),
      { numRuns: 60 },
    )
  })

  test('that grows point by point stays in few pieces', () => {
    store.db.transaction(() => {
      for (const point of line(4200)) runs.points(run, [point])
    })()
    const { pieces } = store.db.prepare('SELECT count(*) AS pieces FROM run_points').get() as {
      pieces: number
    }
    expect(pieces).toBeLessThan(2 + 64 + 2)
    expect(all('loss')).toHaveLength(4200)
  })

  test('keeps its peaks when it is thinned out, and never gives more than asked for', () => {
    const points = line(50_000)
    ;(points[31_415] as Point).value = 1e6
    ;(points[27_182] as Point).value = -1e6
    runs.points(run, points)
    const { curve } = openCurves(store)
    for (const most of [4, 10, 101, 2000]) {
      const { x, y, points: count, extent } = curve({ run, key: 'loss', axis: 'step', most })
      expect(x.length).toBeLessThanOrEqual(most)
      expect([count, extent]).toEqual([50_000, [0, 49_999]])
      expect(y).toContain(1e6)
      expect(y).toContain(-1e6)
      expect([x[0], x.at(-1)]).toEqual([0, 49_999])
      expect(x.every((step, i) => i === 0 || step >= (x[i - 1] as number))).toBe(true)
    }
    const part = curve({ run, key: 'loss', axis: 'step', from: 31_000, to: 31_999, most: 2000 })
    expect(part.x).toEqual(Array.from({ length: 1000 }, (_, i) => 31_000 + i))
  })

  test('is the same over seconds and over wall time', () => {
    runs.points(run, line(100))
    runs.points(run, [{ key: 'late', step: 0, at: 1050, value: 1 }])
    const { curve } = openCurves(store)
    expect(curve({ run, key: 'late', axis: 'seconds', most: 10 }).x).toEqual([50])
    expect(curve({ run, key: 'loss', axis: 'wall', from: 1010, to: 1012, most: 10 }).x).toEqual([
      1010, 1011, 1012,
    ])
    expect(curve({ run, key: 'loss', axis: 'seconds', from: 98, most: 10 })).toMatchObject({
      x: [98, 99],
      points: 2,
    })
    const same = Array.from({ length: 500 }, (_, i) => ({ key: 'same', step: i, at: 2000, value: i }))
    runs.points(run, same)
    expect(curve({ run, key: 'same', axis: 'wall', most: 10 }).y).toEqual(expect.arrayContaining([0, 499]))
  })

  test('holds values that are no number as gaps', () => {
    runs.points(run, [
      { key: 'loss', step: 1, at: 1, value: 5 },
      { key: 'loss', step: 2, at: 2, value: Number.NaN },
      { key: 'loss', step: 3, at: 3, value: Number.POSITIVE_INFINITY },
      { key: 'loss', step: Number.NaN, at: 3, value: 1 },
    ])
    expect(all('loss')).toEqual([
      [1, 5],
      [2, null],
      [3, null],
    ])
    expect(metric('loss')).toMatchObject({ points: 3, last: null, least: 5, most: 5 })
  })

  test('that is not there is said to be not there', () => {
    expect(() => openCurves(store).curve({ run, key: 'nothing', axis: 'step', most: 10 })).toThrow(
      /no metric "nothing"/,
    )
    expect(() => runs.points('run-9', line(1))).toThrow(/no run run-9/)
  })
})
