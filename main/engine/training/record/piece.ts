/** A curve is kept in pieces: threes of step, seconds since 1970 and value, by step, each step once. */
export type Piece = Float64Array

/** One point of a curve. `at` in seconds since 1970; a value that is no number is kept as such. */
export interface Point {
  key: string
  step: number
  at: number
  value: number
}

/** Points of a piece that is full; a curve of a million points is 245 of them. */
export const FULL = 4096
/** Points that come one by one first fill small pieces, so that each writes few bytes anew. */
export const SMALL = 64

export const countOf = (piece: Piece): number => piece.length / 3

/** Points in the order of their steps; of those of one step the last one counts. */
export function pieceOf(points: readonly Omit<Point, 'key'>[]): Piece {
  let sorted = true
  for (let i = 1; i < points.length && sorted; i++)
    sorted = (points[i] as Point).step > (points[i - 1] as Point).step
  const inOrder = sorted ? points : byStep(points)
  const piece = new Float64Array(inOrder.length * 3)
  for (const [i, { step, at, value }] of inOrder.entries()) piece.set([step, at, value], i * 3)
  return piece
}

function byStep(points: readonly Omit<Point, 'key'>[]): Omit<Point, 'key'>[] {
  const last = new Map(points.map(point => [point.step, point]))
  return [...last.values()].sort((a, b) => a.step - b.step)
}

/** Two pieces as one; where both have a step, `newer` counts. */
export function merged(older: Piece, newer: Piece): Piece {
  const out = new Float64Array(older.length + newer.length)
  let [a, b, to] = [0, 0, 0]
  while (a < older.length || b < newer.length) {
    const one = a < older.length ? (older[a] as number) : Number.POSITIVE_INFINITY
    const other = b < newer.length ? (newer[b] as number) : Number.POSITIVE_INFINITY
    if (one < other) {
      out.set(older.subarray(a, a + 3), to)
      a += 3
    } else {
      out.set(newer.subarray(b, b + 3), to)
      b += 3
      if (one === other) a += 3
    }
    to += 3
  }
  return out.subarray(0, to)
}

/** One after the other, all of the first before all of the second. */
export function joined(pieces: readonly Piece[]): Piece {
  const out = new Float64Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let to = 0
  for (const piece of pieces) {
    out.set(piece, to)
    to += piece.length
  }
  return out
}

/** In parts of so many points. */
export function* cut(piece: Piece, points: number): Iterable<Piece> {
  for (let at = 0; at < piece.length; at += points * 3) yield piece.subarray(at, at + points * 3)
}

/** What tables need of a piece; least and most are null where no value is a number. */
export function summaryOf(piece: Piece) {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  let [firstAt, lastAt] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < piece.length; i += 3) {
    const [at, value] = [piece[i + 1] as number, piece[i + 2] as number]
    if (at < firstAt) firstAt = at
    if (at > lastAt) lastAt = at
    if (Number.isFinite(value)) {
      if (value < least) least = value
      if (value > most) most = value
    }
  }
  const any = least <= most
  return {
    points: countOf(piece),
    firstStep: piece[0] as number,
    lastStep: piece[piece.length - 3] as number,
    firstAt,
    lastAt,
    least: any ? least : null,
    most: any ? most : null,
  }
}

/** The bytes as they are kept, and back. Every machine that this runs on is little endian. */
export const bytesOf = (piece: Piece): Uint8Array =>
  new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength)

export function pieceFrom(bytes: Uint8Array): Piece {
  if (bytes.byteOffset % 8 === 0)
    return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8)
  return new Float64Array(bytes.slice().buffer)
}
