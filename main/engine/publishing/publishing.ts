import { resolve } from 'node:path'
import type { GateResult, Hash, Metrics, ModelVersion, Release, Run, Variant } from '#contract'
import type { EvaluationRoom } from '../evaluation/index.ts'
import type { Doors, JobContext } from '../jobs/index.ts'
import { canonicalJson, fail } from '../kit/index.ts'
import type { OptimizationRoom } from '../optimization/index.ts'
import type { RegistryRoom } from '../registry/index.ts'
import {
  FORMAT,
  type ModelFile,
  openRepository,
  openSigningKey,
  RELEASE_FILES,
  type SigningKey,
} from '../release/index.ts'
import { collection, type Store } from '../store/index.ts'
import type { TrainingRoom } from '../training/index.ts'
import { openAgents } from './agents.ts'
import { openFleet } from './fleet.ts'
import { openOffer } from './offer.ts'
import { publishRelease } from './publishRelease.ts'

export interface PublishingRoom {
  door: Doors['publishing']
  /** Stops the devices that were started here, and the offer. */
  close(): Promise<void>
}

/** The same release can be in several repositories, so it is kept by both. */
interface Entry {
  id: string
  at: string
  release: Release
}

export function createPublishing({
  store,
  training,
  evaluation,
  optimization,
  registry,
  keys,
  agentEntry,
}: {
  store: Store
  training: TrainingRoom
  evaluation: EvaluationRoom
  optimization: OptimizationRoom
  registry: RegistryRoom
  /** Folder of the signing key, outside the workspace. */
  keys: string
  /** Program and arguments that start an agent. */
  agentEntry: string[]
}): PublishingRoom {
  const entries = collection<Entry>(store.db, 'releases')
  const releases = (model?: string): Release[] => entries.list(model).map(entry => entry.release)
  const own = () => resolve(store.folder, 'repository')
  const agents = openAgents(agentEntry, name => store.place('agents', name))
  const known = () => [
    ...new Set([
      own(),
      ...releases().map(release => release.to),
      ...agents.all().map(agent => agent.repository),
    ]),
  ]
  const fleet = openFleet(known, agents)
  const offer = openOffer()
  /** Publications into one repository wait for each other, or two would take the same number. */
  const turns = new Map<string, Promise<unknown>>()

  let signing: SigningKey | null = null
  const signingKey = (): SigningKey => {
    signing ??= openSigningKey(keys)
    return signing
  }

  async function inTurn<T>(address: string, run: () => Promise<T>): Promise<T> {
    const turn = (turns.get(address) ?? Promise.resolve()).catch(() => {}).then(run)
    turns.set(address, turn)
    try {
      return await turn
    } finally {
      if (turns.get(address) === turn) turns.delete(address)
    }
  }

  function gate(version: ModelVersion, variant: Variant): Metrics | null {
    const measured =
      evaluation.newest(version.run, variant.kind)?.metrics ??
      variant.compared?.after ??
      evaluation.newest(version.run)?.metrics ??
      null
    const { passed, checks } = evaluation.judge(evaluation.gateOf(version.model), measured)
    if (!passed)
      throw fail(
        'gate-blocked',
        `${version.model} v${version.version} may not be published: ${checks
          .filter(check => !check.passed)
          .map(shortfall)
          .join(', ')}.`,
        'Train or choose a better version, or change the gate.',
      )
    return measured
  }

  async function filesOf(version: ModelVersion, run: Run, variant: Variant, metrics: Metrics | null) {
    const { transform, label } = await training.model(run)
    const file: ModelFile = {
      format: FORMAT,
      model: version.model,
      version: version.version,
      variant: variant.kind,
      task: run.task,
      label,
      inputs: variant.inputs,
      outputs: variant.outputs,
      metrics,
      lineage: {
        run: run.id,
        trained: run.artifact,
        dataset: run.version,
        transform: run.transform,
        variant: variant.id,
        evaluation: evaluation.newest(run.id, variant.kind)?.id ?? null,
      },
    }
    const json = (name: string, value: unknown) => {
      const text = canonicalJson(value)
      const hash = store.blobs.put(text)
      return { name, hash, bytes: Buffer.byteLength(text), path: store.blobs.path(hash) }
    }
    return [
      {
        name: RELEASE_FILES.graph,
        hash: variant.id,
        bytes: store.blobs.read(variant.id).length,
        path: store.blobs.path(variant.id),
      },
      json(RELEASE_FILES.transform, transform),
      json(RELEASE_FILES.model, file),
    ]
  }

  async function publish(
    input: { model: string; version?: number; variant?: 'float32' | 'dynamic-range'; to?: string },
    job: JobContext,
  ): Promise<Release> {
    const version = registry.resolve(input.model, input.version)
    const repository = openRepository(input.to ?? own(), process.env.EDGEWRIGHT_TOKEN)
    const run = training.get(version.run)
    const isSmall = optimization.variants(run.id).some(({ kind }) => kind === 'dynamic-range')
    const variant = await optimization.variantOf(
      run,
      input.variant ?? (isSmall ? 'dynamic-range' : 'float32'),
      job,
    )
    job.uses(version.id)
    job.uses(variant.id)
    const metrics = gate(version, variant)
    const files = await filesOf(version, run, variant, metrics)
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
    entries.put({ id: `${release.id}@${release.to}`, at: release.at, release }, release.model)
    job.makes({ id: release.id, kind: 'release', title: `${release.model} v${release.version}, signed` })
    job.log(`Release ${release.sequence} of ${release.model} is in ${release.to}.`)
    return release
  }

  async function find(id: string) {
    const device = (await fleet.look()).find(each => each.id === id)
    if (!device)
      throw fail(
        'not-found',
        `There is no device ${id.slice(0, 24)}.`,
        'See the list of devices for those there are.',
      )
    return device
  }

  return {
    door: {
      publish,
      releases: async ({ model }) => ({ releases: releases(model) }),
      devices: async () => ({ devices: await fleet.look() }),
      watch: (_input, { signal }) => fleet.watch(signal),
      startAgent: async ({ name, repository, port }) => {
        const agent = await agents.start(name, repository ?? own(), port)
        return fleet.put(agent.repository, await agent.report())
      },
      stopAgent: async ({ id }) => {
        const agent = agents.get(id)
        await agent?.stop()
        return { stopped: agent !== undefined }
      },
      rollBack: async ({ id, model }) => {
        const agent = agents.get(id)
        if (!agent) {
          const { name } = await find(id)
          throw fail(
            'unsupported',
            `${name} was not started from this window, so it takes no orders from here.`,
            'Roll it back on the device with "edgewright agent rollback", or publish the version before.',
          )
        }
        return fleet.put(agent.repository, await agent.rollBack(model))
      },
      predict: async ({ id, model, instances }, { signal }) => {
        const { name, address } = await find(id)
        if (!address)
          throw fail('unreachable', `${name} does not answer.`, 'Start the device, then ask again.')
        return await ask(name, address, model, instances, signal)
      },
      host: async ({ directory, port, network, stop }) => {
        if (stop) {
          await offer.stop()
          return { address: null, token: null }
        }
        return await offer.start(resolve(directory ?? own()), port, network ? '0.0.0.0' : '127.0.0.1')
      },
      key: async () => {
        const { fingerprint, spki } = signingKey()
        return { fingerprint, publicKey: spki }
      },
    },
    async close() {
      await Promise.all([agents.close(), offer.stop()])
    },
  }
}

