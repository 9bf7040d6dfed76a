import type { Hash } from '#contract'
import type { Doors } from '../../jobs/index.ts'
import { fail } from '../../kit/index.ts'
import type { Lineage } from '../../lineage/index.ts'
import type { Store } from '../../store/index.ts'
import type { Slices } from '../rows/slices.ts'
import type { Views } from '../rows/views.ts'
import type { KeptVersion, Versions } from './versions.ts'

type Remove = Doors['dataset']['remove']

const titleOf = ({ version }: KeptVersion) => `${version.dataset} v${version.number}`

/** The first few, and how many more there are. */
const listed = (titles: string[]) =>
  titles.length > 4
    ? `${titles.slice(0, 3).join('; ')} and ${titles.length - 3} more`
    : titles.join(titles.length === 2 ? ' and ' : '; ')

/** Removes versions and what is kept for them. */
export function openRemoving({
  store,
  versions,
  lineage,
  views,
  slices,
}: {
  store: Store
  versions: Versions
  lineage: Lineage
  views: Views
  slices: Slices
}) {
  const forgetting: ((versions: Hash[]) => void)[] = []

  /** Titles of the models whose measuring reads the rows of this version. */
  const modelsOf = (id: string) =>
    lineage
      .children(id)
      .filter(({ kind }) => kind === 'model')
      .map(({ title }) => title)

  return {
    /** Calls back with the ids of versions while they are removed. */
    onRemove: (forget: (versions: Hash[]) => void): void => void forgetting.push(forget),
    /** @throws Failure not-found, in-use where models were trained on them */
    remove({ name, anyway }: Parameters<Remove>[0]): Awaited<ReturnType<Remove>> {
      const kept = versions.resolve(name)
      const isWhole = name === kept.version.dataset
      const going = isWhole ? versions.of(name) : [kept]
      const models = going.flatMap(({ id }) => modelsOf(id))
      if (models.length && !anyway)
        throw fail(
          'in-use',
          `${listed(models)} ${models.length === 1 ? 'was' : 'were'} trained on ${going.length === 1 ? titleOf(kept) : `"${name}"`} and could not be measured or shrunk without its rows; nothing was removed.`,
          `Keep it, or remove it all the same with: edgewright dataset remove "${name}" --anyway`,
        )
      const freedBytes = store.db.transaction(() => {
        for (const forget of forgetting) forget(going.map(({ id }) => id))
        return going.reduce((bytes, version) => bytes + versions.drop(version), 0)
      })()
      for (const { id } of going) views.forget(id)
      if (!versions.newest(kept.version.dataset)) slices.removeAll(kept.version.dataset)
      return { removed: going.map(({ version }) => version), freedBytes }
    },
  }
}
