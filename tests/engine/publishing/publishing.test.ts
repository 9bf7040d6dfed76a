import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import type { Device, GateRule, Metrics, ModelVersion, Release, Run, Variant, VariantKind } from '#contract'
import { openVerdicts } from '../../../main/engine/evaluation/gate/verdicts.ts'
import type { EvaluationRoom } from '../../../main/engine/evaluation/index.ts'
import { openJobs } from '../../../main/engine/jobs/index.ts'
import { asJobId, asRunId, fail, hashOf } from '../../../main/engine/kit/index.ts'
import { openLineage } from '../../../main/engine/lineage/index.ts'
import type { OptimizationRoom } from '../../../main/engine/optimization/index.ts'
import { createPublishing, type PublishingRoom } from '../../../main/engine/publishing/index.ts'
import type { RegistryRoom } from '../../../main/engine/registry/index.ts'
import {
  type DeviceReport,
  deviceIdOf,
  FORMAT,
  generateKey,
  openSigningKey,
  Pointer,
  publicKeyFrom,
  readEnvelope,
  seal,
} from '../../../main/engine/release/index.ts'
import { openStore } from '../../../main/engine/store/index.ts'
import type { TrainingRoom } from '../../../main/engine/training/index.ts'
import { agentHere } from '../../agent/agentHere.ts'
import {
  classOf,
  folder,
  instance,
  label,
  publishTiny,
  tinyGraph,
  transform,
  until,
} from '../../agent/tinyModel.ts'

const MODEL = 'Bolt inspector'
const AT = '2026-01-02T03:04:05.678Z'
const agentEntry = [process.execPath, fileURLToPath(new URL('../../../main/agent/main.ts', import.meta.url))]

const open: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

