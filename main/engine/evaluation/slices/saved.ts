import type { Filter, Slice as Saved } from '#contract'
import { narrowed, SPLITS, type Table } from '../../dataset/index.ts'
import { FailureError } from '../../kit/index.ts'
import type { Found, Measured, SliceSource } from './slice.ts'

/** Which predicted rows each saved slice has. The dataset itself is asked, so that a filter means the same everywhere. */
export async function savedSlices(
  dataset: SliceSource,
  saved: readonly Pick<Saved, 'name' | 'where'>[],
  { version, split, where = [], places }: Measured,
  signal: AbortSignal,
): Promise<Found> {
  const found: Found = { slices: [], leftOut: [] }
  if (!saved.length) return found
  const table = await dataset.open(version.id, { signal })
  try {
    const all = await numbersOf(table, where, split, signal)
    const predicted = places.map(place => all[place] as number)
    for (const slice of saved) {
      const rows = await fitting(slice)
      if (typeof rows === 'string') found.leftOut.push({ column: null, name: slice.name, why: rows })
      else found.slices.push({ name: slice.name, column: null, where: slice.where, rows })
    }
    async function fitting(slice: Pick<Saved, 'where'>): Promise<Uint32Array | string> {
      try {
        const rows = shared(predicted, await numbersOf(table, [...where, ...slice.where], split, signal))
        return rows.length ? rows : 'none of the measured rows is in it'
      } catch (error) {
        // A slice belongs to all versions of a dataset, of which this one may lack a column or have another type.
        if (!(error instanceof FailureError)) throw error
        if (error.failure.code === 'empty-data') return 'none of the measured rows is in it'
        if (['bad-input', 'wrong-type'].includes(error.failure.code)) return error.failure.message
        throw error
      }
    }
  } finally {
    table.close()
  }
  return found
}

/** Numbers of the rows of a split that fit, rising, which is the order they are read in. */
async function numbersOf(
  table: Table,
  where: Filter,
  split: Measured['split'],
  signal: AbortSignal,
): Promise<Uint32Array> {
  const some = await narrowed(table, where, { signal })
  const numbers = new Uint32Array(some.splits[split] ?? 0)
  const session = await some.session(signal)
  try {
    let at = 0
    const sql = `SELECT file_row_number::DOUBLE FROM ${some.groups[0]?.from} WHERE s = ${SPLITS.indexOf(split)} ORDER BY file_row_number`
    for await (const { rows, columns } of session.stream(sql)) {
      numbers.set(columns[0] as number[], at)
      at += rows
    }
  } finally {
    session.close()
  }
  return numbers
}

/** Places in the first of what is also in the second; both rise. */
function shared(first: Uint32Array, second: Uint32Array): Uint32Array {
  const places: number[] = []
  let at = 0
  for (const [place, number] of first.entries()) {
    while (at < second.length && (second[at] as number) < number) at++
    if (second[at] === number) places.push(place)
  }
  return Uint32Array.from(places)
}
