import type { Cell, ColumnType, Hash } from '#contract'
import type { DatasetRoom, Table, TableColumn } from '../dataset/index.ts'
import { fail } from '../kit/index.ts'
import { type Answers, ofClasses, ofValues } from './answers.ts'
import { columnOf } from './slices/column.ts'
import type { EvaluatedRows } from './slices/index.ts'
import { fittingOf } from './slices/versionRows.ts'

/** Which columns of a file say what. */
export interface FileColumns {
  label?: string | undefined
  prediction?: string | undefined
  positive?: string | undefined
}

export interface FilePredictions {
  answers: Answers
  rows: EvaluatedRows
  label: string
  /** Names what was read. */
  subject: Hash
  name: string
  close(): void
}

/** A label with more different values than this is a number that is predicted, where predictions are numbers. */
const MOST_CLASSES = 1000
const FEW_NUMBERS = 10

/**
 * Reads others' predictions from a table: see `evaluation.run`. A class without probabilities counts as sure. Rows
 * without a label or a prediction are left out.
 * @throws Failure bad-input where a column is not there or holds no predictions, empty-data, and as opening a file does
 */
export async function filePredictions(
  dataset: Pick<DatasetRoom, 'open'>,
  path: string,
  asked: FileColumns,
  signal: AbortSignal,
): Promise<FilePredictions> {
  const table = await dataset.open(path, { signal })
  try {
    const label = await cellsOf(table, columnNamed(table, asked.label ?? 'label'), signal)
    const { answers, used } = await read(table, label, asked, signal)
    if (answers.rows === 0)
      throw fail(
        'empty-data',
        `No row of ${table.title} has a label and a prediction.`,
        'Check the columns of the file.',
      )
    const rows = tableRows(table, answers.numbers, used)
    return {
      answers,
      rows,
      label: asked.label ?? 'label',
      subject: table.subject,
      name: table.name,
      close: table.close,
    }
  } catch (error) {
    table.close()
    throw error
  }
}

/**
 * The rows of a file that was read before; must be closed.
 * @throws Failure bad-input where the file is another by now, and as opening a file does
 */
export async function openFileRows(
  dataset: Pick<DatasetRoom, 'open'>,
  { path, hash }: { path: string; hash: Hash },
  numbers: Uint32Array,
  signal: AbortSignal,
): Promise<EvaluatedRows & { close(): void }> {
  const table = await dataset.open(path, { signal })
  if (table.subject !== hash) {
    table.close()
    throw fail(
      'bad-input',
      `${table.title} is not as it was when it was evaluated.`,
      'Evaluate the file again.',
    )
  }
  return { ...tableRows(table, numbers, []), close: table.close }
}

const isNumber = (type: ColumnType) => type === 'integer' || type === 'float'

function columnNamed(table: Table, name: string): TableColumn {
  const found = table.columns.find(column => column.name === name)
  if (found) return found
  throw fail(
    'bad-input',
    `${table.title} has no column "${name}".`,
    `It has ${table.columns
      .slice(0, 20)
      .map(column => column.name)
      .join(
        ', ',
      )}${table.columns.length > 20 ? ', …' : ''}; say which is which with --label and --prediction.`,
  )
}

async function read(
  table: Table,
  label: Cell[],
  { label: labelName = 'label', prediction, positive }: FileColumns,
  signal: AbortSignal,
): Promise<{ answers: Answers; used: string[] }> {
  const perClass =
    prediction === undefined ? table.columns.filter(({ name }) => /^prob(ability)?_./.test(name)) : []
  if (perClass.length > 1) {
    let classes = perClass.map(({ name }) => name.replace(/^prob(ability)?_/, ''))
    let columns = await Promise.all(perClass.map(column => numbersIn(table, column, signal)))
    if (classes.length === 2 && positive === classes[0])
      [classes, columns] = [classes.reverse(), columns.reverse()]
    const probabilities = (row: number, out: Float64Array, at: number) =>
      columns.forEach((column, i) => {
        out[at + i] = column[row] as number
      })
    return {
      answers: classesOf(label, known(table, labelName, label, classes), probabilities),
      used: [labelName, ...perClass.map(({ name }) => name)],
    }
  }
  const said = ['probability', 'score', 'prediction'].find(name =>
    table.columns.some(column => column.name === name),
  )
  const column = columnNamed(table, prediction ?? said ?? 'prediction')
  const used = [labelName, column.name]
  const different = differentIn(label)
  const pair = different && pairOf(different, column.name === 'probability')
  if (isNumber(column.type) && pair && column.name !== labelName) {
    const scores = await numbersIn(table, column, signal)
    const isProbability = scores.every(score => Number.isNaN(score) || (score >= 0 && score <= 1))
    if (isProbability) {
      const classes = binaryClasses(pair.map(String), positive)
      return {
        used,
        answers: classesOf(label, classes, (row, out, at) => {
          out[at] = 1 - (scores[row] as number)
          out[at + 1] = scores[row] as number
        }),
      }
    }
  }
  const labelType = columnNamed(table, labelName).type
  if (isNumber(column.type) && isNumber(labelType)) {
    const isFew =
      different && different.length <= FEW_NUMBERS && labelType === 'integer' && column.type === 'integer'
    if (!isFew) return { answers: valuesOf(label, await numbersIn(table, column, signal)), used }
  }
  const given = await cellsOf(table, column, signal)
  const all = different && differentIn([...different, ...(differentIn(given) ?? [])])
  if (!all || all.length > MOST_CLASSES || all.length < 2)
    throw fail(
      'bad-input',
      `The column "${labelName}" of ${table.title} ${all && all.length < 2 ? 'has one class only' : 'has too many different values to be classes'}.`,
      'Name the column with the truth with --label.',
    )
  const classes = all.length === 2 ? binaryClasses(all.map(String), positive) : all.map(String)
  return {
    used,
    answers: classesOf(label, classes, (row, out, at) => {
      const cell = given[row] ?? null
      const index = cell === null ? -1 : classes.indexOf(String(cell))
      for (let i = 0; i < classes.length; i++) out[at + i] = index < 0 ? Number.NaN : Number(i === index)
    }),
  }
}

