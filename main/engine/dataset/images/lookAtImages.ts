import { existsSync, statSync } from 'node:fs'
import { basename, dirname, join, posix, relative, resolve, sep } from 'node:path'
import { fail } from '../../kit/index.ts'
import { namedFormat } from '../files/formats.ts'
import { readClassFolders } from './classFolders.ts'
import { type Coco, looksLikeCoco, readCoco, readCocoLabels } from './coco.ts'
import {
  labelColumns,
  readLabelTable,
  readTextRows,
  type TextFile,
  type TextRows,
  withoutHeader,
} from './labelTable.ts'
import { isPicture, type Labels, type Pictures, pictures } from './picture.ts'
import { finder, placesOf, splitOfName } from './place.ts'
import { type Walked, walk } from './walk.ts'
import { isYolo, readYoloLabels } from './yolo.ts'

export interface LookOptions {
  /** A person said that these are pictures. */
  wanted: boolean
  /** The table or annotations that say the labels. */
  labels?: string
  /** Finds out how a text is written. @throws Failure */
  read(path: string): Promise<TextFile>
}

/** A list of pictures: its file, and what is in it. */
type List = { file: string } & (
  | { coco: Coco }
  | { table: TextRows; columns: NonNullable<ReturnType<typeof labelColumns>> }
)

const isTable = (path: string) => ['csv', 'tsv', 'jsonl'].includes(namedFormat(path) ?? '')
const isAnnotation = (path: string) => /\.(json|ya?ml)$/i.test(path)

/** Reads a file as annotations of COCO or a table of paths and labels; null where it is neither. */
async function listOf(
  file: string,
  find: (name: string) => string | null,
  read: LookOptions['read'],
): Promise<List | null> {
  if (/\.json$/i.test(file) && looksLikeCoco(file)) {
    const coco = readCoco(file)
    if (coco) return { file, coco }
  }
  const found = await read(file)
  if (!['csv', 'tsv', 'jsonl'].includes(found.format)) return null
  const names = (text: string) => find(text) !== null
  const table = withoutHeader(await readTextRows(found), names)
  const columns = labelColumns(table, names)
  return columns && { file, table, columns }
}

/** Of several COCO files of the same pictures, the instances count; key points and captions repeat them. */
const chosenOf = (lists: List[]) => {
  const instances = lists.filter(({ file }) => /instances/i.test(basename(file)))
  return instances.length ? instances : lists
}

/** The split that a list is named after: `train.csv`, `instances_val2017.json`, `train/_annotations.coco.json`. */
const splitOfList = (root: string, file: string) => {
  const words = basename(file)
    .replace(/\.[^.]+$/, '')
    .split(/[_\-. ]+/)
  const folders = relative(root, dirname(file)).split(sep)
  return [...words, ...folders].map(splitOfName).find(split => split !== null) ?? null
}

/** What is known of a picture that several lists name counts once. */
function joinedLabels(all: Labels[]): Labels {
  const seen = new Set<string>()
  const list = all.flatMap((labels, nth) => {
    const fresh = nth === 0 ? labels.list : labels.list.filter(({ path }) => !seen.has(path))
    for (const { path } of labels.list) seen.add(path)
    return fresh
  })
  return { list, unit: all[0]?.unit, notes: all.flatMap(({ notes }) => notes) }
}

function labelsOfLists(root: string, lists: List[], find: ReturnType<typeof finder>): Labels {
  const splits = lists.map(({ file }) => splitOfList(root, file))
  const saysSplits = lists.length > 1 && splits.includes('train')
  return joinedLabels(
    lists.map((list, nth) => {
      const home = relative(root, dirname(list.file)).split(sep).join('/')
      const split = saysSplits ? (splits[nth] ?? null) : null
      const mine = (name: string) => find(name, home)
      return 'coco' in list
        ? readCocoLabels(list.file, list.coco, mine, split)
        : readLabelTable(list.file, list.table, list.columns, mine, split)
    }),
  )
}

/** The labels, where files beside the pictures say them. Null: they are in no list. */
async function listedLabels(
  root: string,
  { pictures: paths, others }: Walked,
  { labels, read, wanted }: LookOptions,
): Promise<Labels | null> {
  const find = finder(paths)
  const named = labels === undefined ? null : resolve(labels)
  if (named && !existsSync(named))
    throw fail('not-found', `There is no file ${labels} that says the labels.`, 'Check its path.')
  const files = named ? [named] : others.filter(isTable).map(path => join(root, path))
  const lists: List[] = []
  for (const file of files) {
    const home = relative(root, dirname(file)).split(sep).join('/')
    try {
      const list = await listOf(file, name => find(name, home), read)
      if (list) lists.push(list)
    } catch (error) {
      if (named) throw error
    }
  }
  if (lists.length) return labelsOfLists(root, chosenOf(lists), find)
  if (named)
    throw fail(
      'bad-input',
      `"${basename(named)}" names no pictures of "${basename(root)}".`,
      'Choose a table with a column of paths, or annotations as COCO writes them.',
    )
  const strange = others.filter(path => namedFormat(path) !== null && !isAnnotation(path))
  return strange.length && !wanted ? { list: [], notes: [] } : null
}

