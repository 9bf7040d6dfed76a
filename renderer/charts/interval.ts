import type { CustomSeriesOption, CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams } from 'echarts'

/** Where a point stands on one axis and from where to where it may lie on the other. */
export interface Whisker {
  at: number
  low: number
  high: number
}

/**
 * Thin whiskers from `low` to `high`, with a stroke at both ends.
 * @param along the axis they run along; `at` stands on the other
 */
export function whiskers(along: 'x' | 'y', of: readonly Whisker[], color: string): CustomSeriesOption {
  const place = (at: number, value: number): [number, number] => (along === 'y' ? [at, value] : [value, at])
  return {
    name: 'Interval',
    type: 'custom',
    silent: true,
    z: 3,
    encode: along === 'y' ? { x: 0, y: [1, 2] } : { x: [1, 2], y: 0 },
    data: of.map(({ at, low, high }) => [at, low, high]),
    renderItem(_: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) {
      const at = Number(api.value(0))
      const [x1 = 0, y1 = 0] = api.coord(place(at, Number(api.value(1))))
      const [x2 = 0, y2 = 0] = api.coord(place(at, Number(api.value(2))))
      const line = (from: [number, number], to: [number, number]) => ({
        type: 'line' as const,
        shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] },
        style: { stroke: color, lineWidth: 1 },
      })
      const [dx, dy] = along === 'y' ? [3, 0] : [0, 3]
      return {
        type: 'group',
        children: [
          line([x1, y1], [x2, y2]),
          line([x1 - dx, y1 - dy], [x1 + dx, y1 + dy]),
          line([x2 - dx, y2 - dy], [x2 + dx, y2 + dy]),
        ],
      }
    },
  }
}
