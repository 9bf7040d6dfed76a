import { join } from 'node:path'
import type { Hash } from '#contract'
import type { LabelSpec, TransformSpec } from '../../main/engine/encoding/index.ts'
import { canonicalJson, hashOf } from '../../main/engine/kit/index.ts'
import {
  encryptContent,
  FORMAT,
  type ModelFile,
  modelRole,
  newIdentity,
  openSink,
  PLAN_TARGET,
  type PlanModel,
  type PlanVariant,
  RELEASE_FILES,
  recipientOf,
  type Sink,
  SitePlan,
  sealSiteKey,
  versionTarget,
  writePack,
  writeRelease,
} from '../../main/engine/release/index.ts'
import {
  type Keyring,
  openKeyring,
  openSiteWriter,
  type TrustedTarget,
} from '../../main/engine/trust/index.ts'
import { folder, instance, label, tinyGraph, transform } from './tinyModel.ts'

export const MODEL = 'Bolt inspector'

export interface NewVersion {
  version: number
  model?: string
  /** Default: the next number. */
  counter?: number
  graph?: Uint8Array
  /** In place of the graph. */
  tflite?: Uint8Array
  transform?: TransformSpec
  /** Its golden row, of another transform. */
  row?: unknown
  label?: LabelSpec
  /** Wrong ones make a golden run fail. */
  scores?: number[]
  /** Makes it larger by a file that devices carry along. */
  ballast?: Uint8Array
  /** A further file earlier ballast can be patched from. */
  bases?: Uint8Array[]
  needs?: Partial<PlanVariant['needs']>
  /** Default: `float32` alone. */
  variants?: PlanVariant['variant'][]
  /** Does not become what everyone runs. */
  isKept?: boolean
  encrypt?: boolean
  /** Makes another release of the same version. */
  note?: string
}

/** What the tiny models say of {@link instance}: softmax(x W + b). */
export function scoresOf(version: number, outputs = 3): number[] {
  const x = [0.5, 1, 0]
  const sums = Array.from({ length: outputs }, (_, j) =>
    x.reduce((sum, value, i) => sum + value * 0.1 * (i * outputs + j - 4), j === version % 3 ? 4 : 0),
  )
  const powers = sums.map(Math.exp)
  const all = powers.reduce((sum, each) => sum + each, 0)
  return powers.map(each => each / all)
}

/** What the tiny graph with one output says of {@link instance}, in the label's own scale. */
const regressionOf = ({ mean = 0, deviation = 1 }: LabelSpec): number => mean + deviation * 3.5

function filesOf(it: NewVersion, variant: PlanVariant['variant']): { name: string; content: Uint8Array }[] {
  const { version, model = MODEL, label: of = label, note } = it
  const file: ModelFile = {
    format: FORMAT,
    model,
    version,
    variant,
    task: of.task,
    label: of,
    inputs: [{ name: 'x', shape: [-1, 3] }],
    outputs: [{ name: 'out', shape: [-1, of.classes.length || 1] }],
    metrics: { accuracy: 0.9 },
    lineage: {
      run: `run-${version}`,
      trained: hashOf(`trained ${version}`),
      dataset: hashOf('data'),
      transform: hashOf('transform'),
      variant: hashOf(variant),
      evaluation: null,
    },
  }
  const golden = {
    format: 'edgewright-golden/1',
    instances: [it.row ?? instance],
    scores: [it.scores ?? (of.task === 'regression' ? [regressionOf(of)] : scoresOf(version))],
    tolerance: 0.01,
  }
  const text = (value: unknown) => Buffer.from(canonicalJson(value))
  return [
    it.tflite
      ? { name: 'model.tflite', content: it.tflite }
      : { name: RELEASE_FILES.graph, content: it.graph ?? tinyGraph({ best: version % 3 }) },
    {
      name: RELEASE_FILES.transform,
      content: text({
        ...(it.transform ?? transform),
        leftOut: [{ name: 'note', reason: note ?? 'says nothing' }],
      }),
    },
    { name: RELEASE_FILES.model, content: text(file) },
    { name: 'golden.json', content: text(golden) },
    ...(it.ballast ? [{ name: 'ballast.bin', content: it.ballast }] : []),
  ]
}

const newPlan = (site: string, recipient: string, at: string): SitePlan => ({
  format: 'edgewright-site/1',
  site,
  issued: at,
  recipient,
  models: [],
  devices: [],
  capture: { lowConfidence: null, disagreement: false, random: 0, quotaBytes: 1 << 20 },
  bandwidth: { windows: [], bytesPerSecond: null, whole: 'always' },
  pollSeconds: 60,
})

/** A publisher of the real parts, as small as a test wants it. */
export interface Publisher {
  where: string
  /** Where its keys lie. */
  keys: string
  sink: Sink
  keyring: Keyring
  plan: SitePlan
  /** Writes a release and lets everyone run it. */
  publish(it: NewVersion): Promise<PlanVariant[]>
  /** Changes the plan and signs it. */
  change(how: (plan: SitePlan) => void, model?: string): Promise<void>
  model(name?: string): PlanModel
  /** @returns the pack's file */
  pack(): Promise<string>
  /** Takes a device in by its report. */
  approve(report: { id: string; key: string; recipient?: string | undefined; name: string }): Promise<void>
}

