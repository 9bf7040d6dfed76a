import type { Cell, Column, ColumnType } from '#contract'
import { canonicalJson } from '../kit/index.ts'
import { type Layout, layoutOf } from './layout.ts'
import type { TransformSpec, WindowFeature } from './spec.ts'
import { type History, openHistory } from './windows/history.ts'
import { type KeptWindow, readRows, WindowMemory, type WindowRows } from './windows/memory.ts'

const windowsIn = (spec: TransformSpec): WindowFeature[] =>
  spec.features.filter(each => each.kind === 'window')

/** What a model that answers rows one after another remembers of those before, for the windows of its transform. */
export interface Memory {
  /**
   * Takes rows in the order in which they came; they count for those after them.
   * @param columns in the order of the transform's inputs
   * @returns figures of each window, row after row
   * @throws Failure `bad-input` for a cell of a wrong type; then nothing was taken
   */
  take(columns: readonly (readonly Cell[])[], rows: number): Float64Array[]
  /** Begins with what another remembers, for each window that both have: a new version of a model goes on where it was. */
  adopt(other: Memory): void
  /** How many rows it has taken, with those of the memories that it adopted. */
  readonly taken: number
  /** What it remembers, as JSON has it, to outlive the process. */
  keep(): KeptMemory
  /** Begins with what was kept, for each window that both have. @throws Error where what was kept is no memory */
  recall(kept: KeptMemory): void
  /** Its windows, by what they are of. */
  readonly windows: ReadonlyMap<string, WindowMemory>
}

/** A memory as it is kept: its windows by what they are of. */
export type KeptMemory = Record<string, KeptWindow>

/** An empty memory. */
export function openMemory(spec: TransformSpec): Memory {
  const layout = layoutOf(spec)
  const windows = windowsIn(spec)
  const keys = windows.map(({ columns, window }) => canonicalJson({ columns, window }))
  const memories = new Map(windows.map(({ window }, i) => [keys[i] as string, new WindowMemory(window)]))
  const rules = new Map(windows.map(({ window }, i) => [keys[i] as string, window]))
  let count = 0
  return {
    get taken() {
      return count
    },
    take(columns, rows) {
      const read = windows.map(feature => readRows(feature, ...cellsOf(layout, feature, columns), rows))
      count += rows
      const taken = new Map<string, Float64Array>()
      // Two features may be of one window, which sees each row once.
      return keys.map((key, i) => {
        const figures = taken.get(key) ?? (memories.get(key) as WindowMemory).takeAll(read[i] as WindowRows)
        taken.set(key, figures)
        return figures
      })
    },
    adopt(other) {
      count += other.taken
      for (const key of keys) {
        const known = other.windows.get(key)
        if (known) memories.set(key, known.copy())
      }
    },
    keep: () => Object.fromEntries([...memories].map(([key, memory]) => [key, memory.keep()])),
    recall(kept) {
      const read = [...rules].flatMap(([key, rule]) =>
        kept[key] ? [[key, WindowMemory.from(rule, kept[key])] as const] : [],
      )
      for (const [key, memory] of read) memories.set(key, memory)
    },
    windows: memories,
  }
}

/** What the windows of rows that are all at hand were; null where the transform has none. */
export function historyOf(spec: TransformSpec): History | null {
  const windows = windowsIn(spec)
  return windows.length ? openHistory(windows, layoutOf(spec).inputs as readonly Column[]) : null
}

function cellsOf({ inputs, places }: Layout, feature: WindowFeature, columns: readonly (readonly Cell[])[]) {
  const at = places.get(feature) as number[]
  return [
    at.map(place => columns[place] as readonly Cell[]),
    at.map(place => (inputs[place] as (typeof inputs)[number]).type as ColumnType),
  ] as const
}
