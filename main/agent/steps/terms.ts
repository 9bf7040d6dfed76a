import { fail } from '../../engine/kit/index.ts'
import {
  type PlanVariant,
  type PlanVersion,
  VersionTerms,
  versionTarget,
} from '../../engine/release/index.ts'
import type { TrustedTarget } from '../../engine/trust/index.ts'
import type { Parts } from '../parts.ts'

/**
 * Looks that the role of a model vouches for what the plan of a site names: the same manifest, and the same terms. One
 * of the two alone can make no device run anything.
 * @returns the target of the manifest
 * @throws Failure `unsigned`, `tampered`
 */
export async function checkTerms(
  { lanes }: Pick<Parts, 'lanes'>,
  site: string,
  model: string,
  version: PlanVersion,
  variant: PlanVariant,
): Promise<TrustedTarget> {
  const what = `${model} v${version.version} (${variant.variant})`
  const again = 'Publish it again; if it stays, find out who can write into the repository.'
  const target = await lanes.target(site, versionTarget(model, version.version, variant.variant))
  if (!target)
    throw fail('unsigned', `${what} is in the plan of the site, and no key for this model signed it.`, again)
  const terms = VersionTerms.safeParse(target.custom)
  if (
    target.hash !== variant.manifest ||
    !terms.success ||
    terms.data.model !== model ||
    terms.data.version !== version.version ||
    terms.data.variant !== variant.variant ||
    terms.data.counter !== version.counter
  )
    throw fail(
      'tampered',
      `${what} is another release in the plan of the site than the one that was signed.`,
      again,
    )
  return target
}
