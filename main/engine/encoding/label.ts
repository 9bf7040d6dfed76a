import type { Cell, Column, Task } from '#contract'
import { fail } from '../kit/index.ts'
import { Moments } from './kinds/scale.ts'
import { byCodeUnit } from './kinds/text.ts'

/** The column to predict, and how outputs of the net are read. */
export interface LabelSpec {
  task: Task
  column: string
  /**
   * Names of the classes in the order of the outputs; empty for regression. A binary task has one output, the
   * probability of the second class, which is the positive one: the class that reads as a yes (`true`, `yes`, `y`,
   * `1`, `positive`), else the rarer one in the train split, else the later one in code unit order.
   */
  classes: string[]
  /** Regression: the net is trained on `(y - mean) / deviation` of the train split. */
  mean?: number
  deviation?: number
}

/** An answer in the user's terms. */
export type Prediction =
  | { class: string; probability: number; probabilities: Record<string, number> }
  | { value: number }

export const MOST_CLASSES = 1000
/** A number column with at most this many different values, all whole, names classes. */
const FEW_NUMBERS = 10
const LEAST_ROWS = 10

const YES = new Set(['true', 'yes', 'y', '1', 'positive'])

/** Outputs of the net: one a class; one for a binary task (the positive class) and for regression (the value). */
export const outputWidth = (label: LabelSpec): number =>
  label.task === 'multiclass' ? label.classes.length : 1

/** The class that a cell names: texts as they are, `true` and `false`, numbers as JavaScript writes them. */
const classIn = (cell: Cell | undefined): string | null =>
  cell === null || cell === undefined || (typeof cell === 'number' && !Number.isFinite(cell))
    ? null
    : String(cell)

const places = new WeakMap<LabelSpec, Map<string, number>>()

/**
 * The label of a row: the index of its class, or the value itself for regression. NaN where the cell is missing or
 * names a class that the model does not know.
 */
export function encodeLabel(label: LabelSpec, cell: Cell | undefined): number {
  if (label.task === 'regression') {
    const value = cell === null || cell === undefined || typeof cell === 'boolean' ? Number.NaN : Number(cell)
    return Number.isFinite(value) ? value : Number.NaN
  }
  let table = places.get(label)
  if (!table) {
    table = new Map(label.classes.map((name, i) => [name, i]))
    places.set(label, table)
  }
  const name = classIn(cell)
  return name === null ? Number.NaN : (table.get(name) ?? Number.NaN)
}

/** Probabilities of all classes of one row, in the order of `label.classes`. */
export function probabilitiesOf(label: LabelSpec, outputs: ArrayLike<number>, row: number): number[] {
  if (label.task === 'binary') {
    const positive = outputs[row] as number
    return [1 - positive, positive]
  }
  const width = label.classes.length
  const probabilities: number[] = []
  for (let i = 0; i < width; i++) probabilities.push(outputs[row * width + i] as number)
  return probabilities
}

const byNames = new WeakMap<LabelSpec, Record<string, number>>()

/** The probabilities by the names of their classes. An object of these names is made once, and copied for each row. */
function named(label: LabelSpec, probabilities: readonly number[]): Record<string, number> {
  let names = byNames.get(label)
  if (!names) {
    names = Object.fromEntries(label.classes.map(name => [name, 0]))
    byNames.set(label, names)
  }
  const all = { ...names }
  for (let i = 0; i < probabilities.length; i++) all[label.classes[i] as string] = probabilities[i] as number
  return all
}

/** What the outputs of one row say: the most probable class (the first of equals), or the value. */
export function decodePrediction(label: LabelSpec, outputs: ArrayLike<number>, row = 0): Prediction {
  if (label.task === 'regression')
    return { value: (outputs[row] as number) * (label.deviation ?? 1) + (label.mean ?? 0) }
  const probabilities = probabilitiesOf(label, outputs, row)
  // 0.5 counts as the positive class, as in evaluation.
  const best =
    label.task === 'binary'
      ? Number((probabilities[1] as number) >= 0.5)
      : probabilities.indexOf(Math.max(...probabilities))
  return {
    class: label.classes[best] as string,
    probability: probabilities[best] as number,
    probabilities: named(label, probabilities),
  }
}

/** Reads the label column of all splits. */
export interface LabelFitter {
  /**
   * @param isTrain the cells are of the train split, which decides scale and the positive class
   * @returns how many of the cells hold a label
   */
  add(cells: readonly Cell[], isTrain: boolean): number
  /**
   * @throws Failure `bad-input` where the column cannot be predicted, `empty-data` where it has too few values
   */
  finish(): LabelSpec
}

