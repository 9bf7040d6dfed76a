/** Most bins a histogram has. */
export const MOST_BINS = 64

/** Equal-width bins of one feature: their edges, and SQL that finds the bin of a value `v`. */
export interface Bins {
  edges: number[]
  /** SQL of what stands beside the feature's number: the first edge and the width, both in the unit of `v`. */
  from: string
  width: string
}

const asDouble = (value: number) => `'${value}'::DOUBLE`

/**
 * Bins of whole numbers: of a whole width, so that each bin can hold equally many different values; one bin a value
 * where there are few.
 */
export function wholeBins(least: bigint, most: bigint, unit: number): Bins {
  const different = most - least + 1n
  const width = (different + BigInt(MOST_BINS) - 1n) / BigInt(MOST_BINS)
  const count = Number((different + width - 1n) / width)
  // Arithmetic of 64 bits is much faster; it is enough unless the difference of two values does not fit.
  const whole = different < 1n << 62n && least > -(1n << 62n) && most < 1n << 62n ? 'BIGINT' : 'HUGEINT'
  // A unit below 1 is divided by, so that a microsecond stays one.
  const scaled = (value: bigint) => (unit < 1 ? Number(value) / Math.round(1 / unit) : Number(value) * unit)
  return {
    edges: Array.from({ length: count + 1 }, (_, at) => scaled(least + BigInt(at) * width)),
    from: `${least}::${whole}`,
    width: `${width}::${whole}`,
  }
}

/** Bins of floats between the least and the greatest value. */
export function floatBins(least: number, most: number): Bins {
  const width = most / MOST_BINS - least / MOST_BINS
  if (!(least + width > least))
    return { edges: [least - 0.5, most + 0.5], from: asDouble(least), width: asDouble(1) }
  const edges = Array.from({ length: MOST_BINS + 1 }, (_, at) => least + at * width)
  edges[MOST_BINS] = most
  return { edges, from: asDouble(least), width: asDouble(width) }
}

/** SQL of the bin of a whole value `v`, from the columns `low` and `width`. */
export const wholeBin = 'CAST((v - low) // width AS INTEGER)'

/**
 * SQL of the bin of a float `v`. Dividing alone may miss by one at an edge, so the edges, computed as `low + i * width`
 * just as they are given out, decide.
 */
export const floatBin = (() => {
  const last = MOST_BINS - 1
  const guess = `CAST(greatest(0, least(${last}, floor((v - low) / width))) AS INTEGER)`
  return `(CASE WHEN ${guess} > 0 AND v < low + ${guess}::DOUBLE * width THEN ${guess} - 1
    WHEN ${guess} < ${last} AND v >= low + (${guess} + 1)::DOUBLE * width THEN ${guess} + 1 ELSE ${guess} END)`
})()
