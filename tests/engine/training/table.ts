import type { Cell, Column, DatasetVersion, Filter, Name, Split } from '#contract'
import type { DatasetRoom } from '../../../main/engine/dataset/index.ts'
import { canonicalJson, fail, hashOf, now, seeded } from '../../../main/engine/kit/index.ts'

/** Rows in memory behind the door of the dataset room, to try training on tables of a few lines. */
export function tableRoom(
  columns: Column[],
  rows: Cell[][],
  {
    batch = 100,
    splitOf = (row: number): Split => (row % 10 === 8 ? 'eval' : row % 10 === 9 ? 'test' : 'train'),
  } = {},
): Pick<DatasetRoom, 'resolve' | 'read' | 'filterOf'> {
  const splits = { train: 0, eval: 0, test: 0 }
  rows.forEach((_, row) => {
    splits[splitOf(row)]++
  })
  const id = hashOf(canonicalJson({ columns, rows }))
  const version: DatasetVersion = {
    id,
    dataset: 'table' as Name,
    number: 1,
    rows: rows.length,
    columns,
    splits,
    key: [],
    source: { path: 'table.csv', format: 'csv', bytes: 0, hash: id },
    bytes: 0,
    notes: [],
    at: now(),
    madeBy: null,
  }
  return {
    resolve(ref: string) {
      if (ref !== 'table' && ref !== 'table@1' && ref !== id)
        throw fail('not-found', `There is no dataset ${ref}.`, '')
      return version
    },
    /** A slice is named as what it holds: `color=red`. */
    filterOf(_: string, slice: string): Filter {
      const [column = '', value = ''] = slice.split('=')
      return [{ column, is: 'equals', values: [value] }]
    },
    async *read(
      _: DatasetVersion,
      want: { columns: string[]; split?: Split; where?: Filter; signal?: AbortSignal },
    ) {
      const fits = (row: Cell[]) =>
        (want.where ?? []).every(
          ({ column, values }) => row[columns.findIndex(each => each.name === column)] === values[0],
        )
      const places = want.columns.map(name => columns.findIndex(column => column.name === name))
      const wanted = rows.filter(
        (_, row) => (want.split === undefined || splitOf(row) === want.split) && fits(rows[row] as Cell[]),
      )
      for (let at = 0; at < wanted.length; at += batch) {
        want.signal?.throwIfAborted()
        const part = wanted.slice(at, at + batch)
        yield { rows: part.length, columns: places.map(place => part.map(row => row[place] as Cell)) }
      }
    },
  }
}

export const FLOWERS: Column[] = [
  { name: 'id', type: 'text' },
  { name: 'length', type: 'float' },
  { name: 'width', type: 'float' },
  { name: 'color', type: 'text' },
  { name: 'day', type: 'date' },
  { name: 'rare', type: 'boolean' },
  { name: 'kind', type: 'text' },
  { name: 'weight', type: 'float' },
]

/** A made-up table whose last columns follow from the others, with some noise and some missing values. */
export function flowers(count: number, seed = 1): Cell[][] {
  const random = seeded(seed)
  return Array.from({ length: count }, (_, i) => {
    const length = random() * 10
    const width = random() * 4
    const color = ['red', 'blue', 'white'][Math.floor(random() * 3)] as string
    const lean = length - 2 * width + (color === 'red' ? 3 : 0)
    const noise = random() < 0.03
    const kind = noise || lean < 0 ? 'herb' : lean < 4 ? 'shrub' : 'tree'
    return [
      `flower-${i}`,
      random() < 0.05 ? null : length,
      width,
      color,
      `20${10 + Math.floor(random() * 10)}-0${1 + Math.floor(random() * 9)}-15`,
      lean + random() > 5,
      kind,
      3 * length + width * width + random(),
    ]
  })
}
