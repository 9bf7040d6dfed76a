import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { Split } from '#contract'
import { fail } from '../../kit/index.ts'
import { type Box, type Labeled, type Labels, pictures } from './picture.ts'

/** A file of annotations as COCO writes them (https://cocodataset.org/#format-data); all else in it is not read. */
export interface Coco {
  images: { id: number | string; file_name: string }[]
  annotations: {
    image_id: number | string
    category_id?: number | string
    bbox?: unknown
    iscrowd?: number | boolean
  }[]
  categories: { id: number | string; name: string }[]
}

/** A text of JavaScript cannot be longer. */
const MOST_BYTES = 480 << 20

/** Whether the beginning of a file may be that of annotations, so that other JSON is not read as a whole. */
export function looksLikeCoco(path: string): boolean {
  const head = Buffer.alloc(1 << 20)
  const file = openSync(path, 'r')
  try {
    const text = head.subarray(0, readSync(file, head, 0, head.length, 0)).toString('latin1')
    return /^\s*(\u00ef\u00bb\u00bf)?\{/.test(text) && /"(images|annotations|categories)"\s*:\s*\[/.test(text)
  } finally {
    closeSync(file)
  }
}

/** Reads annotations of COCO; null where the file is something else. */
export function readCoco(path: string): Coco | null {
  if (statSync(path).size > MOST_BYTES)
    throw fail(
      'unsupported',
      `"${basename(path)}" is larger than 480 MB, and annotations are read as a whole.`,
      'Split it into several files, or give a smaller one.',
    )
  let read: unknown
  try {
    read = JSON.parse(readFileSync(path, 'utf8').replace(/^\ufeff/, ''))
  } catch {
    return null
  }
  const { images, annotations, categories } = (read ?? {}) as Partial<Record<keyof Coco, unknown>>
  const isList = (value: unknown): value is object[] =>
    Array.isArray(value) && value.every(item => typeof item === 'object' && item !== null)
  if (!isList(images) || !isList(annotations) || !isList(categories)) return null
  if (!images.every(image => typeof (image as Coco['images'][0]).file_name === 'string')) return null
  return { images, annotations, categories } as Coco
}

const isBox = (value: unknown): value is [number, number, number, number] =>
  Array.isArray(value) && value.length === 4 && value.every(Number.isFinite) && value[2] >= 0 && value[3] >= 0

/**
 * The labels of COCO's annotations. A picture's label is the class of its objects where they are of one class.
 * @param find the picture that a file name means
 */
export function readCocoLabels(
  file: string,
  { images, annotations, categories }: Coco,
  find: (name: string) => string | null,
  split: Split | null,
): Labels {
  const title = basename(file)
  const classes = new Map(categories.map(({ id, name }) => [String(id), String(name)]))
  const byImage = new Map<string, { boxes: Box[]; classes: Set<string> }>()
  for (const { id } of images) byImage.set(String(id), { boxes: [], classes: new Set() })
  const counts = { homeless: 0, unknown: 0, shapeless: 0, missing: 0, twice: 0 }
  for (const { image_id, category_id, bbox, iscrowd } of annotations) {
    const image = byImage.get(String(image_id))
    if (!image) {
      counts.homeless++
      continue
    }
    const known = category_id === undefined ? undefined : classes.get(String(category_id))
    if (known === undefined) counts.unknown++
    const named = known ?? (category_id === undefined ? 'unknown' : String(category_id))
    image.classes.add(named)
    if (isBox(bbox)) {
      const [x, y, width, height] = bbox
      image.boxes.push({ class: named, x, y, width, height, ...(iscrowd ? { crowd: true as const } : {}) })
    } else if (bbox !== undefined) counts.shapeless++
  }
  const list: Labeled[] = []
  const seen = new Set<string>()
  for (const { id, file_name } of images) {
    const found = find(file_name)
    const path = found ?? file_name.replaceAll('\\', '/')
    if (seen.has(path)) {
      counts.twice++
      continue
    }
    seen.add(path)
    const { boxes, classes: own } = byImage.get(String(id)) as { boxes: Box[]; classes: Set<string> }
    const [only] = own
    if (!found) counts.missing++
    const problem = found ? undefined : `"${title}" names it, but there is no such file.`
    list.push({ path, label: own.size === 1 ? (only as string) : null, split, boxes, problem })
  }
  const some = (count: number) =>
    `${count.toLocaleString('en')} ${count === 1 ? 'annotation' : 'annotations'}`
  const notes = [
    counts.missing &&
      `${title}: ${pictures(counts.missing)} that it names ${counts.missing === 1 ? 'is' : 'are'} not there.`,
    counts.twice && `${title}: ${pictures(counts.twice)} that it names twice; the first counts.`,
    counts.homeless && `${title}: ${some(counts.homeless)} of pictures that it does not list left out.`,
    counts.unknown &&
      `${title}: ${some(counts.unknown)} of a class that it does not name; kept by the number.`,
    counts.shapeless && `${title}: ${some(counts.shapeless)} with a box that is none left out.`,
  ].filter(note => typeof note === 'string')
  return { list, unit: 'pixels', notes }
}