/**
 * Fits what is to be predicted. Without `task`, texts, booleans and numbers of at most 10 different whole values are
 * classes, and other numbers are values. Classes are taken from all splits, so that an evaluation can count a class
 * that the train split lacks; they are names only, nothing of those rows is learned.
 */
export function fitLabel({ name, type }: Column, task?: Task): LabelFitter {
  if (type === 'date' || type === 'timestamp')
    throw fail(
      'bad-input',
      `The column "${name}" holds ${type === 'date' ? 'dates' : 'times'}, which cannot be predicted.`,
      'Choose a column of numbers, texts or booleans as the label.',
    )
  const isNumber = type === 'integer' || type === 'float'
  if (task === 'regression' && !isNumber)
    throw fail(
      'bad-input',
      `The column "${name}" holds ${type === 'text' ? 'texts' : 'booleans'}, so it has no values to regress to.`,
      'Leave the task out, or choose a column of numbers as the label.',
    )
  const mayBeClasses = task !== 'regression'
  const mustBeClasses = !isNumber || (task !== undefined && task !== 'regression')
  /** Rows of the train split by class; null once the column is known to hold values. */
  let counts: Map<string, number> | null = mayBeClasses ? new Map() : null
  const moments = new Moments()
  let allWhole = true

  const isTooMany = (distinct: number) => distinct > (mustBeClasses ? MOST_CLASSES : FEW_NUMBERS)

  return {
    add(cells, isTrain) {
      let labeled = 0
      for (const cell of cells) {
        const text = classIn(cell)
        if (text === null) continue
        labeled++
        const value = isNumber ? Number(cell) : 0
        if (isTrain) moments.add(value)
        if (isNumber && !Number.isInteger(value)) allWhole = false
        if (!counts) continue
        counts.set(text, (counts.get(text) ?? 0) + Number(isTrain))
        if (!isTooMany(counts.size)) continue
        if (mustBeClasses)
          throw fail(
            'bad-input',
            `The label "${name}" has more than ${MOST_CLASSES} different values, too many to tell apart.`,
            'Choose a column with fewer values as the label.',
          )
        counts = null
      }
      return labeled
    },
    finish() {
      if (moments.count === 0)
        throw fail(
          'empty-data',
          `The label "${name}" has no values in the train split.`,
          'Choose a column with values as the label, or import data with more rows.',
        )
      if (moments.count < LEAST_ROWS)
        throw fail(
          'empty-data',
          `The train split has ${moments.count} ${moments.count === 1 ? 'row' : 'rows'} with a value of "${name}"; training takes at least ${LEAST_ROWS}.`,
          'Import data with more rows, or a larger share for training.',
        )
      if (counts && (mustBeClasses || allWhole)) return classesOf(name, counts, isNumber, moments.count, task)
      if (moments.constant) throw constant(name)
      if (!moments.usable)
        throw fail(
          'bad-input',
          `The values of the label "${name}" are too far apart, or too close, to be scaled.`,
          'Scale the column before the import, or choose another label.',
        )
      return {
        task: 'regression',
        column: name,
        classes: [],
        mean: moments.mean,
        deviation: moments.deviation,
      }
    },
  }
}

const constant = (name: string) =>
  fail(
    'bad-input',
    `All rows of the train split have the same value of "${name}", so there is nothing to learn.`,
    'Choose another column as the label.',
  )

function classesOf(
  name: string,
  counts: Map<string, number>,
  isNumber: boolean,
  rows: number,
  task: Task | undefined,
): LabelSpec {
  const seen = [...counts.values()].filter(count => count > 0)
  if (seen.length === 1) throw constant(name)
  if (counts.size > 2 && counts.size > rows / 2)
    throw fail(
      'bad-input',
      `Nearly every row has a value of "${name}" of its own, so there are no classes to learn.`,
      'Choose a column whose values repeat as the label.',
    )
  if (task === 'binary' && counts.size !== 2)
    throw fail(
      'bad-input',
      `The label "${name}" has ${counts.size} different values; a binary task takes 2.`,
      'Leave the task out, or choose a label with two values.',
    )
  const classes = [...counts.keys()].sort(isNumber ? (a, b) => Number(a) - Number(b) : byCodeUnit)
  if (classes.length !== 2) return { task: 'multiclass', column: name, classes }
  const [first, second] = classes as [string, string]
  const isYes = (text: string) => YES.has(text.trim().toLowerCase())
  const firstIsPositive =
    isYes(first) !== isYes(second)
      ? isYes(first)
      : (counts.get(first) as number) < (counts.get(second) as number)
  // A binary label can be learned as two classes too; the order, and so the positive class, stays the same.
  return {
    task: task === 'multiclass' ? 'multiclass' : 'binary',
    column: name,
    classes: firstIsPositive ? [second, first] : [first, second],
  }
}
