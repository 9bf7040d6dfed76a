import type { Epoch } from '#contract'

/** All that training needs to go on as if it had never stopped. */
export interface Checkpoint {
  epochs: Epoch[]
  /** The epoch with the best loss on the eval split, and that loss. */
  best: number
  bestLoss: number
  /** Steps of the optimizer. */
  steps: number
  /** Weights now, moments of the optimizer, and weights of the best epoch. */
  weights: Float32Array[]
  moments: Float32Array[]
  bestWeights: Float32Array[]
}

const GROUPS = ['weights', 'moments', 'bestWeights'] as const

/** As bytes: length of the header (32 bits, little endian), header as JSON, then the values. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  const { weights, moments, bestWeights, ...rest } = checkpoint
  const groups = { weights, moments, bestWeights }
  const sizes = Object.fromEntries(GROUPS.map(group => [group, groups[group].map(values => values.length)]))
  const header = new TextEncoder().encode(JSON.stringify({ ...rest, sizes }))
  const values = bytesOf(GROUPS.flatMap(group => groups[group]))
  const bytes = new Uint8Array(4 + header.length + values.length)
  new DataView(bytes.buffer).setUint32(0, header.length, true)
  bytes.set(header, 4)
  bytes.set(values, 4 + header.length)
  return bytes
}

/** The checkpoint that {@link encodeCheckpoint} wrote. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const end = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const { sizes, ...rest } = JSON.parse(new TextDecoder().decode(bytes.subarray(4, end))) as Omit<
    Checkpoint,
    (typeof GROUPS)[number]
  > & { sizes: Record<(typeof GROUPS)[number], number[]> }
  let at = end
  const take = (size: number) => {
    const part = new Float32Array(new Uint8Array(bytes.subarray(at, at + size * 4)).buffer)
    at += size * 4
    return part
  }
  const [weights, moments, bestWeights] = GROUPS.map(group => sizes[group].map(take)) as [
    Float32Array[],
    Float32Array[],
    Float32Array[],
  ]
  return { ...rest, weights, moments, bestWeights }
}

/** Values one part after another. */
export function bytesOf(parts: readonly Float32Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at)
    at += part.byteLength
  }
  return bytes
}
