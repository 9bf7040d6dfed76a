/** `new - old` modulo 256, byte by byte. Both of the same length. */
export function subtract(next: Uint8Array, old: Uint8Array): Uint8Array {
  const difference = new Uint8Array(next.length)
  for (let i = 0; i < next.length; i++) difference[i] = (next[i] as number) - (old[i] as number)
  return difference
}

/** The way back of {@link subtract}. */
export function add(difference: Uint8Array, old: Uint8Array): Uint8Array {
  const next = new Uint8Array(difference.length)
  for (let i = 0; i < next.length; i++) next[i] = (difference[i] as number) + (old[i] as number)
  return next
}

/**
 * `new ^ old`, all first bytes of the elements of this width first, then all second ones, so that exponents, which
 * hardly change, stand together. What is left behind the last whole element comes at the end.
 */
export function exclusiveOr(next: Uint8Array, old: Uint8Array, width: number): Uint8Array {
  const planes = new Uint8Array(next.length)
  const count = Math.floor(next.length / width)
  for (let plane = 0; plane < width; plane++)
    for (let i = 0, at = plane, to = plane * count; i < count; i++, at += width)
      planes[to + i] = (next[at] as number) ^ (old[at] as number)
  for (let i = count * width; i < next.length; i++) planes[i] = (next[i] as number) ^ (old[i] as number)
  return planes
}

/**
 * The way back of {@link exclusiveOr}, for a part of the file.
 * @param planes of the whole file
 * @param old the part, which begins at a whole element
 * @param from where it begins
 */
export function undoExclusiveOr(
  planes: Uint8Array,
  old: Uint8Array,
  width: number,
  from: number,
): Uint8Array {
  const next = new Uint8Array(old.length)
  const count = Math.floor(planes.length / width)
  const first = from / width
  const elements = Math.min(Math.floor(old.length / width), count - first)
  for (let plane = 0; plane < width; plane++)
    for (let i = 0, at = plane, place = plane * count + first; i < elements; i++, at += width)
      next[at] = (planes[place + i] as number) ^ (old[at] as number)
  for (let i = elements * width; i < next.length; i++)
    next[i] = (planes[from + i] as number) ^ (old[i] as number)
  return next
}
