const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

/** `23.1 MB`: three figures, in thousands. */
export function bytesInWords(bytes: number): string {
  let [value, unit] = [bytes, 0]
  // 999.5 would read "1000 kB", so it already counts as the next unit.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${Number(value.toPrecision(3)).toLocaleString('en-US')} ${UNITS[unit]}`
}

/** `27% of the 12.4 kB of float32`. */
export const shareInWords = (bytes: number, whole: number): string =>
  `${Number(((100 * bytes) / whole).toPrecision(2))}% of the ${bytesInWords(whole)} of float32`

/** Three figures of a number that may be very small. */
export const figure = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3
    ? value.toExponential(1)
    : Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 6 })

/** `1 row`, `2 rows`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`

/** `[?, 224, 224, 3]`; what is open is a question mark. */
export const shapeInWords = (shape: readonly number[] | null): string =>
  shape === null ? 'any shape' : `[${shape.map(size => (size < 0 ? '?' : size)).join(', ')}]`

/** The first of many, and how many more there are. */
export function firstOf(words: readonly string[], most: number): string {
  const rest = words.length - most
  return `${words.slice(0, most).join(', ')}${rest > 0 ? ` and ${rest.toLocaleString('en-US')} more` : ''}`
}

/** Lines with a name in front, the names as wide as the widest; lines without words are left out. */
export function named(lines: readonly (readonly [name: string, words: string | null])[]): string[] {
  const held = lines.filter((line): line is readonly [string, string] => line[1] !== null && line[1] !== '')
  const width = Math.max(0, ...held.map(([name]) => name.length))
  return held.map(([name, words]) => `${name.padEnd(width)}  ${words}`)
}

/** The day of a moment, as all commands write it. */
export const day = (at: string): string => at.slice(0, 10)
