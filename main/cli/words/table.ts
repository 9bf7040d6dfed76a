/** One column of a table for a person. */
export interface TableColumn<Item> {
  head: string
  /** Null: there is nothing to say. A column that says nothing in any line is left out. */
  of(item: Item): string | number | null | undefined
  /** Figures stand right. */
  right?: boolean
  /** Takes the room that the others leave, and goes on in the next line. At most one of a table. */
  wraps?: boolean
  /** Is left out where the line would be too long with it; of several the last one first. */
  spare?: boolean
}

/** Characters in a line of a terminal that nobody made wider. */
const LINE = 100
const GAP = '  '
/** The other columns are cut at so many characters, the first one sooner where the line is full. */
const MOST = 28
const LEAST = 16
/** What wraps is not made narrower than this, and rather makes the first column narrow. */
const WRAPPED = 32

const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text)

/** A text in lines of at most so many characters, broken between words where there are any. */
export function wrapped(text: string, most: number): string[] {
  const lines: string[] = []
  let rest = text
  while (rest.length > most) {
    const space = rest.lastIndexOf(' ', most)
    const end = space > 0 ? space : most
    lines.push(rest.slice(0, end))
    rest = rest.slice(end).trimStart()
  }
  return [...lines, rest]
}

/** One line, and no sign that a terminal would obey. */
const plain = (text: string) => text.replace(/[\s\p{Cc}]+/gu, ' ').trim()

interface Held<Item> extends TableColumn<Item> {
  cells: string[]
  width: number
}

/** Columns that say something, as wide as their content wants, without those that the line has no room for. */
function heldColumns<Item>(columns: readonly TableColumn<Item>[], items: readonly Item[]): Held<Item>[] {
  const held = columns
    .map(column => {
      const cells = items.map(item => plain(String(column.of(item) ?? '')))
      const longest = Math.max(column.head.length, ...cells.map(({ length }) => length))
      return { ...column, cells, width: Math.min(longest, column.wraps ? WRAPPED : MOST) }
    })
    .filter(({ cells }) => cells.some(cell => cell !== ''))
  const first = held[0]
  const over = () => lengthOf(held) - (first ? Math.max(0, first.width - LEAST) : 0) - LINE
  for (let at = held.length - 1; at > 0 && over() > 0; at--) if (held[at]?.spare) held.splice(at, 1)
  return held
}

const lengthOf = (columns: readonly { width: number }[]) =>
  columns.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length)

/**
 * A table of at most 100 characters a line, as long as its figures leave room for that; none where there is nothing to
 * list.
 */
export function tableInWords<Item>(columns: readonly TableColumn<Item>[], items: readonly Item[]): string[] {
  const held = heldColumns(columns, items)
  const [first] = held
  if (!first) return []
  const over = lengthOf(held) - LINE
  if (over > 0 && !first.wraps) first.width = Math.max(Math.min(first.width, LEAST), first.width - over)
  const flowing = held.find(({ wraps }) => wraps)
  if (flowing) {
    const longest = Math.max(flowing.width, ...flowing.cells.map(({ length }) => length))
    flowing.width = Math.min(longest, flowing.width + Math.max(0, LINE - lengthOf(held)))
  }
  const line = (cells: string[]) =>
    held
      .map(({ right, width }, i) => (right ? cells[i]?.padStart(width) : cells[i]?.padEnd(width)))
      .join(GAP)
      .trimEnd()
  return [
    line(held.map(({ head }) => head)),
    line(held.map(({ width }) => '─'.repeat(width))),
    ...items.flatMap((_, row) => {
      const cells = held.map(({ cells, wraps, width }) =>
        wraps ? wrapped(cells[row] as string, width) : [cut(cells[row] as string, width)],
      )
      const height = Math.max(...cells.map(({ length }) => length))
      return Array.from({ length: height }, (_, i) => line(cells.map(lines => lines[i] ?? '')))
    }),
  ]
}
