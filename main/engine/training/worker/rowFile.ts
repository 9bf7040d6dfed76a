import { closeSync, openSync, readSync } from 'node:fs'
import { fail } from '../../kit/index.ts'
import { heldRows, type Rows } from './rows.ts'

/** Files up to this size are held in memory; of larger ones rows are read when they are wanted. */
const HELD = 512 * 2 ** 20

/** Rows of 32-bit floats in a file. */
export interface RowFile extends Rows {
  close(): void
}

/** @param held bytes up to which the whole file is held in memory */
export function openRowFile(path: string, width: number, rows: number, held = HELD): RowFile {
  const file = openSync(path, 'r')
  const stride = width * 4
  const read = (into: Uint8Array, position: number) => {
    for (let at = 0; at < into.byteLength; ) {
      const count = readSync(file, into, at, into.byteLength - at, position + at)
      if (count === 0)
        throw fail('training-failed', `The data file ${path} ends too early.`, 'Start the training again.')
      at += count
    }
  }
  const bytesOf = (values: Float32Array, from: number, count: number) =>
    new Uint8Array(values.buffer, values.byteOffset + from * 4, count * 4)

  if (rows * stride > held)
    return {
      gather: (which, out) => {
        which.forEach((row, i) => {
          read(bytesOf(out, i * width, width), row * stride)
        })
      },
      range: (first, count, out) => read(bytesOf(out, 0, count * width), first * stride),
      close: () => closeSync(file),
    }

  const all = new Float32Array(rows * width)
  read(bytesOf(all, 0, all.length), 0)
  closeSync(file)
  return { ...heldRows(all, width), close: () => {} }
}
