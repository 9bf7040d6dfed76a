import { existsSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import type { PassReport, Variant } from '#contract'
import type { DatasetRoom } from '../dataset/index.ts'
import type { EvaluationRoom } from '../evaluation/index.ts'
import type { LiteModel } from '../graph/index.ts'
import type { JobContext } from '../jobs/index.ts'
import { FailureError, fail, now } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import type { TrainingRoom } from '../training/index.ts'
import { compareWithRun } from './compare.ts'
import { destinationOf } from './destination.ts'
import { type KeptFile, keepFile, sizeIn, type Written } from './files.ts'
import { floatModel, type Precision, withPrecision } from './lite.ts'
import { applyTransforms } from './passes/index.ts'
import { comesFrom } from './provenance.ts'
import { proved } from './proving.ts'
import type { CalibrateBy, Range } from './quantize/index.ts'
import type { Running } from './running.ts'
import { type Sampled, type SampleInput, type Samples, sampledFor } from './samples/index.ts'
import { layersToKeep } from './search.ts'
import { batchOf, sized } from './sizes.ts'
import { type OpenedSource, openSource, type Source, sourceOf, titleOf } from './source.ts'
import type { Tolerances } from './tolerances.ts'
import { contentOfGraph, contentOfLite, kindOf, type Variants, wordsOf } from './variants.ts'
import { checkWanted, isLite, isWhole, settingsOf, toleranceOf, type Wanted } from './wanted.ts'

/** So many rows are enough to prove a variant on; its figures are taken on all of the split besides. */
const PROOF_ROWS = 2000

type LiteFloat = ReturnType<typeof floatModel>

/** A model in the form that is wanted, before it is written. */
interface Made {
  written: Written
  /** The float model in the same form, where this is another. */
  float: Written | null
  passes: PassReport[]
  kept: Variant['kept']
  keepFloat: string[]
}

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
    checkWanted(wanted)
    job.progress(0, 'reading the model')
    const source = sourceOf(wanted.model, training)
    const out = placeOf(source, wanted)
    const title = titleOf(source)
    const run = 'run' in source ? source.run : null
    const opened = await openSource(source, training, {
      signature: wanted.signature,
      outputs: wanted.outputs,
    })
    for (const note of opened.notes) job.log(note, 'warning')
    await trace(source, wanted, job)

    const found = await findSamples(source, opened, wanted, job)
    const { samples, shapes, open } = sized(opened.graph, found, wanted, job)
    // For a graph it is only what the proof holds it against, and another copy of all weights.
    const float = isLite(wanted) ? floatModel(opened, title, shapes) : samples.proof && floatOr(opened, title)
    const made = isLite(wanted)
      ? await makeLite(float as LiteFloat, samples, wanted, job, classesOf)
      : makeGraph(opened, wanted, job)
    job.progress(null, 'writing the file')
    const file = await keepFile(store, made.written, wanted, job)
    try {
      return await proveAndKeep(file, made)
    } catch (error) {
      // Of what failed or was cancelled nothing is kept.
      if (!variants.get(file.id)) store.blobs.remove(file.id)
      throw error
    }

    async function proveAndKeep(file: KeptFile, made: Made): Promise<Variant> {
      const path = store.blobs.path(file.id)
      const form = isLite(wanted) ? ('tflite' as const) : ('graphdef' as const)
      const compared = run?.version
        ? await compareWithRun({ training, evaluation }, run.id, wanted, { form, file: path }, job)
        : null
      const proof = await proved(
        running,
        wanted,
        {
          written: made.written,
          file: path,
          float: float?.model ?? null,
          samples: samples.proof,
          open,
          inputs: opened.graph.inputs.map(input => input.name),
        },
        { classes: await classesOf(), tolerance: toleranceOf(wanted) ?? tolerances.of(title) },
        job,
      )
      const written = out === null ? null : await file.writeTo(out)
      if (written !== null) job.log(`Written to ${written}.`)
      const variant: Variant = {
        id: file.id,
        run: run?.id ?? null,
        source: 'path' in source ? source.path : null,
        kind: kindOf(wanted),
        title: wordsOf(wanted),
        bytes: file.bytes,
        floatBytes: made.float && (await sizeIn(store, made.float, wanted.to, job)),
        ...('lite' in made.written ? contentOfLite(made.written.lite) : contentOfGraph(made.written.graph)),
        passes: made.passes,
        settings: settingsOf(wanted, made.keepFloat),
        kept: made.kept,
        compared,
        proof,
        out: written,
        at: now(),
        madeBy: job.id,
      }
      variants.put(variant)
      job.makes({ id: file.id, kind: 'variant', title: `${title}, ${variant.title}` })
      return variant
    }

    /** Names of the classes that the first output tells apart; null where it gives values. */
    async function classesOf(): Promise<readonly string[] | null> {
      // Answers of several rows at once are no classes.
      if (batchOf(opened.graph) > 1) return null
      if (run === null || run.version === null) return []
      const { label } = await training.model(run)
      return label.task === 'regression' ? null : label.classes
    }
  }

  /** What the variant comes from, for the lineage; a dataset to calibrate on says so itself. */
  async function trace(source: Source, wanted: Wanted, job: JobContext): Promise<void> {
    job.progress(null, 'reading the model')
    if ('path' in source) await comesFrom(source.path, 'model', job)
    else if (source.run.artifact) job.uses(source.run.artifact)
    const { calibration } = wanted
    if (calibration === undefined) {
      if ('run' in source && source.run.version && isWhole(wanted)) job.uses(source.run.version)
    } else if (isFile(calibration)) await comesFrom(calibration, 'calibration-set', job)
  }

  async function findSamples(
    source: Source,
    opened: OpenedSource,
    wanted: Wanted,
    job: JobContext,
  ): Promise<Sampled> {
    const inputs = opened.graph.inputs.map(
      ({ name, key, shape }): SampleInput => ({ name, key, shape: [...(shape ?? [])] }),
    )
    job.progress(null, 'reading rows')
    const found = await sampledFor(
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
    for (const samples of [found.calibration, found.proof]) if (samples) needNumbers(samples, inputs)
    return found
  }

  function makeGraph(opened: OpenedSource, wanted: Wanted, job: JobContext): Made {
    const { minElements = 1024 } = wanted
    const isSmall = wanted.to === 'graphdef' && wanted.quantize === 'dynamic'
    const smaller = `fold_constants fold_old_batch_norms fold_batch_norms quantize_weights(minimum_size=${minElements})`
    const tell = (pass: { title: string }) => job.progress(null, pass.title)
    const frozen = applyTransforms(opened.graph, 'freeze', tell)
    const done = isSmall ? applyTransforms(frozen.graph, smaller, tell) : { graph: frozen.graph, reports: [] }
    const passes = [...frozen.reports, ...done.reports].map(report => {
      job.log(`${report.pass}: ${report.note}`)
      return { ...report, maxDifference: null, accuracy: null }
    })
    const float = wanted.quantize === 'none' ? null : { graph: frozen.graph }
    return { written: { graph: done.graph }, float, passes, kept: [], keepFloat: [] }
  }

  async function makeLite(
    float: LiteFloat,
    samples: Sampled,
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
    checkNames(float.model, precision)
    const ranges = isWhole(wanted)
      ? await rangesOf(float, samples.calibration, wanted.calibrateBy ?? 'minmax', job)
      : new Map<number, Range>()
    const tolerance = toleranceOf(wanted)
    const canSearch = isWhole(wanted) || wanted.quantize === 'dynamic'
    const keepFloat =
      canSearch && tolerance && samples.proof
        ? await layersToKeep(
            { running, store, job },
            float.model,
            ranges,
            precision,
            tolerance,
            samples.proof,
            await classesOf(),
          )
        : precision.keepFloat
    job.progress(null, 'quantizing')
    const { model, kept } = withPrecision(float.model, { ...precision, keepFloat }, ranges)
    for (const { layer, reason } of kept) job.log(`${layer} stays float: ${reason}.`)
    const before = wanted.quantize === 'none' ? null : { lite: float.model }
    return { written: { lite: model }, float: before, passes: [], kept, keepFloat }
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
    const seen = await running.calibrate(model, samples, by, job)
    for (const [tensor, { min, max }] of seen)
      if (!Number.isFinite(Math.fround(max - min)))
        throw fail(
          'bad-input',
          `The values of "${model.subgraphs[0]?.tensors[tensor]?.name ?? tensor}" are too large for a number on the rows of ${samples.from}.`,
          'Calibrate on rows as the model sees them when it works, scaled as it was trained.',
        )
    return new Map([...seen, ...trained])
  }
}

