/** Numbers from 0 up to 1, the same for the same seed (Mulberry32 over FNV-1a of the seed). */
export function randomOf(seed: string): () => number {
  let state = 0x811c9dc5
  for (let at = 0; at < seed.length; at++) state = Math.imul(state ^ seed.charCodeAt(at), 0x01000193)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Below so many trials each one is drawn; above, the normal distribution is as good. */
const FEW = 40

/** How many of `trials` succeed, each with this chance. */
export function binomial(trials: number, chance: number, random: () => number): number {
  if (trials < FEW) {
    let hits = 0
    for (let at = 0; at < trials; at++) if (random() < chance) hits++
    return hits
  }
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const drawn = Math.round(trials * chance + normal * Math.sqrt(trials * chance * (1 - chance)))
  return Math.min(trials, Math.max(0, drawn))
}

/** What a normal variable exceeds with this chance (Abramowitz and Stegun, 26.2.22). */
export function normalBeyond(chance: number): number {
  const t = Math.sqrt(-2 * Math.log(chance))
  return t - (2.30753 + 0.27061 * t) / (1 + 0.99229 * t + 0.04481 * t * t)
}
