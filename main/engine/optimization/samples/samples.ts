import { fail } from '../../kit/index.ts'
import type { NumpyArray } from './npy.ts'

/** One input of a model as samples have to fit it. */
export interface SampleInput {
  name: string
  /** What the signature calls it. */
  key?: string | undefined
  /** With the batch in front; -1 where a size is open. */
  shape: number[]
}

/** What the values of a picture, 0 to 255, become. */
export type PictureScale = '0..1' | '-1..1' | '0..255'

/** Rows to feed a model with. */
export interface Samples {
  rows: number
  /** By input of the model: rows after rows, each `width` values. */
  inputs: { data: Float32Array; width: number /** Of one row, where the data says it. */; shape?: number[] }[]
  /** Index of the class or value that is right, where it is known. */
  labels?: Float32Array | undefined
  /** Which row of its data each is, from 0. */
  places?: Uint32Array | undefined
  /** Where they come from, in words. */
  from: string
}

/**
 * Arrays by name as samples of a model's inputs: by the signature's names, by the inputs' own, or, where there is one of
 * each, as they are. The first axis of an array is the row. Rows that are not all numbers are left out.
 *
 * @throws Failure `bad-input`, naming the input, where an array is missing or its rows do not fit
 */
export function samplesOf(
  arrays: ReadonlyMap<string, NumpyArray>,
  inputs: readonly SampleInput[],
  from: string,
  most: number,
): Samples {
  const found = inputs.map(input => {
    const names = [input.key, input.name, input.name.replace(/:\d+$/, ''), input.name.split('/').at(-1)]
    const array =
      names
        .map(name => (name === undefined ? undefined : arrays.get(name)))
        .find(each => each !== undefined) ??
      (inputs.length === 1 && arrays.size === 1 ? [...arrays.values()][0] : undefined)
    if (!array)
      throw fail(
        'bad-input',
        `${from} has no array for the input "${input.key ?? input.name}"; it has ${[...arrays.keys()].join(', ')}.`,
        'Name each array after its input.',
      )
    return rowsOf(array, input, from)
  })
  const rows = Math.min(...found.map(each => each.rows))
  if (rows === 0) throw fail('empty-data', `${from} has no rows.`, 'Choose data with at least one row.')
  if (new Set(found.map(each => each.rows)).size > 1)
    throw fail(
      'bad-input',
      `The arrays of ${from} have ${found.map(each => each.rows).join(' and ')} rows.`,
      'Give each input as many rows.',
    )
  const taken = wholeRows(found).slice(0, most)
  const last = taken.at(-1)
  if (last === undefined)
    throw fail(
      'empty-data',
      `Each row of ${from} holds values that are not numbers.`,
      'Fill in what is missing.',
    )
  const left = last + 1 - taken.length
  const without = left === 1 ? '1 row that is not all numbers' : `${left} rows that are not all numbers`
  return {
    rows: taken.length,
    inputs: found.map(({ data, width, shape }) => ({ data: rowsAt(data, width, taken), width, shape })),
    from: left === 0 ? from : `${from} but for ${without}`,
  }
}

/** Rows that are finite in all inputs. */
function wholeRows(inputs: readonly { rows: number; data: Float32Array; width: number }[]): number[] {
  return Array.from({ length: inputs[0]?.rows ?? 0 }, (_, row) => row).filter(row =>
    inputs.every(({ data, width }) => {
      for (let at = row * width; at < (row + 1) * width; at++) if (!Number.isFinite(data[at])) return false
      return true
    }),
  )
}

function rowsAt(data: Float32Array, width: number, rows: readonly number[]): Float32Array {
  if (rows.at(-1) === rows.length - 1) return data.subarray(0, rows.length * width)
  const taken = new Float32Array(rows.length * width)
  rows.forEach((row, i) => {
    taken.set(data.subarray(row * width, (row + 1) * width), i * width)
  })
  return taken
}

function rowsOf({ shape, data }: NumpyArray, input: SampleInput, from: string) {
  const row = input.shape.slice(1)
  const width = row.reduce((product, size) => product * Math.max(1, size), 1)
  const held = shape.slice(1).reduce((product, size) => product * size, 1)
  // One row without its axis, or rows of which each has a batch of one: as generators give them.
  if (
    shape.length === row.length &&
    data.length === width &&
    row.every((size, i) => size < 0 || size === shape[i])
  )
    return { rows: 1, data, width, shape }
  const inner = shape.length === row.length + 2 && shape[1] === 1 ? shape.slice(2) : shape.slice(1)
  const fits = inner.length === row.length && row.every((size, i) => size < 0 || size === inner[i])
  if (!fits || held === 0)
    throw fail(
      'bad-input',
      `The array for "${input.key ?? input.name}" in ${from} has rows of the shape [${inner.join(', ')}], ` +
        `the model takes [${row.map(size => (size < 0 ? 'any' : size)).join(', ')}].`,
      'Shape the rows as the model takes them.',
    )
  return { rows: shape[0] ?? 0, data, width: held, shape: inner }
}
