import { contract, inputOf, type Job, type Run, type Search } from '#contract'
import { openBench } from '../bench.ts'
import { FLOWERS, flowers, tableRoom } from '../table.ts'

export type Searching = ReturnType<typeof openSearchBench>

/** A bench over a small table whose searches can be begun, watched and gone on with. */
export function openSearchBench(folder: string, rows = 400) {
  const bench = openBench(folder, tableRoom(FLOWERS, flowers(rows)))
  const { jobs, training } = bench
  jobs.offer('training', 'searchResume', {
    title: () => 'Continue a search',
    cancel: 'c',
    run: (input, job) => training.door.searchResume(input as { search: string }, job),
  })
  const never = { signal: new AbortController().signal }
  return {
    ...bench,
    search: (asked: Record<string, unknown>): Job =>
      jobs.start(
        'training',
        'start',
        inputOf(contract.training.start).parse({
          dataset: 'table',
          name: 'flowers',
          label: 'kind',
          layers: [8],
          epochs: 6,
          batch: 32,
          learningRate: 0.01,
          backend: 'wasm',
          ...asked,
        }),
      ),
    shown: async (search = 'search-1'): Promise<Search> => await training.door.search({ search }, never),
    summaries: async () => (await training.door.searches({ limit: 100 }, never)).searches,
    queue: async (target?: string) =>
      (await training.door.queue(target === undefined ? {} : { target }, never)).targets,
    runs: async (): Promise<Run[]> => (await training.door.list({ limit: 500 }, never)).runs,
    goOn: (search = 'search-1') => jobs.start('training', 'searchResume', { search }),
    never,
  }
}

/** Waits until a search is as it is wanted. */
export async function searchWhere(
  { shown }: Pick<Searching, 'shown'>,
  is: (search: Search) => boolean,
): Promise<Search> {
  const until = Date.now() + 60_000
  for (;;) {
    const search = await shown().catch(() => null)
    if (search && is(search)) return search
    if (Date.now() > until) throw new Error(`never: ${JSON.stringify(search)}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
