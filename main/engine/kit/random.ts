/**
 * A generator of numbers in [0, 1) that depends on its seeds only, the same on every machine: `sfc32` (Chris Doty-
 * Humphrey, PractRand), its state mixed from the seeds by MurmurHash3's finalizer. Not for secrets.
 * @param seeds whole numbers; different lists give unrelated streams: `seeded(plan.seed, epoch)`
 */
export function seeded(...seeds: number[]): () => number {
  let mixed = 0x9e3779b9
  const mix = (value: number) => {
    mixed = Math.imul(mixed ^ value, 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    mixed ^= mixed >>> 16
    return mixed
  }
  for (const seed of seeds) {
    mix(seed | 0)
    mix(Math.floor(seed / 2 ** 32))
  }
  let [a, b, c, counter] = [mix(1), mix(2), mix(3), 1]
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return (sum >>> 0) / 2 ** 32
  }
  for (let i = 0; i < 12; i++) next()
  return next
}

/** The numbers 0 to n - 1 in an order that depends on the generator only (Fisher-Yates). */
export function shuffled(n: number, random: () => number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const kept = order[i] as number
    order[i] = order[j] as number
    order[j] = kept
  }
  return order
}
