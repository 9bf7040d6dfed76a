/**
 * Chromium lays nothing out beyond about 33.5 million px, so a list longer than this is drawn on a shorter track.
 * One third of that leaves room for page zoom.
 */
export const LONGEST_TRACK = 10_000_000

/** A scroll track and how it stands for the whole list. */
export interface Track {
  /** px, the height the scroll bar sees */
  height: number
  /** px, the height of all rows */
  whole: number
  /** whole px for one track px, 1 for a list that fits */
  ratio: number
  /** the largest top of the window within the whole */
  lastTop: number
}

/** The track for a number of rows in a view of a given height. */
export function trackOf(rows: number, rowHeight: number, view: number, longest = LONGEST_TRACK): Track {
  const whole = rows * rowHeight
  const height = Math.min(whole, longest)
  const lastTop = Math.max(0, whole - view)
  // the ends must meet: a bar dragged to its end shows the last row
  const ratio = height < whole ? lastTop / Math.max(1, height - view) : 1
  return { height, whole, ratio, lastTop }
}

/** Where in the whole list a scroll position stands. */
export const topOf = (scrollTop: number, track: Track): number =>
  Math.min(track.lastTop, Math.max(0, scrollTop * track.ratio))

/** The scroll position for a place in the whole list. */
export const scrollOf = (top: number, track: Track): number =>
  Math.min(track.lastTop, Math.max(0, top)) / track.ratio

/** The rows to draw: those in view and some before and after. `last` is exclusive. */
export function rowsIn(
  top: number,
  view: number,
  rows: number,
  rowHeight: number,
  spare = 6,
): { first: number; last: number } {
  const first = Math.max(0, Math.floor(top / rowHeight) - spare)
  const last = Math.min(rows, Math.ceil((top + view) / rowHeight) + spare)
  return { first: Math.min(first, last), last }
}

/** The top that brings a row into view with the least movement. */
export function topFor(row: number, top: number, view: number, rowHeight: number, track: Track): number {
  const start = row * rowHeight
  const end = start + rowHeight
  if (start < top) return Math.min(start, track.lastTop)
  return end > top + view ? Math.min(track.lastTop, Math.max(0, end - view)) : top
}

/** Left edges of columns, one more than there are columns: the last is the whole width. */
export function edgesOf(widths: readonly number[]): number[] {
  const edges = [0]
  for (const width of widths) edges.push((edges.at(-1) ?? 0) + width)
  return edges
}

/** The columns between two edges, found by halving, since there may be thousands. `last` is exclusive. */
export function columnsIn(
  edges: readonly number[],
  left: number,
  view: number,
  spare = 1,
): { first: number; last: number } {
  const columns = edges.length - 1
  const at = (x: number) => {
    let low = 0
    let high = columns
    while (low < high) {
      const middle = (low + high) >> 1
      if ((edges[middle + 1] ?? 0) <= x) low = middle + 1
      else high = middle
    }
    return low
  }
  const last = Math.min(columns, at(left + view) + 1 + spare)
  return { first: Math.min(Math.max(0, at(left) - spare), last), last }
}
