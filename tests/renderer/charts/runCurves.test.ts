import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  isWhole,
  panned,
  parallelAxis,
  parallelLines,
  type RunCurvesData,
  readPalette,
  runCurves,
  type Span,
  smoothed,
  through,
  zoomed,
} from '../../../renderer/charts/index.ts'
import { roundAxis } from '../../../renderer/charts/runCurves.ts'

/* jsdom has no tokens: all colors would be the same gray. */
const palette = { ...readPalette(), surface: '#ffffff', train: '#2f66c4', eval: '#b84e06' }

describe('smoothing', () => {
  /* TensorBoard 2.20, line_chart smoothing of the scalar card, worked by hand: s = s*w + (1-w)*x, over 1 - w^n. */
  test('is the debiased moving average of TensorBoard', () => {
    expect(smoothed([1, 2, 4], 0.5)).toEqual([1, (0.25 + 1) / 0.75, (0.125 + 0.5 + 2) / 0.875])
  })
  test('no number neither counts nor is filled in', () => {
    const with0 = smoothed([1, null, 2, 4], 0.5)
    expect(with0[1]).toBeNull()
    expect(with0.filter(value => value !== null)).toEqual(smoothed([1, 2, 4], 0.5))
  })
  test('no weight changes nothing, and a curve of one value stays that value', () => {
    expect(smoothed([3, 1, 2], 0)).toEqual([3, 1, 2])
    expect(smoothed([0.1, 0.1, 0.1], 0.97)).toEqual([0.1, 0.1, 0.1])
  })
  test('stays between the least and the most so far', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (values, weight) => {
          const [low, high] = [Math.min(...values), Math.max(...values)]
          const slack = 1e-6 * Math.max(1, Math.abs(low), Math.abs(high))
          return smoothed(values, weight).every(
            value => value !== null && value >= low - slack && value <= high + slack,
          )
        },
      ),
    )
  })
})

describe('zoom and pan', () => {
  const whole: Span = [0, 1000]
  test('what is under the pointer stays there, and the view never leaves the whole', () => {
    expect(zoomed(whole, whole, 250, 2)).toEqual([125, 625])
    expect(zoomed([0, 10], whole, 0, 0.001)).toEqual([0, 1000])
    expect(panned([900, 950], whole, 500)).toEqual([950, 1000])
    expect(panned([10, 60], whole, -500)).toEqual([0, 50])
  })
  test('hold for any wheel and any hand', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.boolean(),
            fc.double({ min: 0.1, max: 10, noNaN: true }),
            fc.double({ min: 0, max: 1, noNaN: true }),
          ),
          { maxLength: 30 },
        ),
        steps => {
          let view = whole
          for (const [isZoom, factor, share] of steps)
            view = isZoom
              ? zoomed(view, whole, view[0] + share * (view[1] - view[0]), factor)
              : panned(view, whole, (share - 0.5) * 3000)
          return view[0] >= 0 && view[1] <= 1000 + 1e-9 && view[1] > view[0]
        },
      ),
    )
  })
  test('all of it is told from a part of it', () => {
    expect(isWhole([0, 1000], whole)).toBe(true)
    expect(isWhole([0, 999], whole)).toBe(false)
  })
})

const data = (changes: Partial<RunCurvesData> = {}): RunCurvesData => ({
  label: 'Loss',
  axis: 'step',
  lines: [
    { name: 'Train', role: 'train', x: [1, 2, 3], y: [3, 2, 1] },
    { name: 'Eval', role: 'eval', x: [2, 3], y: [2.5, null] },
  ],
  smoothing: 0,
  log: false,
  view: [1, 3],
  whole: [1, 3],
  ...changes,
})
const seriesOf = (chart: ReturnType<typeof runCurves>) =>
  chart?.option.series as { name: string; data: [number, number | null][]; lineStyle: { color: string } }[]

