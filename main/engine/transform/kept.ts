import type { Recipe, Transform } from '#contract'
import { asName, canonicalJson, fail, hashOf, now } from '../kit/index.ts'
import { collection, type Store } from '../store/index.ts'

/** The saved transforms of a workspace. */
export interface Kept {
  /** All, newest first. */
  all(): Transform[]
  /** Versions of one name, newest first. @throws Failure `not-found` */
  of(name: string): Transform[]
  /** By name (its newest version) or `name@number`. @throws Failure `not-found` */
  resolve(ref: string): Transform
  /** The next version of the name, or the newest where it is the same. */
  save(name: string, dataset: string, recipe: Recipe): Transform
  /** Drops one version by `name@number`, or all of a name. */
  remove(ref: string): Transform[]
}

const VERSIONED = /^(.+)@(\d+)$/

export function openKept(store: Store): Kept {
  const documents = collection<Transform>(store.db, 'transforms')
  const versionsOf = (name: string) => documents.list(name).sort((a, b) => b.number - a.number)

  function of(name: string): Transform[] {
    const versions = versionsOf(name)
    if (versions.length) return versions
    const names = [...new Set(documents.list().map(each => each.name))]
    throw fail(
      'not-found',
      `There is no transform "${name}".`,
      names.length ? `Choose one of these: ${names.slice(0, 20).join(', ')}.` : 'Save one first.',
    )
  }

  function resolve(ref: string): Transform {
    const newest = versionsOf(ref)[0]
    if (newest) return newest
    const [, name, number] = VERSIONED.exec(ref) ?? []
    if (!name) return of(ref)[0] as Transform
    const versions = of(name)
    const found = versions.find(each => each.number === Number(number))
    if (!found)
      throw fail(
        'not-found',
        `The transform "${name}" has no version ${number}.`,
        `Its versions are ${versions
          .map(each => each.number)
          .reverse()
          .join(', ')}.`,
      )
    return found
  }

  return {
    all: () => documents.list(),
    of,
    resolve,
    save: store.db.transaction((name: string, dataset: string, recipe: Recipe) => {
      const [newest] = versionsOf(name)
      if (newest && newest.dataset === dataset && canonicalJson(newest.recipe) === canonicalJson(recipe))
        return newest
      const number = (newest?.number ?? 0) + 1
      const saved: Transform = {
        id: hashOf(canonicalJson({ name, number, recipe })),
        name: asName(name),
        number,
        dataset: asName(dataset),
        recipe,
        at: now(),
      }
      documents.put(saved, name)
      return saved
    }),
    remove: store.db.transaction((ref: string) => {
      const one = resolve(ref)
      const going = ref === one.name ? versionsOf(ref) : [one]
      for (const { id } of going) documents.remove(id)
      return going
    }),
  }
}
