/**
 * The values of a feature in short: enough to lay any two kept statistics beside each other in common bins without
 * reading the data again. Counts are those of each part: all rows, then train, eval and test.
 */
export type Sketch = NumberSketch | TextSketch

/** Numbers in ascending order: `counts[part][i]` of them lie above `xs[i - 1]` and up to `xs[i]`. */
export interface NumberSketch {
  /** All of them lie at `xs[i]` itself. */
  whole: boolean
  xs: number[]
  counts: number[][]
}

/** The most frequent texts; what the part holds beyond them is not listed. */
export interface TextSketch {
  values: string[]
  counts: number[][]
}

export const isText = (sketch: Sketch): sketch is TextSketch => 'values' in sketch

/** How many values a sketch holds, so that those of very wide tables stay small. */
export const mostOf = (features: number): number =>
  Math.max(32, Math.min(1000, Math.floor(500_000 / Math.max(1, features))))

/** How much of a part lies below a number, or up to and with it. Within a cell values are taken as spread evenly. */
export function cumulative(
  { whole, xs, counts }: NumberSketch,
  part: number,
): (x: number, withIt: boolean) => number {
  const sums = new Float64Array(xs.length + 1)
  for (let at = 0; at < xs.length; at++) sums[at + 1] = (sums[at] as number) + (counts[part]?.[at] as number)
  return (x, withIt) => {
    let low = 0
    let high = xs.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((xs[middle] as number) < x) low = middle + 1
      else high = middle
    }
    // `low` is the first bound that is not below x.
    const below = sums[low] as number
    if (low === xs.length) return below
    const bound = xs[low] as number
    const here = counts[part]?.[low] as number
    if (bound === x) {
      if (withIt) return below + here
      // What lies at the bound itself is not known of a cell; one value of as many as are spread is little.
      return whole || low === 0 ? below : below + here * (1 - pointShare(here))
    }
    if (whole || low === 0) return below
    const from = xs[low - 1] as number
    const share = (x - from) / (bound - from)
    return below + here * (Number.isFinite(share) ? share : 0.5)
  }
}

const pointShare = (count: number): number => (count > 1 ? 1 / count : 0)
