import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Tolerance } from '#contract'
import { type LiteModel, saveTflite, withLowestVersions } from '../graph/index.ts'
import type { JobContext } from '../jobs/index.ts'
import { ensureFolder, fail } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import { fewestFloat, noisiest } from './fallback.ts'
import { type Precision, withPrecision } from './lite.ts'
import { comparedOf, lossesOf, verdictOf } from './proof/index.ts'
import type { Range } from './quantize/index.ts'
import type { Running } from './running.ts'
import type { Samples } from './samples/index.ts'

/**
 * The fewest layers to keep float so that a tolerance holds, with those that were to stay float anyway.
 *
 * @param samples rows to judge it on
 * @param classes as {@link comparedOf} takes them
 * @throws Failure `gate-blocked` where it does not hold whichever layers stay float, `bad-input` where the outputs are no
 * classes that could be right or wrong
 */
export async function layersToKeep(
  { running, store, job }: { running: Running; store: Store; job: JobContext },
  float: LiteModel,
  ranges: ReadonlyMap<number, Range>,
  precision: Precision,
  tolerance: Tolerance,
  samples: Samples,
  classes: readonly string[] | null,
): Promise<string[]> {
  const folder = ensureFolder(store.place('tmp', `search-${job.id}`))
  const file = join(folder, 'model.tflite')
  let tries = 0
  const attempt = async (keep: string[], whole: boolean) => {
    const keepFloat = [...precision.keepFloat, ...keep]
    const { model } = withPrecision(float, { ...precision, keepFloat }, ranges)
    await saveTflite(withLowestVersions(model), file)
    const seen = await running.prove(float, { form: 'tflite', file, whole }, samples, job)
    const compared = comparedOf(seen, samples, classes)
    if (!compared.disagreements) throw noClasses()
    const { passed, reason } = verdictOf(lossesOf({ ...compared, rows: samples.rows }), tolerance)
    job.log(
      `Try ${++tries}: ${keep.length === 0 ? 'all layers' : `all but ${keep.join(', ')}`} in whole numbers. ${reason}`,
    )
    return { passed, reason, layers: seen.layers }
  }
  try {
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
      `The tolerance does not hold, whichever layers stay float. With all layers quantized: ${first.reason}`,
      'Allow more points, calibrate on more rows, or keep weights in 8 bits alone.',
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A tolerance counts answers that are right, which only classes can be. */
export const noClasses = () =>
  fail(
    'bad-input',
    'A tolerance counts wrong answers, and this model gives values and no classes.',
    'Leave the tolerance out, and judge it by the differences in its proof.',
  )
