import type { Change } from './difference.ts'
import type { Marks } from './marks.ts'
import type { Box, Edge, Family, Scene } from './scene.ts'

/** Colors and faces, read from the tokens. */
export interface Paints {
  surface: string
  sunken: string
  line: string
  lineStrong: string
  ink: string
  ink2: string
  muted: string
  accent: string
  accentSoft: string
  warnSoft: string
  warnMark: string
  goodSoft: string
  good: string
  font: string
  family: Record<Family, string>
}

export function readPaints(root: Element = document.documentElement): Paints {
  const style = getComputedStyle(root)
  const token = (name: string) => style.getPropertyValue(name).trim()
  return {
    surface: token('--color-surface'),
    sunken: token('--color-sunken'),
    line: token('--color-line'),
    lineStrong: token('--color-line-strong'),
    ink: token('--color-ink'),
    ink2: token('--color-ink-2'),
    muted: token('--color-muted'),
    accent: token('--color-accent'),
    accentSoft: token('--color-accent-soft'),
    warnSoft: token('--color-warn-soft'),
    warnMark: token('--color-warn-mark'),
    goodSoft: token('--color-good-soft'),
    good: token('--color-good'),
    font: token('--font-sans') || 'sans-serif',
    family: {
      conv: token('--color-op-conv'),
      dense: token('--color-op-dense'),
      shape: token('--color-op-shape'),
      act: token('--color-op-act'),
      io: token('--color-op-io'),
    },
  }
}

/** What is shown on top of the drawing. */
export interface Look {
  selected: number | string | null
  /** Nodes and scopes that a search found; null where nobody searches. */
  found: ReadonlySet<number | string> | null
  marks: Marks | null
  changes: ReadonlyMap<number, Change> | null
}

/** The part of the drawing that is seen: a point of the drawing lies at `x * zoom + dx`. */
export interface View {
  dx: number
  dy: number
  zoom: number
}

interface Bounds {
  x: number
  y: number
  width: number
  height: number
}

/** The few strokes that a drawing is made of, on a canvas or in an SVG file. */
export interface Pen {
  box(
    x: number,
    y: number,
    width: number,
    height: number,
    style: { fill: string; stroke: string; bold?: boolean; dashed?: boolean },
  ): void
  bar(x: number, y: number, width: number, height: number, fill: string): void
  text(
    text: string,
    x: number,
    y: number,
    style: { color: string; size: number; weight: number; align: 'start' | 'end'; most: number },
  ): void
  curve(points: { x: number; y: number }[], color: string): void
  arrow(x: number, y: number, color: string): void
}

/** Below this zoom words cannot be read and are left out; below the others boxes are blocks of color, then edges go. */
const WORDS = 0.45
const BLOCKS = 0.2
const EDGES = 0.03

/** Draws what lies in the given part of the scene; in a big one that is little. */
export function paint(
  scene: Scene,
  pen: Pen,
  paints: Paints,
  look: Look,
  zoom: number,
  seen: { left: number; top: number; right: number; bottom: number },
): void {
  const isSeen = (box: Bounds) =>
    box.x <= seen.right &&
    box.x + box.width >= seen.left &&
    box.y <= seen.bottom &&
    box.y + box.height >= seen.top
  const isWorded = zoom >= WORDS
  if (zoom < BLOCKS) {
    paintBlocks(scene, pen, paints, look, zoom, isSeen)
    return
  }
  for (const box of scene.boxes)
    if (box.kind === 'open' && isSeen(box)) paintBox(box, pen, paints, look, isWorded)
  if (zoom >= EDGES)
    for (const edge of scene.edges) if (isSeen(boundsOf(edge))) paintEdge(edge, pen, paints, isWorded)
  for (const box of scene.boxes)
    if (box.kind !== 'open' && isSeen(box)) paintBox(box, pen, paints, look, isWorded)
}

