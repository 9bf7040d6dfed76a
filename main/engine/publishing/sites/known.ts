import type { RoleStanding } from '#contract'
import { now } from '../../kit/index.ts'
import type { SitePlan } from '../../release/index.ts'
import { collection, type Store } from '../../store/index.ts'
import type { Said } from '../../trust/index.ts'

/** A site that this workspace publishes to, as it was when it was read or written last. */
export interface KnownSite {
  site: string
  /** Folder, or address without anything secret in it. */
  address: string
  /** Models are published encrypted unless a person says otherwise. */
  encrypted: boolean
  /** Null before the first time. The one in the repository is the true one. */
  plan: SitePlan | null
  roles: RoleStanding[]
  /** What this workspace left in the repository, by lane; kept where a writer does not name it. */
  signed?: { online?: Said; stick?: Said } | undefined
}

interface Entry extends KnownSite {
  id: string
  at: string
}

export interface KnownSites {
  list(): KnownSite[]
  get(site: string, address: string): KnownSite | null
  put(known: KnownSite): void
}

export function openKnownSites({ db, readOnly }: Store): KnownSites {
  const entries = collection<Entry>(db, 'sites')
  const idOf = (site: string, address: string) => `${site}@${address}`
  return {
    list: () => entries.list().sort((a, b) => (a.id < b.id ? -1 : 1)),
    get: (site, address) => entries.get(idOf(site, address)),
    put(known) {
      if (readOnly) return
      const id = idOf(known.site, known.address)
      entries.put({ signed: entries.get(id)?.signed, ...known, id, at: now() }, known.site)
    },
  }
}
