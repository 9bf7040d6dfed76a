/**
 * Bounds of a share that hold at every moment at once: the confidence sequence of the beta-binomial mixture (Robbins
 * 1970, "Statistical methods related to the law of the iterated logarithm"; Howard, Ramdas, McAuliffe, Sekhon 2021). For
 * `s` of `n` and a uniform mixture the likelihood ratio against a share `p` is
 * `B(1 + s, 1 + n - s) / (p^s (1 - p)^(n - s))`, a martingale where `p` is true, so that by Ville's inequality it ever
 * reaches `1 / alpha` with a chance of at most `alpha`. The sequence holds all `p` where it has not.
 * @param alpha chance that the true share is ever outside
 */
export function confidenceSequence(
  successes: number,
  trials: number,
  alpha: number,
): { low: number; high: number } {
  if (trials === 0) return { low: 0, high: 1 }
  const failures = trials - successes
  const evidence = lnBeta(1 + successes, 1 + failures) + Math.log(alpha)
  /** Above zero where the share is ruled out. */
  const against = (p: number) =>
    evidence -
    (successes === 0 ? 0 : successes * Math.log(p)) -
    (failures === 0 ? 0 : failures * Math.log1p(-p))
  const middle = successes / trials
  /** The place between where it is ruled out and where it is not. */
  const edge = (out: number) => {
    let outside = out
    let inside = middle
    if (against(outside) < 0) return out
    for (let i = 0; i < 60; i++) {
      const half = (outside + inside) / 2
      if (against(half) >= 0) outside = half
      else inside = half
    }
    return outside
  }
  return { low: successes === 0 ? 0 : edge(1e-12), high: failures === 0 ? 1 : edge(1 - 1e-12) }
}

const lnBeta = (a: number, b: number): number => lnGamma(a) + lnGamma(b) - lnGamma(a + b)

/** Lanczos (1964) with g = 7 and nine terms; right to about 15 digits for x > 0. */
function lnGamma(x: number): number {
  const series = LANCZOS.reduce((sum, term, i) => sum + (i === 0 ? term : term / (x - 1 + i)), 0)
  const t = x + 6.5
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(series)
}

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]
