import type { Device, Preview, PreviewDevice, ReleasePatch, Variant } from '#contract'
import type { Doors } from '../../jobs/index.ts'
import { FailureError, failureOf, hashOf, now } from '../../kit/index.ts'
import { assign, bytesOf, makePatch, type PlanModel, type SitePlan } from '../../release/index.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { begin, counterFor, makeStable, modelIn, offer } from '../sites/edit.ts'
import { newPlan } from '../sites/newPlan.ts'
import type { Place } from '../sites/places.ts'
import { basesFor, manifestOf } from './bases.ts'
import { weightsName } from './files.ts'
import { passGate, passTolerance } from './gate.ts'
import type { GoldenKind } from './golden.ts'
import { needsOf } from './needs.ts'
import type { PublishParts } from './publish.ts'
import { kindsAsked, rolloutAsked, runOf, versionAsked } from './wanted.ts'

/** One form of the version, as far as it is made. */
interface Form {
  kind: GoldenKind
  variant: Variant | null
  bytes: number | null
  patches: ReleasePatch[]
}

/**
 * Bytes of what travels beside the weights: the transform, what the model is, golden rows. Before they are made they are
 * guessed by those of the newest version, else so much.
 */
const BESIDE = 8_000

/**
 * What publishing would do, worked out by the code that does it, on a copy of the plan: who gets what, as a patch or
 * whole, and what keeps it from being published.
 */
