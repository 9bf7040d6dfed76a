import type { Measured } from './measured.ts'

/**
 * The share of values below each point, as corners of a line that only rises: `[value, share]`. Where many rows have
 * one value the line jumps: the value stands twice.
 */
export type Rise = readonly (readonly [value: number, share: number])[]

/** The rise of a distribution: exact at the deciles where they are known, else what its histogram says. */
export function riseOf(of: Measured, isWhole: boolean): Rise {
  const { quantiles, edges, counts } = of
  if (quantiles) return quantiles.map((value, at) => [value, at / (quantiles.length - 1)] as const)
  if (!edges || !counts) return []
  const all = counts.reduce((sum, n) => sum + n, 0)
  if (!(all > 0)) return []
  const rise: [number, number][] = []
  let below = 0
  counts.forEach((n, at) => {
    const from = edges[at] ?? 0
    const to = edges[at + 1] ?? from
    rise.push([from, below / all])
    below += n
    // a bin of one whole number holds nothing between it and the next
    if (isWhole && to - from <= 1) rise.push([from, below / all])
    else rise.push([to, below / all])
  })
  return rise
}

/** The share of values under a bound. */
export function shareBelow(rise: Rise, bound: number): number {
  let before: readonly [number, number] | undefined
  for (const corner of rise) {
    if (corner[0] >= bound) {
      if (corner[0] === bound || !before) return corner[1]
      const [x0, y0] = before
      return y0 + ((bound - x0) / (corner[0] - x0)) * (corner[1] - y0)
    }
    before = corner
  }
  return 1
}

/** The value under which a share of the values lies. */
export function valueAt(rise: Rise, part: number): number | null {
  let before: readonly [number, number] | undefined
  for (const corner of rise) {
    if (corner[1] >= part - 1e-12) {
      if (!before || corner[1] <= before[1]) return corner[0]
      const [x0, y0] = before
      return x0 + ((part - y0) / (corner[1] - y0)) * (corner[0] - x0)
    }
    before = corner
  }
  return before?.[0] ?? null
}

/** The values at 0, 10, … 100 %; empty where there is none. */
export function decilesOf(of: Measured, isWhole: boolean): number[] {
  if (of.quantiles) return [...of.quantiles]
  const rise = riseOf(of, isWhole)
  if (!rise.length || of.min === null || of.max === null) return []
  const { min, max } = of
  return Array.from({ length: 11 }, (_, at) =>
    at === 0 ? min : at === 10 ? max : Math.min(max, Math.max(min, valueAt(rise, at / 10) ?? min)),
  )
}

/** Values of a distribution in bins that are not its own. The last bin holds its upper bound. */
export function intoBins(of: Measured, edges: readonly number[], isWhole: boolean): number[] {
  const rise = riseOf(of, isWhole)
  if (!rise.length) return new Array<number>(Math.max(0, edges.length - 1)).fill(0)
  const all = of.counts?.reduce((sum, n) => sum + n, 0) ?? of.count
  const last = edges.length - 2
  return Array.from({ length: last + 1 }, (_, at) => {
    const below = at === 0 ? 0 : shareBelow(rise, edges[at] ?? 0)
    const under = at === last ? 1 : shareBelow(rise, edges[at + 1] ?? 0)
    return Math.max(0, under - below) * all
  })
}

/** Merges neighboring bins into fewer, for a picture that is small. */
export function fewerBins<T>(values: readonly T[], most: number, join: (some: readonly T[]) => T): T[] {
  const together = Math.ceil(values.length / most)
  if (together <= 1) return [...values]
  const merged: T[] = []
  for (let at = 0; at < values.length; at += together) merged.push(join(values.slice(at, at + together)))
  return merged
}

/** The edges that are left after `fewerBins`. */
export function fewerEdges(edges: readonly number[], most: number): number[] {
  const bins = edges.length - 1
  const together = Math.ceil(bins / most)
  const last = edges.at(-1)
  return last === undefined
    ? []
    : [...edges.slice(0, -1).filter((_, at) => together <= 1 || at % together === 0), last]
}

export const sumOf = (some: readonly number[]): number => some.reduce((sum, n) => sum + n, 0)
