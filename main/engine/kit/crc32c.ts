/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), eight bytes a step with one table for each of them. */
const TABLES = Array.from({ length: 8 }, () => new Uint32Array(256))
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
]
for (let byte = 0; byte < 256; byte++) {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  T0[byte] = crc
}
for (let i = 1; i < 8; i++)
  for (let byte = 0; byte < 256; byte++) {
    const before = at(TABLES[i - 1] as Uint32Array, byte)
    ;(TABLES[i] as Uint32Array)[byte] = (before >>> 8) ^ at(T0, before & 255)
  }

function at(table: Uint32Array | Uint8Array, index: number): number {
  return table[index] as number
}

/** The CRC-32C of some bytes, from 0 to 2³² - 1. */
export function crc32c(bytes: Uint8Array): number {
  let crc = -1
  let i = 0
  for (const end = bytes.length - 7; i < end; i += 8) {
    crc ^= at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24)
    crc =
      at(T7, crc & 255) ^
      at(T6, (crc >>> 8) & 255) ^
      at(T5, (crc >>> 16) & 255) ^
      at(T4, crc >>> 24) ^
      at(T3, at(bytes, i + 4)) ^
      at(T2, at(bytes, i + 5)) ^
      at(T1, at(bytes, i + 6)) ^
      at(T0, at(bytes, i + 7))
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ at(T0, (crc ^ at(bytes, i)) & 255)
  return ~crc >>> 0
}

/** The masked CRC that TFRecord and checkpoints store, so that a CRC over bytes with CRCs in them stays one (`tsl/lib/hash/crc32c.h`). */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
