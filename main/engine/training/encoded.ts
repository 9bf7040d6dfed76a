import { type FileHandle, open } from 'node:fs/promises'
import type { LabelSpec } from '../encoding/index.ts'

/** Where the encoded rows of a split go. */
export interface EncodedSplit {
  /** Files of raw 32-bit floats; labels as the net takes them. Null: not written. */
  features: string
  labels: string | null
}

/** Writes labels as the net takes them: values on their own scale. */
export async function writeLabels(
  { task, mean = 0, deviation = 1 }: LabelSpec,
  labels: Float32Array,
  path: string,
): Promise<void> {
  const file = await open(path, 'w')
  try {
    await writeFloats(file, task === 'regression' ? labels.map(value => (value - mean) / deviation) : labels)
  } finally {
    await file.close()
  }
}

/** Appends raw 32-bit floats. */
export async function writeFloats(file: FileHandle, values: Float32Array): Promise<void> {
  await file.writeFile(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
}
