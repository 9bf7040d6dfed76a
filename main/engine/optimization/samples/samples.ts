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
 * each, as they are. The first axis of an array is the row.
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
  const rows = Math.min(most, ...found.map(each => each.rows))
  if (rows === 0) throw fail('empty-data', `${from} has no rows.`, 'Choose data with at least one row.')
  if (new Set(found.map(each => each.rows)).size > 1)
    throw fail(
      'bad-input',
      `The arrays of ${from} have ${found.map(each => each.rows).join(' and ')} rows.`,
      'Give each input as many rows.',
    )
  return {
    rows,
    inputs: found.map(({ data, width, shape }) => ({ data: data.subarray(0, rows * width), width, shape })),
    from,
  }
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
