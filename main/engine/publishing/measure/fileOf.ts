import { existsSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Hash, RunId, Variant, VariantKind } from '#contract'
import type { JobContext } from '../../jobs/index.ts'
import { asHash, fail, hashFile } from '../../kit/index.ts'
import type { OptimizationRoom } from '../../optimization/index.ts'
import type { Store } from '../../store/index.ts'
import type { TrainingRoom } from '../../training/index.ts'

/** A model file as it is sent to a device. */
export interface ModelFile {
  path: string
  bytes: number
  /** Hash of the file, which is the id of a variant. */
  variant: Hash
  kind: VariantKind | null
  run: RunId | null
  title: string
}

/**
 * The file that a person means by a model and one of its variants.
 * @param variant a kind, which is made of a run where it is not there yet, or the hash of a file
 * @throws Failure `not-found`, `bad-input`
 */
export async function fileOf(
  { store, training, optimization }: { store: Store; training: TrainingRoom; optimization: OptimizationRoom },
  model: string,
  variant: string | undefined,
  job: JobContext,
): Promise<ModelFile> {
  const fileOfVariant = ({ id, kind, run, title }: Variant): ModelFile => {
    const path = store.blobs.path(id)
    return { path, bytes: statSync(path).size, variant: id, kind, run, title }
  }
  const run = /^run-\d+$/.test(model) ? training.get(model) : training.newest(model)
  const isKind = variant === undefined || !/^[0-9a-f]{64}$/.test(variant)
  if (run && isKind) {
    const kind = (variant ?? 'float32') as Parameters<OptimizationRoom['variantOf']>[1]
    return fileOfVariant(await optimization.variantOf(run, kind, job))
  }
  if (!run && variant === undefined) return await modelFile(model)
  const all = (await optimization.door.list({ run: run?.id }, { signal: job.signal })).variants
  const found = all.find(each =>
    isKind ? each.kind === variant && each.source === resolve(model) : each.id === variant,
  )
  if (found) return fileOfVariant(found)
  throw fail(
    'not-found',
    `${basename(model)} has no variant ${isKind ? variant : variant?.slice(0, 12)} here.`,
    'Make it with "optimization convert" first; "optimization list" shows those there are.',
  )
}

async function modelFile(model: string): Promise<ModelFile> {
  const path = resolve(model)
  if (!existsSync(path))
    throw fail(
      'not-found',
      `There is no run, model or file ${model}.`,
      'Give a run (run-1), the name of a trained model, or the path of a TFLite file or a GraphDef.',
    )
  const stat = statSync(path)
  if (!stat.isFile())
    throw fail(
      'bad-input',
      `${basename(path)} is a folder, and a device measures a single file.`,
      'Convert the model to TFLite or freeze it, then measure what comes out.',
    )
  return {
    path,
    bytes: stat.size,
    variant: asHash(await hashFile(path)),
    kind: null,
    run: null,
    title: basename(path),
  }
}