export async function openPublisher({
  where = folder('edgewright-repository-'),
  keys = folder('edgewright-keys-'),
  from,
  site = from?.site ?? 'everyone',
  now = () => Date.now(),
}: {
  where?: string
  keys?: string
  /** The plan that the repository has already, where this is another process of the same publisher. */
  from?: SitePlan
  site?: string
  now?: () => number
} = {}): Promise<Publisher> {
  const sink = openSink(where)
  const keyring = await openKeyring(keys)
  const lanes = (['online', 'stick'] as const).map(lane => ({
    lane,
    writer: openSiteWriter({ sink: sink.metadata(site, lane), keyring, site, lane, now }),
  }))
  let last = Date.parse(from?.issued ?? '') || 0
  const moment = () => {
    last = Math.max(last + 1, now())
    return new Date(last).toISOString()
  }
  const plan = from ?? newPlan(site, keyring.reports().recipient, moment())
  const targets = new Map<string, TrustedTarget[]>()
  const identity = await newIdentity()
  const recipient = await recipientOf(identity)
  const blobs = new Map<Hash, number>()

  const model = (name = MODEL): PlanModel => {
    let found = plan.models.find(each => each.model === name)
    if (!found) {
      found = { model: name, versions: [], stable: null, rollout: null, floor: 0, revoked: [], decision: 0 }
      plan.models.push(found)
    }
    return found
  }

  async function sign(): Promise<void> {
    plan.issued = moment()
    const content = Buffer.from(canonicalJson(SitePlan.parse(plan)))
    const hash = hashOf(content)
    await sink.putBlob(hash, content)
    blobs.set(hash, content.length)
    for (const { writer } of lanes)
      await writer.publish([
        { role: 'site', targets: [{ path: PLAN_TARGET, hash, bytes: content.length, custom: {} }] },
        ...[...targets].map(([name, all]) => ({ role: modelRole(name), targets: all })),
      ])
  }

  return {
    where,
    keys,
    sink,
    keyring,
    plan,
    model,
    async publish(it) {
      const name = it.model ?? MODEL
      const wanted = model(name)
      const counter = it.counter ?? Math.max(0, ...wanted.versions.map(each => each.counter)) + 1
      const variants: PlanVariant[] = []
      for (const variant of it.variants ?? ['float32']) {
        const files = filesOf(it, variant)
        const written = await writeRelease(sink, {
          model: name,
          version: it.version,
          variant,
          createdAt: '2026-11-22T00:00:00.000Z',
          format: 'tensorflow',
          files,
          ...(it.bases ? { bases: it.bases.map(content => ({ name: 'ballast.bin', content })) } : {}),
          ...(it.encrypt ? { seal: plain => encryptContent(plain, recipient) } : {}),
        })
        const needs = {
          runtime: 'tfjs' as const,
          diskBytes: files.reduce((sum, { content }) => sum + content.length, 0),
          memoryBytes: 1 << 20,
          ...it.needs,
        }
        variants.push({ variant, manifest: written.hash, needs })
        const target: TrustedTarget = {
          path: versionTarget(name, it.version, variant),
          hash: written.hash,
          bytes: written.bytes,
          custom: { model: name, version: it.version, variant, counter, needs, issued: moment() },
        }
        targets.set(name, [...(targets.get(name) ?? []).filter(({ path }) => path !== target.path), target])
      }
      wanted.versions = [
        { version: it.version, counter, variants },
        ...wanted.versions.filter(each => each.version !== it.version),
      ]
      if (!it.isKept) {
        wanted.stable = it.version
        wanted.decision++
      }
      await sign()
      return variants
    },
    async change(how) {
      how(plan)
      await sign()
    },
    async approve({ id, key, recipient: own = '', name }) {
      plan.devices.push({
        id,
        name,
        key,
        recipient: own,
        groups: [],
        use: {},
        received: 0,
        siteKey: await sealSiteKey(identity, own),
      })
      await sign()
    },
    async pack() {
      const out = folder('edgewright-stick-')
      const [, stick] = lanes
      await stick?.writer.ensure()
      const { files } = await writePack({
        site,
        at: moment(),
        folder: out,
        source: sink,
        metadata: sink.metadata(site, 'stick'),
        blobs: [...blobs].map(([hash, bytes]) => ({ hash, bytes })).slice(-1),
        manifests: plan.models.flatMap(each =>
          (targets.get(each.model) ?? []).map(({ hash, bytes }) => ({ hash, bytes })),
        ),
      })
      return join(out, (files[0] as string).split('/').at(-1) as string)
    },
  }
}

const publishers = new Map<string, Promise<Publisher>>()

/** Publishes into a folder, always as the same publisher. */
export async function publishTiny(where: string, it: NewVersion): Promise<void> {
  const known = publishers.get(where) ?? openPublisher({ where })
  publishers.set(where, known)
  await (await known).publish(it)
}
