import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Cell, DatasetVersion, Split } from '#contract'
import { csv, failureOf, listening, openWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
beforeAll(() => {
  workspace = openWorkspace()
})
afterAll(() => workspace.close())

async function readAll(version: DatasetVersion, columns: string[], split?: Split): Promise<Cell[][]> {
  const rows: Cell[][] = []
  for await (const batch of workspace.dataset.read(version, { columns, split }))
    for (let at = 0; at < batch.rows; at++) rows.push(batch.columns.map(column => column[at] ?? null))
  return rows
}

test('any text comes back as it was, in its order', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.constantFrom(
      '"',
      '""',
      ',',
      '\n',
      ' x ',
      "'",
      '\\',
      '\\n',
      'NULL',
      'null',
      '\t',
      '#',
      '{"a":1}',
      '١',
      '𝒳',
    ),
  )
  // A NUL is what tells binary files from text, and control characters are not what a table holds.
  const plain = text.filter(value => !/[\p{Cc}\p{Cs}\ufeff]/u.test(value.replaceAll(/[\n\t]/g, '')))
  let nth = 0
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(plain, plain), { minLength: 1, maxLength: 30 }), async rows => {
      const marked = rows.map(([a, b], at) => [`r${at}`, a, `.${b}`])
      const version = await workspace.import(
        workspace.file(`text${++nth}.csv`, csv([['id', 'a', 'b'], ...marked])),
      )
      const { rows: found } = await workspace.dataset.door.rows(
        { name: version.id, offset: 0, limit: 100 },
        listening,
      )
      expect(found.map(([id]) => id)).toEqual(marked.map(([id]) => id))
      expect(found.map(row => row[2])).toEqual(marked.map(row => row[2]))
      // A column may turn out to be of numbers or dates; as text it is what was written.
      if (version.columns[1]?.type === 'text')
        expect(found.map(row => row[1])).toEqual(marked.map(row => row[1] || null))
    }),
    { numRuns: 40 },
  )
})

test('numbers come back to the last bit', async () => {
  const numbers = fc.array(
    fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    ),
    { minLength: 1, maxLength: 40 },
  )
  let nth = 0
  await fc.assert(
    fc.asyncProperty(numbers, async values => {
      const floats = values.map(Number).map(value => (value === 0 ? 0 : value))
      const lines = values.map((value, at) => `${typeof value === 'bigint' ? value : at},${floats[at]}`)
      const version = await workspace.import(
        workspace.file(`number${++nth}.csv`, `i,f\n${lines.join('\n')}\n`),
      )
      expect(version.columns[0]?.type).toBe('integer')
      const rows = await readAll(version, ['i', 'f'])
      expect(rows.map(([i]) => String(i))).toEqual(
        values.map((value, at) => (typeof value === 'bigint' ? String(value) : String(at))),
      )
      expect(rows.map(([, f]) => Number(f))).toEqual(floats)
      expect(rows.every(([i]) => typeof i === 'string' || Number.isSafeInteger(i))).toBe(true)
    }),
    { numRuns: 30 },
  )
})

test('pages of a split, put together, are what is read of it', async () => {
  const lines = Array.from({ length: 50_000 }, (_, at) => `${at},${at % 2 ? 'odd' : 'even'}`)
  const version = await workspace.import(workspace.file('pages.csv', `n,t\n${lines.join('\n')}\n`))
  for (const split of [undefined, 'train', 'eval', 'test'] as const) {
    const all = await readAll(version, ['t', 'n'], split)
    const numbers = all.map(([, n]) => n as number)
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
    const total = split ? version.splits[split] : 50_000
    expect(all).toHaveLength(total)
    for (const offset of [0, 1, 777, Math.floor(total / 2), total - 50, total - 1, total, total + 5]) {
      const page = await workspace.dataset.door.rows(
        { name: version.id, offset, limit: 90, columns: ['t', 'n'], split },
        listening,
      )
      expect(page).toMatchObject({ total, offset })
      expect(page.rows).toEqual(all.slice(offset, offset + 90))
    }
  }
})

test('a reader who leaves early leaves nothing running', async () => {
  const [version] = (await workspace.dataset.door.show({ name: 'pages' }, listening)).versions
  for await (const batch of workspace.dataset.read(version as DatasetVersion, { columns: ['n'] })) {
    expect(batch.columns[0]?.[0]).toBe(0)
    break
  }
  const stop = new AbortController()
  const reading = workspace.dataset.read(version as DatasetVersion, { columns: ['n'], signal: stop.signal })
  await expect(
    (async () => {
      for await (const _ of reading) stop.abort()
    })(),
  ).rejects.toThrow(/abort/i)
})

test('a column that is not there is told by its name', async () => {
  const failure = await failureOf(
    workspace.dataset.door.rows({ name: 'pages', offset: 0, limit: 1, columns: ['n', 'N'] }, listening),
  )
  expect(failure).toMatchObject({ code: 'bad-input', message: expect.stringContaining('"N"') })
})

test('3,000,000 rows: pages anywhere come in less than 100 ms', async () => {
  const flights = fileURLToPath(
    new URL('../../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url),
  )
  const version = await workspace.import(flights)
  expect(version.rows).toBe(3_000_000)
  const times: number[] = []
  for (const split of [undefined, 'train', 'eval', 'test'] as const) {
    const total = split ? version.splits[split] : version.rows
    for (const share of [0, 0.13, 0.5, 0.77, 1]) {
      const offset = Math.max(0, Math.floor(total * share) - 200)
      const begin = performance.now()
      const { rows } = await workspace.dataset.door.rows(
        { name: version.id, offset, limit: 200, split },
        listening,
      )
      times.push(performance.now() - begin)
      expect(rows).toHaveLength(200)
    }
  }
  const median = times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.POSITIVE_INFINITY
  console.log(
    `pages of 200 rows in 3,000,000: median ${median.toFixed(1)} ms, slowest ${times.at(-1)?.toFixed(1)} ms`,
  )
  expect(median).toBeLessThan(100)
})
