import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { describe, expect, test } from 'vitest'
import {
  type Chart,
  costCurve,
  dependence,
  importanceBars,
  readPalette,
  reliability,
  residualScatter,
} from '../../../renderer/charts/index.ts'

use([SVGRenderer])
// jsdom has no canvas; ECharts then measures text by its own table
HTMLCanvasElement.prototype.getContext = () => null

const palette = readPalette()
/* Draws for real: an option that the library does not take fails here. */
function drawn(chart: Chart): string {
  const apart = init(null, null, { renderer: 'svg', ssr: true, width: 480, height: 300 })
  apart.setOption(chart.option)
  const svg = apart.renderToSVGString()
  apart.dispose()
  expect(svg).not.toContain('NaN')
  return svg
}
const whole = (chart: Chart) => {
  expect(chart.ruler).toHaveLength(chart.table.rows.length)
  for (const row of chart.table.rows) expect(row).toHaveLength(chart.table.columns.length)
}

describe('charts of an evaluation', () => {
  test('reliability leaves empty bins out and keeps the interval of each', () => {
    const chart = reliability(
      {
        label: 'yes',
        bins: [
          { low: 0, high: 0.1, rows: 40, predicted: 0.05, observed: 0.1, interval: { low: 0.04, high: 0.2 } },
          { low: 0.1, high: 0.2, rows: 0, predicted: null, observed: null, interval: null },
          { low: 0.9, high: 1, rows: 10, predicted: 0.95, observed: 0.8, interval: { low: 0.5, high: 0.94 } },
        ],
      },
      palette,
    )
    whole(chart)
    expect(chart.table.rows).toEqual([
      [0, 0.1, 40, 0.05, 0.1, 0.04, 0.2],
      [0.9, 1, 10, 0.95, 0.8, 0.5, 0.94],
    ])
    expect(chart.text).toContain('95% sure, 80% right')
    expect(drawn(chart)).toContain('Probability of yes')
  })

  test('residuals are actual less predicted, with mean and deviation by range', () => {
    const chart = residualScatter(
      {
        label: 'cost',
        points: [
          { actual: 5, predicted: 3 },
          { actual: 1, predicted: 4 },
        ],
        ranges: [{ low: 3, high: 4, rows: 2, mean: -0.5, deviation: 2.5 }],
      },
      palette,
    )
    whole(chart)
    const series = chart.option.series as { data: number[][] }[]
    expect(series[0]?.data).toEqual([
      [3, 2],
      [4, -3],
    ])
    expect(series[2]?.data).toEqual([[3.5, 2]])
    drawn(chart)
  })

  test('importance shows the range of the repeats, also where the model does not need the column', () => {
    const chart = importanceBars(
      {
        metric: 'accuracy',
        columns: [
          { column: 'age', mean: 0.1, deviation: 0.02, repeats: [0.08, 0.12] },
          { column: 'noise', mean: -0.01, deviation: 0.01, repeats: [-0.02, 0] },
        ],
      },
      palette,
    )
    whole(chart)
    expect(chart.table.rows).toEqual([
      ['age', 0.1, 0.02, 0.08, 0.12],
      ['noise', -0.01, 0.01, -0.02, 0],
    ])
    expect(drawn(chart)).toContain('noise')
  })

  test('dependence draws numbers on their axis and names one by one', () => {
    const of = (grid: (number | string)[]) =>
      dependence(
        {
          column: 'age',
          grid,
          answer: 'Probability of yes',
          share: true,
          mean: [0.2, 0.6],
          ice: [[0.1, 0.9]],
          shares: [0.7, 0.3],
        },
        palette,
      )
    for (const chart of [of([20, 60]), of(['F', 'missing'])]) {
      whole(chart)
      expect((chart.option.series as unknown[]).length).toBe(3)
      drawn(chart)
    }
    expect((of([20, 60]).option.series as { data: number[][] }[])[0]?.data).toEqual([
      [20, 0.2],
      [60, 0.6],
    ])
    expect(of(['F', 'missing']).table.rows[1]).toEqual(['missing', 0.6, 0.3])
  })

  test('the cost curve keeps thresholds that a score can reach, and a best above them all is not marked', () => {
    const data = {
      curve: [
        { threshold: 1.5, cost: 4 },
        { threshold: 0.7, cost: 2 },
        { threshold: 0.2, cost: 3 },
      ],
      at: 0.5,
    }
    const chart = costCurve({ ...data, best: { threshold: 0.7, cost: 2 } }, palette)
    whole(chart)
    expect(chart.table.rows).toEqual([
      [0.2, 3],
      [0.7, 2],
    ])
    expect(drawn(chart)).toContain('cheapest 0.70')
    expect(drawn(costCurve({ ...data, best: { threshold: 1.5, cost: 4 } }, palette))).not.toContain(
      'cheapest',
    )
  })
})
