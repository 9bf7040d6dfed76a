/** Two 64-bit hashes of pictures that nearly look the same differ in so few bits at most. */
export const NEAR = 4
const BANDS = NEAR + 1
const BITS = 13
/** In a crowd of hashes that share a band, each is compared with so many of its neighbors in order. */
const CROWD = 500

function bitsOf(value: number): number {
  let bits = value - ((value >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** Hashes that are near each other, as groups of places in the list; each place is in one group at most. */
export function nearGroups(hashes: readonly string[], signal?: AbortSignal): number[][] {
  const high = Uint32Array.from(hashes, hash => Number.parseInt(hash.slice(0, 8), 16))
  const low = Uint32Array.from(hashes, hash => Number.parseInt(hash.slice(8, 16), 16))
  const parent = Uint32Array.from(hashes, (_, at) => at)
  const rootOf = (at: number): number => {
    let root = at
    while (parent[root] !== root) root = parent[root] as number
    for (let next = at; next !== root; ) {
      const after = parent[next] as number
      parent[next] = root
      next = after
    }
    return root
  }
  const band = (at: number, nth: number): number => {
    const shift = nth * BITS
    const [top, bottom] = [high[at] as number, low[at] as number]
    const bits = shift < 32 ? (bottom >>> shift) | (shift ? top << (32 - shift) : 0) : top >>> (shift - 32)
    return bits & ((1 << BITS) - 1)
  }
  const order = Uint32Array.from(hashes, (_, at) => at)
  for (let nth = 0; nth < BANDS; nth++) {
    signal?.throwIfAborted()
    // Of five bands, four bits that differ leave one alike.
    order.sort(
      (a, b) =>
        band(a, nth) - band(b, nth) ||
        (high[a] as number) - (high[b] as number) ||
        (low[a] as number) - (low[b] as number),
    )
    for (let first = 0; first < order.length; first++) {
      const a = order[first] as number
      const wanted = band(a, nth)
      for (let next = first + 1; next < order.length && next - first <= CROWD; next++) {
        const b = order[next] as number
        if (band(b, nth) !== wanted) break
        const apart =
          bitsOf((high[a] as number) ^ (high[b] as number)) + bitsOf((low[a] as number) ^ (low[b] as number))
        if (apart <= NEAR) parent[rootOf(b)] = rootOf(a)
      }
    }
  }
  const groups = new Map<number, number[]>()
  for (let at = 0; at < hashes.length; at++) {
    const root = rootOf(at)
    const mine = groups.get(root)
    if (mine) mine.push(at)
    else groups.set(root, [at])
  }
  return [...groups.values()].filter(({ length }) => length > 1)
}
