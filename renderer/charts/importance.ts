import { figure } from '../ui/index.ts'
import { band, type Chart, frame, gridOf, nameAxis, tick, tipOf, valueAxis } from './chart.ts'
import { whiskers } from './interval.ts'
import type { Palette } from './palette.ts'

export interface ImportanceData {
  /** What gets worse, inside a sentence: "accuracy". */
  metric: string
  columns: readonly { column: string; mean: number; deviation: number; repeats: readonly number[] }[]
  /** How a loss is written; default: three figures. */
  format?: ((loss: number) => string) | undefined
  /** The column that is looked at. */
  marked?: string | null | undefined
}

/** How much worse the metric gets without each column: bars of the mean, whiskers from the least to the greatest repeat. */
export function importanceBars(data: ImportanceData, palette: Palette): Chart {
  const { columns, format = figure } = data
  const ends = columns.map(({ mean, repeats }) => ({
    low: Math.min(mean, ...repeats),
    high: Math.max(mean, ...repeats),
  }))
  return {
    option: {
      ...frame(palette),
      grid: gridOf({ right: 20 }),
      xAxis: {
        ...valueAxis(palette, 'y'),
        axisLabel: { color: palette.axis, fontSize: 11, hideOverlap: true, formatter: tick },
      },
      yAxis: {
        ...nameAxis(
          palette,
          columns.map(({ column }) => column),
        ),
        inverse: true,
        triggerEvent: true,
        axisLabel: { color: palette.ink2, fontSize: 11, width: 140, overflow: 'truncate', interval: 0 },
      },
      tooltip: {
        ...frame(palette).tooltip,
        trigger: 'axis',
        axisPointer: band(palette),
        formatter: (params: unknown) => {
          const at = (params as { dataIndex: number }[])[0]?.dataIndex ?? -1
          const one = columns[at]
          return one
            ? tipOf(`${one.column} dealt out anew`, [
                [`Loss of ${data.metric}`, format(one.mean)],
                ['Deviation', format(one.deviation)],
                ['Repeats', one.repeats.map(format).join(', ')],
              ])
            : ''
        },
      },
      series: [
        {
          name: 'Mean',
          type: 'bar',
          barMaxWidth: 14,
          data: columns.map(({ column, mean }) => ({
            value: mean,
            itemStyle: {
              color: mean > 0 ? palette.accent : palette.previousFill,
              ...(column === data.marked && { borderColor: palette.ink, borderWidth: 2 }),
            },
          })),
        },
        whiskers(
          'x',
          ends.map((end, at) => ({ at, ...end })),
          palette.ink,
        ),
      ],
    },
    legend: [
      { label: 'Mean loss', color: palette.accent, shape: 'fill' },
      { label: 'Not needed', color: palette.previousFill, shape: 'fill' },
    ],
    table: {
      columns: [
        { label: 'Column' },
        { label: `Loss of ${data.metric}`, format },
        { label: 'Deviation', format },
        { label: 'Least', format },
        { label: 'Greatest', format },
      ],
      rows: columns.map(({ column, mean, deviation }, at) => [
        column,
        mean,
        deviation,
        ends[at]?.low ?? null,
        ends[at]?.high ?? null,
      ]),
    },
    ruler: columns.map((_, index) => ({ series: 0, index })),
    text: `Importance of ${columns.length} columns: ${columns
      .slice(0, 5)
      .map(({ column, mean }) => `${column} ${format(mean)}`)
      .join(', ')}.`,
  }
}
