import { open } from 'node:fs/promises'
import type { Cell, Split, TrainedRun } from '#contract'
import type { DatasetRoom } from '../../dataset/index.ts'
import {
  blankInstance,
  decodePrediction,
  encodeInstances,
  type ImageFeature,
  imageOf,
  inputsOf,
  openMemory,
  outputWidth,
  probabilitiesOf,
} from '../../encoding/index.ts'
import type { JobContext } from '../../jobs/index.ts'
import type { Golden } from '../../release/index.ts'
import type { Form, TrainedModel, TrainingRoom } from '../../training/index.ts'

/** So many rows are asked on every device; pictures are large. */
const ROWS = 32
const PICTURES = 8
/** Of so many first rows of the split they are taken, evenly. */
const AMONG = 2000

/**
 * Largest difference of a probability between two machines that is no fault. Float kernels of different processors add
 * up in another order; whole numbers are rounded at each layer, and a rounding that falls the other way goes on.
 */
const TOLERANCE = {
  float32: 1e-3,
  'dynamic-range': 2e-3,
  'tflite-float32': 1e-3,
  'tflite-float16': 5e-3,
  'tflite-dynamic-range': 2e-2,
  'tflite-int8': 4e-2,
  'tflite-int16': 5e-3,
} as const
export type GoldenKind = keyof typeof TOLERANCE

interface Rooms {
  dataset: Pick<DatasetRoom, 'resolve' | 'read' | 'pictures'>
  training: Pick<TrainingRoom, 'predictFeatures'>
}

/**
 * Rows of the test split with what the very file that ships gives for them here, in a process of its own. Where the data
 * is gone, the one row in which nothing is known.
 * @throws Failure those of the runtime
 */
export async function goldenOf(
  { dataset, training }: Rooms,
  run: TrainedRun,
  { transform, label }: Pick<TrainedModel, 'transform' | 'label'>,
  kind: GoldenKind,
  file: string,
  job: JobContext,
): Promise<Golden> {
  const instances = await instancesOf(dataset, run, transform, label.column, job)
  const form: Form = { kind: kind.startsWith('tflite') ? 'tflite' : 'graph', file }
  const encoded = encodeInstances(transform, instances, openMemory(transform))
  const outputs = await training.predictFeatures(
    run,
    form,
    async path => {
      const features = await open(path, 'w')
      try {
        await features.write(new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.byteLength))
      } finally {
        await features.close()
      }
      return instances.length
    },
    job,
  )
  const width = outputWidth(label)
  const scores = instances.map((_, row) => {
    const answer = decodePrediction(label, outputs, row)
    return 'value' in answer ? [answer.value] : probabilitiesOf(label, outputs, row)
  })
  if (outputs.length !== width * instances.length) throw new RangeError('outputs of another width')
  return {
    format: 'edgewright-golden/1',
    instances,
    scores,
    tolerance: TOLERANCE[kind] * (label.task === 'regression' ? (label.deviation ?? 1) : 1),
  }
}

/** Rows as a device is sent them; those of the test split, else of another. */
async function instancesOf(
  dataset: Rooms['dataset'],
  run: TrainedRun,
  transform: TrainedModel['transform'],
  label: string,
  job: JobContext,
): Promise<unknown[]> {
  const blank = [blankInstance(transform)]
  let version: ReturnType<DatasetRoom['resolve']>
  try {
    version = dataset.resolve(run.version)
  } catch {
    return blank
  }
  const split = (['test', 'eval', 'train'] as Split[]).find(each => version.splits[each] > 0)
  if (!split) return blank
  const image = imageOf(transform)
  const found = image
    ? await picturesOf(dataset, version, image, label, split, job)
    : await rowsOf(dataset, version, inputsOf(transform), split, job)
  const taken = spread(found, image ? PICTURES : ROWS)
  return taken.length > 0 ? taken : blank
}

async function rowsOf(
  dataset: Rooms['dataset'],
  version: ReturnType<DatasetRoom['resolve']>,
  inputs: ReturnType<typeof inputsOf>,
  split: Split,
  { signal }: JobContext,
): Promise<Record<string, Cell>[]> {
  const columns = inputs.map(({ name }) => name)
  const rows: Record<string, Cell>[] = []
  for await (const batch of dataset.read(version, { columns, split, signal })) {
    for (let row = 0; row < batch.rows && rows.length < AMONG; row++) {
      const cells = batch.columns.map(cells => cells[row] ?? null)
      // A model gives no answer where something is missing that it requires.
      if (inputs.some((input, i) => input.required && cells[i] === null)) continue
      rows.push(Object.fromEntries(columns.map((name, i) => [name, cells[i] as Cell])))
    }
    if (rows.length >= AMONG) break
  }
  return rows
}

async function picturesOf(
  dataset: Rooms['dataset'],
  version: ReturnType<DatasetRoom['resolve']>,
  image: ImageFeature,
  label: string,
  split: Split,
  { signal }: JobContext,
): Promise<unknown[]> {
  const found: unknown[] = []
  const want = { columns: [label], shape: image, split, ...(signal ? { signal } : {}) }
  for await (const batch of dataset.pictures(version, want)) {
    for (const pixels of batch.pixels)
      if (pixels && found.length < PICTURES)
        found.push({ [image.name]: { b64: Buffer.from(pixels).toString('base64') } })
    if (found.length >= PICTURES) break
  }
  return found
}

const spread = <T>(all: T[], count: number): T[] =>
  all.length <= count
    ? all
    : Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)] as T)
