import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DatasetVersion, Split } from '#contract'
import { csv, openWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
beforeAll(() => {
  workspace = openWorkspace()
})
afterAll(() => workspace.close())

/** The rows of each split, as their first column names them. */
async function splitsOf(version: DatasetVersion): Promise<Map<string, Split>> {
  const found = new Map<string, Split>()
  for (const split of ['train', 'eval', 'test'] as const)
    for await (const { columns } of workspace.dataset.read(version, {
      columns: [version.columns[0]?.name ?? ''],
      split,
    }))
      for (const cell of columns[0] ?? []) found.set(String(cell), split)
  return found
}

/** The split of a row as it is documented: MD5 of the cells, joined by U+001F, missing ones U+001E. */
function documented(cells: (string | null)[], train: number, test: number): Split {
  const print = createHash('md5')
    .update(cells.map(cell => cell ?? '\u001e').join('\u001f'))
    .digest('hex')
  const share = Number.parseInt(print.slice(0, 8), 16) / 2 ** 32
  return share < train ? 'train' : share < 1 - test ? 'eval' : 'test'
}

let nth = 0
const importRows = (rows: string[][], plan: Parameters<Workspace['import']>[1]) =>
  workspace.import(workspace.file(`split${++nth}.csv`, csv(rows)), plan)

test('a row stays in its split when rows are added, wherever they are added', async () => {
  const row = fc.tuple(
    fc.uuid(),
    fc.integer({ min: 0, max: 9 }).map(String),
    fc.constantFrom('a', 'b c', 'd'),
  )
  const rows = fc.uniqueArray(row, { minLength: 2, maxLength: 60, selector: ([id]) => id })
  await fc.assert(
    fc.asyncProperty(rows, rows, fc.boolean(), async (some, more, byKey) => {
      const header = ['id', 'n', 't']
      // Another value can change the type of a column; that must move no row.
      const added = [...more.map(([id, n, t]) => [`x${id}`, `${n}.5`, t]), ...some]
      const plan = byKey ? { key: ['id'] } : {}
      const before = await splitsOf(await importRows([header, ...some], plan))
      const after = await splitsOf(await importRows([header, ...added], plan))
      for (const [id, split] of before) expect(after.get(id)).toBe(split)
    }),
    { numRuns: 15 },
  )
})

test('the split is the one that is documented, so that anyone can compute it', async () => {
  const rows = Array.from({ length: 500 }, (_, at) => [`id ${at}`, at % 7 ? String(at / 4) : ''])
  const shares = { train: 0.6, eval: 0.15, test: 0.25 }
  const whole = await splitsOf(await importRows([['id', 'x'], ...rows], shares))
  const keyed = await splitsOf(await importRows([['id', 'x'], ...rows], { ...shares, key: ['id'] }))
  for (const [id = '', x = ''] of rows) {
    expect(whole.get(id)).toBe(documented([id, x || null], 0.6, 0.25))
    expect(keyed.get(id)).toBe(documented([id], 0.6, 0.25))
  }
})

test('shares come out about as asked, and rows of one key stay together', async () => {
  const rows = Array.from({ length: 20_000 }, (_, at) => [String(at), `group ${at % 2000}`])
  const version = await importRows([['n', 'group'], ...rows], {
    train: 0.5,
    eval: 0.2,
    test: 0.3,
    key: ['group'],
  })
  expect(Math.abs(version.splits.train / 20_000 - 0.5)).toBeLessThan(0.05)
  expect(Math.abs(version.splits.eval / 20_000 - 0.2)).toBeLessThan(0.05)
  expect(version.splits.train + version.splits.eval + version.splits.test).toBe(20_000)
  const splits = await splitsOf(version)
  for (let at = 0; at < 2000; at++)
    for (const other of [at + 2000, at + 18_000])
      expect(splits.get(String(other))).toBe(splits.get(String(at)))
})

test('a share of nothing gets nothing', async () => {
  const rows = Array.from({ length: 3000 }, (_, at) => [String(at)])
  expect((await importRows([['n'], ...rows], { train: 1, eval: 0, test: 0 })).splits).toEqual({
    train: 3000,
    eval: 0,
    test: 0,
  })
  const { splits } = await importRows([['n'], ...rows], { train: 0.9, eval: 0, test: 0.1 })
  expect(splits.eval).toBe(0)
  expect(splits.test).toBeGreaterThan(0)
})
