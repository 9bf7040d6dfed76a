import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { describe, expect, test } from 'vitest'
import type { Chart } from '../../../renderer/charts/index.ts'
import {
  barCompare,
  cellLook,
  confusionMatrix,
  contrast,
  histogram,
  mix,
  type Palette,
  prCurve,
  predictionScatter,
  rocCurve,
  topValuesBars,
  variantScatter,
} from '../../../renderer/charts/index.ts'

use([SVGRenderer])
// jsdom has no canvas; ECharts then measures text by its own table
HTMLCanvasElement.prototype.getContext = () => null

const base = {
  test: '#7a4fa3',
  info: '#33556e',
  font: 'sans-serif',
  sunken: '#e9edeb',
  raised: '#ffffff',
  line: '#d9dfdc',
  lineStrong: '#b4bfba',
  ink2: '#42504b',
  accentSoft: '#dceff0',
  onAccent: '#ffffff',
  badSoft: '#fce6e3',
  grid: '#e6eae8',
  axis: '#5b6965',
}
const light: Palette = {
  ...base,
  surface: '#ffffff',
  ink: '#15201d',
  muted: '#5b6965',
  accent: '#0b6670',
  bad: '#b3261e',
  train: '#2f66c4',
  trainFill: '#5a87d2',
  eval: '#b84e06',
  evalFill: '#d07330',
  previous: '#717d8a',
  previousFill: '#818d99',
}
const dark: Palette = {
  ...base,
  surface: '#171e1c',
  ink: '#e6ecea',
  muted: '#94a29d',
  accent: '#5cc2cc',
  bad: '#ff8f85',
  train: '#74a3f2',
  trainFill: '#5680c8',
  eval: '#f29a55',
  evalFill: '#bd6d2d',
  previous: '#97a4b1',
  previousFill: '#6a7681',
}

// biome-ignore lint/suspicious/noExplicitAny: options are read by shape here
const series = (chart: Chart) => chart.option.series as any[]
function svg(chart: Chart): string {
  const apart = init(null, null, { renderer: 'svg', ssr: true, width: 480, height: 240 })
  apart.setOption(chart.option)
  const text = apart.renderToSVGString()
  apart.dispose()
  return text
}
const bins = [
  { from: 0, to: 10, train: 100, eval: 40 },
  { from: 10, to: 20, train: 0, eval: 1 },
  { from: 20, to: 40, train: 7, eval: 0 },
]

describe('histogram', () => {
  test('train is filled, eval an outline over all bins that starts and ends at the ground', () => {
    const chart = histogram({ label: 'age', bins }, light)
    const [train, outline] = series(chart)
    expect(train.type).toBe('custom')
    expect(train.data).toEqual([
      [0, 10, 100],
      [10, 20, 0],
      [20, 40, 7],
    ])
    expect(outline).toMatchObject({ type: 'line', step: 'end', lineStyle: { color: light.eval } })
    expect(outline.data[0]).toEqual([0, 0])
    expect(outline.data.at(-1)).toEqual([40, 0])
    expect(chart.option.xAxis).toMatchObject({ min: 0, max: 40 })
    expect(chart.option.yAxis).toMatchObject({ min: 0 })
    expect(chart.legend.map(one => one.shape)).toEqual(['fill', 'step'])
    expect(chart.table.rows[2]).toEqual([20, 40, 7, 0])
  })
  test('bars of unequal bins are as wide as their bins', () => {
    const chart = histogram({ label: 'age', bins }, light)
    const shape = (index: number) =>
      series(chart)[0].renderItem(
        { dataIndex: index },
        {
          value: (at: number) => series(chart)[0].data[index][at],
          coord: ([x, y]: number[]) => [(x ?? 0) * 10, 200 - (y ?? 0)],
        },
      ).shape
    expect(shape(0)).toEqual({ x: 0, y: 100, width: 99, height: 100 })
    expect(shape(2).width).toBe(199)
  })
  test('a log scale keeps empty bins on the ground and never takes a log of zero', () => {
    const chart = histogram({ label: 'gain', bins, log: true }, light)
    expect(chart.option.yAxis).toMatchObject({ type: 'log', min: 0.5 })
    for (const one of series(chart))
      for (const point of one.data) expect(point.at(-1)).toBeGreaterThanOrEqual(0.5)
  })
  test('no bins draw nothing and break nothing', () =>
    expect(() => histogram({ label: 'x', bins: [] }, light)).not.toThrow())
})

