import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach } from 'vitest'
import {
  contract,
  type GateRule,
  inputOf,
  type Metrics,
  type ModelVersion,
  type Packed,
  type Release,
  type Run,
  type Variant,
  type VariantKind,
} from '#contract'
import { openVerdicts } from '../../../main/engine/evaluation/gate/verdicts.ts'
import type { EvaluationRoom } from '../../../main/engine/evaluation/index.ts'
import { loadExecutable, readGraphDef } from '../../../main/engine/graph/index.ts'
import { openJobs } from '../../../main/engine/jobs/index.ts'
import { asJobId, asRunId, fail, hashOf } from '../../../main/engine/kit/index.ts'
import { openLineage } from '../../../main/engine/lineage/index.ts'
import type { OptimizationRoom } from '../../../main/engine/optimization/index.ts'
import { createPublishing, type PublishingRoom } from '../../../main/engine/publishing/index.ts'
import type { RegistryRoom } from '../../../main/engine/registry/index.ts'
import { openStore } from '../../../main/engine/store/index.ts'
import { openTensor } from '../../../main/engine/tensor/index.ts'
import type { TrainingRoom } from '../../../main/engine/training/index.ts'
import { folder, label, tinyGraph, transform } from '../../agent/tinyModel.ts'

export const MODEL = 'Bolt inspector'
export const AT = '2026-01-02T03:04:05.678Z'
const agentEntry = [process.execPath, fileURLToPath(new URL('../../../main/agent/main.ts', import.meta.url))]

const open: (() => Promise<void> | void)[] = []
const folders: string[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true })
})

/** A folder for keys that many houses of a test may share. */
export function keysHere(): string {
  const path = mkdtempSync(join(tmpdir(), 'edgewright-keys-'))
  folders.push(path)
  return path
}

const SIGNAL = { signal: new AbortController().signal }
type Door = PublishingRoom['door']
type Call = {
  [Verb in keyof Door]: (
    input?: Record<string, unknown>,
  ) => Promise<Awaited<ReturnType<Extract<Door[Verb], (...args: never[]) => unknown>>>>
}

