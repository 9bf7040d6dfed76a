import type { Hash, Release } from '#contract'
import type { EvaluationRoom } from '../evaluation/index.ts'
import type { Doors } from '../jobs/index.ts'
import { openTurns } from '../kit/index.ts'
import type { OptimizationRoom } from '../optimization/index.ts'
import type { RegistryRoom } from '../registry/index.ts'
import { openRepository, type SigningKey } from '../release/index.ts'
import type { Store } from '../store/index.ts'
import { type TrainingRoom, trainedRun } from '../training/index.ts'
import type { ValidationRoom } from '../validation/index.ts'
import { releaseFiles } from './files.ts'
import { passGate, passTolerance } from './gate.ts'
import { publishRelease } from './publishRelease.ts'
import type { Releases } from './releases.ts'

/** Takes a version through its gate, makes its files, and writes the signed release into a repository. */
export function openPublishing({
  store,
  validation,
  training,
  evaluation,
  optimization,
  registry,
  releases,
  own,
  signingKey,
}: {
  store: Store
  validation: Pick<ValidationRoom, 'gate'>
  training: TrainingRoom
  evaluation: EvaluationRoom
  optimization: OptimizationRoom
  registry: RegistryRoom
  releases: Releases
  /** The workspace's own repository, for who names none. */
  own: string
  signingKey: () => SigningKey
}): Doors['publishing']['publish'] {
  /** Publications into one repository wait for each other, or two would take the same number. */
  const inTurn = openTurns()

  return async (input, job) => {
    const version = registry.resolve(input.model, input.version)
    const repository = openRepository(input.to ?? own, process.env.EDGEWRIGHT_TOKEN)
    const run = trainedRun(training.get(version.run))
    const warning = validation.gate(run.version, 'publishing')
    if (warning !== null) job.log(warning, 'warning')
    const isSmall = optimization.variants(run.id).some(({ kind }) => kind === 'dynamic-range')
    const variant = await optimization.variantOf(
      run,
      input.variant?.[0] ?? (isSmall ? 'dynamic-range' : 'float32'),
      job,
    )
    job.uses(version.id)
    job.uses(variant.id)
    const metrics = passGate(evaluation, version, variant)
    passTolerance(optimization, version, variant)
    const files = releaseFiles(store, await training.model(run), version, run, variant, {
      metrics,
      evaluation: evaluation.newest(run.id, variant.kind)?.id ?? null,
    })
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    const key = signingKey()
    const released = await inTurn(repository.address, () =>
      publishRelease(
        repository,
        key,
        {
          model: version.model,
          version: version.version,
          variant: variant.kind,
          modelVersion: version.id,
          files,
        },
        {
          signal: job.signal,
          progress: (copied, step) => job.progress(bytes ? copied / bytes : null, step),
        },
      ),
    )
    const release: Release = {
      id: released.id,
      model: version.model,
      version: version.version,
      variant: variant.kind,
      sequence: released.sequence,
      to: repository.address,
      files: released.files,
      bytes: released.files.reduce((sum, file) => sum + file.bytes, 0),
      key: key.fingerprint as Hash,
      at: released.at,
      madeBy: job.id,
    }
    releases.put(release)
    job.makes({ id: release.id, kind: 'release', title: `${release.model} v${release.version}, signed` })
    job.log(`Release ${release.sequence} of ${release.model} is in ${release.to}.`)
    return release
  }
}
