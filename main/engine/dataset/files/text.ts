import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createInflate, createZstdDecompress } from 'node:zlib'

export type Compression = 'none' | 'gzip' | 'zstd' | 'zlib'
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

/** The bytes of a file as they were before it was compressed. */
export function bytesOf(path: string, compression: Compression): Readable {
  const file = createReadStream(path, { highWaterMark: 1 << 18 })
  if (compression === 'none') return file
  const unpack = { gzip: createGunzip, zstd: createZstdDecompress, zlib: createInflate }
  const unpacked = unpack[compression]()
  file.on('error', error => unpacked.destroy(error))
  return file.pipe(unpacked)
}

/** The first bytes of a file, unpacked. `whole`: there are no more. */
export async function headBytes(
  path: string,
  compression: Compression,
  most: number,
): Promise<{ bytes: Buffer; whole: boolean }> {
  if (compression === 'none') return plainHead(path, most)
  const parts: Buffer[] = []
  let size = 0
  const stream = bytesOf(path, compression)
  for await (const part of stream as AsyncIterable<Buffer>) {
    parts.push(part)
    size += part.length
    if (size > most) break
  }
  stream.destroy()
  return { bytes: Buffer.concat(parts).subarray(0, most), whole: size <= most }
}

async function plainHead(path: string, most: number): Promise<{ bytes: Buffer; whole: boolean }> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const bytes = Buffer.allocUnsafeSlow(Math.min(size, most))
    let had = 0
    while (had < bytes.length) {
      const { bytesRead } = await file.read(bytes, had, bytes.length - had, had)
      if (!bytesRead) break
      had += bytesRead
    }
    return { bytes: bytes.subarray(0, had), whole: size <= most }
  } finally {
    await file.close()
  }
}

/** The text of a file, piece by piece. @throws TypeError where the bytes are not of this encoding */
export async function* textOf(
  path: string,
  compression: Compression,
  encoding: Encoding,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  for await (const part of bytesOf(path, compression) as AsyncIterable<Buffer>)
    yield decoder.decode(part, { stream: true })
  yield decoder.decode()
}

/**
 * Writes a text anew as plain UTF-8 with line feeds only, for readers that are stricter than the world is.
 * @throws RangeError where a byte has no meaning in Windows-1252
 */
export async function rewriteText(
  from: { path: string; compression: Compression; encoding: Encoding },
  to: string,
  signal?: AbortSignal,
): Promise<void> {
  let held = ''
  const lineFeeds = new Transform({
    readableObjectMode: false,
    writableObjectMode: true,
    transform(piece: string, _encoding, done) {
      if (from.encoding === 'windows-1252' && /[\u0080-\u009f]/.test(piece))
        return done(new RangeError('a byte without a meaning'))
      const text = held + piece
      // A return at the very end may be half of a line end.
      held = text.endsWith('\r') ? '\r' : ''
      done(null, text.slice(0, text.length - held.length).replaceAll(/\r\n?/g, '\n'))
    },
    flush(done) {
      done(null, held ? '\n' : '')
    },
  })
  await pipeline(
    Readable.from(textOf(from.path, from.compression, from.encoding)),
    lineFeeds,
    createWriteStream(to),
    { signal },
  )
}
