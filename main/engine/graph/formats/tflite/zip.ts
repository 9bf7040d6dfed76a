/**
 * The zip file behind a model, in which its metadata keeps labels and vocabularies. Its directory names places by their
 * distance from the model's first byte; here they are counted from the zip's own, so that it is a zip by itself.
 * Format: https://www.tensorflow.org/lite/models/convert/metadata and PKWARE's APPNOTE, 4.3
 */

const LOCAL = 0x04034b50
const ENTRY = 0x02014b50
const END = 0x06054b50
const END_SIZE = 22
const ENTRY_SIZE = 46

/** The zip at the end of a file, or undefined where there is none. */
export function readTrailing(bytes: Uint8Array): Uint8Array | undefined {
  const view = viewOf(bytes)
  const end = endOf(view)
  if (end === undefined) return undefined
  const places = entriesOf(view, end)
  if (!places || places.length === 0) return undefined
  const first = Math.min(...places.map(place => view.getUint32(place + 42, true)))
  if (first + 4 > end || view.getUint32(first, true) !== LOCAL) return undefined
  return moved(bytes.subarray(first), -first)
}

/** The zip as it must be written behind that many bytes. */
export const placeTrailing = (zip: Uint8Array, at: number): Uint8Array => moved(zip, at)

/** The end's record has a comment of up to 64 KiB behind it. */
function endOf(view: DataView): number | undefined {
  const last = view.byteLength - END_SIZE
  for (let at = last; at >= Math.max(0, last - 0xffff); at--)
    if (view.getUint32(at, true) === END && at + END_SIZE + view.getUint16(at + 20, true) === view.byteLength)
      return at
  return undefined
}

/** Where the directory's entries lie, or undefined where they do not fit in. */
function entriesOf(view: DataView, end: number): number[] | undefined {
  const count = view.getUint16(end + 10, true)
  const places: number[] = []
  let at = end - view.getUint32(end + 12, true)
  for (let i = 0; i < count; i++) {
    if (at < 0 || at + ENTRY_SIZE > end || view.getUint32(at, true) !== ENTRY) return undefined
    places.push(at)
    at += ENTRY_SIZE + [28, 30, 32].reduce((sum, field) => sum + view.getUint16(at + field, true), 0)
  }
  return places
}

function moved(zip: Uint8Array, by: number): Uint8Array {
  const copy = Uint8Array.from(zip)
  const view = viewOf(copy)
  const end = endOf(view)
  if (end === undefined) return copy
  const shift = (at: number) => view.setUint32(at, view.getUint32(at, true) + by, true)
  shift(end + 16)
  for (const place of entriesOf(view, end) ?? []) shift(place + 42)
  return copy
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
