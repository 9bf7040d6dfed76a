/** Keys whose bytes sort as what they stand for (TensorFlow's `core/lib/strings/ordered_code.cc`): here, parts of tensors. */

/** Where a part of a tensor lies: from where and how far along each axis; -1 where it is all of that axis. */
export interface Part {
  start: number[]
  size: number[]
}

/** The key under which a part of a tensor is stored: `0`, its name, and its place along each axis. */
export function partKey(name: string, { start, size }: Part): Uint8Array {
  const bytes = [...number(0), ...text(name), ...number(start.length)]
  for (const [axis, from] of start.entries()) bytes.push(...signed(from), ...signed(size[axis] as number))
  return Uint8Array.from(bytes)
}

/** The beginning of the keys of all parts of one tensor. */
export const partsKey = (name: string): Uint8Array => Uint8Array.from([...number(0), ...text(name)])

function number(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return [bytes.length, ...bytes]
}

function text(value: string): number[] {
  const bytes: number[] = []
  for (const byte of new TextEncoder().encode(value)) {
    bytes.push(byte)
    if (byte === 0) bytes.push(0xff)
    if (byte === 0xff) bytes.push(0)
  }
  return [...bytes, 0, 1]
}

/** Big-endian, its leading bits saying how many bytes there are: `10…` for one, `110…` for two. */
function signed(value: number): number[] {
  const wide = BigInt(value)
  const magnitude = wide < 0n ? ~wide : wide
  let length = 1
  while (magnitude >= 1n << BigInt(7 * length - 1)) length++
  const bytes = Array.from({ length }, (_, i) => Number((wide >> BigInt(8 * (length - 1 - i))) & 0xffn))
  const header = ((1 << length) - 1) << (16 - length)
  bytes[0] = (bytes[0] as number) ^ (header >> 8)
  if (length > 1) bytes[1] = (bytes[1] as number) ^ (header & 0xff)
  return bytes
}
