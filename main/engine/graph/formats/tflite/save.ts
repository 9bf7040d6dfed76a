import { randomBytes } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ensureFolder, moveDurably } from '../../../kit/index.ts'
import type { LiteModel } from './model.ts'
import { tflitePieces } from './write.ts'

/**
 * Writes a model as a `.tflite` file, whole or not at all, and without a second copy of its weights in memory.
 * @returns the file's bytes
 */
export async function saveTflite(model: LiteModel, path: string): Promise<number> {
  const pieces = tflitePieces(model)
  const part = join(dirname(path), `.${randomBytes(6).toString('hex')}.part`)
  ensureFolder(dirname(path))
  try {
    const file = await open(part, 'wx')
    try {
      let at = 0
      for (const piece of pieces)
        for (let done = 0; done < piece.length; ) {
          const { bytesWritten } = await file.write(piece, done, piece.length - done, at)
          done += bytesWritten
          at += bytesWritten
        }
    } finally {
      await file.close()
    }
    await moveDurably(part, path)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
  return pieces.reduce((sum, piece) => sum + piece.length, 0)
}
