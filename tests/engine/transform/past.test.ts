import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DatasetVersion, Split } from '#contract'
import { openHistory } from '../../../main/engine/encoding/windows/history.ts'
import { pastOf } from '../../../main/engine/transform/past.ts'
import { csv, openWorkspace, type Workspace } from '../dataset/workspace.ts'

let workspace: Workspace
beforeAll(() => {
  workspace = openWorkspace()
})
afterAll(() => workspace.close())

const { signal } = new AbortController()
/** Rows of one moment, numbered in the order of the source. */
const rows = (from: number, to: number) =>
  csv([
    ['at', 'nth', 'load'],
    ...Array.from({ length: to - from }, (_, i) => [
      '2024-05-31T12:00:00Z',
      String(from + i),
      String((from + i) % 7),
    ]),
  ])

/** What the window of each row saw: how many rows came before it, and the last load among them. By `nth`. */
async function seen(version: DatasetVersion, where?: { column: string; is: 'range'; values: number[] }[]) {
  const history = openHistory(
    [
      {
        columns: ['load', 'at'],
        window: { figures: ['count', 'last'], rows: 1000, lateness: 0, current: false } as never,
      },
    ],
    version.columns,
  )
  const past = await pastOf(workspace.dataset, version, history, [], { signal, where })
  const found = new Map<number, { split: Split; count: number; last: number }>()
  for (const split of ['train', 'eval', 'test'] as const) {
    const next = past.of(split)
    for await (const batch of workspace.dataset.read(version, { columns: ['nth'], split, where, signal })) {
      const [figures] = next(batch.rows)
      batch.columns[0]?.forEach((nth, i) => {
        found.set(Number(nth), {
          split,
          count: figures?.[2 * i] as number,
          last: figures?.[2 * i + 1] as number,
        })
      })
    }
  }
  return found
}

test('rows of one moment come in the order of the source, whatever their split, and stay so when more are appended', async () => {
  const first = await workspace.import(workspace.file('log.csv', rows(0, 60)))
  const before = await seen(first)
  expect(new Set([...before.values()].map(({ split }) => split)).size).toBeGreaterThan(1)
  for (const [nth, { count, last }] of before) {
    expect(count).toBe(nth)
    expect(last).toBe(nth ? (nth - 1) % 7 : Number.NaN)
  }
  const more = await workspace.import(workspace.file('more.csv', rows(60, 90)), {
    name: first.dataset,
    append: true,
  } as never)
  expect(more.rows).toBe(90)
  const after = await seen(more)
  for (const [nth, { count, last }] of before) expect(after.get(nth)).toMatchObject({ count, last })
  expect(after.get(89)).toMatchObject({ count: 89, last: 88 % 7 })

  const part = await seen(more, [{ column: 'nth', is: 'range', values: [30, 80] }])
  for (const [nth, { count }] of part) expect(count).toBe(nth - 30)
})
