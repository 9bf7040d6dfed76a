import type { DatasetVersion, Filter, Split } from '#contract'
import { type DatasetRoom, narrowed, SPLITS, type Table } from '../../dataset/index.ts'
import { FailureError } from '../../kit/index.ts'
import { columnOf } from './column.ts'
import type { EvaluatedRows } from './slice.ts'

/** What is needed of the dataset room to know which rows a slice has. */
export type SliceSource = Pick<DatasetRoom, 'resolve' | 'read' | 'open' | 'slicesOf' | 'filterOf'>

/** Rows of a version that a run may see. */
export interface Seen {
  version: DatasetVersion
  split: Split
  where: Filter | undefined
}

const narrowing = ({ split, where }: Seen, signal: AbortSignal) => ({
  split,
  signal,
  ...(where && { where }),
})

/** Numbers in the version of some of the rows that are seen. @param places which of them, from 0, rising */
export async function numbersOf(
  dataset: SliceSource,
  seen: Seen,
  column: string,
  places: Uint32Array,
  signal: AbortSignal,
): Promise<Uint32Array> {
  const numbers = new Uint32Array(places.length)
  let begin = 0
  let row = 0
  for await (const batch of dataset.read(seen.version, {
    columns: [column],
    numbered: true,
    ...narrowing(seen, signal),
  })) {
    for (; row < places.length && (places[row] as number) < begin + batch.rows; row++) {
      const at = (places[row] as number) - begin
      numbers[row] = batch.numbers?.[at] ?? begin + at
    }
    begin += batch.rows
  }
  return numbers
}

/** Evaluated rows of a version. */
export function versionRows(dataset: SliceSource, seen: Seen, numbers: Uint32Array): EvaluatedRows {
  const { version, split, where = [] } = seen
  return {
    title: `${version.dataset} v${version.number}`,
    columns: version.columns,
    numbers,
    saved: dataset.slicesOf(version.id),
    async read(names, signal) {
      const kept = names.map(name =>
        columnOf(name, version.columns.find(each => each.name === name)?.type ?? 'text', numbers.length),
      )
      let begin = 0
      let row = 0
      if (!names.length) return []
      for await (const batch of dataset.read(version, {
        columns: [...names],
        numbered: true,
        ...narrowing(seen, signal),
      })) {
        for (let at = 0; at < batch.rows && row < numbers.length; at++) {
          if ((batch.numbers?.[at] ?? begin + at) !== numbers[row]) continue
          for (let nth = 0; nth < kept.length; nth++) kept[nth]?.keep(row, batch.columns[nth]?.[at] ?? null)
          row++
        }
        begin += batch.rows
      }
      return kept.map(({ column }) => column)
    },
    async fitting(filters, signal) {
      if (!filters.length) return []
      const table = await dataset.open(version.id, { signal })
      try {
        return await fittingOf(
          table,
          filters.map(filter => [...where, ...filter]),
          numbers,
          signal,
          `WHERE s = ${SPLITS.indexOf(split)}`,
        )
      } finally {
        table.close()
      }
    },
  }
}

/** Why a slice has no rows, where its filter is right. */
export const NONE_FIT = 'none of the measured rows is in it'

/** Which of the rows with these numbers, from 0, fit each filter; the data themselves are asked. */
export async function fittingOf(
  table: Table,
  filters: readonly Filter[],
  numbers: Uint32Array,
  signal: AbortSignal,
  narrowedBy = '',
): Promise<(Uint32Array | string)[]> {
  const found: (Uint32Array | string)[] = []
  for (const filter of filters)
    try {
      const some = await narrowed(table, filter, { signal })
      const session = await some.session(signal)
      const places: number[] = []
      try {
        let at = 0
        const sql = `SELECT file_row_number::DOUBLE FROM ${some.groups[0]?.from} ${narrowedBy} ORDER BY file_row_number`
        for await (const { columns } of session.stream(sql))
          for (const number of columns[0] as number[]) {
            while (at < numbers.length && (numbers[at] as number) < number) at++
            if (numbers[at] === number) places.push(at)
          }
      } finally {
        session.close()
      }
      found.push(places.length ? Uint32Array.from(places) : NONE_FIT)
    } catch (error) {
      // A slice belongs to all versions of a dataset, of which this one may lack a column or have another type.
      if (!(error instanceof FailureError)) throw error
      if (error.failure.code === 'empty-data') found.push(NONE_FIT)
      else if (['bad-input', 'wrong-type'].includes(error.failure.code)) found.push(error.failure.message)
      else throw error
    }
  return found
}
