import type { Proof } from '#contract'

/** Noise that a layer adds: how much worse its result is than the worst that it reads. */
export interface NoisyLayer {
  layer: string
  /** dB lost in it. */
  added: number
}

/** Layers by the noise that they add, the noisiest first, of the signal to noise after each operator in its order. */
export function noisiest(layers: Proof['layers']): NoisyLayer[] {
  const worst = new Map<string, number>()
  let before = Number.POSITIVE_INFINITY
  for (const { layer, tensor, snr } of layers) {
    const name = layer ?? tensor
    const now = snr ?? Number.POSITIVE_INFINITY
    // From exact to 40 dB is what any quantization does; what counts is what is lost from there on.
    const added = Math.max(0, Math.min(before, START) - Math.min(now, START))
    worst.set(name, Math.max(worst.get(name) ?? 0, added))
    before = now
  }
  return [...worst].map(([layer, added]) => ({ layer, added })).sort((a, b) => b.added - a.added)
}

const START = 60

/**
 * Looks for the fewest layers that must stay float so that the rest may be in whole numbers: takes them from the
 * noisiest on, twice as many each time, until the tolerance holds; then as few of these as do by halving; then leaves
 * out each one that turns out not to be needed. Each try quantizes and proves the model, so tries are few: about
 * `2 log2(n) + k` for `k` layers of `n`.
 *
 * @param passes whether the tolerance holds with these layers float
 * @returns the layers; null where not even all of them are enough
 */
export async function fewestFloat(
  order: readonly string[],
  passes: (keep: string[]) => Promise<boolean>,
): Promise<string[] | null> {
  if (await passes([])) return []
  let enough = 1
  for (; !(await passes(order.slice(0, enough))); enough *= 2) if (enough >= order.length) return null
  let low = enough >> 1
  let high = Math.min(enough, order.length)
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (await passes(order.slice(0, middle))) high = middle
    else low = middle
  }
  let kept = order.slice(0, high)
  // The last one is needed, or one fewer had been enough.
  for (const layer of kept.slice(0, -1)) {
    const without = kept.filter(each => each !== layer)
    if (await passes(without)) kept = without
  }
  return kept
}
