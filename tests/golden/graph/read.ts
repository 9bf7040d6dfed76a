import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface GoldenModel {
  modelTopology: object
  weightSpecs: { name: string; shape: number[]; dtype: 'float32' }[]
  weightData: ArrayBuffer
  minimumSize: number
}

/** A golden model in the form in which TensorFlow.js hands it over. */
export function readModel(folder: string): GoldenModel {
  const model = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'))
  return { ...model, weightData: readFloats(join(folder, 'weights.bin')).buffer }
}

/** Raw little-endian float32. */
export function readFloats(path: string): Float32Array<ArrayBuffer> {
  const bytes = readFileSync(path)
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer)
}
