import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** An entry of a ZIP archive's directory (PKWARE APPNOTE 6.3.10, section 4.3.12). */
export interface ZipEntry {
  name: string
  /** Bytes in the archive. */
  packed: number
  /** Bytes when unpacked, as the directory says. */
  unpacked: number
  encrypted: boolean
}

const END = 0x06054b50
const END_64 = 0x06064b50
const END_64_PLACE = 0x07064b50
const ENTRY = 0x02014b50
/** The end of the directory is looked for in so many last bytes: a comment of 65,535 may follow it. */
const TAIL = 65_557
/** A directory above this is no workbook's. */
const LARGEST_DIRECTORY = 64 << 20

/** The directory of a ZIP archive, or null where it has none that can be read. */
export function zipDirectory(path: string): ZipEntry[] | null {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const at = (from: number, count: number) => {
      const bytes = Buffer.alloc(count)
      return bytes.subarray(0, readSync(file, bytes, 0, count, from))
    }
    const tailFrom = Math.max(0, size - TAIL)
    const tail = at(tailFrom, size - tailFrom)
    let end = tail.length - 22
    while (end >= 0 && tail.readUInt32LE(end) !== END) end--
    if (end < 0) return null
    let [length, from] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)]
    const place = end - 20
    if (place >= 0 && tail.readUInt32LE(place) === END_64_PLACE) {
      const record = at(Number(tail.readBigUInt64LE(place + 8)), 56)
      if (record.length < 56 || record.readUInt32LE(0) !== END_64) return null
      length = Number(record.readBigUInt64LE(40))
      from = Number(record.readBigUInt64LE(48))
    }
    if (length > LARGEST_DIRECTORY || from + length > size) return null
    return entriesOf(at(from, length))
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  } finally {
    closeSync(file)
  }
}

function entriesOf(directory: Buffer): ZipEntry[] | null {
  const entries: ZipEntry[] = []
  for (let at = 0; at + 46 <= directory.length; ) {
    if (directory.readUInt32LE(at) !== ENTRY) return null
    const flags = directory.readUInt16LE(at + 8)
    let [packed, unpacked] = [directory.readUInt32LE(at + 20), directory.readUInt32LE(at + 24)]
    const [name, extra, comment] = [28, 30, 32].map(offset => directory.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ]
    const nameEnd = at + 46 + name
    // Sizes that need 64 bits stand in an extra field of their own.
    for (let field = nameEnd; field + 4 <= nameEnd + extra; field += 4 + directory.readUInt16LE(field + 2)) {
      if (directory.readUInt16LE(field) !== 1) continue
      let value = field + 4
      if (unpacked === 0xffffffff) {
        unpacked = Number(directory.readBigUInt64LE(value))
        value += 8
      }
      if (packed === 0xffffffff) packed = Number(directory.readBigUInt64LE(value))
    }
    entries.push({
      name: directory.toString('utf8', at + 46, nameEnd),
      packed,
      unpacked,
      encrypted: (flags & 1) === 1,
    })
    at = nameEnd + extra + comment
  }
  return entries
}
