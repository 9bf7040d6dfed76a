import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { crc32, inflateRawSync } from 'node:zlib'

/** An entry of a ZIP archive's directory (PKWARE APPNOTE 6.3.10, section 4.3.12). */
export interface ZipEntry {
  name: string
  /** Bytes in the archive. */
  packed: number
  /** Bytes when unpacked, as the directory says. */
  unpacked: number
  encrypted: boolean
  /** How it is packed: 0 not at all, 8 deflated. */
  method: number
  crc: number
  /** Where its local header begins. */
  at: number
}

const END = 0x06054b50
const END_64 = 0x06064b50
const END_64_PLACE = 0x07064b50
const ENTRY = 0x02014b50
const LOCAL = 0x04034b50
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
    let local = directory.readUInt32LE(at + 42)
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
      if (packed === 0xffffffff) {
        packed = Number(directory.readBigUInt64LE(value))
        value += 8
      }
      if (local === 0xffffffff) local = Number(directory.readBigUInt64LE(value))
    }
    entries.push({
      name: directory.toString('utf8', at + 46, nameEnd),
      packed,
      unpacked,
      encrypted: (flags & 1) === 1,
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      at: local,
    })
    at = nameEnd + extra + comment
  }
  return entries
}

/**
 * The bytes of an entry, no more than the directory says, so that nothing can blow up while it is unpacked.
 * @throws Error where it is damaged or does not hold what the directory says
 */
export function readEntry(path: string, entry: ZipEntry): Buffer {
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(30)
    readSync(file, head, 0, 30, entry.at)
    if (head.readUInt32LE(0) !== LOCAL || entry.packed > fstatSync(file).size)
      throw new RangeError('an entry is not where the directory says')
    const packed = Buffer.alloc(entry.packed)
    readSync(file, packed, 0, entry.packed, entry.at + 30 + head.readUInt16LE(26) + head.readUInt16LE(28))
    const bytes =
      entry.method === 0 ? packed : inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.unpacked) })
    if (bytes.length !== entry.unpacked || crc32(bytes) !== entry.crc)
      throw new RangeError('an entry is not what the directory says')
    return bytes
  } finally {
    closeSync(file)
  }
}

/** A ZIP archive of a few files that are not packed. */
export function plainZip(files: { name: string; bytes: Buffer }[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, bytes } of files) {
    const path = Buffer.from(name)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(LOCAL, 0)
    local.writeUInt16LE(20, 4)
    local.writeUInt32LE(crc32(bytes), 14)
    local.writeUInt32LE(bytes.length, 18)
    local.writeUInt32LE(bytes.length, 22)
    local.writeUInt16LE(path.length, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(ENTRY, 0)
    entry.writeUInt16LE(20, 4)
    local.copy(entry, 6, 4, 28)
    entry.writeUInt32LE(at, 42)
    parts.push(local, path, bytes)
    directory.push(entry, path)
    at += 30 + path.length + bytes.length
  }
  const end = Buffer.alloc(22)
  const listing = Buffer.concat(directory)
  end.writeUInt32LE(END, 0)
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(listing.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, listing, end])
}