describe('curves', () => {
  test('the marker stands where the threshold in use puts it: between two points the higher one holds', () => {
    const points = [
      { fpr: 0, tpr: 0, threshold: Number.POSITIVE_INFINITY },
      { fpr: 0.1, tpr: 0.6, threshold: 0.7 },
      { fpr: 0.3, tpr: 0.9, threshold: 0.4 },
      { fpr: 1, tpr: 1, threshold: 0 },
    ]
    const chart = rocCurve({ points, at: 0.5, auc: 0.91 }, light)
    expect(series(chart)[0].markPoint.data[0].coord).toEqual([0.1, 0.6])
    expect(series(chart)[0].markPoint.label.formatter).toBe('at 0.5')
    expect(chart.text).toContain('0.910')
    expect(rocCurve({ points }, light).table.rows).toHaveLength(4)
    const pr = prCurve(
      {
        points: points.map(p => ({ recall: p.tpr, precision: 1 - p.fpr, threshold: p.threshold })),
        at: 0.7,
        baseline: 0.24,
      },
      light,
    )
    expect(series(pr)[0].markPoint.data[0].coord).toEqual([0.6, 0.9])
    expect(series(pr)[0].markLine.data[0]).toEqual({ yAxis: 0.24 })
  })
})

describe('predicted against actual', () => {
  test('both axes have one range, and at most 2,000 rows are drawn', () => {
    const points = Array.from({ length: 5000 }, (_, i) => ({ actual: i, predicted: i / 2 - 10 }))
    const chart = predictionScatter({ label: 'weight', points }, light)
    const { xAxis, yAxis } = chart.option as { xAxis: { min: number }; yAxis: { min: number } }
    expect([xAxis.min, yAxis.min]).toEqual([-1000, -1000])
    expect(chart.table.rows.length).toBeLessThanOrEqual(2000)
    expect(svg(predictionScatter({ label: 'weight', points: [] }, light))).toContain('<svg')
  })
})

describe('confusion matrix', () => {
  const data = {
    labels: ['bent', 'good'],
    counts: [
      [95, 5],
      [2, 1198],
    ],
  }
  test('names are cut to the room of a column', () => {
    const labels = ['drizzle', 'fog', 'rain', 'snow', 'sun', 'thunderstorm']
    const counts = labels.map(() => labels.map(() => 1))
    const roomOf = (width: number) =>
      (
        confusionMatrix({ labels, counts, width }, light).option as {
          xAxis: { axisLabel: { width: number } }
        }
      ).xAxis.axisLabel.width
    expect(roomOf(340)).toBeLessThan(40)
    expect(roomOf(900)).toBeGreaterThan(80)
  })
  test('cells are column, row, count, and words say counts and shares', () => {
    const chart = confusionMatrix(data, light)
    expect(series(chart)[0].data).toEqual([
      [0, 0, 95],
      [1, 0, 5],
      [0, 1, 2],
      [1, 1, 1198],
    ])
    const drawn = svg(chart)
    for (const words of ['95', '95.0%', '5.0%', '1,198', '99.8%']) expect(drawn).toContain(`>${words}<`)
    expect(chart.table.rows[0]).toEqual(['bent', 95, 5])
    expect(chart.text).toContain('1,300 rows, 1,293 right')
  })
  test('with fifty classes the words that do not fit are left out', () => {
    const labels = Array.from({ length: 50 }, (_, i) => `class ${i}`)
    const drawn = svg(confusionMatrix({ labels, counts: labels.map(() => labels.map(() => 12_345)) }, light))
    expect(drawn).not.toContain('12,345')
  })
  test.each([
    ['light', light],
    ['dark', dark],
  ] as const)('text is read on every shade, %s', (_, palette) => {
    for (let share = 0; share <= 1; share += 0.005)
      for (const right of [true, false])
        for (const n of [0, 5]) {
          const look = cellLook(n, share, right, palette)
          expect(contrast(look.ink, look.ground)).toBeGreaterThanOrEqual(4.6)
        }
  })
  test('a class without rows has no share, and missing counts are none', () => {
    const chart = confusionMatrix({ labels: ['a', 'b'], counts: [[0, 0]] }, light)
    expect(series(chart)[0].data).toHaveLength(4)
    expect(JSON.stringify(chart.option)).not.toContain('NaN')
  })
})

