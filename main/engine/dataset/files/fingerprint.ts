import { open, stat } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { Hash } from '#contract'
import { canonicalJson, hashOf } from '../../kit/index.ts'

/** Bytes that are read at once, always into the same place: it stays in the processor's cache. */
const PIECE = 1 << 20
/** Files whose sums are remembered while nothing about them changes. */
const HELD = 64
const held = new Map<string, number>()

/** The CRC-32 of a file's content. */
async function sumOf(path: string, signal?: AbortSignal): Promise<number> {
  const file = await open(path)
  try {
    const piece = Buffer.allocUnsafeSlow(PIECE)
    for (let sum = 0; ; ) {
      signal?.throwIfAborted()
      const { bytesRead } = await file.read(piece, 0, PIECE)
      if (!bytesRead) return sum
      sum = crc32(piece.subarray(0, bytesRead), sum)
    }
  } finally {
    await file.close()
  }
}

/**
 * Tells a file that is only looked at from others, and from itself after a change: by its place, size, time and the
 * CRC-32 of its content. What is kept for good is known by its SHA-256; that takes several times as long as counting
 * does.
 */
export async function fingerprint(path: string, signal?: AbortSignal): Promise<Hash> {
  const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true })
  const about = [path, dev, ino, size, mtimeNs].map(String)
  const key = about.join('\n')
  const sum = held.get(key) ?? (await sumOf(path, signal))
  held.delete(key)
  held.set(key, sum)
  for (const old of [...held.keys()].slice(0, -HELD)) held.delete(old)
  return hashOf(canonicalJson({ about, sum }))
}
