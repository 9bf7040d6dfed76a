import type { Cell, Column, DatasetVersion, Recipe, Split, Task } from '#contract'
import {
  type FeatureSpec,
  fitLabel,
  type ImageScale,
  imageOf,
  type LabelSpec,
  outputWidth,
  type TransformSpec,
} from '../../encoding/index.ts'
import { freeze, type Graph, sizeOf } from '../../graph/index.ts'
import { fail } from '../../kit/index.ts'
import { fitTo, type RowSource } from '../../transform/index.ts'
import type { Reading } from '../fit.ts'
import { imageInputOf } from '../images/ends.ts'
import { pictureTransform } from '../images/fitImages.ts'
import { scaleOf } from '../images/scaling.ts'
import { asRows, type Entrance, entrancesOf, isProbability, shapeWords, withProbabilities } from './asRows.ts'

const SPLITS = ['train', 'eval', 'test'] as const

/** What a person says of the data that a model is to be held against. */
export interface ModelData {
  version: DatasetVersion
  label: string
  task?: Task | undefined
  /** Names of the classes in the order of the outputs, where that is not the order of their names. */
  classes?: string[] | undefined
  /** Columns in the order in which the model takes them; default: all but the label, of the dataset's order. */
  features?: string[] | undefined
  recipe?: Recipe | null | undefined
  /** What the bytes of a picture become; default: what the model says of itself. */
  pictures?: ImageScale | undefined
  /** Height and width of pictures, of a model that takes any. */
  size?: number | undefined
  /** Whether it ends in probabilities or in figures before them; default: as its last operation is. */
  answers?: 'probabilities' | 'logits' | undefined
}

/** A model with what belongs to it, as a trained one has it. */
export interface FittedModel {
  graph: Graph
  transform: TransformSpec
  label: LabelSpec
  rows: Record<Split, number>
  /** One sentence each. */
  notes: string[]
}

/**
 * Holds a model against data: what goes in fits its inputs, what comes out fits the label.
 * @param name what a person calls the model
 * @throws Failure `bad-input` that names what does not fit, `unsupported-graph` where the model cannot work on rows
 */
export async function fitModel(
  graph: Graph,
  name: string,
  data: ModelData,
  dataset: RowSource,
  reading: Reading,
): Promise<FittedModel> {
  const notes: string[] = []
  const frozen = freeze(oneOutput(graph)).graph
  const { label, rows } = await labelOf(dataset, data, reading)
  const entrances = entrancesOf(frozen)
  const transform = data.version.images
    ? pictures(frozen, name, data, notes)
    : await columns(entrances, data, dataset, reading, notes)
  const laid = layOut(entrances, transform)
  const shaped = asRows(frozen, laid)
  const fitted = fitAnswers(label, shaped.outputs)
  const isClasses = fitted.task !== 'regression'
  if (isClasses && !data.classes)
    notes.push(
      `Its classes are taken to be ${fitted.classes.slice(0, 8).join(', ')}${fitted.classes.length > 8 ? ', …' : ''}, in this order.`,
    )
  const probable = data.answers ? data.answers === 'probabilities' : isProbability(shaped.graph)
  if (isClasses && !probable)
    notes.push(
      `The model ends before its last activation; ${shaped.outputs === 1 ? 'a sigmoid' : 'a softmax'} was put behind it.`,
    )
  return {
    graph: isClasses && !probable ? withProbabilities(shaped.graph, shaped.outputs) : shaped.graph,
    transform,
    label: fitted,
    rows,
    notes,
  }
}

function oneOutput(graph: Graph): Graph {
  if (graph.outputs.length === 1) return graph
  throw fail(
    'bad-input',
    graph.outputs.length === 0
      ? 'The model gives nothing out.'
      : `The model gives ${graph.outputs.length} things out: ${graph.outputs.map(shapeWords).join(', ')}.`,
    'Say with --output which one answers.',
  )
}

