import { unsigned } from './assembler.ts'

/** Pages of 64 KiB: 4 GiB, the most that a memory of 32-bit addresses can have. */
export const MOST_PAGES = 2 ** 16

const MEMORY_SECTION = 5
const SHARED_WITH_MOST = 3

/**
 * The same WebAssembly module with a memory that threads can share, which must name how large it may become. The module
 * itself needs no other change: its instructions work on either kind of memory (WebAssembly specification 3.0, chapters
 * 5.5.8 "Memory Section" and 5.3.7 "Limits"; the threads proposal).
 * @returns null where the module does not have exactly one memory of its own
 */
export function withSharedMemory(module: Uint8Array): Uint8Array<ArrayBuffer> | null {
  for (let at = 8; at < module.length; ) {
    const id = module[at]
    const [size, content] = read(module, at + 1)
    if (id === MEMORY_SECTION) {
      const [count, limits] = read(module, content)
      const [least] = read(module, limits + 1)
      if (count !== 1) return null
      const section = [1, SHARED_WITH_MOST, ...unsigned(least), ...unsigned(MOST_PAGES)]
      return Buffer.concat([
        module.subarray(0, at),
        Uint8Array.from([MEMORY_SECTION, ...unsigned(section.length), ...section]),
        module.subarray(content + size),
      ])
    }
    at = content + size
  }
  return null
}

/** LEB128, unsigned: the number at a place, and where the next thing begins. */
function read(bytes: Uint8Array, at: number): [number, number] {
  let value = 0
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] as number
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return [value >>> 0, at]
  }
}
