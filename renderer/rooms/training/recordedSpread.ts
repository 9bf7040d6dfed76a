import type { RunSpread } from '#contract'
import type { Bin, RunLine } from '../../charts/index.ts'

/** What the line of a share is called: of 0.16 "16%". */
export function shareName(share: number): string {
  if (share === 0) return 'Least'
  if (share === 1) return 'Most'
  return share === 0.5 ? 'Median' : `${Math.round(share * 100)}%`
}

/** A recorded histogram over its steps: for each share of the values the line below which they lie; the median stands out. */
export const linesOver = ({ shares, steps }: RunSpread): RunLine[] =>
  shares.map((share, at) => {
    const name = shareName(share)
    const isMedian = share === 0.5
    return {
      name,
      role: isMedian ? ('train' as const) : ('previous' as const),
      x: steps.map(({ step }) => step),
      y: steps.map(({ values }) => values[at] ?? null),
      ...(!isMedian && { short: name }),
    }
  })

/** The bins of one step. Counts of shared buckets are no whole numbers; a bar is. */
export const binsAt = ({ edges, steps }: RunSpread, at: number): Bin[] =>
  (steps[at]?.counts ?? []).map((count, bin) => ({
    from: edges[bin] ?? 0,
    to: edges[bin + 1] ?? 0,
    train: Math.round(count),
  }))
