import { fail } from '../../kit/index.ts'

/** Blocks of a tar archive. */
export const BLOCK = 512
/** What 11 octal digits say. */
const MOST = 8 ** 11 - 1

/**
 * Header of a regular file in a tar archive (POSIX.1-1988 ustar). No owner, no time: the same content gives the same
 * bytes.
 * @param name at most 100 bytes
 */
export function tarHeader(name: string, bytes: number): Uint8Array {
  if (Buffer.byteLength(name) > 100 || bytes > MOST)
    throw fail(
      'unsupported',
      `The file ${name.slice(0, 120)} is too large for a pack.`,
      'Send it over the network.',
    )
  const header = Buffer.alloc(BLOCK)
  header.write(name, 0)
  header.write('0000644\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${bytes.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write('        ', 148)
  header.write('0', 156)
  header.write('ustar\0', 257)
  header.write('00', 263)
  header.write(`${sumOf(header).toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/**
 * Reads a header.
 * @returns `end` for a block of zeros, null for what is no header of ours
 */
export function readTarHeader(header: Uint8Array): { name: string; bytes: number } | 'end' | null {
  const block = Buffer.from(header.buffer, header.byteOffset, header.byteLength)
  if (block.length < BLOCK) return null
  if (block.every(byte => byte === 0)) return 'end'
  const text = (from: number, to: number) => block.toString('latin1', from, to).split('\0')[0] as string
  const size = /^[0-7]{11}$/.exec(text(124, 136).trim())
  if (text(257, 263) !== 'ustar' || text(156, 157) !== '0' || !size) return null
  if (Number.parseInt(text(148, 156), 8) !== sumOf(block)) return null
  return { name: text(0, 100), bytes: Number.parseInt(size[0], 8) }
}

/** Bytes of a file with its header, filled up to whole blocks. */
export const tarBytes = (bytes: number): number => BLOCK + Math.ceil(bytes / BLOCK) * BLOCK

/** The sum of a header's bytes, with its own place as spaces. */
function sumOf(header: Buffer): number {
  let sum = 0
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : (header[i] as number)
  return sum
}