/** Two classes; where all rows are of one and it is said that a probability is predicted, 0 and 1 know their other. */
function pairOf(different: Cell[], isProbability: boolean): Cell[] | null {
  if (different.length === 2) return different
  if (!isProbability || different.length !== 1) return null
  return (
    [
      [0, 1],
      [false, true],
    ].find(pair => pair.includes(different[0] as never)) ?? null
  )
}

/** @throws Failure bad-input where a row is of a class that has no probabilities */
function known(table: Table, name: string, labels: readonly Cell[], classes: string[]): string[] {
  const stranger = labels.find(cell => cell !== null && !classes.includes(String(cell)))
  if (stranger === undefined) return classes
  throw fail(
    'bad-input',
    `The column "${name}" of ${table.title} has "${stranger}", and there is no column probability_${stranger}.`,
    'Give the probabilities of every class that occurs.',
  )
}

function binaryClasses(classes: string[], positive: string | undefined): string[] {
  if (positive !== undefined && !classes.includes(positive))
    throw fail('bad-input', `No label is "${positive}".`, `The classes are ${classes.join(' and ')}.`)
  return positive === classes[0] ? [...classes].reverse() : classes
}

/** Different values in the order of numbers, else of code units; null where there are too many to be classes. */
function differentIn(cells: readonly Cell[]): Cell[] | null {
  const found = new Set<Cell>()
  for (const cell of cells) {
    if (cell !== null) found.add(cell)
    if (found.size > MOST_CLASSES) return null
  }
  return [...found].sort((a, b) =>
    typeof a === 'number' && typeof b === 'number'
      ? a - b
      : String(a) < String(b)
        ? -1
        : Number(String(a) > String(b)),
  )
}

function classesOf(
  labels: Cell[],
  classes: string[],
  write: (row: number, out: Float64Array, at: number) => void,
): Answers {
  const index = new Map(classes.map((name, i) => [name, i]))
  const codes = new Map<Cell, number>()
  const width = classes.length
  const probabilities = new Float64Array(labels.length * width)
  const kept = new Float64Array(labels.length)
  const numbers = new Uint32Array(labels.length)
  let rows = 0
  for (let row = 0; row < labels.length; row++) {
    const cell = labels[row] ?? null
    let code = codes.get(cell)
    if (code === undefined) {
      code = cell === null ? -1 : (index.get(String(cell)) ?? -1)
      codes.set(cell, code)
    }
    if (code < 0) continue
    write(row, probabilities, rows * width)
    if (Number.isNaN(probabilities[rows * width] as number)) continue
    kept[rows] = code
    numbers[rows++] = row
  }
  return ofClasses(
    {
      classes,
      isBinary: width === 2,
      probabilities: probabilities.subarray(0, rows * width),
      labels: kept.subarray(0, rows),
    },
    numbers.subarray(0, rows),
  )
}

function valuesOf(labels: Cell[], predictions: Float64Array): Answers {
  const rows = labels.flatMap((cell, row) =>
    typeof cell === 'number' && Number.isFinite(cell) && Number.isFinite(predictions[row]) ? [row] : [],
  )
  return ofValues(
    {
      actual: Float64Array.from(rows, row => labels[row] as number),
      predicted: Float64Array.from(rows, row => predictions[row] as number),
    },
    Uint32Array.from(rows),
  )
}

/** All cells of a column, in the order of the file. */
async function* stream(
  table: Table,
  column: TableColumn,
  signal: AbortSignal,
  as?: string,
): AsyncGenerator<Cell[]> {
  const group = table.groups.find(({ columns }) => columns.includes(column))
  const type = as ?? (isNumber(column.type) ? 'DOUBLE' : column.type === 'boolean' ? 'BOOLEAN' : 'VARCHAR')
  const session = await table.session(signal)
  try {
    const sql = `SELECT TRY_CAST(${column.physical} AS ${type}) FROM ${group?.from}`
    for await (const { columns } of session.stream(sql)) yield columns[0] as Cell[]
  } finally {
    session.close()
  }
}

async function cellsOf(table: Table, column: TableColumn, signal: AbortSignal): Promise<Cell[]> {
  const cells: Cell[] = []
  for await (const part of stream(table, column, signal)) for (const cell of part) cells.push(cell)
  return cells
}

async function numbersIn(table: Table, column: TableColumn, signal: AbortSignal): Promise<Float64Array> {
  const numbers = new Float64Array(table.rows).fill(Number.NaN)
  let row = 0
  for await (const part of stream(table, column, signal, 'DOUBLE'))
    for (const cell of part) numbers[row++] = cell === null ? Number.NaN : (cell as number)
  return numbers
}

function tableRows(table: Table, numbers: Uint32Array, used: readonly string[]): EvaluatedRows {
  return {
    title: table.title,
    columns: table.columns.filter(({ name }) => !used.includes(name)),
    numbers,
    saved: [],
    async read(names, signal) {
      const found = []
      for (const name of names) {
        const source = columnNamed(table, name)
        const { column, keep } = columnOf(name, source.type, numbers.length)
        let [at, row] = [0, 0]
        for await (const part of stream(table, source, signal))
          for (const cell of part) {
            if (numbers[row] === at) keep(row++, cell)
            at++
          }
        found.push(column)
      }
      return found
    },
    fitting: (filters, signal) => fittingOf(table, filters, numbers, signal),
  }
}