/** The room in a real workspace, over small earlier rooms that hold tiny but real models. */
export function house({
  metrics = { accuracy: 0.81 } as Metrics | null,
  keys = keysHere(),
  workspace = join(folder(), 'shop'),
  artifact = 'artifact',
} = {}) {
  const store = openStore(workspace)
  const lineage = openLineage(store)
  const jobs = openJobs(store, lineage)
  const rules: GateRule[] = []
  const kinds: VariantKind[] = []
  /** What the tolerance says of every variant. */
  const tolerance: { verdict: { passed: boolean; reason: string } | null } = { verdict: null }
  const runOf = (version: number): Run => ({
    id: asRunId(`run-${version}`),
    model: MODEL,
    plan: { dataset: 'bolts', label: 'kind' } as unknown as Run['plan'],
    version: hashOf('data'),
    task: 'multiclass',
    classes: label.classes,
    state: 'succeeded',
    failure: null,
    backend: 'wasm',
    rows: { train: 1, eval: 1, test: 1 },
    inputs: 3,
    parameters: 12,
    epochs: [],
    best: 1,
    stoppedEarly: false,
    transform: hashOf('transform'),
    artifact: hashOf(`${artifact} ${version}`),
    bytes: 1,
    origin: 'trained',
    search: null,
    repeats: null,
    code: null,
    imageDigest: null,
    tags: [],
    notes: '',
    pinned: false,
    archived: false,
    removedAt: null,
    at: AT,
    endedAt: AT,
    job: asJobId('job-1'),
  })
  const variantOf = (run: Run, kind: VariantKind): Variant => {
    const file = tinyGraph({ best: Number(run.id.slice(4)) % 3 })
    return {
      id: store.blobs.put(file),
      run: run.id,
      kind,
      title: kind,
      bytes: file.length,
      nodes: 6,
      ops: {},
      source: null,
      inputs: [{ name: 'x', shape: [-1, 3] }],
      outputs: [{ name: 'out', shape: [-1, 3] }],
      passes: [],
      settings: null,
      kept: [],
      compared: null,
      proof: null,
      out: null,
      at: AT,
      madeBy: null,
    }
  }
  const versionOf = (version: number): ModelVersion => ({
    id: hashOf(`version ${version}`),
    model: MODEL,
    version,
    run: asRunId(`run-${version}`),
    notes: '',
    aliases: [],
    variants: [],
    metrics,
    gate: null,
    at: AT,
  })
  const room = createPublishing({
    validation: { gate: () => null },
    store,
    dataset: {
      resolve: () => ({ splits: { train: 4, eval: 0, test: 4 } }) as never,
      async *read() {
        yield {
          rows: 4,
          columns: [
            [9, 10, 11, 12],
            ['red', 'green', 'red', null],
          ],
        } as never
      },
      pictures: () => {
        throw new Error('there are no pictures')
      },
    },
    training: {
      get: (id: string) => runOf(Number(id.slice(4))),
      model: async () => ({ artifacts: {} as never, transform, label }),
      onKeep: () => {},
      // What the worker does, without its process: the file is really computed.
      async predictFeatures(_run: Run, form: { file: string }, write: (file: string) => Promise<number>) {
        const file = join(folder(), 'features')
        const rows = await write(file)
        const { tf } = await openTensor('cpu' as never)
        const graph = readGraphDef(await readFile(form.file), { inputs: ['x'], outputs: ['out'] })
        const executable = loadExecutable(graph, tf)
        const data = new Float32Array(new Uint8Array(await readFile(file)).buffer)
        return executable.run({ x: { data, shape: [rows, 3] } }).out?.data as Float32Array
      },
    } as unknown as TrainingRoom,
    evaluation: {
      newest: (_run: string, variant?: string) =>
        metrics && !variant ? { id: hashOf('evaluation'), metrics } : null,
      gateOf: () => rules,
      standing: openVerdicts(store, { of: () => rules, set: () => rules }, () => () => null).standing,
    } as unknown as EvaluationRoom,
    optimization: {
      variants: (run: string) => kinds.map(kind => variantOf(runOf(Number(run.slice(4))), kind)),
      variantOf: async (run: Run, kind: VariantKind) => variantOf(run, kind),
      judge: () => tolerance.verdict,
    } as unknown as OptimizationRoom,
    registry: {
      resolve: (model: string, version = 1) => {
        if (model !== MODEL) throw fail('not-found', `There is no model named ${model}.`, 'See the registry.')
        return versionOf(version)
      },
    } as unknown as RegistryRoom,
    keys,
    agentEntry,
  })
  open.push(async () => {
    await room.close()
    await jobs.close()
    store.close()
  })
  for (const verb of ['publish', 'pack'] as const)
    jobs.offer('publishing', verb, {
      title: () => verb,
      cancel: '',
      run: (input, context) => room.door[verb](input as never, context) as Promise<unknown>,
    })
  /** As the house does it: a job of the contract's own input, to its end. */
  async function work(verb: 'publish' | 'pack', input: Record<string, unknown>) {
    const read = inputOf(contract.publishing[verb] as never).parse(input)
    const job = jobs.start('publishing', verb, read as never)
    const { status } = await jobs.ended(job.id)
    if (status.state === 'succeeded') return status.result
    throw Object.assign(
      new Error(JSON.stringify(status)),
      status.state === 'failed' ? { failure: status.failure } : {},
    )
  }
  /** The door with the contract's defaults, as the wall asks it. */
  const call = new Proxy({} as Call, {
    get:
      (_target, verb: keyof Door) =>
      async (input: Record<string, unknown> = {}) =>
        (room.door[verb] as (input: unknown, request: unknown) => unknown)(
          inputOf(contract.publishing[verb] as never).parse(input),
          SIGNAL,
        ),
  })
  return {
    ...room,
    call,
    store,
    lineage,
    jobs,
    rules,
    kinds,
    tolerance,
    publish: (input: Record<string, unknown> = {}) =>
      work('publish', { model: MODEL, ...input }) as Promise<Release>,
    pack: (input: Record<string, unknown> = {}) => work('pack', input) as Promise<Packed>,
    keys,
    workspace,
    own: join(workspace, 'repository'),
  }
}
