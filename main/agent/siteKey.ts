import { fail } from '../engine/kit/index.ts'
import { openParts, openSiteKey, type SitePlan } from '../engine/release/index.ts'
import type { Identity } from './identity.ts'
import type { OpenSealed } from './steps/fetch.ts'

/** Opens what is encrypted for the site, with the key that the plan holds for this device. */
export function openSealedFor(identity: Identity, plan: () => SitePlan | null): OpenSealed {
  let opened: { sealed: string; key: string } | null = null
  return async function* (parts, key) {
    const sealed = plan()?.devices.find(({ id }) => id === identity.id)?.siteKey
    if (!sealed)
      throw fail(
        'no-permission',
        'This model is encrypted, and this device was not given the key of its site.',
        `Approve the device with the code ${identity.code}, or publish the model without encryption.`,
      )
    if (opened?.sealed !== sealed) opened = { sealed, key: await openSiteKey(sealed, identity.identity) }
    yield* openParts(parts, key, opened.key)
  }
}
