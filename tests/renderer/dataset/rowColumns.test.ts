import { expect, test } from 'vitest'
import type { Cell, Column } from '#contract'
import { rowColumns } from '../../../renderer/rooms/dataset/rowColumns.ts'

const columns = [
  { name: 'year', type: 'integer' },
  { name: 'gain', type: 'integer' },
  { name: 'size', type: 'float' },
] as Column[]
const rows: Cell[][] = [
  [1999, 2174, 1.5],
  [2015, null, 0.25],
]
const textsOf = (shown: ReturnType<typeof rowColumns>, cells: Cell[]) =>
  shown.columns.map((column, at) => column.format?.(cells[at] as never, undefined))

test('the figures of a column look alike: years stay without commas, large numbers give theirs to the small ones', () => {
  const shown = rowColumns({ columns })
  shown.see(rows)
  expect(textsOf(shown, [1999, 2174, 1.5])).toEqual(['1999', '2174', '1.50'])
  shown.see([[2001, -14_084, 3]])
  expect(textsOf(shown, [1999, 2174, 1.5])).toEqual(['1999', '2,174', '1.50'])
  expect(textsOf(shown, [2001, -14_084, 3])).toEqual(['2001', '−14,084', '3.00'])
})
