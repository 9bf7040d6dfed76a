import type { TensorInfo } from '@tensorflow/tfjs'
import type { Bench } from './kernel.ts'

/** Rows and columns of a tile: what is read and what is written of one both stay in the processor's first cache. */
const TILE = 16

/** From this many columns on tiles are worth it. */
const WIDE = 256

/**
 * x `[..., n, m]`, one matrix, as `[..., m, n]`; the caller frees it. The package's own walks down whole columns, so
 * that every number of a wide matrix misses the caches: 1024 x 512 takes it 3.6 ms, tile by tile 0.5 ms.
 */
export function transpose(bench: Bench, x: TensorInfo): TensorInfo {
  const [n, m] = x.shape.slice(-2) as [number, number]
  if (m < WIDE) {
    const rank = x.shape.length
    return bench.call('Transpose', { x }, { perm: [...Array(rank - 2).keys(), rank - 1, rank - 2] })
  }
  const out = bench.make([...x.shape.slice(0, -2), m, n])
  const from = bench.floats(x)
  const to = bench.floats(out)
  for (let top = 0; top < n; top += TILE) {
    const bottom = Math.min(n, top + TILE)
    for (let left = 0; left < m; left += TILE) {
      const right = Math.min(m, left + TILE)
      for (let column = left; column < right; column++)
        for (let row = top, at = column * n + top; row < bottom; row++, at++)
          to[at] = from[row * m + column] as number
    }
  }
  return out
}
