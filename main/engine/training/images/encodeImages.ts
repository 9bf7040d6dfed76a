import { open } from 'node:fs/promises'
import type { Cell, DatasetVersion, Split } from '#contract'
import { encodeLabel, encodePictures, type ImageFeature, imageOf } from '../../encoding/index.ts'
import type { RowSource } from '../../transform/index.ts'
import { type EncodedSplit, writeFloats, writeLabels } from '../encoded.ts'
import type { Fitted, Reading } from '../fit.ts'

/** Rows of a split as a net takes them: labels as they are, and which of the rows read each is. */
export interface EncodedPictures {
  rows: number
  labels: Float32Array
  places: Uint32Array
}

/**
 * Encodes the pictures of a split that have a label and can be decoded, a few at a time, into files.
 * @param flip each picture is followed by its mirror image
 */
export async function encodeImages(
  dataset: RowSource,
  version: DatasetVersion,
  { label, transform }: Pick<Fitted, 'label' | 'transform'>,
  split: Split,
  files: EncodedSplit,
  { signal, where, progress, most = Number.POSITIVE_INFINITY, flip = false }: Reading,
): Promise<EncodedPictures> {
  const shape = imageOf(transform) as ImageFeature
  const labels: number[] = []
  const places: number[] = []
  const features = await open(files.features, 'w')
  let read = 0
  try {
    for await (const batch of picturesIn(dataset)(version, {
      columns: [label.column],
      shape,
      split,
      where,
      signal,
    })) {
      const pictures: Uint8Array[] = []
      for (const [row, pixels] of batch.pixels.entries()) {
        const truth = encodeLabel(label, batch.columns[0]?.[row] as Cell)
        if (!pixels || Number.isNaN(truth)) continue
        for (const picture of flip ? [pixels, mirrored(pixels, shape)] : [pixels]) {
          pictures.push(picture)
          labels.push(truth)
          places.push(read + row)
        }
      }
      await writeFloats(features, encodePictures(transform, pictures))
      read += batch.rows
      progress(read / Math.max(1, version.splits[split]))
      if (labels.length >= most) break
    }
  } finally {
    await features.close()
  }
  return finished(label, files, labels, places)
}

/** Writes the labels where they are wanted. */
export async function finished(
  label: Fitted['label'],
  files: EncodedSplit,
  labels: number[],
  places: number[],
): Promise<EncodedPictures> {
  const values = Float32Array.from(labels)
  if (files.labels !== null) await writeLabels(label, values, files.labels)
  return { rows: labels.length, labels: values, places: Uint32Array.from(places) }
}

/** A source of rows that has no pictures was refused before. */
export function picturesIn({ pictures }: RowSource): NonNullable<RowSource['pictures']> {
  if (!pictures) throw new Error('a source without pictures')
  return pictures
}

/** A picture seen in a mirror: each row of pixels from right to left. */
export function mirrored(
  pixels: Uint8Array,
  { width, channels }: Pick<ImageFeature, 'width' | 'channels'>,
): Uint8Array {
  const turned = new Uint8Array(pixels.length)
  const line = width * channels
  for (let at = 0; at < pixels.length; at++) {
    const column = Math.floor((at % line) / channels)
    turned[at + (width - 1 - 2 * column) * channels] = pixels[at] as number
  }
  return turned
}
