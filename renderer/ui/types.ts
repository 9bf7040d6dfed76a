import type { Component } from 'vue'

/** What a mark says. `none` is "not yet", `differs` is "reported differs from wanted". */
export type StatusKind =
  | 'good'
  | 'warn'
  | 'bad'
  | 'running'
  | 'waiting'
  | 'interrupted'
  | 'offline'
  | 'none'
  | 'info'
  | 'differs'

/** Expected trouble as the engine hands it over: one sentence and the way out. */
export interface FailureLike {
  code: string
  message: string
  remedy?: string | undefined
}

/** One choice of a select, a segmented control or a list. `closedReason` keeps it visible but not pickable. */
export interface Option<T extends string | number | boolean | null = string> {
  value: T
  label: string
  hint?: string
  icon?: Component
  closedReason?: string
}

/** One entry of a menu; `separated` draws a line above it. */
export interface MenuItem {
  label: string
  icon?: Component
  shortcut?: string
  kind?: 'plain' | 'danger'
  separated?: boolean
  checked?: boolean
  closedReason?: string | undefined
  run: () => void
}

/** One entry of the command palette. */
export interface Command {
  id: string
  title: string
  group?: string
  hint?: string
  icon?: Component
  shortcut?: string
  run: () => void
}

/** How a table is ordered. */
export interface Sort {
  key: string
  dir: 'asc' | 'desc'
}

/** One column of a table. Figures stand right with the unit in the header; a missing value is a word. */
export interface Column<Row = unknown> {
  key: string
  label: string
  /** Stands in the header after the label: "Size, MB". */
  unit?: string
  /** A heading above several neighboring columns with the same group. */
  group?: string
  align?: 'left' | 'right' | 'center'
  /** px */
  width?: number
  mono?: boolean
  /** Names are 500; secondary facts are muted. */
  tone?: 'name' | 'muted'
  /** The value of a row, by default `row[key]`. It is what is sorted and copied. */
  value?: (row: Row) => unknown
  /** The words shown for a value that is there. */
  format?: (value: never, row: Row) => string
  /** The word for a value that is not there, by default "none". */
  missing?: string
  sortable?: boolean
  /** Says more about the column on hover and focus. */
  help?: string
}
