import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Condition, DatasetVersion } from '#contract'
import { failureOf, listening, openWorkspace, type Workspace } from './workspace.ts'

const FLIGHTS = fileURLToPath(
  new URL('../../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url),
)

let workspace: Workspace
let first: DatasetVersion
beforeAll(async () => {
  workspace = openWorkspace()
  first = await workspace.import(FLIGHTS, { name: 'flights' })
}, 60_000)
afterAll(() => workspace.close())

const rows = (want: object, signal = listening.signal) =>
  workspace.dataset.door.rows({ name: 'flights', offset: 0, limit: 100, ...want } as never, { signal })

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await work()
  return performance.now() - begin
}
const median = (times: number[]) => times.toSorted((a, b) => a - b)[times.length >> 1] as number
const late = (from: number): Condition[] => [
  { column: 'delay', is: 'range', values: [from, from + 30], closed: false },
]

test('3,000,000 rows: filtered, sorted and deep pages come at once', async () => {
  await rows({})
  const filtered: number[] = []
  for (const from of [10, 20, 30, 40, 50])
    filtered.push(await milliseconds(() => rows({ where: late(from) })))
  const sorted: number[] = []
  for (const sort of ['delay', 'distance', 'date']) sorted.push(await milliseconds(() => rows({ sort })))
  const deep: number[] = []
  for (const offset of [1_000_000, 2_000_000, 2_999_900])
    deep.push(await milliseconds(() => rows({ sort: 'delay', offset })))
  console.log(
    `first page filtered ${median(filtered).toFixed(0)} ms, sorted ${median(sorted).toFixed(0)} ms, deep ${median(deep).toFixed(0)} ms`,
  )
  expect(median(filtered)).toBeLessThan(300)
  expect(median(sorted)).toBeLessThan(1000)
  expect(median(deep)).toBeLessThan(100)
}, 60_000)

test('a row of 3,000,000 that is mended costs little, and the versions are compared in seconds', async () => {
  const mended = await workspace.job(job =>
    workspace.dataset.door.fix(
      { name: 'flights', where: [], only: [1_500_000], action: 'clear', column: 'delay' } as never,
      job,
    ),
  )
  expect(mended.bytes).toBeLessThan(first.bytes * 0.02)
  let found: Awaited<ReturnType<Workspace['dataset']['door']['diff']>> | undefined
  const took = await milliseconds(async () => {
    found = await workspace.job(job =>
      workspace.dataset.door.diff({ from: 'flights@1', to: 'flights@2' } as never, job),
    )
  })
  console.log(`3,000,000 rows compared in ${(took / 1000).toFixed(1)} s`)
  expect(took).toBeLessThan(2000)
  expect(found?.rows).toEqual({ same: 2_999_999, added: 1, removed: 1, changed: 0 })
}, 60_000)

test('3,000,000 rows of two versions that share none are compared in seconds', async () => {
  // Split otherwise, so that no file is the same.
  await workspace.import(FLIGHTS, { name: 'others', train: 0.5, eval: 0.3, test: 0.2 })
  let rows: object | undefined
  const took = await milliseconds(async () => {
    const found = await workspace.job(job =>
      workspace.dataset.door.diff({ from: 'flights@2', to: 'others' } as never, job),
    )
    rows = found.rows
  })
  console.log(`3,000,000 rows that are not shared compared in ${(took / 1000).toFixed(1)} s`)
  expect(rows).toEqual({ same: 2_999_999, added: 1, removed: 1, changed: 0 })
  expect(took).toBeLessThan(20_000)
}, 60_000)

test('what is cancelled stops at once', async () => {
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 30)
  const begin = performance.now()
  await expect(rows({ search: '7', sort: 'origin' }, stop.signal)).rejects.toThrow()
  expect(performance.now() - begin).toBeLessThan(2000)
  let asked = 0
  const failure = await failureOf(
    workspace.job(
      job => workspace.dataset.door.diff({ from: 'flights@1', to: 'others' } as never, job),
      job =>
        setTimeout(() => {
          asked = performance.now()
          job.cancel()
        }, 100),
    ),
  )
  expect(failure.code).toBe('cancelled')
  expect(performance.now() - asked).toBeLessThan(2000)
}, 60_000)
