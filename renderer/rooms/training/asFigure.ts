import type { RunValue } from '#contract'

/** A setting as it stands on an axis: a list of units as "100-70", yes and no in words. */
export function asFigure(value: RunValue): number | string | null {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string' && /^\[[\d,\s.]+\]$/.test(value))
    return value.slice(1, -1).replaceAll(',', '-')
  return value
}
