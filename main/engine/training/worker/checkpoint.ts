import { existsSync, readFileSync } from 'node:fs'
import type { Epoch } from '#contract'
import { atomicWrite } from '../../kit/index.ts'

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

/** One file: length of the header (32 bits, little endian), header as JSON, then the values. Whole or not at all. */
export function writeCheckpoint(path: string, checkpoint: Checkpoint): void {
  const { weights, moments, bestWeights, ...rest } = checkpoint
  const groups = { weights, moments, bestWeights }
  const sizes = Object.fromEntries(GROUPS.map(group => [group, groups[group].map(values => values.length)]))
  const header = Buffer.from(JSON.stringify({ ...rest, sizes }))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(header.length)
  const values = GROUPS.flatMap(group => groups[group]).map(part =>
    Buffer.from(part.buffer, part.byteOffset, part.byteLength),
  )
  atomicWrite(path, Buffer.concat([length, header, ...values]))
}

export function readCheckpoint(path: string): Checkpoint | null {
  if (!existsSync(path)) return null
  const bytes = readFileSync(path)
  const end = 4 + bytes.readUInt32LE(0)
  const { sizes, ...rest } = JSON.parse(bytes.toString('utf8', 4, end)) as Omit<
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
