import { readFileSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cell, DatasetVersion, Hash, Plan, Split } from '#contract'
import { encodeLabel, encodePictures, type ImageFeature, imageOf } from '../../encoding/index.ts'
import type { JobContext } from '../../jobs/index.ts'
import { atomicWrite, ensureFolder } from '../../kit/index.ts'
import { openPack, type Pack, type Store } from '../../store/index.ts'
import type { RowSource } from '../../transform/index.ts'
import type { EncodedSplit } from '../encoded.ts'
import { writeFloats } from '../encoded.ts'
import type { Fitted, Reading } from '../fit.ts'
import type { Target } from '../targets/index.ts'
import { FILES, type PredictWork } from '../work.ts'
import type { FeatureScaling, Frozen } from './backbone.ts'
import { type EncodedPictures, finished, mirrored, picturesIn } from './encodeImages.ts'

/** Bytes of encoded pictures that go to the backbone in one piece. */
const PIECE = 512 * 2 ** 20

interface Tools {
  store: Store
  dataset: RowSource
  /** Where the backbone computes: on this computer, whatever the target of the head. */
  target: Pick<Target, 'run'>
  /** For what is on its way to the backbone. */
  folder: string
  backend: Plan['backend']
  job: JobContext
}

interface Row {
  content: Hash
  truth: number
  place: number
}

/**
 * Gives the features of a split's pictures, row after row, into files. What a backbone gives for a picture is kept by
 * the backbone and the picture's content, so that it computes each once. They come to the head on one scale, that of
 * the train split where the frozen part has none yet: a head learns badly from features that hardly differ.
 */
