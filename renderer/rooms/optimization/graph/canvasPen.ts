import type { Pen } from './paint.ts'

/** Strokes on a canvas, whose own transform places and scales them. */
export function canvasPen(context: CanvasRenderingContext2D, font: string): Pen {
  return {
    box(x, y, width, height, { fill, stroke, bold, dashed }) {
      context.beginPath()
      context.roundRect(x, y, width, height, 4)
      context.fillStyle = fill
      context.fill()
      context.strokeStyle = stroke
      context.lineWidth = bold ? 2 : 1
      context.setLineDash(dashed ? [4, 3] : [])
      context.stroke()
      context.setLineDash([])
    },
    bar(x, y, width, height, fill) {
      context.fillStyle = fill
      context.fillRect(x, y, width, height)
    },
    text(text, x, y, { color, size, weight, align, most }) {
      if (most < 8) return
      context.fillStyle = color
      context.font = `${weight} ${size}px ${font}`
      context.textAlign = align
      context.textBaseline = 'middle'
      context.fillText(shortened(context, text, most), x, y)
    },
    curve(points, color) {
      context.strokeStyle = color
      context.lineWidth = 1
      context.beginPath()
      trace(points, context)
      context.stroke()
    },
    arrow(x, y, color) {
      context.fillStyle = color
      context.beginPath()
      context.moveTo(x, y)
      context.lineTo(x - 3.5, y - 6)
      context.lineTo(x + 3.5, y - 6)
      context.fill()
    },
  }
}

/** A smooth line that leaves and meets its points straight up and down. */
export function trace(
  points: { x: number; y: number }[],
  to: {
    moveTo(x: number, y: number): void
    bezierCurveTo(...at: [number, number, number, number, number, number]): void
  },
): void {
  points.forEach((point, i) => {
    const before = points[i - 1]
    if (!before) {
      to.moveTo(point.x, point.y)
      return
    }
    const middle = (before.y + point.y) / 2
    to.bezierCurveTo(before.x, middle, point.x, middle, point.x, point.y)
  })
}

const known = new Map<string, number>()

/** Cut where it ends, with an ellipsis. Widths are kept: measuring is what costs most in a frame. */
function shortened(context: CanvasRenderingContext2D, text: string, most: number): string {
  const widthOf = (part: string): number => {
    const key = `${context.font}${part}`
    let width = known.get(key)
    if (width === undefined) {
      if (known.size > 20_000) known.clear()
      width = context.measureText(part).width
      known.set(key, width)
    }
    return width
  }
  const width = widthOf(text)
  if (width <= most) return text
  const letters = Math.max(1, Math.floor((text.length * most) / width) - 1)
  return `${text.slice(0, letters)}…`
}
