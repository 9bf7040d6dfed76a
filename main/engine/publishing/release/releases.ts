import type { Release } from '#contract'
import { collection, type Store } from '../../store/index.ts'

/** The same release can be in several repositories, so it is kept by both. */
interface Entry {
  id: string
  at: string
  release: Release
}

/** The releases that were published from this workspace. */
export interface Releases {
  put(release: Release): void
  /** Newest first; of one model, or all. */
  list(model?: string): Release[]
}

export function openReleases({ db }: Store): Releases {
  const entries = collection<Entry>(db, 'releases')
  return {
    put(release) {
      entries.put({ id: `${release.id}@${release.to}`, at: release.at, release }, release.model)
    },
    list: model => entries.list(model).map(entry => entry.release),
  }
}
