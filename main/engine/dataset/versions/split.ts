import type { Split } from '#contract'
import { fail } from '../../kit/index.ts'

export const SPLITS: readonly Split[] = ['train', 'eval', 'test']

/** Words by which a column names a split. */
export const SPLIT_NAMES: Record<Split, string[]> = {
  train: ['train', 'training'],
  eval: ['eval', 'evaluation', 'validation', 'valid', 'val', 'dev'],
  test: ['test', 'testing', 'holdout'],
}

/** Number of the split that a column's value names; null: none. */
export const splitNamed = (value: string): number | null => {
  const at = SPLITS.findIndex(split => SPLIT_NAMES[split].includes(value.trim().toLowerCase()))
  return at < 0 ? null : at
}

export interface Shares {
  train: number
  eval: number
  test: number
}

/** @throws Failure bad-input where the shares do not add up to 1 */
export function checkShares({ train, eval: evaluation, test }: Shares): void {
  const sum = train + evaluation + test
  if (Math.abs(sum - 1) > 1e-6)
    throw fail(
      'bad-input',
      `The shares of train, eval and test add up to ${Number(sum.toFixed(6))}, not to 1.`,
      'Give three shares that add up to 1, for example 0.8, 0.1 and 0.1.',
    )
}

/**
 * SQL of the fingerprint of a row: MD5 (RFC 1321) over its key cells as text, joined by U+001F, a missing cell as
 * U+001E. It depends on nothing but the cells' text, so it is the same on every machine, in every version of the
 * engine, and whatever rows stand around it.
 * @param cells SQL of each key cell's text
 */
export const fingerprint = (cells: string[]): string =>
  `md5(concat_ws(chr(31), ${cells.map(cell => `coalesce(${cell}, chr(30))`).join(', ')}))`

/** A share of all fingerprints as the first 8 hexadecimal digits below which they lie; `g` lies above all. */
const mark = (share: number): string =>
  share > 1 - 1e-9
    ? 'g'
    : Math.round(share * 2 ** 32)
        .toString(16)
        .padStart(8, '0')

/** SQL of a row's split from its fingerprint: 0 train, 1 eval, 2 test. */
export const splitOf = (print: string, { train, test }: Shares): string =>
  `(CASE WHEN ${print} < '${mark(train)}' THEN 0 WHEN ${print} < '${mark(1 - test)}' THEN 1 ELSE 2 END)::TINYINT`
