import { BarChart, CustomChart, LineChart, ParallelChart, ScatterChart } from 'echarts/charts'
import {
  AriaComponent,
  GridComponent,
  MarkAreaComponent,
  MarkLineComponent,
  MarkPointComponent,
  ParallelComponent,
  TooltipComponent,
} from 'echarts/components'
import { type EChartsType, init, use } from 'echarts/core'
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers'
import type { DefineComponent } from 'vue'
import ECharts from 'vue-echarts'
import type { Chart } from './chart.ts'

use([
  AriaComponent,
  BarChart,
  CanvasRenderer,
  CustomChart,
  GridComponent,
  LineChart,
  MarkAreaComponent,
  MarkLineComponent,
  MarkPointComponent,
  ParallelChart,
  ParallelComponent,
  SVGRenderer,
  ScatterChart,
  TooltipComponent,
])

/** What we use of a drawn chart. The library's own type names parts that its package does not export. */
export interface Drawn {
  dispatchAction(action: { type: string; [more: string]: unknown }): void
  convertFromPixel(finder: { xAxisIndex: number }, px: number): number
  getDom(): HTMLElement | undefined
}

/** The chart in the page. */
export const VChart = ECharts as unknown as DefineComponent<
  {
    option: Chart['option']
    initOptions?: { renderer: 'svg' | 'canvas' }
    updateOptions?: { replaceMerge?: string[] }
    autoresize?: boolean
    /** A stretch was marked on a parallel axis, or all marks of it taken away. */
    onAxisareaselected?: (event: { parallelAxisId?: string; intervals?: [number, number][] }) => void
    onClick?: (event: { seriesIndex?: number; dataIndex?: number; value?: unknown }) => void
  },
  Drawn
>

/** The chart as an SVG text of a given size, drawn apart from the window. */
export function chartSvg(chart: Chart, width: number, height: number, ground: string): string {
  const apart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    apart.setOption({ ...chart.option, backgroundColor: ground })
    return apart.renderToSVGString()
  } finally {
    apart.dispose()
  }
}

/** The chart as a PNG at twice its size. */
export async function chartPng(chart: Chart, width: number, height: number, ground: string): Promise<Blob> {
  const holder = document.createElement('div')
  const apart: EChartsType = init(holder, null, { renderer: 'canvas', width, height, devicePixelRatio: 2 })
  try {
    apart.setOption({ ...chart.option, backgroundColor: ground })
    const canvas = apart.renderToCanvas({ pixelRatio: 2 })
    return await new Promise((resolve, reject) =>
      canvas.toBlob(
        blob => (blob ? resolve(blob) : reject(new Error('The picture could not be made'))),
        'image/png',
      ),
    )
  } finally {
    apart.dispose()
  }
}
