import type { Failure, JobId, Plan, RunId, Search, SearchKind } from '#contract'
import { fail } from '../../kit/index.ts'
import { collection, type Store } from '../../store/index.ts'
import type { Objective } from './objective.ts'
import type { Rung } from './rungs.ts'

/** What is kept of a trial beside its run. */
export interface KeptTrial {
  number: number
  hparams: Record<string, unknown>
  run: RunId | null
  /** It is not gone on with, and why. */
  over: 'stopped' | 'cancelled' | null
  why: string | null
}

/** A search as it is kept. All figures are those of its runs. */
export interface KeptSearch extends Objective {
  id: string
  at: string
  kind: SearchKind
  /** What all trials have in common; `hparams` is the space. */
  plan: Plan
  stopping: Search['stopping']
  minEpochs: number | null
  /** Of a grid and a random search one: all trials through all epochs. */
  rungs: Rung[]
  state: Search['state']
  failure: Failure | null
  best: RunId | null
  job: JobId
  endedAt: string | null
  trials: KeptTrial[]
}

export type SearchRecord = ReturnType<typeof openSearchRecord>

/** The table `searches`. A search that an engine conducted when it ended reads interrupted. */
export function openSearchRecord(store: Store) {
  const documents = collection<KeptSearch>(store.db, 'searches')
  const last = store.db.prepare('SELECT max(CAST(substr(id, 8) AS INTEGER)) FROM searches').pluck()

  function get(id: string): KeptSearch {
    const found = documents.get(id)
    if (!found)
      throw fail('not-found', `There is no search ${id}.`, 'See the list of searches for those there are.')
    return found
  }

  function put(search: KeptSearch): KeptSearch {
    documents.put(search, search.plan.name)
    return search
  }

  if (!store.readOnly)
    for (const search of documents.list())
      if (search.state === 'running') put({ ...search, state: 'interrupted' })

  return {
    nextId: () => `search-${((last.get() as number | null) ?? 0) + 1}`,
    get,
    put,
    list: (model?: string): KeptSearch[] => documents.list(model),
    change: (id: string, change: Partial<KeptSearch>): KeptSearch => put({ ...get(id), ...change }),
    trial(id: string, number: number): KeptTrial {
      const found = get(id).trials[number - 1]
      if (!found) throw fail('not-found', `${id} has no trial ${number}.`, 'See the search for those it has.')
      return found
    },
    changeTrial(id: string, number: number, change: Partial<KeptTrial>): void {
      const search = get(id)
      const trials = search.trials.map(each => (each.number === number ? { ...each, ...change } : each))
      put({ ...search, trials })
    },
  }
}
