import type { Variant } from '#contract'
import type { EvaluationRoom } from '../evaluation/index.ts'
import type { JobContext } from '../jobs/index.ts'
import { fail } from '../kit/index.ts'
import type { TrainingRoom } from '../training/index.ts'
import { kindOf } from './variants.ts'
import type { Wanted } from './wanted.ts'

/** The trained model and a variant of it on the same rows: the figures of each, and how far any output moved. */
export async function compareWithRun(
  { training, evaluation }: { training: TrainingRoom; evaluation: EvaluationRoom },
  id: string,
  wanted: Wanted,
  variant: { form: 'tflite' | 'graphdef'; file: string },
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
  const after = await evaluation.measure(
    run,
    found,
    { kind: variant.form === 'tflite' ? 'tflite' : 'graph', file: variant.file },
    kindOf(wanted),
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
