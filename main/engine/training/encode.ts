import { type FileHandle, open } from 'node:fs/promises'
import type { Cell, DatasetVersion, Split } from '#contract'
import { encode, encodeLabel } from '../encoding/index.ts'
import type { Fitted, Reading, RowSource } from './fit.ts'

export interface EncodedSplit {
  /** Files of raw 32-bit floats; labels as the net takes them. Null: not written. */
  features: string
  labels: string | null
}

/**
 * Encodes the rows of a split that have a label, batch by batch, into files.
 * @returns how many rows, and their labels as they are: class index, or value
 */
export async function encodeSplit(
  dataset: RowSource,
  version: DatasetVersion,
  { label, transform }: Pick<Fitted, 'label' | 'transform'>,
  split: Split,
  files: EncodedSplit,
  { signal, progress }: Reading,
): Promise<{ rows: number; labels: Float32Array }> {
  const names = transform.features.map(feature => feature.name)
  const features = await open(files.features, 'w')
  const kept: Float32Array[] = []
  let read = 0
  let rows = 0
  try {
    for await (const batch of dataset.read(version, { columns: [...names, label.column], split, signal })) {
      const truth = (batch.columns.at(-1) as Cell[]).map(cell => encodeLabel(label, cell))
      const labeled = truth.some(Number.isNaN)
        ? truth.flatMap((value, row) => (Number.isNaN(value) ? [] : [row]))
        : null
      const pick = <T>(cells: T[]): T[] => (labeled ? labeled.map(row => cells[row] as T) : cells)
      const cells = batch.columns.slice(0, -1).map(pick)
      const count = labeled?.length ?? batch.rows
      await writeFloats(features, encode(transform, cells, count))
      kept.push(Float32Array.from(pick(truth)))
      rows += count
      read += batch.rows
      progress(read / Math.max(1, version.splits[split]))
    }
  } finally {
    await features.close()
  }
  const labels = new Float32Array(rows)
  let at = 0
  for (const part of kept) {
    labels.set(part, at)
    at += part.length
  }
  if (files.labels !== null) {
    const { mean = 0, deviation = 1 } = label
    const file = await open(files.labels, 'w')
    try {
      await writeFloats(
        file,
        label.task === 'regression' ? labels.map(value => (value - mean) / deviation) : labels,
      )
    } finally {
      await file.close()
    }
  }
  return { rows, labels }
}

async function writeFloats(file: FileHandle, values: Float32Array): Promise<void> {
  await file.writeFile(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
}
