import { promisify } from 'node:util'
import { constants, createZstdDecompress, zstdCompress, zstdCompressSync } from 'node:zlib'
import { fail, seeded } from '../../kit/index.ts'
import { PIECE } from '../format/manifest.ts'

const compress = promisify(zstdCompress)

/** Above it the best level takes minutes for what is hardly a smaller file. */
const SLOW = 64 << 20
const MAGIC = 0xfd2fb528
/** Differences are alike nearby; who unpacks them need not hold more than these 32 MiB. As a power of two. */
const NEAR = 25
/** Largest window that zstd knows on 64 bits. */
const MOST = 31

/** The smallest window, as a power of two, that reaches over so many bytes. */
const windowFor = (bytes: number): number => Math.min(MOST, Math.max(20, Math.ceil(Math.log2(bytes + 1)) + 1))

function options(bytes: number, dictionary?: Uint8Array, level = bytes > SLOW ? 12 : 19) {
  return {
    ...(dictionary && { dictionary }),
    // The length stands in the frame, so that a reader can refuse it before it makes room.
    pledgedSrcSize: bytes,
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_windowLog]: dictionary
        ? Math.min(30, windowFor(bytes + dictionary.length))
        : Math.min(NEAR, windowFor(bytes)),
      [constants.ZSTD_c_enableLongDistanceMatching]: 1,
      [constants.ZSTD_c_contentSizeFlag]: 1,
      // Without it zstd takes a wrong dictionary for a right one and says nothing.
      [constants.ZSTD_c_checksumFlag]: 1,
    },
  }
}

/** A zstd frame with checksum and length; with a dictionary the same as `zstd --patch-from` makes. */
export const zstdFrame = (content: Uint8Array, dictionary?: Uint8Array): Promise<Uint8Array> =>
  compress(content, options(content.length, dictionary))

/** About how long a frame would be, in a tenth of the time. */
export const estimate = async (content: Uint8Array, dictionary?: Uint8Array): Promise<number> =>
  (await compress(content, options(content.length, dictionary, 3))).length

/** Length of what a frame says it holds, and of its window; null where it is none or does not say it. RFC 8878, 3.1.1.1. */
export function readFrameHeader(frame: Uint8Array): { bytes: number; window: number } | null {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  if (frame.length < 6 || view.getUint32(0, true) !== MAGIC) return null
  const flags = view.getUint8(4)
  const single = (flags & 0x20) !== 0
  const sizeOf = [single ? 1 : 0, 2, 4, 8][flags >> 6] as number
  const at = 5 + (single ? 0 : 1) + ([0, 1, 2, 4][flags & 3] as number)
  if (sizeOf === 0 || frame.length < at + sizeOf) return null
  const bytes =
    sizeOf === 1
      ? view.getUint8(at)
      : sizeOf === 2
        ? view.getUint16(at, true) + 256
        : sizeOf === 4
          ? view.getUint32(at, true)
          : Number(view.getBigUint64(at, true))
  if (single) return { bytes, window: bytes }
  const descriptor = view.getUint8(5)
  const base = 2 ** (10 + (descriptor >> 3))
  return { bytes, window: base + (base / 8) * (descriptor & 7) }
}

/**
 * Unpacks a frame into exactly so many bytes, part by part. What says it is longer is refused before anything is
 * unpacked, what is longer all the same while it is.
 * @throws Error where it is damaged, does not belong to this dictionary, or is not of this length
 */
export async function* openZstdFrame(
  frame: Uint8Array,
  bytes: number,
  dictionary?: Uint8Array,
): AsyncGenerator<Uint8Array> {
  const header = readFrameHeader(frame)
  const reach = windowFor(bytes + (dictionary?.length ?? 0))
  if (header?.bytes !== bytes || header.window > 2 ** (reach + 1)) throw new RangeError('Another length')
  const opening = createZstdDecompress({
    ...(dictionary && { dictionary }),
    chunkSize: PIECE,
    params: { [constants.ZSTD_d_windowLogMax]: Math.min(MOST, reach + 1) },
  })
  opening.end(frame)
  let length = 0
  for await (const part of opening as AsyncIterable<Uint8Array>) {
    length += part.length
    if (length > bytes) break
    yield part
  }
  if (length !== bytes) throw new RangeError('Another length')
}

/**
 * Whether this Node really uses dictionaries: before 24.6 it takes the option and ignores it without a word.
 * @throws Failure `unsupported`
 */
export function checkZstd(): void {
  const random = seeded(1)
  const old = Uint8Array.from({ length: 1 << 16 }, () => Math.floor(random() * 256))
  const next = old.slice()
  next[next.length >> 1] = ((next[next.length >> 1] as number) + 1) & 255
  let bytes: number
  try {
    bytes = zstdCompressSync(next, options(next.length, old)).length
  } catch {
    bytes = next.length
  }
  if (bytes > 1024)
    throw fail(
      'unsupported',
      `This Node (${process.versions.node}) cannot apply updates of models that travel as patches.`,
      'Use Node 24.15 or newer.',
    )
}