async function lookAtFolder(root: string, options: LookOptions): Promise<Labels | null> {
  const walked = await walk(root)
  const { pictures: paths, others } = walked
  if (!paths.length) {
    if (!options.wanted && options.labels === undefined) return null
    throw fail(
      'empty-data',
      `The folder "${basename(root)}" holds no pictures.`,
      'Choose a folder of JPEG, PNG, WebP, GIF, TIFF or AVIF files.',
    )
  }
  const isMarked = options.labels === undefined && isYolo(root, paths, others)
  const labels = isMarked ? readYoloLabels(root, paths, others) : await listedLabels(root, walked, options)
  if (!labels) return readClassFolders(paths)
  // A folder of tables that has some pictures too is one of tables.
  if (!labels.list.length) return null
  const seen = new Set(labels.list.map(({ path }) => path))
  const rest = paths.filter(path => !seen.has(path))
  const places = placesOf(rest)
  for (const path of rest) labels.list.push({ path, label: null, split: places.of(path).split, boxes: null })
  if (rest.length)
    labels.notes.push(
      `${pictures(rest.length)} that no label names ${rest.length === 1 ? 'has' : 'have'} none.`,
    )
  const byFolder = placesOf(paths)
  if (byFolder.hasSplits) for (const each of labels.list) each.split ??= byFolder.of(each.path).split
  return labels
}

/** A list that stands for the import: only the pictures that it names are of it. */
async function lookAtList(
  file: string,
  { read, wanted }: LookOptions,
): Promise<{ root: string; labels: Labels } | null> {
  if (/\.ya?ml$/i.test(file)) {
    const root = dirname(file)
    const { pictures: paths, others } = await walk(root)
    if (!isYolo(root, paths, others)) return null
    return { root, labels: readYoloLabels(root, paths, others) }
  }
  const coco = /\.json$/i.test(file) && looksLikeCoco(file) ? readCoco(file) : null
  if (!wanted && !coco) return null
  // Annotations often lie in a folder of their own beside the pictures.
  for (const root of [dirname(file), dirname(dirname(file))]) {
    const { pictures: paths } = await walk(root)
    const find = finder(paths)
    const home = relative(root, dirname(file)).split(sep).join('/')
    const list = await listOf(file, name => find(name, home), read)
    if (!list) continue
    if ('coco' in list && !list.coco.images.some(({ file_name }) => find(file_name, home))) continue
    return { root, labels: labelsOfLists(root, [list], find) }
  }
  return null
}

/**
 * Finds out whether a folder, or a list such as annotations of COCO, is of pictures, and what is said of each. Null: it is
 * not.
 * @throws Failure empty-data, not-found, bad-input where a person says that it is
 */
export async function lookAtImages(path: string, options: LookOptions): Promise<Pictures | null> {
  const isFolder = statSync(path).isDirectory()
  if (!isFolder && isPicture(path) && options.wanted)
    throw fail('bad-input', `"${basename(path)}" is one picture.`, 'Choose the folder that it lies in.')
  const listed = isFolder ? null : await lookAtList(path, options)
  const root = isFolder ? path : (listed?.root ?? dirname(path))
  const labels = isFolder ? await lookAtFolder(path, options) : (listed?.labels ?? null)
  if (!labels) {
    if (!options.wanted) return null
    throw fail(
      'bad-input',
      `"${basename(path)}" is no list of pictures that are there.`,
      'Choose a table with a column of paths, annotations as COCO writes them, a data.yaml of YOLO, or a folder of pictures.',
    )
  }
  const { list, unit = 'pixels', notes } = labels
  const filled = list.map(({ file, ...each }) => {
    const at = file ?? join(root, ...posix.normalize(each.path).split('/'))
    const stat = each.problem === undefined ? statSync(at, { throwIfNoEntry: false }) : undefined
    return { ...each, file: at, bytes: stat?.size ?? 0 }
  })
  const hasSplits = filled.some(({ split }) => split !== null)
  if (hasSplits)
    notes.push(
      'The folders or lists say train, eval or test; the column "split" has it. To split by that, choose "by column" and "split".',
    )
  return {
    root,
    list: filled,
    unit,
    hasSplits,
    bytes: filled.reduce((sum, { bytes }) => sum + bytes, 0),
    notes,
  }
}
