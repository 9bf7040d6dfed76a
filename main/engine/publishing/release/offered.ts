import type { ModelVersion } from '#contract'
import { fail } from '../../kit/index.ts'
import { type PlanModel, type PlanVersion, type VersionTerms, versionTarget } from '../../release/index.ts'
import type { TrustedTarget } from '../../trust/index.ts'
import type { Place } from '../sites/places.ts'
import { needsOf } from './needs.ts'
import { sum } from './wanted.ts'
import type { Written } from './written.ts'

/** What the plan says of a version: forms that were published before stay on offer behind the new ones. */
export function versionOf(
  { version }: ModelVersion,
  counter: number,
  written: readonly Written[],
  model: PlanModel,
): PlanVersion {
  const fresh = written.map(({ variant, manifest, files }) => ({
    variant: variant.kind,
    manifest: manifest.hash,
    needs: needsOf(variant, sum(files)),
  }))
  const before = model.versions.find(each => each.version === version)?.variants ?? []
  const others = before.filter(each => !fresh.some(({ variant }) => variant === each.variant))
  return { version, counter, variants: [...fresh, ...others] }
}

/** What the model's role signs of one form of a version. */
export function target(
  model: string,
  { variant: { kind: variant }, manifest: { hash, bytes } }: Written,
  { version, counter, variants }: PlanVersion,
  issued: string,
) {
  const needs = variants.find(each => each.manifest === hash)?.needs
  if (!needs) throw new Error('a form that is not on offer')
  const custom: VersionTerms = { model, version, variant, counter, needs, issued }
  return { path: versionTarget(model, version, variant), hash, bytes, custom }
}

/** While this computer wrote its files, another one published the same version with others. */
export function refuseLater(
  { address }: Place,
  before: PlanModel | undefined,
  now: PlanModel,
  version: number,
  written: readonly Written[],
): void {
  const manifestIn = (model: PlanModel | undefined, kind: string) =>
    model?.versions.find(each => each.version === version)?.variants.find(({ variant }) => variant === kind)
      ?.manifest
  for (const { variant, manifest } of written) {
    const there = manifestIn(now, variant.kind)
    if (there && there !== manifest.hash && there !== manifestIn(before, variant.kind))
      throw fail(
        'already-there',
        `Another computer published ${now.model} v${version} to ${address} in the meantime.`,
        'Publish again: it is compared with that one then.',
      )
  }
}

/**
 * A version that was taken away stays away.
 * @param signed targets of the model's role: what was published under this number before
 */
export function refuseWithdrawn(
  site: string,
  { floor, revoked, versions }: PlanModel,
  { model, version }: ModelVersion,
  signed: readonly TrustedTarget[],
): void {
  const before = new Set(signed.filter(({ custom }) => custom.version === version).map(({ hash }) => hash))
  if (revoked.some(hash => before.has(hash)))
    throw fail(
      'bad-input',
      `${model} v${version} was revoked at the site ${site}: devices refuse it.`,
      'Publish another version.',
    )
  const counter = signed.find(({ custom }) => custom.version === version)?.custom.counter
  const offered = versions.some(each => each.version === version)
  if (typeof counter === 'number' && counter < floor && !offered)
    throw fail(
      'bad-input',
      `${model} v${version} is older than the oldest version that may run at the site ${site}.`,
      'Publish a newer version.',
    )
}
