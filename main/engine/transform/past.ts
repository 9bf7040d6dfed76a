import type { Cell, DatasetVersion, Split } from '#contract'
import { completeRows, type History } from '../encoding/index.ts'
import type { Reading, RowSource } from './rowSource.ts'

const SPLITS = ['train', 'eval', 'test'] as const

/** The windows of all rows of a version that have what is required, split by split, in the order in which they are read. */
export interface Past {
  /** Begins at the first row of a split: each call gives the figures of so many rows more, one list a window. */
  of(split: Split): (rows: number) => Float64Array[]
  readonly widths: readonly number[]
}

/** Some of the cells of a column; null: all. */
export const pick = <T>(cells: readonly T[], rows: readonly number[] | null): readonly T[] =>
  rows ? rows.map(row => cells[row] as T) : cells

/** Some rows of the figures of windows; null: all. */
export function pickFigures(
  figures: readonly Float64Array[],
  widths: readonly number[],
  rows: readonly number[] | null,
): readonly Float64Array[] {
  if (!rows) return figures
  return figures.map((all, i) => {
    const width = widths[i] as number
    const some = new Float64Array(rows.length * width)
    rows.forEach((row, at) => {
      some.set(all.subarray(row * width, (row + 1) * width), at * width)
    })
    return some
  })
}

const nothing: Past = { of: () => () => [], widths: [] }

/**
 * Reads the whole version for its windows: what came before a row is there whatever the split, as it is on a device.
 * Rows of one moment stand in the order of the source, so that what is appended later comes after them.
 * @param history null: there are no windows, and nothing is read
 * @param required columns without a value in which a row does not count
 */
export async function pastOf(
  dataset: RowSource,
  version: DatasetVersion,
  history: History | null,
  required: readonly string[],
  { signal, where }: Pick<Reading, 'signal' | 'where'>,
): Promise<Past> {
  if (!history) return nothing
  const names = [...new Set([...history.columns, ...required])]
  const at = (wanted: readonly string[]) => wanted.map(name => names.indexOf(name))
  const [windowed, wanted] = [at(history.columns), at(required)]
  const begins: Partial<Record<Split, number>> = {}
  let rows = 0
  for (const split of SPLITS) {
    begins[split] = rows
    for await (const batch of dataset.read(version, {
      columns: names,
      split,
      where,
      numbered: true,
      signal,
    })) {
      const complete = completeRows(
        wanted.map(place => batch.columns[place] as Cell[]),
        batch.rows,
      )
      const count = complete?.length ?? batch.rows
      history.add(
        windowed.map(place => pick(batch.columns[place] as Cell[], complete)),
        count,
        batch.numbers && pick(batch.numbers, complete),
      )
      rows += count
    }
  }
  const figures = history.finish()
  const { widths } = history
  return {
    widths,
    of(split) {
      let from = begins[split] as number
      return count => {
        const to = from + count
        const part = figures.map((all, i) =>
          all.subarray(from * (widths[i] as number), to * (widths[i] as number)),
        )
        from = to
        return part
      }
    },
  }
}
