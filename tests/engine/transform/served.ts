import type { Hash, Run } from '#contract'
import {
  blankInstance,
  decodePrediction,
  encodeInstances,
  probabilitiesOf,
} from '../../../main/engine/encoding/index.ts'
import { loadExecutable, readGraphDef, writeGraphDef } from '../../../main/engine/graph/index.ts'
import { canonicalJson, hashOf } from '../../../main/engine/kit/index.ts'
import {
  FORMAT,
  type Golden,
  type ModelFile,
  modelRole,
  OPEN_SITE,
  openSink,
  PLAN_TARGET,
  type SitePlan,
  type VersionTerms,
  versionTarget,
  writeRelease,
} from '../../../main/engine/release/index.ts'
import { openTensor } from '../../../main/engine/tensor/index.ts'
import type { Form, Predicted } from '../../../main/engine/training/index.ts'
import { openKeyring, openSiteWriter } from '../../../main/engine/trust/index.ts'
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
  // What the graph gives for a row of which nothing is known: a device asks for it before it serves.
  const instance = blankInstance(transform)
  const { tf } = await openTensor()
  const executable = loadExecutable(readGraphDef(graph), tf)
  const [input] = frozen.inputs
  const encoded = encodeInstances(transform, [instance])
  const given = executable.run({ [input?.name ?? '']: { data: encoded, shape: [1, transform.width] } })
  const outputs = given[frozen.outputs[0]?.name ?? '']?.data as Float32Array
  const answer = decodePrediction(label, outputs, 0)
  const golden: Golden = {
    format: 'edgewright-golden/1',
    instances: [instance],
    scores: ['value' in answer ? [answer.value] : probabilitiesOf(label, outputs, 0)],
    tolerance: 1e-3 * (label.deviation ?? 1),
  }
  executable.dispose()
  const files = [
    { name: 'graph.pb', content: graph },
    { name: 'transform.json', content: Buffer.from(canonicalJson(transform)) },
    { name: 'model.json', content: Buffer.from(canonicalJson(file)) },
    { name: 'golden.json', content: Buffer.from(canonicalJson(golden)) },
  ]
  return { file, files }
}

/** Publishes a run for real and serves it; `again` publishes it as the next version. */
export async function served(bench: Bench, run: Run) {
  const repository = temporary()
  const sink = openSink(repository)
  const keyring = await openKeyring(temporary())
  const writer = openSiteWriter({ sink: sink.metadata(OPEN_SITE), keyring, site: OPEN_SITE, lane: 'online' })
  let version = 0
  const offered: SitePlan['models'][number]['versions'] = []
  const publish = async () => {
    version++
    const { file, files } = await releaseOf(bench, run, version)
    const at = new Date().toISOString()
    const release = {
      model: MODEL,
      version,
      variant: file.variant,
      createdAt: at,
      format: 'tensorflow',
      files,
    }
    const { hash, bytes } = await writeRelease(sink, release)
    const needs = { runtime: 'tfjs' as const, diskBytes: 1, memoryBytes: 1 }
    const terms: VersionTerms = {
      ...{ model: MODEL, version, counter: version },
      variant: file.variant,
      needs,
      issued: at,
    }
    offered.unshift({
      version,
      counter: version,
      variants: [{ variant: file.variant, manifest: hash, needs }],
    })
    const plan: SitePlan = {
      ...{ format: 'edgewright-site/1', site: OPEN_SITE, issued: at, devices: [], pollSeconds: 1 },
      recipient: keyring.reports().recipient,
      models: [
        ...[
          {
            model: MODEL,
            versions: [...offered],
            stable: version,
            rollout: null,
            floor: 0,
            revoked: [],
            decision: version,
          },
        ],
      ],
      capture: { lowConfidence: null, disagreement: false, random: 0, quotaBytes: 0 },
      bandwidth: { windows: [], bytesPerSecond: null, whole: 'always' },
    }
    const content = Buffer.from(canonicalJson(plan))
    await sink.putBlob(hashOf(content), content)
    await writer.publish([
      {
        role: modelRole(MODEL),
        targets: [{ path: versionTarget(MODEL, version, file.variant), hash, bytes, custom: terms }],
      },
      {
        role: 'site',
        targets: [{ path: PLAN_TARGET, hash: hashOf(content), bytes: content.length, custom: {} }],
      },
    ])
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
