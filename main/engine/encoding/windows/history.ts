import type { Cell, Column, ColumnType } from '#contract'
import { figuresWidth } from '../spec.ts'
import { readRows, WindowMemory, type WindowReading } from './memory.ts'

/**
 * The windows of rows that are all at hand. They are shown to the same memory that a device has, in the order of their
 * time, as if each had come when it happened; rows of one moment by their numbers, or in the order in which they were added.
 */
export interface History {
  /** Columns that it wants. */
  readonly columns: readonly string[]
  /** Figures of each window. */
  readonly widths: readonly number[]
  /** @param cells by column, in the order of `columns`; @param numbers which row each is, else as they are added */
  add(cells: readonly (readonly Cell[])[], rows: number, numbers?: readonly number[]): void
  /** Figures of each window, row after row, in the order in which the rows were added. */
  finish(): Float64Array[]
}

/** A list of numbers that grows. */
class Growing {
  private values = new Float64Array(4096)
  length = 0

  add(more: Float64Array): void {
    if (this.length + more.length > this.values.length) {
      const longer = new Float64Array(Math.max(this.values.length * 2, this.length + more.length))
      longer.set(this.values.subarray(0, this.length))
      this.values = longer
    }
    this.values.set(more, this.length)
    this.length += more.length
  }

  get all(): Float64Array {
    return this.values.subarray(0, this.length)
  }
}

/** @param readings the windows; @param columns all columns that there are, with their types */
export function openHistory(readings: readonly WindowReading[], columns: readonly Column[]): History {
  const names = [...new Set(readings.flatMap(reading => reading.columns))]
  const typeOf = (name: string) => columns.find(column => column.name === name)?.type as ColumnType
  const interned = new Map<string, number>()
  const texts: string[] = []
  const numberOf = (text: string): number => {
    let number = interned.get(text)
    if (number === undefined) {
      number = texts.length
      interned.set(text, number)
      texts.push(text)
    }
    return number
  }
  const turns = new Growing()
  const kept = readings.map(() => ({ times: new Growing(), values: new Growing(), groups: new Growing() }))
  return {
    columns: names,
    widths: readings.map(({ window }) => figuresWidth(window)),
    add(cells, rows, numbers) {
      const from = turns.length
      turns.add(Float64Array.from({ length: rows }, (_, row) => numbers?.[row] ?? from + row))
      readings.forEach((reading, i) => {
        const at = reading.columns.map(name => names.indexOf(name))
        const read = readRows(
          reading,
          at.map(place => cells[place] as readonly Cell[]),
          reading.columns.map(typeOf),
          rows,
        )
        const to = kept[i]
        to?.times.add(read.times)
        to?.values.add(read.values)
        to?.groups.add(Float64Array.from(read.groups, numberOf))
      })
    },
    finish: () =>
      readings.map(({ window }, i) => {
        const { times, values, groups } = kept[i] as (typeof kept)[number]
        const memory = new WindowMemory(window)
        const width = figuresWidth(window)
        const out = new Float64Array(times.length * width)
        const [at, what, whose, turn] = [times.all, values.all, groups.all, turns.all]
        // Rows without a time come last; they change no window.
        const placed = (time: number) => (Number.isNaN(time) ? Number.POSITIVE_INFINITY : time)
        const order = Uint32Array.from({ length: times.length }, (_, row) => row).sort((a, b) => {
          const [x, y] = [placed(at[a] as number), placed(at[b] as number)]
          return x < y ? -1 : x > y ? 1 : (turn[a] as number) - (turn[b] as number) || a - b
        })
        for (const row of order)
          memory.take(
            texts[whose[row] as number] as string,
            at[row] as number,
            what[row] as number,
            out,
            row * width,
          )
        return out
      }),
  }
}