export function openPreview(parts: PublishParts, fleet: Fleet): Doors['publishing']['preview'] {
  const { store, training, evaluation, optimization, registry, desk, siteKeys } = parts
  /** A patch takes a while to make and is always the same. */
  const made = new Map<string, Promise<{ codec: string; bytes: number } | null>>()

  return async (input, { signal }) => {
    const version = versionAsked(registry, input)
    const run = runOf(training, version)
    const place = await desk.place(input, { make: true })
    const there = await desk.readIf(place)
    const plan = structuredClone(there ?? newPlan(place.site, ''))
    const before = structuredClone(plan.models.find(each => each.model === version.model))
    const variants = optimization.variants(run.id)
    const forms: Form[] = []
    const beside = await besideOf(place, before, signal)
    for (const kind of kindsAsked(optimization, run, input.variant)) {
      const variant = variants.find(each => each.kind === kind) ?? null
      const patches = variant ? await patchesFor(place, before, version.version, variant, signal) : []
      forms.push({ kind, variant, bytes: variant ? variant.bytes + beside : null, patches })
    }

    let blocked: string | null = null
    try {
      for (const { variant } of forms)
        if (variant) {
          passGate(evaluation, version, variant)
          passTolerance(optimization, version, variant)
        }
    } catch (error) {
      if (!(error instanceof FailureError)) throw error
      blocked = failureOf(error).message
    }
    const rollout = rolloutAsked(plan, version.version, input, now())
    const model = modelIn(plan, version.model)
    offer(plan, model, {
      version: version.version,
      counter: counterFor(model, version.version),
      variants: forms.map(({ kind, variant, bytes }) => ({
        variant: kind,
        manifest: hashOf(`${version.id} ${kind}`),
        needs: needsOf(variant ?? { kind, bytes: bytes ?? 0, proof: null }, bytes ?? 0),
      })),
    })
    if (rollout) begin(plan, model, rollout, await parts.heard())
    else makeStable(plan, model, version.version)

    const devices = (await fleet.look()).filter(each => each.repository === place.address)
    const encrypted = input.encrypt || desk.encrypts(place)
    const holders = await holdersOf(place, before, forms, signal)
    const enrolled = new Map(plan.devices.map(device => [device.id, device]))
    const shown = devices
      .filter(device => device.site === place.site || device.site == null)
      .map(device => {
        // The plan with this device alone, who may be one of thousands that are looked for in it.
        const own = enrolled.get(device.id)
        return previewOf({ ...plan, devices: own ? [own] : [] }, model, forms, holders, device, encrypted)
      })
    return {
      ...{ site: place.site, to: place.address, model: version.model, version: version.version, blocked },
      variants: forms.map(({ kind, bytes, patches }) => ({ variant: kind, bytes, patches })),
      unit: rollout?.unit ?? 'everyone',
      share: rollout?.share ?? 1,
      devices: shown,
      bytes: shown.reduce((sum, each) => sum + each.bytes, 0),
      wholeBytes: shown.reduce((sum, each) => sum + each.wholeBytes, 0),
    } satisfies Preview
  }

  async function besideOf(place: Place, before: PlanModel | undefined, signal: AbortSignal): Promise<number> {
    const newest = before?.versions[0]?.variants[0]
    const manifest = newest && (await manifestOf(place.sink, newest.manifest, signal))
    if (!newest || !manifest) return BESIDE
    return manifest.files
      .filter(({ name }) => name !== weightsName(newest.variant))
      .reduce((sum, { bytes }) => sum + bytes, 0)
  }

  async function patchesFor(
    place: Place,
    before: PlanModel | undefined,
    version: number,
    variant: Variant,
    signal: AbortSignal,
  ): Promise<ReleasePatch[]> {
    const identity = siteKeys.get(place.site)
    const reported = parts.reported(place, before?.model ?? '')
    const bases = await basesFor(
      { store, sink: place.sink, identity },
      before,
      version,
      variant.kind,
      reported,
      signal,
    )
    const name = weightsName(variant.kind)
    const found: ReleasePatch[] = []
    for (const base of bases.filter(each => each.name === name)) {
      if (base.file.hash === variant.id) continue
      const key = `${base.file.hash} ${variant.id}`
      const making =
        made.get(key) ??
        makePatch(bytesOf(base.content), store.blobs.read(variant.id)).then(
          patch => patch && { codec: patch.codec, bytes: patch.content.length },
        )
      made.set(key, making)
      const patch = await making
      if (patch) found.push({ name, base: base.version, ...patch, of: variant.bytes })
    }
    return found
  }

  function previewOf(
    plan: SitePlan,
    model: PlanModel,
    forms: readonly Form[],
    holders: ReadonlyMap<Form, ReadonlySet<number>>,
    device: Device,
    encrypted: boolean,
  ): PreviewDevice {
    const { primary, candidate } = assign(plan, model, device.id)
    const said = device.models.find(each => each.model === model.model)
    const fresh = [primary, candidate?.version].find(
      each => each?.version === (model.rollout?.version ?? model.stable),
    )
    const shown: PreviewDevice = {
      ...{
        id: device.id,
        name: device.name,
        enrolled: device.enrolled ?? false,
        groups: device.groups ?? [],
      },
      has: said?.reports ?? null,
      gets: primary?.version ?? null,
      beside: candidate?.version.version ?? null,
      variant: null,
      how: 'nothing',
      ...{ bytes: 0, wholeBytes: 0, reason: null },
      seen: device.seen,
    }
    if (!fresh || said?.versions?.some(each => each.version === fresh.version && each.role !== 'quarantined'))
      return shown
    if (encrypted && !device.enrolled)
      return { ...shown, how: 'refused', reason: 'It is not approved, so it cannot read what is encrypted.' }
    const { fits, reason } = fitting(fresh.variants, device)
    const form = forms.find(({ kind }) => kind === fits)
    if (!form) return { ...shown, how: 'refused', reason }
    const held = new Set([
      said?.reports,
      said?.previous,
      ...(said?.versions?.map(each => each.version) ?? []),
    ])
    const patch = form.patches.filter(each => held.has(each.base)).sort((a, b) => a.bytes - b.bytes)[0]
    const whole = form.bytes ?? 0
    const same = [...(holders.get(form) ?? [])].some(version => held.has(version))
    const bytes = same ? whole - (form.variant?.bytes ?? 0) : patch ? whole - patch.of + patch.bytes : whole
    return { ...shown, variant: form.kind, how: same || patch ? 'patch' : 'whole', bytes, wholeBytes: whole }
  }

  /** Of each form the versions before that have the very file that computes: who holds one of them has it already. */
  async function holdersOf(
    place: Place,
    before: PlanModel | undefined,
    forms: readonly Form[],
    signal: AbortSignal,
  ): Promise<Map<Form, Set<number>>> {
    const found = new Map<Form, Set<number>>()
    for (const form of forms) {
      const holding = new Set<number>()
      for (const { version, variants } of before?.versions ?? []) {
        const same = variants.find(each => each.variant === form.kind)
        const manifest = same && (await manifestOf(place.sink, same.manifest, signal))
        if (manifest?.files.some(({ hash }) => hash === form.variant?.id)) holding.add(version)
      }
      found.set(form, holding)
    }
    return found
  }
}

/** The first form that the profile of a device allows, or why there is none. */
function fitting(
  variants: PlanModel['versions'][number]['variants'],
  { profile }: Device,
): { fits: string | null; reason: string | null } {
  let reason: string | null = null
  for (const { variant, needs } of variants) {
    if (!profile) return { fits: variant, reason: null }
    const mega = (bytes: number) =>
      bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
    if (profile.variants && !profile.variants.includes(variant))
      reason = `Its profile "${profile.name}" does not allow ${variant}.`
    else if (needs.memoryBytes > profile.memoryBytes)
      reason = `${variant} needs an estimated ${mega(needs.memoryBytes)} of memory, and ${mega(profile.memoryBytes)} are allowed.`
    else if (needs.diskBytes > profile.flashBytes)
      reason = `${variant} needs ${mega(needs.diskBytes)} of disk, and ${mega(profile.flashBytes)} are allowed.`
    else return { fits: variant, reason: null }
  }
  return { fits: null, reason }
}
