import type { SideRole } from './sides.ts'

/** One set of rows in a small chart: the height of each bin, in the unit of all sides; null where it is not known. */
export interface SpreadSide {
  role: SideRole
  values: readonly (number | null)[]
}

export interface SpreadShape {
  bars: { x: number; y: number; width: number; height: number }[]
  outlines: { role: SideRole; path: string }[]
}

/* Small bins would vanish in a row; the large view says its own scale. */
const POWER = 0.6
/* Steps that a logarithmic height has from the least bin to the greatest. */
const DECADES = 4

const round = (n: number): number => Math.round(n * 10) / 10

/**
 * Geometry of a distribution in a table row, drawn without a chart library since a table shows hundreds. The first
 * side becomes bars, the others outlines; all share the bins and the scale.
 */
export function spreadShape(
  sides: readonly SpreadSide[],
  size: { width: number; height: number },
  log = false,
): SpreadShape {
  const bins = Math.max(1, ...sides.map(side => side.values.length))
  const most = Math.max(Number.MIN_VALUE, ...sides.flatMap(side => side.values.map(n => n ?? 0)))
  const step = size.width / bins
  const room = size.height - 2
  const ground = size.height - 0.5
  const tall = (n: number | null): number => {
    if (n === null || !(n > 0)) return 0
    const part = n / most
    const scaled = log ? Math.max(0, 1 + Math.log10(part) / DECADES) : part ** POWER
    return Math.max(1, scaled * room)
  }
  const [first, ...others] = sides
  return {
    bars: (first?.values ?? []).map((n, at) => ({
      x: round(at * step),
      y: round(size.height - tall(n)),
      width: round(Math.max(0.5, step - (step > 3 ? 1 : 0))),
      height: round(tall(n)),
    })),
    outlines: others
      .filter(side => side.values.some(n => n !== null && n > 0))
      .map(({ role, values }) => ({
        role,
        path: `M0 ${ground}${values
          .map((n, at) => `V${round(Math.min(ground, size.height - tall(n)))}H${round((at + 1) * step)}`)
          .join('')}V${ground}`,
      })),
  }
}