/** Ranges and differences mean nothing where a value is no number. */
function needNumbers(samples: Samples, inputs: readonly SampleInput[]): void {
  samples.inputs.forEach(({ data, width }, i) => {
    // The square of a value that is too large is no 32-bit number any more.
    const at = data.findIndex(value => !Number.isFinite(Math.fround(value * value)))
    if (at < 0) return
    const row = Math.floor(at / width)
    throw fail(
      'bad-input',
      `Row ${(samples.places?.[row] ?? row) + 1} for "${inputs[i]?.key ?? inputs[i]?.name}" in ${samples.from} holds a value that is no number, or too large for one.`,
      'Leave out rows with missing or infinite values, and scale the others as the model was trained.',
    )
  })
}

/**
 * Whether rows come from a file; a dataset says by itself where it comes from.
 * @throws Failure for a file that is not there, or that holds no arrays
 */
function isFile(data: string): boolean {
  const isNumpy = /\.np[yz]$/i.test(data)
  if (isNumpy && !existsSync(data))
    throw fail('not-found', `There is no file ${data}.`, 'Check the path, or give the name of a dataset.')
  if (!isNumpy && isAbsolute(data))
    throw existsSync(data)
      ? fail(
          'unsupported',
          `${data} is no file of NumPy arrays.`,
          'Give an .npz file with one array for each input, or import it and give the name of the dataset.',
        )
      : fail('not-found', `There is no file ${data}.`, 'Check the path, or give the name of a dataset.')
  return isNumpy
}

/** Where the file goes, seen before the work begins; null where it is only kept. */
function placeOf(source: Source, { out, to, calibration }: Wanted): string | null {
  if (out === undefined) return null
  const sources = ['path' in source ? source.path : undefined, calibration]
  return destinationOf(
    out,
    to,
    sources.filter(each => each !== undefined),
  )
}

/** Layers to keep are looked up before anything that takes long. */
function checkNames(model: LiteModel, precision: Precision): void {
  if (precision.keepFloat.length > 0) withPrecision(model, { ...precision, quantize: 'none' }, new Map())
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