describe('bars and points', () => {
  test('before is gray, after is accent, an interval only where there is one', () => {
    const chart = barCompare(
      {
        label: 'Size',
        unit: 'MB',
        items: [
          { label: 'a', before: 9, after: 8, low: 7, high: 9 },
          { label: 'b', before: null, after: 2 },
        ],
        limit: { value: 4, text: 'at most 4', fails: 'above' },
      },
      light,
    )
    expect(series(chart).map(one => one.type)).toEqual(['bar', 'bar', 'custom'])
    expect(series(chart)[0].itemStyle.color).toBe(light.previousFill)
    expect(series(chart)[1].itemStyle.color).toBe(light.accent)
    expect(series(chart)[2].data).toEqual([[0, 7, 9]])
    expect(series(chart)[1].markArea.data[0]).toEqual([{ yAxis: 4 }, {}])
    expect(chart.option.yAxis).toMatchObject({ min: 0 })
    expect(chart.table.rows[1]).toEqual(['b', null, 2, null, null])
  })
  test('variants differ by mark, and one that fails is red', () => {
    const chart = variantScatter(
      {
        xLabel: 'size',
        yLabel: 'worst class',
        points: [
          { label: 'float16', mark: 'square', x: 4, y: 0.95 },
          { label: 'int8', mark: 'triangle', x: 2, y: 0.88, failed: true },
        ],
      },
      light,
    )
    expect(series(chart)[0].data.map((one: { symbol: string }) => one.symbol)).toEqual(['rect', 'triangle'])
    expect(series(chart)[0].data[1].itemStyle.borderColor).toBe(light.bad)
  })
  test('top values: eval is an outline, names never become markup', () => {
    const chart = topValuesBars({ label: 'x', values: [{ label: '<img src=x>', train: 3, eval: 2 }] }, light)
    expect(series(chart)[1].itemStyle).toMatchObject({ color: light.surface, borderColor: light.eval })
    const tip = (chart.option.tooltip as { formatter: (p: unknown) => string }).formatter([{ dataIndex: 0 }])
    expect(tip).not.toContain('<img')
    expect(tip).toContain('&#60;img')
  })
})

describe('every chart', () => {
  const all: [string, (palette: Palette) => Chart][] = [
    ['histogram', p => histogram({ label: 'age', bins }, p)],
    ['top values', p => topValuesBars({ label: 'x', values: [{ label: 'a', train: 1 }] }, p)],
    [
      'roc',
      p =>
        rocCurve(
          {
            points: [
              { fpr: 0, tpr: 0, threshold: 1 },
              { fpr: 1, tpr: 1, threshold: 0 },
            ],
          },
          p,
        ),
    ],
    ['pr', p => prCurve({ points: [{ recall: 0, precision: 1, threshold: 1 }] }, p)],
    [
      'prediction',
      p => predictionScatter({ label: 'strength, MPa', points: [{ actual: 31, predicted: 29.5 }] }, p),
    ],
    [
      'matrix',
      p =>
        confusionMatrix(
          {
            labels: ['a', 'b'],
            counts: [
              [1, 2],
              [3, 4],
            ],
          },
          p,
        ),
    ],
    [
      'bars',
      p => barCompare({ label: 'x', items: [{ label: 'a', before: 1, after: 2, low: 1, high: 3 }] }, p),
    ],
    [
      'variants',
      p =>
        variantScatter(
          {
            xLabel: 'x',
            yLabel: 'y',
            points: [{ label: 'a', mark: 'circle', x: 1, y: 2, low: 1, high: 3 }],
            limit: { value: 1, text: 'gate', fails: 'below' },
          },
          p,
        ),
    ],
  ]
  test.each(all)('%s draws, tells itself in words, and can be read as a table', (_, build) => {
    const chart = build(light)
    expect(svg(chart)).toMatch(/<path|<rect/)
    expect(chart.text.length).toBeGreaterThan(10)
    expect(chart.table.rows.every(row => row.length === chart.table.columns.length)).toBe(true)
    expect(chart.option.aria).toMatchObject({ enabled: true })
    expect(chart.ruler.length).toBeGreaterThan(0)
  })
  test.each(all)('%s takes its colors from the theme', (_, build) => {
    expect(svg(build(light))).not.toBe(svg(build(dark)))
  })
})

describe('colors', () => {
  test('mixing and contrast', () => {
    expect(mix('#000000', '#ffffff', 0.5)).toBe('#808080')
    expect(mix('#123456', '#ffffff', 0)).toBe('#123456')
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5)
    expect(contrast('#ffffff', '#ffffff')).toBe(1)
  })
})
