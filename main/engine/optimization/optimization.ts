import { resolve } from 'node:path'
import type { Hash, Run, RunId, Split, Variant, VariantKind } from '#contract'
import type { EvaluationRoom } from '../evaluation/index.ts'
import { describe, type Endpoint, writeGraphDef } from '../graph/index.ts'
import type { Doors, JobContext } from '../jobs/index.ts'
import { atomicWrite, fail, now } from '../kit/index.ts'
import { collection, type Store } from '../store/index.ts'
import type { TrainingRoom } from '../training/index.ts'
import { applyTransforms, type Transform } from './passes/index.ts'
import { graphOf, type Source, sourceOf } from './source.ts'

/** The forms that are made here, with the passes each takes, in order. */
const RECIPES = {
  float32: { title: 'Frozen, float32', passes: ['freeze'] },
  'dynamic-range': { title: '8-bit weights', passes: ['freeze', 'fold_old_batch_norms', 'quantize_weights'] },
} as const satisfies Partial<Record<VariantKind, { title: string; passes: string[] }>>
type Made = keyof typeof RECIPES

export interface OptimizationRoom {
  door: Doors['optimization']
  /** The forms of a run, newest first. */
  variants(run: RunId): Variant[]
  /** A form of a run; it is made where it is not there yet. Its file is the blob of its id. */
  variantOf(run: Run, kind: Made, job: JobContext): Promise<Variant>
}

/** Two runs can give the same file, so a variant is kept by run and file. */
interface Entry {
  id: string
  at: string
  variant: Variant
}

export function createOptimization({
  store,
  training,
  evaluation,
}: {
  store: Store
  training: TrainingRoom
  evaluation: EvaluationRoom
}): OptimizationRoom {
  const entries = collection<Entry>(store.db, 'variants')
  const variants = (run?: string): Variant[] => entries.list(run).map(entry => entry.variant)

  async function make(
    source: Source,
    kind: Made,
    want: { out?: string; split: Split; minimumSize?: number },
    job: JobContext,
  ): Promise<Variant> {
    job.progress(0, 'reading the model')
    const transforms: Transform[] = RECIPES[kind].passes.map(name => ({
      name,
      args: name === 'quantize_weights' ? { minimum_size: [String(want.minimumSize ?? 1024)] } : {},
    }))
    const { graph, reports } = applyTransforms(await graphOf(source, training), transforms, pass =>
      job.progress(null, pass.title),
    )
    for (const { pass, note } of reports) job.log(`${pass}: ${note}`)
    const file = writeGraphDef(graph)
    const id = store.blobs.put(file)
    const run = 'run' in source ? source.run : null
    if (run?.artifact) job.uses(run.artifact)
    const compared = run ? await compare(run, kind, store.blobs.path(id), usable(run, want.split), job) : null
    const out = want.out === undefined ? null : resolve(want.out)
    if (out !== null) {
      atomicWrite(out, file)
      job.log(`Written to ${out}.`)
    }
    const description = describe(graph)
    const variant: Variant = {
      id,
      run: run?.id ?? null,
      kind,
      title: RECIPES[kind].title,
      bytes: file.byteLength,
      nodes: description.nodes,
      ops: Object.fromEntries(description.ops.map(({ op, count }) => [op, count])),
      inputs: description.inputs.map(signature),
      outputs: description.outputs.map(signature),
      passes: reports,
      compared,
      out,
      at: now(),
      madeBy: job.id,
    }
    entries.put({ id: `${run?.id ?? 'file'}/${id}`, at: variant.at, variant }, run?.id ?? 'file')
    job.makes({ id, kind: 'variant', title: run ? `${run.model}, ${variant.title}` : variant.title })
    return variant
  }

  /** Both forms on the same rows: the figures of each, and how far any output moved. */
  async function compare(run: Run, kind: Made, file: string, split: Split, job: JobContext) {
    const before = await evaluation.measure(run, split, { kind: 'layers' }, 'layers', job)
    const after = await evaluation.measure(run, split, { kind: 'graph', file }, kind, job)
    let maxDifference = 0
    after.outputs.forEach((value, i) => {
      maxDifference = Math.max(maxDifference, Math.abs(value - (before.outputs[i] as number)))
    })
    return {
      split,
      rows: after.evaluation.rows,
      before: before.evaluation.metrics,
      after: after.evaluation.metrics,
      maxDifference,
    }
  }

  async function variantOf(run: Run, kind: Made, job: JobContext): Promise<Variant> {
    const known = variants(run.id).find(variant => variant.kind === kind)
    return known ?? make({ run }, kind, { split: 'test' }, job)
  }

  for (const kind of Object.keys(RECIPES) as Made[])
    evaluation.offer(kind, async (run, job) => ({
      kind: 'graph',
      file: store.blobs.path((await variantOf(run, kind, job)).id as Hash),
    }))

  return {
    variants,
    variantOf,
    door: {
      freeze: ({ model, out, split }, job) => make(sourceOf(model, training), 'float32', { out, split }, job),
      quantize: ({ model, out, split, minElements }, job) =>
        make(sourceOf(model, training), 'dynamic-range', { out, split, minimumSize: minElements }, job),
      list: async ({ run }) => ({ variants: variants(run) }),
    },
  }
}

/** The split to compare on: the wanted one where it has rows, else the next one that was not trained on. */
function usable(run: Run, split: Split): Split {
  const found = [split, 'test' as const, 'eval' as const, 'train' as const].find(
    each => (run.rows[each] ?? 0) > 0,
  )
  if (!found)
    throw fail(
      'empty-data',
      `The data of ${run.id} has no rows to compare on.`,
      'Import data with more rows.',
    )
  return found
}

const signature = ({ name, shape }: Endpoint) => ({ name, shape: [...(shape ?? [])] })