/** "accuracy 0.81 where 0.85 is wanted" */
function shortfall({ rule, value }: GateResult['checks'][number]): string {
  const wanted =
    rule.min !== undefined && (value === null || value < rule.min)
      ? `${rule.min} is wanted`
      : `at most ${rule.max} is wanted`
  return value === null
    ? `${rule.metric} was not measured where ${wanted}`
    : `${rule.metric} ${Number(value.toPrecision(4))} where ${wanted}`
}

async function ask(
  name: string,
  address: string,
  model: string,
  instances: Record<string, unknown>[],
  signal: AbortSignal,
): Promise<{ predictions: unknown[]; milliseconds: number }> {
  const began = performance.now()
  let answer: Response
  try {
    answer = await fetch(`${address}/v1/models/${encodeURIComponent(model)}:predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ instances }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]),
    })
  } catch (cause) {
    if (signal.aborted) throw cause
    throw fail('unreachable', `${name} does not answer at ${address}.`, 'Check the network and the device.', {
      cause,
    })
  }
  const said = (await answer.json()) as { predictions?: unknown[]; error?: string }
  if (!answer.ok || !said.predictions) {
    const code = answer.status === 404 ? 'not-found' : answer.status < 500 ? 'bad-input' : 'unreachable'
    throw fail(code, said.error ?? `${name} answered ${answer.status}.`, '')
  }
  return { predictions: said.predictions, milliseconds: performance.now() - began }
}
