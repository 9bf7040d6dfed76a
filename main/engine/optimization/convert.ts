import { resolve } from 'node:path'
import type { PassReport, Split, Tolerance, Variant, VariantSettings } from '#contract'
import type { DatasetRoom } from '../dataset/index.ts'
import type { EvaluationRoom } from '../evaluation/index.ts'
import type { Graph, LiteModel } from '../graph/index.ts'
import type { JobContext } from '../jobs/index.ts'
import { FailureError, fail, now } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import type { TrainingRoom } from '../training/index.ts'
import { fewestFloat, noisiest } from './fallback.ts'
import { keepFile } from './files.ts'
import { floatModel, type Precision, withPrecision } from './lite.ts'
import { applyTransforms } from './passes/index.ts'
import { comparedOf, lossesOf, proofOf, verdictOf } from './proof/index.ts'
import type { CalibrateBy, Range } from './quantize/index.ts'
import type { Running } from './running.ts'
import { type PictureScale, type SampleInput, type Samples, sampledFor } from './samples/index.ts'
import { type OpenedSource, openSource, type Source, sourceOf, titleOf } from './source.ts'
import type { Tolerances } from './tolerances.ts'
import { contentOfGraph, contentOfLite, kindOf, type Variants, wordsOf } from './variants.ts'

/** What is wanted of a variant; what is left out is as the contract says. */
export interface Wanted {
  model: string
  signature?: string | undefined
  outputs?: string[] | undefined
  to: VariantSettings['to']
  quantize: VariantSettings['quantize']
  io?: 'float32' | 'int8'
  calibration?: string | undefined
  calibrateBy?: CalibrateBy
  pictures?: PictureScale
  calibrationRows?: number
  perTensorDense?: boolean
  keepFloat?: string[]
  tolerance?: number | undefined
  classTolerance?: number | undefined
  minElements?: number
  split?: Split
  out?: string | undefined
}

/** So many rows are enough to prove a variant on; its figures are taken on all of the split besides. */
const PROOF_ROWS = 2000

