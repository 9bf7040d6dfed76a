import type { Measured } from './measured.ts'

/**
 * The share of values below each point, as corners of a line that only rises: `[value, share]`. Where many rows have
 * one value the line jumps: the value stands twice.
 */
export type Rise = readonly (readonly [value: number, share: number])[]

/**
 * The rise of a distribution, of all that is known of it: the bins of its histogram, its deciles where they are exact,
 * and how many values are 0.
 */
export function riseOf(of: Measured, isWhole: boolean): Rise {
  const { quantiles, edges, counts } = of
  if (!edges || !counts) return []
  const all = sumOf(counts)
  if (!(all > 0)) return []
  const rise: [number, number][] = []
  let below = 0
  counts.forEach((n, at) => {
    const from = edges[at] ?? 0
    const to = edges[at + 1] ?? from
    rise.push([from, below / all])
    below += n
    // a bin of one whole number holds nothing between it and the next
    rise.push([isWhole && to - from <= 1 ? from : to, below / all])
  })
  const known = quantiles?.map((value, at): [number, number] => [value, at / (quantiles.length - 1)]) ?? []
  if (of.zeroShare && of.min === 0 && !of.isWeighted) known.push([0, of.zeroShare])
  if (known.length === 0) return rise
  let most = 0
  return [...rise, ...known]
    .sort((a, b) => a[0] - b[0] || a[1] - b[1])
    .map(([value, share]) => {
      most = Math.max(most, share)
      return [value, most] as const
    })
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

/** The share of values up to a bound, those at it counted in. */
export function shareUpTo(rise: Rise, bound: number): number {
  let at = shareBelow(rise, bound)
  for (const [value, share] of rise) if (value === bound) at = Math.max(at, share)
  return at
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

/** A bin between two bounds, or of one value where they are the same; `after`: without its lower bound. */
export interface Part {
  from: number
  to: number
  after?: boolean
}

/** Bins between bounds that may repeat: where they do many rows have one value, and it is a bin of its own. */
export function partsOf(bounds: readonly number[], isWhole = false): Part[] {
  const parts: Part[] = []
  const apart = [...new Set(bounds)]
  const isOnce = (bound: number) => bounds.indexOf(bound) === bounds.lastIndexOf(bound)
  apart.forEach((from, at) => {
    const isPoint = !isOnce(from)
    if (isPoint) parts.push({ from, to: from })
    const to = apart[at + 1]
    if (to === undefined) return
    // nothing lies between a whole number and the next, unless the next is the end and counted in
    const isBare = isPoint && isWhole && to - from <= 1 && !(at + 2 === apart.length && isOnce(to))
    if (!isBare) parts.push(isPoint ? { from, to, after: true } : { from, to })
  })
  return parts
}

/** Values of a distribution in bins that are not its own. The last bin holds its upper bound. */
export function intoParts(of: Measured, parts: readonly Part[], isWhole: boolean): number[] {
  const rise = riseOf(of, isWhole)
  const all = sumOf(of.counts ?? [])
  return parts.map(({ from, to, after }, at) => {
    if (!rise.length) return 0
    const below = at === 0 ? 0 : after ? shareUpTo(rise, from) : shareBelow(rise, from)
    const under = at === parts.length - 1 ? 1 : from === to ? shareUpTo(rise, to) : shareBelow(rise, to)
    const share = at === 0 && parts.length === 1 ? 1 : Math.max(0, under - below)
    // rows come whole; only weights have parts
    return of.isWeighted ? share * all : Math.round(share * all)
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
