/** One figure of several runs. */
export interface Figure {
  what: string
  unit: string
  median: number
  min: number
  max: number
  runs: number
  /** What was promised, in the same unit; a median above it falls short. */
  bound?: number
}

/** The figure of some values. */
export function figure(what: string, unit: string, values: number[], bound?: number): Figure {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const median =
    sorted.length % 2 === 1
      ? (sorted[middle] as number)
      : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
  return {
    what,
    unit,
    median,
    min: sorted[0] as number,
    max: sorted.at(-1) as number,
    runs: values.length,
    bound,
  }
}

/** The value below which a share of all values lies. */
export function quantile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number
}