describe('curves of runs', () => {
  test('a smoothed line has its raw one behind it, fainter, and the table holds the raw values', () => {
    const chart = runCurves(data({ smoothing: 0.5 }), palette)
    const series = seriesOf(chart)
    expect(series.map(one => one.name)).toEqual(['Train', 'Train', 'Eval', 'Eval'])
    expect(series[0]?.data[1]).toEqual([2, 2])
    expect(series[1]?.data[1]).toEqual([2, smoothed([3, 2, 1], 0.5)[1]])
    expect(series[0]?.lineStyle.color).not.toBe(series[1]?.lineStyle.color)
    expect(chart?.table.rows).toEqual([
      [1, 3, null],
      [2, 2, 2.5],
      [3, 1, null],
    ])
    expect(chart?.ruler[0]).toEqual({ series: 1, index: 0 })
  })
  test('on a logarithmic axis what has no logarithm is a gap, and the axis ends at powers of ten', () => {
    const chart = runCurves(
      data({ log: true, lines: [{ name: 'Train', role: 'train', x: [1, 2, 3], y: [0, 0.02, 5] }] }),
      palette,
    )
    expect(seriesOf(chart)[0]?.data).toEqual([
      [1, null],
      [2, 0.02],
      [3, 5],
    ])
    expect(chart?.option.yAxis).toMatchObject({ type: 'log', min: 0.01, max: 10 })
  })
  test('of a closer view only what is in it counts for the y axis', () => {
    const chart = runCurves(
      data({ view: [2, 3], lines: [{ name: 'Train', role: 'train', x: [1, 2, 3], y: [900, 2, 1] }] }),
      palette,
    )
    expect((chart?.option.yAxis as { max: number } | undefined)?.max).toBeLessThan(3)
  })
  test('nothing to draw is nothing, and figures that are no numbers draw an empty chart that says so', () => {
    expect(runCurves(data({ lines: [] }), palette)).toBeNull()
    const chart = runCurves(data({ lines: [{ name: 'Train', role: 'train', x: [1], y: [null] }] }), palette)
    expect(chart?.text).toContain('Train has no figures')
  })
  test('an axis has round ends that hold all of it', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e9, max: 1e9, noNaN: true }),
        fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
        (low, range) => {
          const { min, max, interval } = roundAxis(low, low + range)
          return (
            min <= low + interval * 1e-6 &&
            max >= low + range - interval * 1e-6 &&
            (max - min) / interval <= 12
          )
        },
      ),
    )
  })
})

describe('parallel axes', () => {
  test('figures stand by size, over powers of ten by logarithm, all else by name', () => {
    expect(parallelAxis('Batch', [64, 128]).kind).toBe('value')
    expect(parallelAxis('Rate', [0.0001, 0.1]).kind).toBe('log')
    expect(parallelAxis('Layers', ['64', '100-50', null])).toMatchObject({ kind: 'name' })
    expect(parallelAxis('Layers', [10, null]).kind).toBe('value')
  })
  const runs = {
    axes: [parallelAxis('Rate', [0.1, 0.2, 0.3]), parallelAxis('Kind', ['a', 'b', null])],
    lines: [
      { name: 'Run 1', values: [0.1, 'a'] },
      { name: 'Run 2', values: [0.2, 'b'] },
      { name: 'Run 3', values: [0.3, null] },
    ],
  }
  test('a mark keeps what goes through it, several marks what goes through all', () => {
    expect(through(runs, new Map())).toEqual([0, 1, 2])
    expect(through(runs, new Map([[0, [[0.15, 0.35]]]]))).toEqual([1, 2])
    expect(
      through(
        runs,
        new Map([
          [0, [[0.15, 0.35]]],
          [1, [[1, 1]]],
        ]),
      ),
    ).toEqual([1])
    expect(
      through(
        runs,
        new Map([
          [
            0,
            [
              [0.05, 0.12],
              [0.28, 0.4],
            ],
          ],
        ]),
      ),
    ).toEqual([0, 2])
    expect(through(runs, new Map([[0, []]]))).toEqual([0, 1, 2])
  })
  test('are drawn with a table of the same', () => {
    const chart = parallelLines({ label: 'Runs', ...runs }, palette)
    expect(chart?.table.rows[1]).toEqual(['Run 2', 0.2, 'b'])
    expect(
      parallelLines({ label: 'Runs', axes: runs.axes.slice(0, 1), lines: runs.lines }, palette),
    ).toBeNull()
  })
})