/** The label of a version, and how many rows of each split have one. */
export async function labelOf(
  dataset: RowSource,
  { version, label: name, task, classes }: Pick<ModelData, 'version' | 'label' | 'task' | 'classes'>,
  { signal, where, progress }: Reading,
): Promise<{ label: LabelSpec; rows: Record<Split, number> }> {
  const column = columnOf(version, name)
  const fitter = fitLabel(column, task)
  const rows = { train: 0, eval: 0, test: 0 }
  let read = 0
  for (const split of SPLITS)
    for await (const batch of dataset.read(version, { columns: [name], split, where, signal })) {
      rows[split] += fitter.add(batch.columns[0] as Cell[], split === 'train')
      read += batch.rows
      progress(read / Math.max(1, version.rows))
    }
  const found = fitter.finish()
  // Its answers are values as they are in the data: nothing scaled them when it was trained elsewhere.
  if (found.task === 'regression') return { label: { ...found, mean: 0, deviation: 1 }, rows }
  if (!classes) return { label: { ...found, classes: inOrder(found.classes, column) }, rows }
  const missing = found.classes.filter(each => !classes.includes(each))
  if (missing.length > 0 || new Set(classes).size !== classes.length)
    throw fail(
      'bad-input',
      missing.length > 0
        ? `"${name}" has the ${missing.length === 1 ? 'class' : 'classes'} ${missing.slice(0, 5).join(', ')}, which ${missing.length === 1 ? 'is' : 'are'} not among those that were given.`
        : 'A class is given twice.',
      `Give all of them in the order of the outputs: ${found.classes.slice(0, 20).join(',')}.`,
    )
  return {
    label: { ...found, task: classes.length === 2 ? found.task : 'multiclass', classes },
    rows,
  }
}

/** Elsewhere classes are numbered in the order of their names, whichever is rarer. */
const inOrder = (classes: string[], { type }: Column): string[] =>
  type === 'integer' || type === 'float'
    ? classes.toSorted((a, b) => Number(a) - Number(b))
    : classes.toSorted((a, b) => (a < b ? -1 : 1))

/** Holds the number of outputs against the label. */
function fitAnswers(label: LabelSpec, outputs: number): LabelSpec {
  if (outputWidth(label) === outputs) return label
  if (label.task === 'binary' && outputs === 2) return { ...label, task: 'multiclass' }
  const wanted =
    label.task === 'regression'
      ? 'one value is to be predicted'
      : `"${label.column}" has ${label.classes.length} classes (${label.classes.slice(0, 8).join(', ')}${label.classes.length > 8 ? ', …' : ''})`
  throw fail(
    'bad-input',
    `The model gives ${outputs} ${outputs === 1 ? 'value' : 'values'} a row, but ${wanted}.`,
    label.task === 'regression'
      ? 'Choose another label, or say with --task that it tells classes apart.'
      : 'Choose the label that it was trained for, name its classes in their order with --classes, or its answer with --output.',
  )
}

function pictures(frozen: Graph, name: string, data: ModelData, notes: string[]): TransformSpec {
  const input = imageInputOf(frozen)
  const [height, width] = [input.height, input.width].map(size => (size > 0 ? size : (data.size ?? -1)))
  if (!height || !width || height < 1 || width < 1)
    throw fail(
      'bad-input',
      'The model takes pictures of any size.',
      'Say with --size how large they are to be, in pixels.',
    )
  const found = scaleOf(frozen, input, name)
  const scale = data.pictures ?? found.scale
  if (!data.pictures) notes.push(`Pictures are scaled as ${scale}, since ${found.why}.`)
  return pictureTransform({ height, width, channels: input.channels, scale, resize: 'stretch' })
}

async function columns(
  entrances: Entrance[],
  data: ModelData,
  dataset: RowSource,
  { signal, where }: Reading,
  notes: string[],
): Promise<TransformSpec> {
  const { version, recipe, label } = data
  if (recipe) {
    const wanted = data.features && new Set(data.features)
    const left = new Set(
      version.columns
        .map(({ name }) => name)
        .filter(name => name === label || (wanted !== undefined && !wanted.has(name))),
    )
    return (await fitTo(dataset, version, recipe, left, { embeds: false, where, signal })).spec
  }
  const names = data.features ?? byInputs(entrances, data) ?? numbersOf(data, notes)
  const features = names.map(name => asItIs(columnOf(version, name), label))
  return {
    format: 'edgewright-transform/2',
    inputs: features.map(({ name, type }) => ({ name, type })),
    features,
    leftOut: version.columns
      .filter(({ name }) => name !== label && !names.includes(name))
      .map(({ name }) => ({ name, reason: 'the model does not take it' })),
    width: features.length,
  }
}

