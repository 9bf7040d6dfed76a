import { open } from 'node:fs/promises'
import type { Cell, DatasetVersion, Split } from '#contract'
import {
  completeRows,
  encode,
  encodeLabel,
  historyOf,
  imageOf,
  inputsOf,
  requiredOf,
} from '../encoding/index.ts'
import { pastOf, pick, pickFigures, type RowSource } from '../transform/index.ts'
import { type EncodedSplit, writeFloats, writeLabels } from './encoded.ts'
import type { Fitted, Reading } from './fit.ts'
import { encodeImages } from './images/encodeImages.ts'

/**
 * Encodes the rows of a split that have a label and every value that the transform requires, batch by batch, into files.
 * @returns how many rows, their labels as they are (class index, or value), and which of the rows read they are
 */
export async function encodeSplit(
  dataset: RowSource,
  version: DatasetVersion,
  fitted: Pick<Fitted, 'label' | 'transform'>,
  split: Split,
  files: EncodedSplit,
  reading: Reading,
): Promise<{ rows: number; labels: Float32Array; places: Uint32Array }> {
  const { label, transform } = fitted
  if (imageOf(transform)) return encodeImages(dataset, version, fitted, split, files, reading)
  const { signal, where, progress, most = Number.POSITIVE_INFINITY } = reading
  const names = inputsOf(transform).map(input => input.name)
  const required = requiredOf(transform)
  // A window may hold the past of the label, which then is read once for both.
  const read = names.includes(label.column) ? names : [...names, label.column]
  const past = await pastOf(dataset, version, historyOf(transform), required, { signal, where })
  const figuresOf = past.of(split)
  const features = await open(files.features, 'w')
  const kept: Float32Array[] = []
  const found: Uint32Array[] = []
  let seen = 0
  let rows = 0
  try {
    for await (const batch of dataset.read(version, {
      columns: read,
      split,
      where,
      signal,
    })) {
      const complete = completeRows(
        required.map(name => batch.columns[names.indexOf(name)] as Cell[]),
        batch.rows,
      )
      const columns = batch.columns.map(cells => pick(cells, complete))
      const truth = (columns[read.indexOf(label.column)] as Cell[]).map(cell => encodeLabel(label, cell))
      const labeled = truth.some(Number.isNaN)
        ? truth.flatMap((value, row) => (Number.isNaN(value) ? [] : [row]))
        : null
      // Rows without a label stand in the windows of those after them, as they do on a device.
      const figures = pickFigures(figuresOf(truth.length), past.widths, labeled)
      const cells = columns.slice(0, names.length).map(column => pick(column, labeled))
      const count = labeled?.length ?? truth.length
      await writeFloats(features, encode(transform, cells, count, figures))
      kept.push(Float32Array.from(pick(truth, labeled)))
      const before = seen
      found.push(
        Uint32Array.from({ length: count }, (_, row) => {
          const place = labeled ? (labeled[row] as number) : row
          return before + (complete ? (complete[place] as number) : place)
        }),
      )
      rows += count
      seen += batch.rows
      progress(seen / Math.max(1, version.splits[split]))
      if (rows >= most) break
    }
  } finally {
    await features.close()
  }
  const labels = new Float32Array(rows)
  const places = new Uint32Array(rows)
  let at = 0
  for (const [nth, part] of kept.entries()) {
    labels.set(part, at)
    places.set(found[nth] as Uint32Array, at)
    at += part.length
  }
  if (files.labels !== null) await writeLabels(label, labels, files.labels)
  return { rows, labels, places }
}