/** From far away: each node a block in the color of its kind, at least a pixel high. */
function paintBlocks(
  scene: Scene,
  pen: Pen,
  paints: Paints,
  look: Look,
  zoom: number,
  isSeen: (box: Bounds) => boolean,
): void {
  if (zoom >= EDGES)
    for (const edge of scene.edges) if (isSeen(boundsOf(edge))) pen.curve(edge.points, paints.lineStrong)
  for (const box of scene.boxes) {
    if (!isSeen(box)) continue
    const isFound = look.found?.has(box.of) || look.selected === box.of
    const change = typeof box.of === 'number' ? look.changes?.get(box.of) : undefined
    let fill = box.kind === 'open' ? paints.sunken : paints.family[box.family]
    if (look.found && !isFound && box.kind !== 'open') fill = paints.line
    if (change) fill = change === 'only' ? paints.good : paints.warnMark
    if (isFound) fill = paints.accent
    pen.bar(box.x, box.y, Math.max(box.width, 1 / zoom), Math.max(box.height, 1 / zoom), fill)
  }
}

const bounds = new WeakMap<Edge, Bounds>()

/** Kept by edge, since they are asked for with every frame. */
function boundsOf(edge: Edge) {
  const known = bounds.get(edge)
  if (known) return known
  const xs = edge.points.map(point => point.x)
  const ys = edge.points.map(point => point.y)
  const [x, y] = [Math.min(...xs), Math.min(...ys)]
  const found = { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y }
  bounds.set(edge, found)
  return found
}

function paintBox(box: Box, pen: Pen, paints: Paints, look: Look, isWorded: boolean): void {
  const mark = typeof box.of === 'number' ? look.marks?.get(box.of) : undefined
  const change = typeof box.of === 'number' ? look.changes?.get(box.of) : undefined
  const isSelected = look.selected === box.of
  const isFound = look.found?.has(box.of) ?? false
  const isDim = look.found !== null && !isFound && box.kind !== 'open'
  let fill = box.kind === 'open' ? paints.sunken : paints.surface
  if (change === 'only') fill = paints.goodSoft
  if (change === 'changed') fill = paints.warnSoft
  if (isSelected || isFound) fill = paints.accentSoft
  pen.box(box.x, box.y, box.width, box.height, {
    fill,
    stroke: isSelected || isFound ? paints.accent : box.kind === 'node' ? paints.lineStrong : paints.muted,
    bold: isSelected,
    dashed: change === 'only',
  })
  pen.bar(box.x, box.y, 3, box.height, isDim ? paints.line : paints.family[box.family])
  // The length of the bar below says how much; color alone would not be read by all.
  if (mark) pen.bar(box.x + 3, box.y + box.height - 4, (box.width - 3) * mark.share, 4, paints.warnMark)
  if (!isWorded) return
  const color = isDim ? paints.muted : paints.ink
  const left = box.x + (box.kind === 'node' ? 10 : 24)
  const middle = box.y + 14
  if (box.kind !== 'node')
    pen.text(box.kind === 'open' ? '▾' : '▸', box.x + 9, middle, {
      color: paints.ink2,
      size: 12,
      weight: 400,
      align: 'start',
      most: 12,
    })
  const fact = mark?.words ?? box.fact
  const factWidth = Math.min(box.width * 0.6, fact.length * 7.2 + 4)
  pen.text(box.title, left, middle, {
    color,
    size: 13,
    weight: 500,
    align: 'start',
    most: box.width - factWidth - (left - box.x) - 18,
  })
  pen.text(fact, box.x + box.width - 10, middle, {
    color: paints.muted,
    size: 12,
    weight: 400,
    align: 'end',
    most: factWidth,
  })
}

function paintEdge({ points, label }: Edge, pen: Pen, paints: Paints, isWorded: boolean): void {
  const end = points.at(-1) as { x: number; y: number }
  pen.curve(points, paints.lineStrong)
  if (!isWorded) return
  pen.arrow(end.x, end.y, paints.lineStrong)
  const first = points[0] as { x: number; y: number }
  // Only where there is room for it, right below its source.
  if (label && points.length === 2 && end.y > first.y && Math.abs(end.x - first.x) < 40)
    pen.text(label, (first.x + end.x) / 2 + 6, (first.y + end.y) / 2, {
      color: paints.muted,
      size: 11,
      weight: 400,
      align: 'start',
      most: 140,
    })
}