export async function encodeFrozen(
  tools: Tools,
  version: DatasetVersion,
  { label, transform, frozen }: Pick<Fitted, 'label' | 'transform'> & { frozen: Frozen },
  split: Split,
  files: EncodedSplit,
  { signal, where, progress, flip = false }: Reading,
): Promise<EncodedPictures & { scaling: FeatureScaling }> {
  const { store, dataset, backend } = tools
  const { scaling: known } = frozen
  const shape = imageOf(transform) as ImageFeature
  const rows = await rowsOf(dataset, version, label, { split, where, signal })
  const packs = [false, ...(flip ? [true] : [])].map(isMirrored => ({
    isMirrored,
    pack: openPack(
      store.place('cache', 'features'),
      `${frozen.hash.slice(0, 40)}-${shape.scale.replaceAll('.', '_')}-${backend}${isMirrored ? '-mirrored' : ''}`,
      frozen.width * 4,
    ),
  }))
  try {
    const missing = new Set(
      rows.flatMap(({ content }) => (packs.every(({ pack }) => pack.has(content)) ? [] : [content])),
    )
    if (missing.size > 0) await compute(missing)
    progress(1)
    const scaling = known ?? scalingOf(rows, packs, frozen.width)
    const labels: number[] = []
    const places: number[] = []
    const features = await open(files.features, 'w')
    try {
      for (const { content, truth, place } of rows)
        for (const { pack } of packs) {
          const values = valuesIn(pack, content)
          if (!values) continue
          await writeFloats(
            features,
            values.map((value, i) => value * (scaling.factor[i] as number) + (scaling.shift[i] as number)),
          )
          labels.push(truth)
          places.push(place)
        }
    } finally {
      await features.close()
    }
    return { ...(await finished(label, files, labels, places)), scaling }
  } finally {
    for (const { pack } of packs) pack.close()
  }

  /** Decodes what is missing and lets the backbone compute it, piece by piece. */
  async function compute(missing: Set<Hash>): Promise<void> {
    const all = missing.size * packs.length
    const most = Math.max(packs.length, Math.floor(PIECE / (transform.width * 4)))
    let done = 0
    let piece = await openPiece()
    for await (const batch of picturesIn(dataset)(version, {
      columns: [],
      shape,
      split,
      where,
      wanted: content => missing.has(content),
      signal,
    })) {
      for (const [row, pixels] of batch.pixels.entries()) {
        const content = batch.contents[row]
        if (!pixels || !content || !missing.delete(content)) continue
        for (const { pack, isMirrored } of packs) {
          const seen = isMirrored ? mirrored(pixels, shape) : pixels
          await writeFloats(piece.file, encodePictures(transform, [seen]))
          piece.into.push({ pack, content })
        }
      }
      if (piece.into.length >= most) {
        await finishPiece()
        piece = await openPiece()
      }
    }
    await finishPiece()

    async function openPiece() {
      const folder = ensureFolder(join(tools.folder, 'frozen'))
      const into: { pack: Pack; content: Hash }[] = []
      return { folder, into, file: await open(join(folder, FILES.features(split)), 'w') }
    }

    async function finishPiece(): Promise<void> {
      const { folder, into, file } = piece
      await file.close()
      try {
        if (into.length === 0) return
        const work: PredictWork = {
          kind: 'predict',
          backend,
          split,
          inputs: transform.width,
          rows: into.length,
          form: { kind: 'graph', file: store.blobs.path(frozen.hash) },
        }
        atomicWrite(join(folder, FILES.work), JSON.stringify(work))
        await tools.target.run(folder, {
          signal,
          line: text => tools.job.log(text),
          tell: message => {
            if (message.kind === 'step') progress((done + message.share * into.length) / all)
          },
        })
        const outputs = readFileSync(join(folder, FILES.outputs))
        const stride = frozen.width * 4
        for (const [at, { pack, content }] of into.entries())
          pack.put(content, outputs.subarray(at * stride, (at + 1) * stride))
        done += into.length
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    }
  }
}

function valuesIn(pack: Pack, content: Hash): Float32Array | null {
  const bytes = pack.get(content)
  return bytes && new Float32Array(bytes.buffer)
}

/** A feature that is nearly the same for all is not blown up: it counts as one of this share of the mean deviation. */
const LEAST_DEVIATION = 0.01

/** Brings features to mean 0 and deviation 1; by Welford's method, row by row. */
function scalingOf(rows: Row[], packs: { pack: Pack }[], width: number): FeatureScaling {
  const mean = new Float64Array(width)
  const squares = new Float64Array(width)
  let count = 0
  for (const { content } of rows)
    for (const { pack } of packs) {
      const values = valuesIn(pack, content)
      if (!values) continue
      count++
      for (let i = 0; i < width; i++) {
        const value = values[i] as number
        const before = value - (mean[i] as number)
        mean[i] = (mean[i] as number) + before / count
        squares[i] = (squares[i] as number) + before * (value - (mean[i] as number))
      }
    }
  const deviations = Array.from(squares, sum => Math.sqrt(sum / Math.max(1, count)))
  const least = (LEAST_DEVIATION * deviations.reduce((sum, each) => sum + each, 0)) / width
  const factor = deviations.map(each => Math.fround(1 / (Math.max(each, least) || 1)))
  return { factor, shift: factor.map((each, i) => Math.fround(-(mean[i] as number) * each)) }
}

/** The rows of a split that have a label and a picture. */
async function rowsOf(
  dataset: RowSource,
  version: DatasetVersion,
  label: Fitted['label'],
  want: Pick<Reading, 'where' | 'signal'> & { split: Split },
): Promise<Row[]> {
  const rows: Row[] = []
  let read = 0
  for await (const batch of dataset.read(version, { ...want, columns: [label.column, 'blob'] })) {
    for (let row = 0; row < batch.rows; row++) {
      const truth = encodeLabel(label, batch.columns[0]?.[row] as Cell)
      const content = batch.columns[1]?.[row]
      if (typeof content === 'string' && !Number.isNaN(truth))
        rows.push({ content: content as Hash, truth, place: read + row })
    }
    read += batch.rows
  }
  return rows
}
