import type { Hash, Run, RunId, Variant } from '#contract'
import type { DatasetRoom } from '../dataset/index.ts'
import type { EvaluationRoom } from '../evaluation/index.ts'
import { readGraphDef, tflite } from '../graph/index.ts'
import type { Doors, JobContext } from '../jobs/index.ts'
import type { Store } from '../store/index.ts'
import type { TrainingRoom } from '../training/index.ts'
import { openConverting } from './convert.ts'
import { inspectionOf, viewOf } from './inspect.ts'
import { PASSES, RECOMMENDED } from './passes/index.ts'
import { openRunning } from './running.ts'
import { openSource, sourceOf } from './source.ts'
import { openTolerances } from './tolerances.ts'
import { openTransforming } from './transform.ts'
import { openVariants } from './variants.ts'

/** The forms that are made of a run when they are asked for, by how. */
const MADE = {
  float32: { to: 'graphdef', quantize: 'none' },
  'dynamic-range': { to: 'graphdef', quantize: 'dynamic' },
  'tflite-float32': { to: 'tflite', quantize: 'none' },
  'tflite-float16': { to: 'tflite', quantize: 'float16' },
  'tflite-dynamic-range': { to: 'tflite', quantize: 'dynamic' },
  'tflite-int8': { to: 'tflite', quantize: 'int8' },
  'tflite-int16': { to: 'tflite', quantize: 'int16' },
} as const
type Made = keyof typeof MADE

export interface OptimizationRoom {
  door: Doors['optimization']
  /** The forms of a run, newest first. */
  variants(run: RunId): Variant[]
  /** A form of a run; it is made where it is not there yet. Its file is the blob of its id. */
  variantOf(run: Run, kind: Made, job: JobContext): Promise<Variant>
  /** Whether a variant loses no more than its model's tolerance allows; null where nothing was asked or proven. */
  judge(model: string, variant: Variant): { passed: boolean; reason: string } | null
}

export function createOptimization({
  store,
  dataset,
  training,
  evaluation,
  worker = new URL('./worker.ts', import.meta.url).pathname,
}: {
  store: Store
  dataset: DatasetRoom
  training: TrainingRoom
  evaluation: EvaluationRoom
  /** The file of the process that runs models; a bundle says where its own is. */
  worker?: string | undefined
}): OptimizationRoom {
  const variants = openVariants(store)
  const tolerances = openTolerances(store)
  const running = openRunning(store, worker)
  const convert = openConverting({ store, dataset, training, evaluation, variants, tolerances, running })
  const transform = openTransforming({ store, training, running })

  async function variantOf(run: Run, kind: Made, job: JobContext): Promise<Variant> {
    const { to } = MADE[kind]
    const known = variants
      .list(run.id)
      .find(variant => variant.kind === kind && (variant.settings?.to ?? to) === to)
    return known ?? convert({ model: run.id, ...MADE[kind] }, job)
  }

  for (const kind of Object.keys(MADE) as Made[])
    evaluation.offer(kind, async (run, job) => ({
      kind: MADE[kind].to === 'tflite' ? 'tflite' : 'graph',
      file: store.blobs.path((await variantOf(run, kind, job)).id as Hash),
    }))

  return {
    variants: variants.list,
    variantOf,
    judge: tolerances.judge,
    door: {
      inspect: async ({ model, signature }) =>
        inspectionOf(model, await openSource(sourceOf(model, training), training, { signature })),
      async graph({ model, signature, variant }) {
        if (variant === undefined) {
          const opened = await openSource(sourceOf(model, training), training, { signature })
          return viewOf(model, opened.format, opened.graph)
        }
        const bytes = store.blobs.read(variant)
        const isLite = tflite.match('', bytes.subarray(0, 64))
        return isLite
          ? viewOf(model, 'tflite', (await tflite.open(store.blobs.path(variant), {})).graph)
          : viewOf(model, 'graphdef', readGraphDef(bytes))
      },
      passes: async () => ({
        passes: PASSES.map(({ name, title, about, arguments: args }) => ({
          name,
          title,
          about,
          arguments: args,
        })),
        recommended: RECOMMENDED,
      }),
      freeze: ({ model, signature, outputs, out, split }, job) =>
        convert({ model, signature, outputs, out, split, to: 'graphdef', quantize: 'none' }, job),
      transform,
      convert: (input, job) => convert(input, job),
      list: async ({ run }) => ({ variants: variants.list(run) }),
      async tolerance({ model, tolerance }) {
        if (tolerance !== undefined) tolerances.set(model, tolerance)
        return { model, tolerance: tolerances.of(model) }
      },
    },
  }
}
