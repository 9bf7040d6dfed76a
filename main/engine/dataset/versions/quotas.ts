import type { Shares } from './split.ts'

/**
 * How many of `rows` new rows go to train, eval and test, so that together with the earlier ones the shares come as
 * near as whole rows can: what each split lacks is filled up, by the largest remainder.
 * @param earlier rows of train, eval and test that are there already
 */
export function quotas(shares: Shares, rows: number, earlier: readonly number[] = [0, 0, 0]): number[] {
  const all = rows + earlier.reduce((sum, n) => sum + n, 0)
  const lacks = [shares.train, shares.eval, shares.test].map((share, at) =>
    Math.max(0, share * all - (earlier[at] ?? 0)),
  )
  const lacking = lacks.reduce((sum, lack) => sum + lack, 0)
  const exact = lacks.map(lack => (lacking ? (lack * rows) / lacking : 0))
  const given = exact.map(each => Math.floor(each + 1e-9))
  const order = [0, 1, 2].sort(
    (a, b) => (exact[b] ?? 0) - (given[b] ?? 0) - ((exact[a] ?? 0) - (given[a] ?? 0)) || a - b,
  )
  for (let left = rows - given.reduce((sum, n) => sum + n, 0), at = 0; left > 0; left--, at = (at + 1) % 3)
    given[order[at] as number] = (given[order[at] as number] ?? 0) + 1
  return given
}
