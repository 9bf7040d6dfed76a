import type { DeviceMetrics, MetricPoint } from '#contract'
import type { TimelineData } from '../../../charts/index.ts'

export type Figure = 'p95' | 'unsure' | 'rows'

export const FIGURES: { value: Figure; label: string }[] = [
  { value: 'p95', label: 'p95, ms' },
  { value: 'unsure', label: 'Unsure' },
  { value: 'rows', label: 'Rows' },
]

const of = (point: MetricPoint, figure: Figure): number | null => point[figure]

/** How a figure of each version went on a device: one moment for each window that it told, oldest first. */
export function figuresData(
  metrics: DeviceMetrics,
  figure: Figure,
  moment: (at: string) => string,
): TimelineData {
  const ends = [...new Set(metrics.series.flatMap(series => series.points.map(point => point.until)))].sort()
  return {
    label: FIGURES.find(each => each.value === figure)?.label ?? figure,
    moments: ends.map(moment),
    lines: [...metrics.series]
      .sort((a, b) => b.version - a.version)
      .map(series => {
        const byEnd = new Map(series.points.map(point => [point.until, of(point, figure)]))
        return { name: `v${series.version}`, values: ends.map(end => byEnd.get(end) ?? null) }
      }),
    format: figure === 'unsure' ? 'percent' : figure === 'rows' ? 'count' : 'number',
  }
}