/** The room in a real workspace, over small earlier rooms that hold tiny but real models. */
function house({
  metrics = { accuracy: 0.81 } as Metrics | null,
  keys = folder(),
  workspace = join(folder(), 'shop'),
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
    plan: {} as Run['plan'],
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
    artifact: hashOf(`artifact ${version}`),
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
    training: {
      get: (id: string) => runOf(Number(id.slice(4))),
      model: async () => ({ artifacts: {} as never, transform, label }),
      onKeep: () => {},
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
  jobs.offer('publishing', 'publish', {
    title: () => 'Publish',
    cancel: '',
    run: (input, context) => room.door.publish(input as never, context),
  })
  /** As the house does it: a job of the contract's own input, to its end. */
  async function publish(input: Record<string, unknown> = {}) {
    const read = { model: MODEL, ...input } as Parameters<PublishingRoom['door']['publish']>[0]
    const job = jobs.start('publishing', 'publish', read)
    const { status } = await jobs.ended(job.id)
    if (status.state === 'succeeded') return status.result as Release
    throw Object.assign(
      new Error(JSON.stringify(status)),
      status.state === 'failed' ? { failure: status.failure } : {},
    )
  }
  return {
    ...room,
    store,
    lineage,
    jobs,
    rules,
    kinds,
    tolerance,
    publish,
    keys,
    workspace,
    own: join(workspace, 'repository'),
  }
}

const ask = { signal: new AbortController().signal }

describe('publish', () => {
  test('writes a signed release, keeps the record and the lineage', async () => {
    const { publish, door, lineage, store, own } = house()
    const release = await publish()
    expect(release).toMatchObject({ model: MODEL, version: 1, variant: 'float32', sequence: 1, to: own })
    expect(release.files.map(({ name }) => name)).toEqual(['graph.pb', 'transform.json', 'model.json'])
    expect(release.bytes).toBe(release.files.reduce((sum, file) => sum + file.bytes, 0))
    const { signed } = readEnvelope(readFileSync(join(own, 'models', MODEL, 'current.json')), Pointer, 'it')
    expect(signed.description.hash).toBe(release.id)
    expect(hashOf(readFileSync(join(own, 'models', MODEL, '1-float32.json')))).toBe(release.id)
    const model = release.files.find(({ name }) => name === 'model.json')
    const kept = JSON.parse(
      readFileSync(join(own, 'blobs/sha256', model?.hash.slice(0, 2) ?? '', model?.hash ?? ''), 'utf8'),
    )
    expect(kept).toMatchObject({
      metrics: { accuracy: 0.81 },
      lineage: { run: 'run-1', dataset: hashOf('data') },
    })
    expect(lineage.get(release.id)).toMatchObject({ kind: 'release', madeBy: release.madeBy })
    expect((await door.releases({}, ask)).releases).toEqual([release])
    expect((await door.releases({ model: 'Other' }, ask)).releases).toEqual([])
    const { fingerprint, publicKey } = await door.key({}, ask)
    expect(release.key).toBe(fingerprint)
    expect(publicKeyFrom(publicKey).fingerprint).toBe(fingerprint)
    expect(store.folder.includes('keys')).toBe(false)
  })

  test('takes 8-bit weights where they were made, and what is asked for before that', async () => {
    const { publish, kinds } = house()
    kinds.push('dynamic-range')
    expect((await publish()).variant).toBe('dynamic-range')
    expect((await publish({ variant: 'float32' })).variant).toBe('float32')
  })

  test('a variant that loses more than the tolerance allows is held back, in the words of its proof', async () => {
    const { publish, tolerance, door } = house()
    tolerance.verdict = { passed: false, reason: 'It loses 2.1 points where 1.0 point are allowed.' }
    await expect(publish()).rejects.toMatchObject({
      failure: { code: 'gate-blocked', message: expect.stringContaining('It loses 2.1 points') },
    })
    expect((await door.releases({}, ask)).releases).toEqual([])
    tolerance.verdict = { passed: true, reason: 'It loses 0.1 points.' }
    expect((await publish()).variant).toBe('float32')
  })

  test('again, it is the same release under a higher number; nothing is copied twice', async () => {
    const { publish, own, door } = house()
    const first = await publish()
    const blobs = () =>
      readdirSync(join(own, 'blobs'), { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => [entry.name, statSync(join(entry.parentPath, entry.name)).mtimeMs])
    const before = blobs()
    const second = await publish()
    expect(second).toMatchObject({ id: first.id, sequence: 2 })
    expect(blobs()).toEqual(before)
    await publish({ version: 2 })
    const back = await publish({ version: 1 })
    expect(back).toMatchObject({ id: first.id, sequence: 4 })
    expect(
      (await door.releases({}, ask)).releases.map(({ version, sequence }) => [version, sequence]),
    ).toEqual([
      [1, 4],
      [2, 3],
    ])
  })

  test('mends a repository that lost a file of the release', async () => {
    const { publish, own } = house()
    const first = await publish()
    const graph = first.files[0]
    const at = join(own, 'blobs/sha256', graph?.hash.slice(0, 2) ?? '', graph?.hash ?? '')
    writeFileSync(at, 'damaged')
    await publish()
    expect(hashOf(readFileSync(at))).toBe(graph?.hash)
  })

  test('two at once do not take the same number', async () => {
    const { publish } = house()
    const releases = await Promise.all([1, 2, 3, 4].map(version => publish({ version })))
    expect(releases.map(({ sequence }) => sequence).sort()).toEqual([1, 2, 3, 4])
  })

  test('the gate blocks by rule and figure, and lets through without rules', async () => {
    const { publish, rules, own } = house()
    rules.push({ metric: 'accuracy', min: 0.85 }, { metric: 'logLoss', max: 0.5 })
    await expect(publish()).rejects.toMatchObject({
      failure: {
        code: 'gate-blocked',
        message: `${MODEL} v1 may not be published: accuracy 0.81 where 0.85 is wanted, logLoss was not measured where at most 0.5 is wanted.`,
      },
    })
    expect(existsSync(own)).toBe(false)
    rules.splice(0)
    await publish()
  })

  test('another workspace does not put another model under the same version', async () => {
    const { publish, own, keys } = house()
    await publish()
    const { key } = generateKey()
    const second = house({ keys })
    // The same key, another origin.
    const description = join(own, 'models', MODEL, '1-float32.json')
    const before = readFileSync(description)
    const to = join(folder(), 'elsewhere')
    cpSync(own, to, { recursive: true })
    expect((await second.publish({ to })).sequence).toBe(2)
    const shared = openSigningKey(keys)
    await expect(publishTiny(to, shared, { version: 1 })).rejects.toMatchObject({
      failure: { code: 'already-there' },
    })
    await expect(publishTiny(to, key, { version: 2 })).rejects.toMatchObject({
      failure: { code: 'no-permission' },
    })
    expect(readFileSync(description)).toEqual(before)
  })

  test('a model or a place that is not there', async () => {
    const { publish } = house()
    await expect(publish({ model: 'Nobody' })).rejects.toMatchObject({ failure: { code: 'not-found' } })
    await expect(publish({ to: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      failure: { code: 'unreachable' },
    })
    await expect(publish({ to: 'ftp://x' })).rejects.toMatchObject({ failure: { code: 'bad-input' } })
    const file = join(folder(), 'file')
    writeFileSync(file, '')
    await expect(publish({ to: file })).rejects.toMatchObject({ failure: { code: 'bad-input' } })
  })

  test('a damaged key or repository is said and not overwritten', async () => {
    const { publish, own } = house()
    await publish()
    writeFileSync(join(own, 'models.json'), '{"signed":{}}')
    await expect(publish({ version: 2 })).rejects.toMatchObject({ failure: { code: 'unsigned' } })
    writeFileSync(join(own, 'keys.json'), 'torn')
    await expect(publish({ version: 2 })).rejects.toMatchObject({ failure: { code: 'tampered' } })
    expect(readFileSync(join(own, 'keys.json'), 'utf8')).toBe('torn')
  })
})

describe('devices', () => {
  const serving = (device: Device | undefined, version: number) =>
    device?.models.some(model => model.state === 'serving' && model.reports === version)

  test('one started here follows, shows its state within 2 s, is asked, rolled back and stopped', async () => {
    const { publish, door } = house()
    await publish()
    const started = await door.startAgent({ name: 'bench', port: 0 }, ask)
    expect(started).toMatchObject({ name: 'bench', ours: true, address: expect.stringMatching(/^http:/) })
    const stop = new AbortController()
    let newest: Device[] = []
    const watched = (async () => {
      for await (const { devices } of door.watch({}, { signal: stop.signal })) newest = devices
    })()
    const here = () => newest.find(device => device.id === started.id)
    await until(here, device => serving(device, 1) === true)
    expect(here()).toMatchObject({ health: 'healthy', ours: true })

    await publish({ version: 2 })
    const switched = performance.now()
    await until(
      async () => await door.predict({ id: started.id, model: MODEL, instances: [instance] }, ask),
      ({ predictions }) => (predictions[0] as { class: string }).class === classOf(2),
    )
    await until(here, device => serving(device, 2) === true)
    console.info(`published, switched and shown in ${(performance.now() - switched).toFixed(0)} ms`)

    await expect(
      door.predict({ id: started.id, model: MODEL, instances: [{ weight: 1 }] }, ask),
    ).rejects.toMatchObject({ failure: { code: 'bad-input', message: expect.stringContaining('color') } })
    await expect(
      door.predict({ id: started.id, model: 'No', instances: [instance] }, ask),
    ).rejects.toMatchObject({
      failure: { code: 'not-found' },
    })

    const back = await door.rollBack({ id: started.id, model: MODEL }, ask)
    expect(back.models[0]).toMatchObject({ reports: 1, wanted: 2, state: 'rolled-back' })
    expect(back.health).toBe('attention')
    await until(here, device => device?.models[0]?.state === 'rolled-back', 2000)

    await expect(door.startAgent({ name: 'bench', port: 0 }, ask)).rejects.toMatchObject({
      failure: { code: 'already-there' },
    })
    expect(await door.stopAgent({ id: started.id }, ask)).toEqual({ stopped: true })
    expect(await door.stopAgent({ id: started.id }, ask)).toEqual({ stopped: false })
    await until(here, device => device?.health === 'offline', 2500)
    expect(here()).toMatchObject({ ours: false, address: null })
    await expect(
      door.predict({ id: started.id, model: MODEL, instances: [instance] }, ask),
    ).rejects.toMatchObject({ failure: { code: 'unreachable' } })
    stop.abort()
    await watched
    // Started again under its name it is the same device, with the version it had.
    const again = await door.startAgent({ name: 'bench', port: 0 }, ask)
    expect(again.id).toBe(started.id)
    expect(again.models[0]).toMatchObject({ reports: 1 })
  }, 60_000)

  test('one from elsewhere is seen and takes no orders; forged reports are not shown', async () => {
    const { publish, door, own } = house()
    await publish()
    const device = await agentHere(own, { name: 'crane-02' })
    await device.serves(1)
    const [seen] = await until(
      async () => (await door.devices({}, ask)).devices,
      devices => serving(devices[0], 1) === true,
    )
    expect(seen).toMatchObject({ id: device.id, name: 'crane-02', ours: false, health: 'healthy' })
    await expect(door.rollBack({ id: device.id, model: MODEL }, ask)).rejects.toMatchObject({
      failure: { code: 'unsupported' },
    })
    await expect(door.rollBack({ id: 'nobody', model: MODEL }, ask)).rejects.toMatchObject({
      failure: { code: 'not-found' },
    })
    const report = readFileSync(join(own, 'devices', `${device.id}.json`), 'utf8')
    writeFileSync(join(own, 'devices', `${'ab'.repeat(12)}.json`), report)
    writeFileSync(join(own, 'devices', `${'cd'.repeat(12)}.json`), 'no json')
    expect((await door.devices({}, ask)).devices.map(({ id }) => id)).toEqual([device.id])
    await device.close()
    rmSync(join(own, 'devices'), { recursive: true })
    expect((await door.devices({}, ask)).devices).toEqual([])
  })

  test('one that was heard of long ago is offline, and one whose clock is ahead is not', async () => {
    const { publish, door, own } = house()
    await publish()
    const say = (name: string, at: string) => {
      const { key } = generateKey()
      const id = deviceIdOf(key)
      const report: DeviceReport = {
        type: 'device',
        format: FORMAT,
        id,
        key: key.spki,
        name,
        address: 'http://127.0.0.1:9',
        at,
        stopped: false,
        failure: null,
        models: [],
        timeline: [],
        runtime: { node: '24', platform: 'linux', backend: '', memoryBytes: 1 },
      }
      mkdirSync(join(own, 'devices'), { recursive: true })
      writeFileSync(join(own, 'devices', `${id}.json`), seal(report, key))
    }
    say('a', new Date(Date.now() - 60_000).toISOString())
    say('b', '2036-01-01T00:00:00.000Z')
    const { devices } = await door.devices({}, ask)
    expect(devices.map(({ name, health, address }) => [name, health, address])).toEqual([
      ['a', 'offline', null],
      ['b', 'healthy', 'http://127.0.0.1:9'],
    ])
    expect(Date.parse(devices[1]?.seen ?? '')).toBeLessThanOrEqual(Date.now())
  })

  test('one that cannot start says why', async () => {
    const { door } = house()
    const first = await door.startAgent({ name: 'first', port: 0 }, ask)
    const port = Number(new URL(first.address as string).port)
    await expect(door.startAgent({ name: 'second', port }, ask)).rejects.toMatchObject({
      failure: { code: 'port-taken', message: expect.stringContaining(String(port)) },
    })
  }, 30_000)
})

test('offers the repository over HTTP until it is stopped', async () => {
  const { publish, door } = house()
  await publish()
  const offered = await door.host({ port: 0, network: false, stop: false }, ask)
  expect(await door.host({ port: 0, network: false, stop: false }, ask)).toEqual(offered)
  const { address, token } = offered as { address: string; token: string }
  const release = await publish({ version: 2, to: address.replace('//', `//:${token}@`) })
  expect(release).toMatchObject({ sequence: 2, to: address })
  expect(JSON.stringify(release)).not.toContain(token)
  const taken = Number(new URL(address).port)
  const other = house()
  await expect(other.door.host({ port: taken, network: false, stop: false }, ask)).rejects.toMatchObject({
    failure: { code: 'port-taken' },
  })
  expect(await door.host({ port: 0, network: false, stop: true }, ask)).toEqual({
    address: null,
    token: null,
  })
  await expect(fetch(`${address}/keys.json`)).rejects.toThrow()
})
