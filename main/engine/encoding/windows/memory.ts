import type { Cell, ColumnType } from '#contract'
import { EXPECTS, wrongType } from '../kinds/kind.ts'
import { numberIn } from '../kinds/number.ts'
import { type TextType, textIn } from '../kinds/text.ts'
import { momentIn } from '../moment.ts'
import { figuresWidth, type WindowRule } from '../spec.ts'
import { type KeptTrack, Track, writeNothing } from './track.ts'

/** Groups that are remembered, and rows of all of them together; the group that was silent longest is forgotten first. */
const MOST_GROUPS = 10_000
const MOST_ROWS = 2_000_000

/** A window over some columns: the values, the time, and where there is one the group. */
export interface WindowReading {
  columns: readonly string[]
  window: WindowRule
}

/** Rows as a window sees them. */
export interface WindowRows {
  /** Seconds since 1970; NaN where the time is missing. */
  times: Float64Array
  /** NaN where missing. */
  values: Float64Array
  groups: string[]
}

/** Seconds since 1970 in a cell, of a number the number; NaN where it is missing. @throws Failure `bad-input` for what is no time */
export function timeIn(cell: Cell | undefined, name: string, type: ColumnType, row: number): number {
  if (type === 'integer' || type === 'float') return numberIn(cell, name, row)
  if (cell === null || cell === undefined) return Number.NaN
  const moment = typeof cell === 'string' ? momentIn(cell) : null
  if (!moment) throw wrongType(name, row, EXPECTS[type], cell)
  return moment.seconds
}

/**
 * Reads the cells of a window.
 * @param cells values, times and groups, with their `types`
 * @throws Failure `bad-input` for a cell of a wrong type
 */
export function readRows(
  { columns: [value = '', time = '', group] }: WindowReading,
  cells: readonly (readonly Cell[])[],
  types: readonly ColumnType[],
  rows: number,
): WindowRows {
  const times = new Float64Array(rows)
  const values = new Float64Array(rows)
  const groups = new Array<string>(rows)
  for (let row = 0; row < rows; row++) {
    values[row] = numberIn(cells[0]?.[row], value, row)
    times[row] = timeIn(cells[1]?.[row], time, types[1] as ColumnType, row)
    const of = group === undefined ? '' : textIn(cells[2]?.[row], group, types[2] as TextType, row)
    groups[row] = of === null ? '-' : `=${of}`
  }
  return { times, values, groups }
}

/** What a window remembers, as JSON has it; the group that was silent longest stands first. */
export type KeptWindow = (KeptTrack & { group: string })[]

/** What one window remembers of the rows that it was shown. */
export class WindowMemory {
  private readonly tracks = new Map<string, Track>()
  private held = 0
  private readonly rule: WindowRule

  constructor(rule: WindowRule) {
    this.rule = rule
  }

  /**
   * Takes a row and writes its figures to `out`, from `at` on. A row without a time changes nothing: its count is 0, its
   * other figures are missing.
   */
  take(group: string, time: number, value: number, out: Float64Array, at: number): void {
    if (Number.isNaN(time)) {
      writeNothing(this.rule, out, at)
      return
    }
    const track = this.tracks.get(group) ?? new Track(this.rule)
    const before = track.length
    track.take(time, value, out, at)
    this.held += track.length - before
    // A map keeps the order in which its keys came: the group that spoke last stands last.
    this.tracks.delete(group)
    this.tracks.set(group, track)
    while (this.tracks.size > MOST_GROUPS || (this.held > MOST_ROWS && this.tracks.size > 1)) {
      const [silent, its] = this.tracks.entries().next().value as [string, Track]
      this.tracks.delete(silent)
      this.held -= its.length
    }
  }

  /** What it remembers, to be kept. */
  keep(): KeptWindow {
    return [...this.tracks].map(([group, track]) => ({ group, ...track.keep() }))
  }

  /** One that remembers what was kept. @throws Error where that is none */
  static from(rule: WindowRule, kept: KeptWindow): WindowMemory {
    const memory = new WindowMemory(rule)
    for (const { group, ...track } of kept) {
      const read = Track.from(rule, track)
      memory.tracks.set(group, read)
      memory.held += read.length
    }
    return memory
  }

  /** One that remembers the same and goes on by itself. */
  copy(): WindowMemory {
    const copy = new WindowMemory(this.rule)
    for (const [group, track] of this.tracks) copy.tracks.set(group, track.copy())
    copy.held = this.held
    return copy
  }

  /** Takes rows in the order in which they came. @returns their figures, row after row */
  takeAll({ times, values, groups }: WindowRows): Float64Array {
    const width = figuresWidth(this.rule)
    const out = new Float64Array(times.length * width)
    for (let row = 0; row < times.length; row++)
      this.take(groups[row] as string, times[row] as number, values[row] as number, out, row * width)
    return out
  }
}
