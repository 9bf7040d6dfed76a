import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Box, Labeled, Labels } from './picture.ts'
import { withoutPictureEnding } from './picture.ts'
import { placesOf } from './place.ts'

const NAMES = ['classes.txt', 'obj.names', 'classes.names', 'coco.names']
const isYaml = (path: string) => /(^|\/)[^/]*\.ya?ml$/i.test(path)

/** Where the boxes of a picture may be: beside it, or in `labels` where it is in `images`. */
function boxFilesOf(path: string): string[] {
  const beside = `${withoutPictureEnding(path)}.txt`
  const parts = beside.split('/')
  const at = parts.lastIndexOf('images')
  return at < 0 || at === parts.length - 1 ? [beside] : [parts.with(at, 'labels').join('/'), beside]
}

const LINE = /^\s*\d+(\s+[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?){4,}\s*$/

/** Whether text files beside the pictures hold boxes as YOLO writes them. */
export function isYolo(root: string, paths: readonly string[], others: readonly string[]): boolean {
  const there = new Set(others)
  const files = paths.flatMap(path => boxFilesOf(path).find(file => there.has(file)) ?? [])
  for (const file of files.slice(0, 50)) {
    const first = readFileSync(join(root, file), 'latin1')
      .split('\n')
      .find(line => line.trim())
    if (first !== undefined) return LINE.test(first)
  }
  // Empty ones say that nothing is in the picture; names of classes beside them say what they are for.
  return files.length > 0 && others.some(path => isYaml(path) || NAMES.includes(path.split('/').at(-1) ?? ''))
}

const unquoted = (text: string) => {
  const plain = text.trim()
  const quoted = /^(["'])(.*)\1$/.exec(plain)
  return quoted?.[2] ?? plain.replace(/\s+#.*$/, '')
}

/** The names of the classes of a `data.yaml`: a list or a map by number, in a line or in a block. */
export function namesOfYaml(text: string): Map<number, string> {
  const names = new Map<number, string>()
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
  const at = lines.findIndex(line => /^names\s*:/.test(line))
  if (at < 0) return names
  const take = (item: string, nth: number) => {
    const mapped = /^["']?(\d+)["']?\s*:\s*(.+)$/.exec(item.trim())
    if (mapped) names.set(Number(mapped[1]), unquoted(mapped[2] ?? ''))
    else if (item.trim()) names.set(nth, unquoted(item))
  }
  let flow = (lines[at] ?? '')
    .replace(/^names\s*:/, '')
    .replace(/^\s*#.*$/, '')
    .trim()
  if (/^[[{]/.test(flow)) {
    for (let next = at + 1; !/[\]}]\s*(#.*)?$/.test(flow) && next < lines.length; next++)
      flow += ` ${lines[next]?.trim()}`
    const inside = flow.replace(/^[[{]/, '').replace(/[\]}]\s*(#.*)?$/, '')
    const items = inside.match(/(?:"[^"]*"|'[^']*'|[^,])+/g) ?? []
    for (const [nth, item] of items.filter(item => item.trim()).entries()) take(item, nth)
    return names
  }
  let nth = 0
  for (const line of lines.slice(at + 1)) {
    if (!line.trim() || /^\s*#/.test(line)) continue
    if (!/^(\s|-)/.test(line)) break
    take(line.trim().replace(/^-\s*/, ''), nth++)
  }
  return names
}

function classNames(root: string, others: readonly string[]): Map<number, string> {
  const yaml = others
    .filter(isYaml)
    .map(path => namesOfYaml(readFileSync(join(root, path), 'utf8')))
    .find(names => names.size)
  if (yaml) return yaml
  const list = others.find(path => NAMES.includes(path.split('/').at(-1) ?? ''))
  if (!list) return new Map()
  const lines = readFileSync(join(root, list), 'utf8')
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
  return new Map(lines.map((line, nth) => [nth, line.trim()] as const).filter(([, name]) => name))
}

/** The box of a line: middle and sides, or the corners of an outline, in shares of the picture's sides. Null: none. */
function boxOf(line: string, names: Map<number, string>): Box | null {
  if (!LINE.test(line)) return null
  const [nth = 0, ...numbers] = line.trim().split(/\s+/).map(Number)
  const named = names.get(nth) ?? String(nth)
  // A sixth number is how sure a detector was; more are the corners of an outline.
  if (numbers.length <= 5) {
    const [x = 0, y = 0, width = 0, height = 0] = numbers
    return { class: named, x: x - width / 2, y: y - height / 2, width, height }
  }
  const xs = numbers.filter((_, at) => at % 2 === 0).slice(0, Math.floor(numbers.length / 2))
  const ys = numbers.filter((_, at) => at % 2 === 1)
  const [left, top] = [Math.min(...xs), Math.min(...ys)]
  return { class: named, x: left, y: top, width: Math.max(...xs) - left, height: Math.max(...ys) - top }
}

const isInside = ({ x, y, width, height }: Box) =>
  width >= 0 && height >= 0 && x >= -0.01 && y >= -0.01 && x + width <= 1.01 && y + height <= 1.01

/**
 * The labels of YOLO's annotations (https://docs.ultralytics.com/datasets/detect/): a text file for each picture, a line
 * for each object. A picture without a file has none that are known.
 */
export function readYoloLabels(root: string, paths: readonly string[], others: readonly string[]): Labels {
  const there = new Set(others)
  const names = classNames(root, others)
  const places = placesOf(paths)
  const counts = { without: 0, bad: 0, outside: 0, unnamed: 0 }
  const list = paths.map((path): Labeled => {
    const { split } = places.of(path)
    const file = boxFilesOf(path).find(one => there.has(one))
    if (!file || !existsSync(join(root, file))) {
      counts.without++
      return { path, label: null, split, boxes: null }
    }
    const boxes: Box[] = []
    for (const line of readFileSync(join(root, file), 'utf8').split(/\r?\n/)) {
      if (!line.trim()) continue
      const box = boxOf(line, names)
      if (!box) counts.bad++
      else {
        if (!isInside(box)) counts.outside++
        if (names.size && !names.has(Number.parseInt(line, 10))) counts.unnamed++
        boxes.push(box)
      }
    }
    const classes = new Set(boxes.map(box => box.class))
    return { path, label: classes.size === 1 ? (boxes[0]?.class ?? null) : null, split, boxes }
  })
  const many = (count: number, one: string) =>
    `${count.toLocaleString('en')} ${count === 1 ? one : `${one}s`}`
  const notes = [
    !names.size && 'No data.yaml or classes.txt names the classes; they are kept by their numbers.',
    counts.without &&
      `${many(counts.without, 'picture')} without a file of boxes; what is in them is not known.`,
    counts.bad &&
      `${many(counts.bad, 'line')} of the label files that ${counts.bad === 1 ? 'is no box' : 'are no boxes'} left out.`,
    counts.outside && `${many(counts.outside, 'box').replace('boxs', 'boxes')} reach beyond the picture.`,
    counts.unnamed && `${many(counts.unnamed, 'object')} of a class that has no name; kept by the number.`,
  ].filter(note => typeof note === 'string')
  return { list, unit: 'shares', notes }
}
