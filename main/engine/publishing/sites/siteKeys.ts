import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { atomicWrite, ensureFolder, fail } from '../../kit/index.ts'
import { newIdentity, recipientOf, type SitePlan, sealSiteKey } from '../../release/index.ts'

/** The identities of sites whose models are encrypted: files beside the signing keys, readable by their owner only. */
export interface SiteKeys {
  /** Null where nothing was ever encrypted for the site. */
  get(site: string): string | null
  /** Made where it is not there. @throws Failure `unreadable-file` for a damaged one, which is never replaced */
  open(site: string): Promise<{ identity: string; recipient: string }>
  /** Gives it to every enrolled device that has none. */
  share(plan: SitePlan): Promise<void>
}

export function openSiteKeys(folder: string): SiteKeys {
  const fileOf = (site: string) => join(folder, 'sites', `${site}.age`)
  const get = (site: string): string | null =>
    existsSync(fileOf(site)) ? readFileSync(fileOf(site), 'utf8').trim() : null
  return {
    get,
    async open(site) {
      let identity = get(site)
      if (identity === null) {
        identity = await newIdentity()
        ensureFolder(join(folder, 'sites'))
        atomicWrite(fileOf(site), `${identity}\n`, 0o600)
      }
      try {
        return { identity, recipient: await recipientOf(identity) }
      } catch (cause) {
        throw fail(
          'unreadable-file',
          `The key of the site in ${fileOf(site)} cannot be read; it was left as it is.`,
          'Copy it back from where you keep copies, or publish without encryption.',
          { cause },
        )
      }
    },
    async share(plan) {
      const identity = get(plan.site)
      if (identity === null) return
      for (const device of plan.devices) device.siteKey ??= await sealSiteKey(identity, device.recipient)
    },
  }
}
