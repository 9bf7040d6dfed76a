/** The first runs fill caches and compile code. */
const WARM_UP = { most: 5, millis: 1000 }
/** Timed runs: as many as fit into a second and a half, within these. */
const RUNS = { least: 10, most: 200, millis: 1500 }

/**
 * Milliseconds of each run, after a warm-up that a slow model ends after its first.
 * @param runs so many, whatever they take
 */
export function timed(run: () => void, runs?: number): number[] {
  const warm = performance.now() + WARM_UP.millis
  for (let i = 0; i === 0 || (i < WARM_UP.most && performance.now() < warm); i++) run()
  const { least, most } = runs === undefined ? RUNS : { least: runs, most: runs }
  const times: number[] = []
  const end = performance.now() + RUNS.millis
  while (times.length < least || (times.length < most && performance.now() < end)) {
    const from = performance.now()
    run()
    times.push(performance.now() - from)
  }
  return times
}

/** The value that this share of them does not exceed. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}
