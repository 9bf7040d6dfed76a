/** A stretch of an axis. */
export type Span = readonly [from: number, to: number]

/** A view is never closer than this share of the whole. */
const CLOSEST = 1e-6

const kept = (from: number, width: number, whole: Span): Span => {
  const most = whole[1] - whole[0]
  const wide = Math.min(most, Math.max(width, most * CLOSEST))
  const low = Math.min(whole[1] - wide, Math.max(whole[0], from))
  return [low, low + wide]
}

/** A view after a zoom about a place that stays where it is; a factor above 1 comes closer. It never leaves the whole. */
export function zoomed(view: Span, whole: Span, at: number, factor: number): Span {
  const width = (view[1] - view[0]) / factor
  const share = view[1] > view[0] ? (at - view[0]) / (view[1] - view[0]) : 0.5
  return kept(at - width * share, width, whole)
}

/** A view moved along its axis; it stops at the ends of the whole. */
export const panned = (view: Span, whole: Span, by: number): Span =>
  kept(view[0] + by, view[1] - view[0], whole)

/** Whether a view shows all there is, up to what a zoom in and out loses to rounding. */
export const isWhole = (view: Span, whole: Span): boolean =>
  view[1] - view[0] >= (whole[1] - whole[0]) * (1 - 1e-9)
