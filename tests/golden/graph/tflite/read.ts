import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What TensorFlow Lite's interpreter was given and what it answered, as `make_tflite.py` keeps it. */
export interface Answers {
  inputs: Kept[]
  outputs: Kept[]
}

export interface Kept {
  name: string
  dtype: keyof typeof ARRAYS
  shape: number[]
  /** base64 */
  data: string
}

const ARRAYS = {
  float32: Float32Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
}

export const readFile = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(join(import.meta.dirname, `${name}.tflite`)))

export const readAnswers = (name: string): Answers =>
  JSON.parse(readFileSync(join(import.meta.dirname, `${name}.json`), 'utf8'))

export function elementsOf(kept: Kept | undefined) {
  if (!kept) throw new Error('Nothing was kept under this name')
  return new ARRAYS[kept.dtype](new Uint8Array(Buffer.from(kept.data, 'base64')).buffer)
}
