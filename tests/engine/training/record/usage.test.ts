import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore, type Store } from '../../../../main/engine/store/index.ts'
import { openRuns } from '../../../../main/engine/training/runs.ts'
import { temporaryFolder } from '../../../contract/house.ts'
import { aRun } from './aRun.ts'

let folder: ReturnType<typeof temporaryFolder>
let store: Store
beforeEach(() => {
  folder = temporaryFolder()
  store = openStore(folder.path)
})
afterEach(() => {
  store.close()
  folder.remove()
})

const taken = (cpu: number) => ({ cpu, memoryBytes: 1e6, memoryLimit: null, gpus: [] })
async function watched(from: ReturnType<typeof openRuns>, id: string): Promise<number[]> {
  const found: number[] = []
  for await (const { cpu } of from.watchUsage(id, AbortSignal.timeout(10_000))) found.push(cpu)
  return found
}

test('what a run takes is told until it ends, and what it took at any time after', async () => {
  const runs = openRuns(store)
  const { id } = runs.put(aRun('run-1', { state: 'running' }))
  runs.used(id, taken(1))
  const going = watched(runs, id)
  await new Promise(setImmediate)
  runs.used(id, taken(2))
  await new Promise(setImmediate)
  runs.change(id, { state: 'succeeded' })
  expect(await going).toEqual([1, 2])
  expect(await watched(runs, id)).toEqual([1, 2])
  expect(await watched(openRuns(store), id), 'another process reads it from disk').toEqual([1, 2])
  runs.drop(id)
  expect(store.db.prepare('SELECT count(*) AS n FROM run_usage').get()).toEqual({ n: 0 })
})

test('of a run that nobody measured nothing is told', async () => {
  const runs = openRuns(store)
  const { id } = runs.put(aRun('run-1', { state: 'failed' }))
  expect(await watched(runs, id)).toEqual([])
})
