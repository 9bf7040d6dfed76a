import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { GPU_PIECE, type GpuFile } from '#contract'
import { atomicWrite, fail } from '../../../kit/index.ts'
import { parametersOf, weightsOf } from '../../trainers/index.ts'
import { FILES, type TrainWork } from '../../work.ts'
import { decodeCheckpoint } from '../../worker/checkpoint.ts'

/** Bytes of an epoch's figures in a checkpoint, at most, and of all else in it that is no weight. */
const EPOCH = 512
const REST = 2 ** 20

/** What goes to a page and comes back from it, by piece. */
export interface Parcels {
  read(file: GpuFile['read'], offset: number): Promise<{ size: number | null; data: Blob }>
  /**
   * Adds a piece; with the last one the whole is held against the net and written, whole or not at all.
   * @throws Failure `bad-input` where it is not what the work can give
   */
  take(file: GpuFile['given'], offset: number, bytes: Uint8Array, last: boolean): Promise<void>
  /** @throws Failure `training-failed` */
  mustHaveWeights(): void
}

/** @param folder the work folder; of it nothing else can be named */
export function openParcels(folder: string, work: TrainWork): Parcels {
  const arriving = new Map<string, Uint8Array[]>()
  const values = parametersOf(work.net)
  const most = values * 4 * 4 + work.epochs * EPOCH + REST
  let hasWeights = false

  function check(file: GpuFile['given'], bytes: Uint8Array): void {
    if (file === FILES.weights) {
      if (bytes.byteLength !== values * 4) throw wrong(file)
      return
    }
    const sizes = weightsOf(work.net).map(({ shape }) => shape.reduce((all, size) => all * size, 1))
    const fits = (parts: Float32Array[], wanted: number[]) =>
      parts.length === wanted.length && parts.every((part, i) => part.length === wanted[i])
    try {
      const { weights, moments, bestWeights } = decodeCheckpoint(bytes)
      if (fits(weights, sizes) && fits(moments, [...sizes, ...sizes]) && fits(bestWeights, sizes)) return
    } catch {}
    throw wrong(file)
  }

  return {
    async read(file, offset) {
      const handle = await open(join(folder, file), 'r').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null
        throw error
      })
      if (!handle) return { size: null, data: new Blob([]) }
      try {
        const { size } = await handle.stat()
        const piece = new Uint8Array(Math.max(0, Math.min(GPU_PIECE, size - offset)))
        const { bytesRead } = await handle.read(piece, 0, piece.length, offset)
        return { size, data: new Blob([piece.subarray(0, bytesRead)]) }
      } finally {
        await handle.close()
      }
    },
    async take(file, offset, bytes, last) {
      const parts = offset === 0 ? [] : (arriving.get(file) ?? [])
      const there = parts.reduce((sum, part) => sum + part.byteLength, 0)
      if (there !== offset || there + bytes.byteLength > most) throw wrong(file)
      parts.push(bytes)
      arriving.set(file, parts)
      if (!last) return
      arriving.delete(file)
      const whole = Buffer.concat(parts)
      check(file, whole)
      atomicWrite(join(folder, file), whole)
      if (file === FILES.weights) hasWeights = true
    },
    mustHaveWeights() {
      if (!hasWeights)
        throw fail(
          'training-failed',
          'The window said that it is done and gave no weights.',
          'Continue the run; it goes on from its last checkpoint.',
        )
    },
  }
}

const wrong = (file: string) =>
  fail(
    'bad-input',
    `What the window gave as ${file} is not of this net.`,
    'Continue the run on another target.',
  )
