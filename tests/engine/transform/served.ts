import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hash, Run } from '#contract'
import { writeGraphDef } from '../../../main/engine/graph/index.ts'
import { canonicalJson, hashOf } from '../../../main/engine/kit/index.ts'
import { publishRelease } from '../../../main/engine/publishing/index.ts'
import {
  FORMAT,
  generateKey,
  type ModelFile,
  openRepository,
  RELEASE_FILES,
} from '../../../main/engine/release/index.ts'
import type { Form, Predicted } from '../../../main/engine/training/index.ts'
import { agentHere, MODEL } from '../../agent/agentHere.ts'
import { folder as temporary, until } from '../../agent/tinyModel.ts'
import { freezeLayers } from '../freezeLayers.ts'
import { type Bench, resultOf } from '../training/bench.ts'

/** Outputs of a split, as evaluation has them. */
export async function outputsOf(
  bench: Bench,
  run: Run,
  form: Form,
): Promise<{ rows: number; outputs: number[] }> {
  bench.jobs.offer('evaluation', 'gate', {
    title: () => 'Predict',
    cancel: 'c',
    run: (_, job) => bench.training.predict(run, 'test', form, job),
  })
  const { rows, outputs } = await resultOf<Predicted>(bench, bench.jobs.start('evaluation', 'gate', {}))
  // A job's result is JSON.
  return { rows, outputs: Object.values(outputs) }
}

/** The release of a run as one version of its model. */
async function releaseOf({ training }: Bench, run: Run, version: number) {
  const { artifacts, transform, label } = await training.model(run)
  const frozen = freezeLayers(artifacts)
  const graph = writeGraphDef(frozen)
  const file: ModelFile = {
    format: FORMAT,
    model: MODEL,
    version,
    variant: 'float32',
    task: run.task,
    label,
    inputs: frozen.inputs.map(({ name, shape }) => ({ name, shape: shape as number[] })),
    outputs: frozen.outputs.map(({ name, shape }) => ({ name, shape: shape as number[] })),
    metrics: null,
    lineage: {
      run: run.id,
      trained: run.artifact,
      dataset: run.version as Hash,
      transform: run.transform as Hash,
      variant: hashOf(graph),
      evaluation: null,
    },
  }
  const at = temporary()
  const files = [
    [RELEASE_FILES.graph, graph] as const,
    [RELEASE_FILES.transform, canonicalJson(transform)] as const,
    [RELEASE_FILES.model, canonicalJson(file)] as const,
  ].map(([name, content]) => {
    const path = join(at, name)
    writeFileSync(path, content)
    return { name, hash: hashOf(content), bytes: Buffer.byteLength(content), path }
  })
  return { model: MODEL, version, variant: 'float32' as const, modelVersion: hashOf(`v${version}`), files }
}

/** Publishes a run for real and serves it; `again` publishes it as the next version. */
export async function served(bench: Bench, run: Run) {
  const repository = temporary()
  const { key } = generateKey()
  let version = 0
  const publish = async () => {
    await publishRelease(openRepository(repository), key, await releaseOf(bench, run, ++version))
  }
  await publish()
  const device = await agentHere(repository)
  const serves = () =>
    until(
      () => device.model(),
      model => model?.state === 'serving' && model.reports === version,
    )
  await serves()
  return {
    ...device,
    repository,
    again: async () => {
      await publish()
      await serves()
    },
  }
}
