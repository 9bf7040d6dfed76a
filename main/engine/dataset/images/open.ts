import type { Hash } from '#contract'
import { fail } from '../../kit/index.ts'
import type { Session } from '../duck.ts'
import type { OpenOptions, Source } from '../sources/index.ts'
import { Staging } from '../sources/staging.ts'
import { AT_A_TIME, MOST_BYTES, readPicture } from './identify.ts'
import { inOrder } from './inOrder.ts'
import { type Facts, measure, unreadable } from './measure.ts'
import type { Box, Picture, Pictures } from './picture.ts'

/** What an import does beside measuring; without it, pictures are only looked at. */
export interface Keeping {
  /** What is known of a content from an earlier import. */
  known(blob: Hash): Facts | undefined
  /** Keeps the content of a picture; `bytes` null: it was not read. */
  keep(picture: Picture, bytes: Buffer | null): Promise<void>
}

/** The first pictures that are shown before an import; each has to be decoded. */
const HEAD = 50

/** Columns of a dataset of pictures, in their order. */
const COLUMNS = [
  ['path', 'text'],
  ['label', 'text'],
  ['split', 'text'],
  ['width', 'integer'],
  ['height', 'integer'],
  ['channels', 'integer'],
  ['format', 'text'],
  ['bytes', 'integer'],
  ['brightness', 'float'],
  ['contrast', 'float'],
  ['sharpness', 'float'],
  ['hash', 'text'],
  ['boxes', 'text'],
  ['objects', 'integer'],
  ['blob', 'text'],
  ['problem', 'text'],
] as const
type Row = Record<(typeof COLUMNS)[number][0], string | number | null>

const tenth = (value: number) => Math.round(value * 10) / 10

/** Boxes in pixels, as JSON text; null where their place in pixels cannot be known. */
function boxesText(boxes: Box[] | null, unit: Pictures['unit'], { width, height }: Facts): string | null {
  if (!boxes) return null
  if (unit === 'pixels') return JSON.stringify(boxes)
  if (width === null || height === null) return null
  return JSON.stringify(
    boxes.map(box => ({
      ...box,
      x: tenth(box.x * width),
      y: tenth(box.y * height),
      width: tenth(box.width * width),
      height: tenth(box.height * height),
    })),
  )
}

const rowOf = (picture: Picture, facts: Facts, unit: Pictures['unit']): Row => ({
  path: picture.path,
  label: picture.label,
  split: picture.split,
  ...facts,
  bytes: picture.blob ? picture.bytes : null,
  boxes: boxesText(picture.boxes, unit, facts),
  objects: picture.boxes ? picture.boxes.length : null,
  blob: picture.blob ?? null,
})

/** Measures a picture, or takes over what is known of it. */
async function factsOf(picture: Picture, keeping: Keeping | undefined, signal?: AbortSignal): Promise<Facts> {
  signal?.throwIfAborted()
  if (picture.problem !== undefined) return unreadable(picture.problem)
  const { blob: before } = picture
  const known = before && keeping?.known(before)
  if (known) {
    await keeping?.keep(picture, null)
    return known
  }
  const bytes = await readPicture(picture, signal)
  if (before && picture.blob !== before)
    throw fail(
      'unreadable-file',
      `"${picture.path}" was changed while it was being read; nothing was kept.`,
      'Import the pictures again when nothing writes to them.',
    )
  if (!picture.blob) return unreadable(picture.problem ?? 'It cannot be read.')
  await keeping?.keep(picture, bytes)
  signal?.throwIfAborted()
  return bytes ? measure(bytes) : unreadable(`It is larger than ${MOST_BYTES >> 20} MB.`)
}

/**
 * Opens pictures as a relation of rows: each with its label, what was measured, and why it cannot be read, if so. A few
 * are decoded at a time, and a content once.
 */
export async function openPictures(
  pictures: Pictures,
  session: Session,
  options: OpenOptions,
  keeping?: Keeping,
): Promise<Source> {
  const { folder, head, signal, tell } = options
  const list = head === undefined ? pictures.list : pictures.list.slice(0, HEAD)
  const hasBoxes = list.some(({ boxes }) => boxes)
  const staging = new Staging(session, folder, 'pictures')
  const columns = COLUMNS.filter(([name]) => name !== 'split' || pictures.hasSplits)
  for (const [name, kind] of columns) staging.column(name, kind)
  const shared = sharedFacts(list, picture => factsOf(picture, keeping, signal))
  let done = 0
  let problems = 0
  let several = 0
  const work = async (picture: Picture) => ({ picture, facts: await shared(picture) })
  for await (const { picture, facts } of inOrder(list, AT_A_TIME, work)) {
    const row = rowOf(picture, facts, pictures.unit)
    for (const [at, [name, kind]] of columns.entries())
      if (row[name] !== null) staging.set(at, kind, row[name])
    await staging.end()
    if (facts.problem !== null) problems++
    if (hasBoxes && picture.boxes?.length && picture.label === null) several++
    if (++done % 16 === 0) tell?.(done / list.length, 'measuring the pictures')
  }
  const source = await staging.finish()
  if (!source) throw fail('empty-data', 'There are no pictures.', 'Choose a folder that holds some.')
  const count = (many: number, one: string, more: string) =>
    `${many.toLocaleString('en')} ${many === 1 ? one : more}`
  const notes = [
    problems && `${count(problems, 'picture', 'pictures')} cannot be read; the column "problem" says why.`,
    several &&
      `${count(several, 'picture has', 'pictures have')} objects of several classes and no label; the column "boxes" has them.`,
  ].filter(note => typeof note === 'string')
  return { ...source, notes: [...notes, ...source.notes] }
}

/** Measures each content once, where several pictures are the same. */
function sharedFacts(list: Picture[], measured: (picture: Picture) => Promise<Facts>) {
  const seen = new Set<Hash>()
  const repeated = new Set<Hash>()
  for (const { blob } of list) {
    if (!blob) continue
    if (seen.has(blob)) repeated.add(blob)
    else seen.add(blob)
  }
  const facts = new Map<Hash, Promise<Facts>>()
  return (picture: Picture): Promise<Facts> => {
    const { blob } = picture
    if (!blob || !repeated.has(blob)) return measured(picture)
    const there = facts.get(blob)
    if (there) return there
    const made = measured(picture)
    facts.set(blob, made)
    return made
  }
}
