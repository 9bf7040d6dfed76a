import { count, percent } from '../ui/index.ts'
import { type Chart, frame, gridOf, shareAxis, tipOf } from './chart.ts'
import { whiskers } from './interval.ts'
import type { Palette } from './palette.ts'

export interface CalibrationData {
  /** Of which class; null: of whichever was predicted. */
  label: string | null
  bins: readonly {
    low: number
    high: number
    rows: number
    predicted: number | null
    observed: number | null
    interval: { low: number; high: number } | null
  }[]
}

/**
 * A reliability diagram: how sure the model was against how often it was right, one mark a bin with the interval of
 * what was seen, and the line on which both agree. The area of a mark follows the rows of its bin.
 */
export function reliability({ label, bins }: CalibrationData, palette: Palette): Chart {
  const filled = bins.flatMap(bin =>
    bin.predicted === null || bin.observed === null
      ? []
      : [{ ...bin, predicted: bin.predicted, observed: bin.observed }],
  )
  const most = Math.max(1, ...filled.map(bin => bin.rows))
  const observed = label === null ? 'Right' : `Was ${label}`
  const sure = label === null ? 'Probability of the answer' : `Probability of ${label}`
  return {
    option: {
      ...frame(palette),
      grid: gridOf({ right: 16, top: 12 }),
      xAxis: shareAxis(palette, 'x', sure),
      yAxis: shareAxis(palette, 'y', observed),
      tooltip: {
        ...frame(palette).tooltip,
        trigger: 'item',
        formatter: (params: unknown) => {
          const bin = filled[(params as { dataIndex: number }).dataIndex]
          return bin
            ? tipOf(`${percent(bin.low, 0)} to ${percent(bin.high, 0)}`, [
                ['Mean probability', percent(bin.predicted)],
                [observed, percent(bin.observed)],
                ...(bin.interval
                  ? [
                      ['95% interval', `${percent(bin.interval.low)} to ${percent(bin.interval.high)}`] as [
                        string,
                        string,
                      ],
                    ]
                  : []),
                ['Rows', count(bin.rows)],
              ])
            : ''
        },
      },
      series: [
        {
          name: 'This model',
          type: 'line',
          symbol: 'circle',
          symbolSize: (_: unknown, params: { dataIndex: number }) =>
            4 + 10 * Math.sqrt((filled[params.dataIndex]?.rows ?? 0) / most),
          showSymbol: true,
          lineStyle: { color: palette.accent, width: 1.75 },
          itemStyle: { color: palette.accent },
          emphasis: { disabled: true },
          data: filled.map(bin => [bin.predicted, bin.observed]),
        },
        whiskers(
          'y',
          filled.flatMap(bin => (bin.interval ? [{ at: bin.predicted, ...bin.interval }] : [])),
          palette.ink,
        ),
        {
          name: 'Sure as often as right',
          type: 'line',
          silent: true,
          showSymbol: false,
          lineStyle: { color: palette.previous, width: 1.75, type: [2, 3] },
          data: [
            [0, 0],
            [1, 1],
          ],
        },
      ],
    },
    legend: [
      { label: 'This model', color: palette.accent, shape: 'solid' },
      { label: 'As sure as right', color: palette.previous, shape: 'dotted' },
    ],
    table: {
      columns: [
        { label: 'From', format: (n: number) => percent(n, 0) },
        { label: 'To', format: (n: number) => percent(n, 0) },
        { label: 'Rows', format: count },
        { label: 'Mean probability', format: (n: number) => percent(n) },
        { label: observed, format: (n: number) => percent(n) },
        { label: 'At least', format: (n: number) => percent(n) },
        { label: 'At most', format: (n: number) => percent(n) },
      ],
      rows: filled.map(bin => [
        bin.low,
        bin.high,
        bin.rows,
        bin.predicted,
        bin.observed,
        bin.interval?.low ?? null,
        bin.interval?.high ?? null,
      ]),
    },
    ruler: filled.map((_, index) => ({ series: 0, index })),
    text: `Reliability in ${filled.length} bins: ${filled
      .map(bin => `${percent(bin.predicted, 0)} sure, ${percent(bin.observed, 0)} right`)
      .join('; ')}.`,
  }
}