/** Inputs of one value each that bear the names of columns take those. */
function byInputs(entrances: Entrance[], { version }: ModelData): string[] | null {
  const names = entrances.map(({ input, sizes }) => {
    const called = [input.key, input.name, input.name.replace(/:\d+$/, '')]
    const column = version.columns.find(({ name }) => called.includes(name))
    return column && sizeOf(sizes) === 1 ? column.name : null
  })
  return names.every(name => name !== null) ? names : null
}

/** All columns of numbers and booleans but the label, in their order. */
function numbersOf({ version, label }: ModelData, notes: string[]): string[] {
  const others = version.columns.filter(({ name }) => name !== label)
  const plain = others.filter(({ type }) => type === 'integer' || type === 'float' || type === 'boolean')
  const left = others.filter(column => !plain.includes(column))
  if (left.length > 0)
    notes.push(
      `Not given to the model, since they hold no numbers: ${left.map(({ name }) => `"${name}"`).join(', ')}.`,
    )
  return plain.map(({ name }) => name)
}

/** A number as it is in the data, a boolean as 0 or 1. */
function asItIs({ name, type }: Column, label: string): FeatureSpec & { type: Column['type'] } {
  if (name === label)
    throw fail(
      'bad-input',
      `"${name}" is the label, so the model cannot take it.`,
      'Leave it out of --features.',
    )
  if (type === 'integer' || type === 'float')
    return {
      kind: 'scaled',
      name,
      type,
      scale: 'none',
      low: null,
      high: null,
      center: 0,
      spread: 1,
      missing: false,
    }
  if (type === 'boolean')
    return { kind: 'vocabulary', name, type, values: ['true'], other: false, missing: false }
  throw fail(
    'bad-input',
    `The column "${name}" holds ${type === 'text' ? 'texts' : 'times'}, and the model takes numbers.`,
    'Leave it out of --features, or say with --transform how columns become numbers.',
  )
}

function layOut(entrances: Entrance[], transform: TransformSpec): Entrance[] {
  const picture = imageOf(transform)
  if (picture) {
    const { height, width, channels } = picture
    return entrances.map(({ input }) => ({ input, sizes: [height, width, channels] }))
  }
  const open = entrances.filter(({ sizes }) => sizes.some(size => size < 0))
  const known = entrances
    .filter(entrance => !open.includes(entrance))
    .reduce((sum, { sizes }) => sum + sizeOf(sizes), 0)
  const rest = transform.width - known
  const [only] = open
  // One open size is what is left.
  const laid =
    open.length === 1 && only && rest > 0
      ? entrances.map(entrance =>
          entrance === only ? { ...entrance, sizes: filled(only.sizes, rest) } : entrance,
        )
      : entrances
  const width = laid.reduce((sum, { sizes }) => sum + sizeOf(sizes), 0)
  if (width === transform.width && laid.every(({ sizes }) => sizes.every(size => size > 0))) return laid
  const takes = entrances.map(({ input }) => shapeWords(input)).join(' and ')
  const names = transform.features.map(({ name }) => name)
  throw fail(
    'bad-input',
    `The model takes ${takes} where a row has ${transform.width} ${transform.width === 1 ? 'value' : 'values'}: ${names.slice(0, 12).join(', ')}${names.length > 12 ? ', …' : ''}.`,
    'Name the columns that it takes, in their order, with --features, or how they become numbers with --transform.',
  )
}

/** Sizes whose first open one takes what is left; others are 1. */
function filled(sizes: number[], all: number): number[] {
  const fixed = sizes.filter(size => size > 0).reduce((product, size) => product * size, 1)
  const first = sizes.findIndex(size => size < 0)
  return sizes.map((size, i) => (i === first ? Math.floor(all / fixed) : size < 0 ? 1 : size))
}

function columnOf(version: DatasetVersion, name: string): Column {
  const column = version.columns.find(each => each.name === name)
  if (column) return column
  const there = version.columns.slice(0, 20).map(each => each.name)
  throw fail(
    'bad-input',
    `${version.dataset} has no column "${name}".`,
    `Its columns are ${there.join(', ')}${version.columns.length > there.length ? ', …' : ''}.`,
  )
}