/** Makes a variant: the model in another format, with its numbers held otherwise, and proven. */
export function openConverting({
  store,
  dataset,
  training,
  evaluation,
  variants,
  tolerances,
  running,
}: {
  store: Store
  dataset: DatasetRoom
  training: TrainingRoom
  evaluation: EvaluationRoom
  variants: Variants
  tolerances: Tolerances
  running: Running
}): (wanted: Wanted, job: JobContext) => Promise<Variant> {
  return async function convert(wanted, job) {
    const { to, quantize } = wanted
    checkWanted(wanted)
    job.progress(0, 'reading the model')
    const source = sourceOf(wanted.model, training)
    const title = titleOf(source)
    const run = 'run' in source ? source.run : null
    if (run?.artifact) job.uses(run.artifact)
    const opened = await openSource(source, training, {
      signature: wanted.signature,
      outputs: wanted.outputs,
    })
    for (const note of opened.notes) job.log(note, 'warning')

    const isLite = to === 'tflite' || to === 'c'
    const samples = await findSamples(source, opened, wanted, job)
    const float = isLite ? floatModel(opened, title) : floatOr(opened, title)
    const made = isLite
      ? await makeLite(float as LiteFloat, samples, wanted, job, classesOf)
      : makeGraph(opened, wanted, job)

    const file = await keepFile(store, made.written, to, quantize, job)
    const path = store.blobs.path(file.id)
    const form = isLite ? ('tflite' as const) : ('graphdef' as const)
    const tolerance = toleranceOf(wanted) ?? tolerances.of(title)
    const compared = run ? await compare(run.id, wanted, form, path, job) : null
    const proof =
      samples.proof && float
        ? await proofOf(
            running,
            float.model,
            {
              form,
              file: path,
              lite: 'lite' in made.written ? made.written.lite : null,
              inputs: opened.graph.inputs.map(input => input.name),
            },
            samples.proof,
            { classes: await classesOf(), tolerance },
            job,
          )
        : null
    if (!proof)
      job.log('It was not proven: there are no rows to run it on. Give some with --calibration.', 'warning')
    const out = wanted.out === undefined ? null : resolve(wanted.out)
    if (out !== null) {
      await file.writeTo(out)
      job.log(`Written to ${out}.`)
    }
    const variant: Variant = {
      id: file.id,
      run: run?.id ?? null,
      source: 'path' in source ? source.path : null,
      kind: kindOf(wanted),
      title: wordsOf(wanted),
      bytes: file.bytes,
      ...('lite' in made.written ? contentOfLite(made.written.lite) : contentOfGraph(made.written.graph)),
      passes: made.passes,
      settings: settingsOf(wanted, made.keepFloat),
      kept: made.kept,
      compared,
      proof,
      out,
      at: now(),
      madeBy: job.id,
    }
    variants.put(variant)
    job.makes({ id: file.id, kind: 'variant', title: `${title}, ${variant.title}` })
    return variant

    /** Names of the classes that the first output tells apart; null where it gives values. */
    async function classesOf(): Promise<readonly string[] | null> {
      if (!run) return []
      const { label } = await training.model(run)
      return label.task === 'regression' ? null : label.classes
    }
  }

  async function findSamples(source: Source, opened: OpenedSource, wanted: Wanted, job: JobContext) {
    const inputs = opened.graph.inputs.map(
      ({ name, key, shape }): SampleInput => ({ name, key, shape: [...(shape ?? [])] }),
    )
    job.progress(null, 'reading rows')
    return sampledFor(
      source,
      inputs,
      {
        data: wanted.calibration,
        rows: { calibration: wanted.calibrationRows ?? 500, proof: PROOF_ROWS },
        split: wanted.split ?? 'test',
        scale: wanted.pictures ?? '0..1',
      },
      { dataset, training },
      job,
    )
  }

  /** The float TFLite form that a graph is proven against, where there is one. */
  function floatOr(opened: OpenedSource, title: string): LiteFloat | null {
    try {
      return floatModel(opened, title)
    } catch (error) {
      if (error instanceof FailureError) return null
      throw error
    }
  }

  function makeGraph(opened: OpenedSource, wanted: Wanted, job: JobContext): Made {
    const { minElements = 1024 } = wanted
    const isSmall = wanted.to === 'graphdef' && wanted.quantize === 'dynamic'
    const transforms = isSmall
      ? `freeze fold_constants fold_old_batch_norms fold_batch_norms quantize_weights(minimum_size=${minElements})`
      : 'freeze'
    const { graph, reports } = applyTransforms(opened.graph, transforms, pass =>
      job.progress(null, pass.title),
    )
    const passes = reports.map(report => {
      job.log(`${report.pass}: ${report.note}`)
      return { ...report, maxDifference: null, accuracy: null }
    })
    return { written: { graph }, passes, kept: [], keepFloat: [] }
  }

  async function makeLite(
    float: LiteFloat,
    samples: { calibration: Samples | null; proof: Samples | null },
    wanted: Wanted,
    job: JobContext,
    classesOf: () => Promise<readonly string[] | null>,
  ): Promise<Made> {
    const precision: Precision = {
      quantize: wanted.quantize,
      io: wanted.io ?? 'float32',
      perTensorDense: wanted.perTensorDense ?? false,
      keepFloat: wanted.keepFloat ?? [],
      minElements: wanted.minElements ?? 1024,
    }
    const isWhole = precision.quantize === 'int8' || precision.quantize === 'int16'
    const ranges = isWhole
      ? await rangesOf(float, samples.calibration, wanted.calibrateBy ?? 'minmax', job)
      : new Map()
    const tolerance = toleranceOf(wanted)
    const keepFloat =
      isWhole && tolerance && samples.proof
        ? await search(float.model, ranges, precision, tolerance, samples.proof, await classesOf(), job)
        : precision.keepFloat
    job.progress(null, 'quantizing')
    const { model, kept } = withPrecision(float.model, { ...precision, keepFloat }, ranges)
    for (const { layer, reason } of kept) job.log(`${layer} stays float: ${reason}.`)
    return { written: { lite: model }, passes: [], kept, keepFloat }
  }

  async function rangesOf(
    { model, ranges: trained }: LiteFloat,
    samples: Samples | null,
    by: CalibrateBy,
    job: JobContext,
  ): Promise<Map<number, Range>> {
    // What the model was trained to hold is better than what was seen.
    if (!samples && trained.size > 0) return new Map(trained)
    if (!samples)
      throw fail(
        'bad-input',
        'Whole numbers need rows to find the range of each activation on.',
        'Give an .npz file or a dataset with --calibration.',
      )
    job.log(`Calibrating on ${samples.rows} rows of ${samples.from}.`)
    return new Map([...(await running.calibrate(model, samples, by, job)), ...trained])
  }

  /** The fewest layers to keep float so that the tolerance holds. */
  async function search(
    float: LiteModel,
    ranges: Map<number, Range>,
    precision: Precision,
    tolerance: Tolerance,
    samples: Samples,
    classes: readonly string[] | null,
    job: JobContext,
  ): Promise<string[]> {
    let tries = 0
    const attempt = async (keep: string[], whole: boolean) => {
      const { model } = withPrecision(
        float,
        { ...precision, keepFloat: [...precision.keepFloat, ...keep] },
        ranges,
      )
      const file = await keepFile(store, { lite: model }, 'tflite', precision.quantize, job)
      try {
        const seen = await running.prove(
          float,
          { form: 'tflite', file: store.blobs.path(file.id), whole },
          samples,
          job,
        )
        const { passed, reason } = verdictOf(
          lossesOf({ ...comparedOf(seen, samples, classes), rows: samples.rows }),
          tolerance,
        )
        job.log(
          `Try ${++tries}: ${keep.length === 0 ? 'all layers' : `all but ${keep.join(', ')}`} in whole numbers. ${reason}`,
        )
        return { passed, layers: seen.layers }
      } finally {
        if (!variants.get(file.id)) store.blobs.remove(file.id)
      }
    }
    const first = await attempt([], true)
    if (first.passed) return precision.keepFloat
    const order = noisiest(first.layers).map(({ layer }) => layer)
    const found = await fewestFloat(
      order,
      async keep => keep.length > 0 && (await attempt(keep, false)).passed,
    )
    if (found) return [...precision.keepFloat, ...found]
    throw fail(
      'gate-blocked',
      'The tolerance does not hold, whichever layers stay float.',
      'Allow more points, calibrate on more rows, or keep weights in 8 bits alone.',
    )
  }

  /** Both forms on the same rows: the figures of each, and how far any output moved. */
  async function compare(
    id: string,
    wanted: Wanted,
    form: 'tflite' | 'graphdef',
    file: string,
    job: JobContext,
  ): Promise<Variant['compared']> {
    const run = training.get(id)
    const found = [wanted.split ?? 'test', 'test' as const, 'eval' as const, 'train' as const].find(
      each => (run.rows[each] ?? 0) > 0,
    )
    if (!found)
      throw fail(
        'empty-data',
        `The data of ${run.id} has no rows to compare on.`,
        'Import data with more rows.',
      )
    const before = await evaluation.measure(run, found, { kind: 'layers' }, 'layers', job)
    const kind = kindOf(wanted)
    const after = await evaluation.measure(
      run,
      found,
      { kind: form === 'tflite' ? 'tflite' : 'graph', file },
      kind,
      job,
    )
    let maxDifference = 0
    after.outputs.forEach((value, i) => {
      maxDifference = Math.max(maxDifference, Math.abs(value - (before.outputs[i] as number)))
    })
    return {
      split: found,
      rows: after.evaluation.rows,
      before: before.evaluation.metrics,
      after: after.evaluation.metrics,
      maxDifference,
    }
  }
}

