import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Hash, Run, RunId } from '#contract'
import type { Doors } from '../../jobs/index.ts'
import { fail, now } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import type { Runs } from '../runs.ts'
import { mentioned, partsOfModel } from './mentioned.ts'

/** What keeps a run from being removed for good; null: nothing does. In words, such as "prices v3 was published". */
export type Keeps = (run: RunId) => string | null

type Edit = Parameters<Doors['training']['edit']>[0]

/** What a person puts in order: tags, notes, pins, the archive and the bin. */
export function openShelves(store: Store, runs: Runs) {
  const { db } = store
  const keeping: Keeps[] = []
  const forgetting: ((runs: RunId[]) => void)[] = []
  const inBin = db.prepare("SELECT id FROM runs WHERE shelf = 'bin' ORDER BY rowid")
  const drop = db.prepare('DELETE FROM artifacts WHERE id = ?')

  function edit({ runs: ids, addTags, withoutTags, tags, ...change }: Edit): Run[] {
    const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
    return db.transaction(() =>
      ids.map(id => {
        const run = runs.get(id)
        const all = [...(tags ?? run.tags), ...(addTags ?? [])]
          .map(tag => tag.trim())
          .filter(tag => tag !== '')
        const left = [...new Set(all)].filter(tag => !withoutTags?.includes(tag))
        return runs.change(id, { ...given, tags: left })
      }),
    )()
  }

  function move(ids: readonly RunId[], removedAt: string | null): RunId[] {
    return db.transaction(() =>
      [...new Set(ids)].map(id => {
        const run = runs.get(id)
        if (removedAt !== null && run.state === 'running')
          throw fail('in-use', `${id} is still running.`, `Cancel it first: edgewright training cancel ${id}`)
        if ((run.removedAt === null) !== (removedAt === null)) runs.change(id, { removedAt })
        return id
      }),
    )()
  }

  function purge(ids: readonly RunId[]): { purged: RunId[]; freedBytes: number } {
    const going = [...new Set(ids)].map(id => runs.get(id))
    for (const { id, removedAt } of going) {
      if (removedAt === null)
        throw fail(
          'bad-input',
          `${id} is not in the bin.`,
          `Put it there first: edgewright training remove ${id}`,
        )
      const why = keeping.map(keeps => keeps(id)).find(words => words !== null)
      if (why)
        throw fail(
          'in-use',
          `${why}, which is made of ${id}; nothing was removed.`,
          'Leave it in the bin, or restore it: what devices were given must stay traceable.',
        )
    }
    const files = new Set(going.flatMap(run => filesOf(run)))
    db.transaction(() => {
      for (const forget of forgetting) forget(going.map(({ id }) => id))
      for (const { id } of going) runs.drop(id)
    })()
    let freedBytes = 0
    const needed = files.size > 0 ? mentioned(store) : new Set()
    for (const hash of files)
      if (!needed.has(hash)) {
        freedBytes += store.blobs.remove(hash)
        drop.run(hash)
      }
    for (const { id } of going) freedBytes += emptied(join(store.folder, 'runs', id))
    return { purged: going.map(({ id }) => id), freedBytes }
  }

  const ofRun = db.prepare('SELECT blob FROM run_files WHERE run = ?')
  const ofOthers = db.prepare(
    ['variants', 'evaluations', 'comparisons', 'explanations']
      .map(table => `SELECT body FROM ${table} WHERE subject = @id`)
      .join(' UNION ALL '),
  )

  /** Everything that is kept for a run as files: its model, its parts, what its program left, what was made of it. */
  function filesOf({ id, artifact, transform }: Run): Hash[] {
    const left = (ofRun.all(id) as { blob: Hash }[]).map(({ blob }) => blob)
    const made = (ofOthers.all({ id }) as { body: string }[]).flatMap(
      ({ body }) => (body.match(/\b[0-9a-f]{64}\b/g) ?? []) as Hash[],
    )
    const model = artifact ? [artifact, ...partsOfModel(store, artifact)] : []
    return [...model, ...left, ...made, ...(transform ? [transform] : [])].filter(hash =>
      store.blobs.has(hash),
    )
  }

  return {
    edit,
    remove: (ids: readonly RunId[]) => move(ids, now()),
    restore: (ids: readonly RunId[]) => move(ids, null),
    purge: (ids?: readonly RunId[]) => purge(ids ?? (inBin.all() as { id: RunId }[]).map(({ id }) => id)),
    /** Asks before a run is purged. */
    onKeep: (keeps: Keeps): void => void keeping.push(keeps),
    /** Calls back while runs are purged: what is kept for them goes in the same transaction. */
    onPurge: (forget: (runs: RunId[]) => void): void => void forgetting.push(forget),
  }
}

/** Removes a folder. @returns its bytes */
function emptied(folder: string): number {
  if (!existsSync(folder)) return 0
  const bytes = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
  rmSync(folder, { recursive: true, force: true })
  return bytes
}
