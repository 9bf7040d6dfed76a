import { trace } from './canvasPen.ts'
import { type Look, type Paints, type Pen, paint } from './paint.ts'
import type { Scene } from './scene.ts'

const escaped = (text: string) =>
  text.replace(
    /[&<>"]/g,
    letter => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[letter] as string,
  )
const at = (value: number) => String(Math.round(value * 10) / 10)
const MARGIN = 16

/** The whole drawing as an SVG file of its own, in the colors of the window. */
export function svgOf(scene: Scene, paints: Paints, look: Look): string {
  const parts: string[] = []
  const pen: Pen = {
    box(x, y, width, height, { fill, stroke, bold, dashed }) {
      parts.push(
        `<rect x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}" rx="4" fill="${fill}" stroke="${stroke}"${bold ? ' stroke-width="2"' : ''}${dashed ? ' stroke-dasharray="4 3"' : ''}/>`,
      )
    },
    bar(x, y, width, height, fill) {
      parts.push(
        `<rect x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}" fill="${fill}"/>`,
      )
    },
    text(text, x, y, { color, size, weight, align, most }) {
      if (most < 8) return
      const letters = Math.floor(most / (size * 0.5))
      const short = text.length > letters ? `${text.slice(0, Math.max(1, letters - 1))}…` : text
      parts.push(
        `<text x="${at(x)}" y="${at(y)}" fill="${color}" font-size="${size}" font-weight="${weight}" text-anchor="${align}" dominant-baseline="central">${escaped(short)}</text>`,
      )
    },
    curve(points, color) {
      const steps: string[] = []
      trace(points, {
        moveTo: (x, y) => void steps.push(`M${at(x)} ${at(y)}`),
        bezierCurveTo: (...values) => void steps.push(`C${values.map(at).join(' ')}`),
      })
      parts.push(`<path d="${steps.join('')}" fill="none" stroke="${color}"/>`)
    },
    arrow(x, y, color) {
      parts.push(`<path d="M${at(x)} ${at(y)}l-3.5 -6h7z" fill="${color}"/>`)
    },
  }
  paint(scene, pen, paints, look, 1, { left: 0, top: 0, right: scene.width, bottom: scene.height })
  const [width, height] = [scene.width + 2 * MARGIN, scene.height + 2 * MARGIN]
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${at(width)}" height="${at(height)}" viewBox="${-MARGIN} ${-MARGIN} ${at(width)} ${at(height)}" font-family="${escaped(paints.font)}"><rect x="${-MARGIN}" y="${-MARGIN}" width="100%" height="100%" fill="${paints.surface}"/>${parts.join('')}</svg>\n`
}