type LiteFloat = ReturnType<typeof floatModel>

interface Made {
  written: { graph: Graph } | { lite: LiteModel }
  passes: PassReport[]
  kept: Variant['kept']
  keepFloat: string[]
}

function checkWanted({ to, quantize, io }: Wanted): void {
  const isLite = to === 'tflite' || to === 'c'
  if (!isLite && (quantize === 'int8' || quantize === 'int16'))
    throw fail(
      'bad-input',
      `A ${wordsFor(to)} cannot hold ${quantize} activations.`,
      'Convert to tflite, or quantize to dynamic.',
    )
  if (to === 'graphdef' && quantize === 'float16')
    throw fail(
      'bad-input',
      'A GraphDef cannot hold float16 weights here.',
      'Convert to tflite or tfjs, or quantize to dynamic.',
    )
  if (io === 'int8' && quantize !== 'int8')
    throw fail(
      'bad-input',
      'Inputs and outputs are int8 only in an int8 model.',
      'Add --quantize int8, or leave --io out.',
    )
}

const wordsFor = (to: VariantSettings['to']) => (to === 'tfjs' ? 'TensorFlow.js model' : 'GraphDef')

const toleranceOf = ({ tolerance, classTolerance }: Wanted): Tolerance | null =>
  tolerance === undefined && classTolerance === undefined
    ? null
    : { points: tolerance ?? 100, classPoints: classTolerance ?? 100 }

const settingsOf = (wanted: Wanted, keepFloat: string[]): VariantSettings => ({
  to: wanted.to,
  quantize: wanted.quantize,
  ...(wanted.quantize === 'int8' || wanted.quantize === 'int16'
    ? {
        io: wanted.io ?? 'float32',
        calibrateBy: wanted.calibrateBy ?? 'minmax',
        ...(wanted.calibration ? { calibration: wanted.calibration } : {}),
      }
    : {}),
  ...(wanted.perTensorDense ? { perTensorDense: true } : {}),
  ...(keepFloat.length > 0 ? { keepFloat } : {}),
})
