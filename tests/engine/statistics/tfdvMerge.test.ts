import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Session, Table } from '../../../main/engine/dataset/index.ts'
import {
  type DatasetFeatureStatisticsList,
  DatasetFeatureStatisticsListSchema,
  toJson,
} from '../../../main/engine/metadata/index.ts'
import {
  countValues,
  keepCounts,
  mergeCounts,
  messageOf,
  type TfdvOptions,
  tfdvStatistics,
} from '../../../main/engine/statistics/tfdv/index.ts'
import { csv, failureOf, openWorkspace, type Workspace } from '../dataset/workspace.ts'
import { differences } from './tfdvCompare.ts'
import { visits } from './tfdvData.ts'

let workspace: Workspace
let count = 0
beforeAll(() => {
  workspace = openWorkspace()
})
afterAll(() => workspace.close())

async function withTable<T>(content: string, use: (table: Table) => Promise<T>): Promise<T> {
  const table = await workspace.dataset.open(workspace.file(`table-${count++}.csv`, content), { as: 'text' })
  try {
    return await use(table)
  } finally {
    table.close()
  }
}

const statisticsOf = (content: string, options: TfdvOptions = {}): Promise<DatasetFeatureStatisticsList> =>
  withTable(content, table => tfdvStatistics(table, { strict: true, ...options }))

/** Counts of a file, kept in another. */
async function kept(content: string, options: TfdvOptions = {}): Promise<string> {
  const path = join(workspace.store.folder, `counts-${count++}.parquet`)
  await statisticsOf(content, {
    ...options,
    counted: (session, counted) => keepCounts(session, counted, path),
  })
  return path
}

async function merged(paths: string[]): Promise<DatasetFeatureStatisticsList> {
  return withTable('a,b\n1,2\n', async table => {
    const session: Session = await table.session()
    try {
      return await messageOf(session, await mergeCounts(session, paths))
    } finally {
      session.close()
    }
  })
}

const jsonOf = (list: DatasetFeatureStatisticsList) => toJson(DatasetFeatureStatisticsListSchema, list)

/** Cells of all kinds, few enough that values come again. */
const cell = fc.oneof(
  fc.constantFrom('', 'nan', 'inf', '-inf', ' 7 ', '1_0', 'x', 'é', '0', '1', '2', '-3', '2.5', '1e3'),
  fc.integer({ min: -20, max: 20 }).map(String),
  fc.integer({ min: -2000, max: 2000 }).map(value => String(value / 8)),
)
const numbers = fc.integer({ min: -50, max: 50 }).map(String)
const row = fc.tuple(cell, numbers, fc.constantFrom('a', 'b', 'ü', ''), fc.constantFrom('1', '2', '0.5'))
const header = ['any', 'number', 'slice', 'weight']
const table = (rows: string[][]) => csv([header, ...rows])
const options = { slices: ['slice'], weight: 'weight' }

test('statistics of two halves, put together, are those of the whole', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 60 }),
      fc.array(row, { minLength: 1, maxLength: 60 }),
      async (left, right) => {
        const halves = [await kept(table(left), options), await kept(table(right), options)]
        expect(jsonOf(await merged(halves))).toEqual(
          jsonOf(await statisticsOf(table([...left, ...right]), options)),
        )
      },
    ),
    { numRuns: 25 },
  )
})

test('the order of the rows changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc
        .array(row, { minLength: 1, maxLength: 120 })
        .chain(rows => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length }))),
      async ([rows, shuffled]) => {
        const all = { ...options, cross: true }
        expect(jsonOf(await statisticsOf(table(shuffled), all))).toEqual(
          jsonOf(await statisticsOf(table(rows), all)),
        )
      },
    ),
    { numRuns: 25 },
  )
})

test('the order of many rows changes nothing, nor does counting them in two threads', async () => {
  const [first = '', ...lines] = visits(60_000).trimEnd().split('\n')
  const reversed = `${[first, ...lines.toReversed()].join('\n')}\n`
  expect(jsonOf(await statisticsOf(reversed, { weight: 'weight' }))).toEqual(
    jsonOf(await statisticsOf(visits(60_000), { weight: 'weight' })),
  )
})

test('a column that came later is missing in all rows before', async () => {
  const whole = 'a,b,c\n1,x,\n2,y,\n3,x,0.5\n'
  const list = await merged([await kept('a,b\n1,x\n2,y\n'), await kept('a,b,c\n3,x,0.5\n')])
  expect(differences(list, jsonOf(await statisticsOf(whole)))).toEqual([])
})

test('a type that widens later is that of all rows', async () => {
  const list = await merged([await kept('a,b\n1,1\n2,1\n'), await kept('a,b\nx,2.5\n')])
  expect(jsonOf(list)).toEqual(jsonOf(await statisticsOf('a,b\n1,1\n2,1\nx,2.5\n')))
})

test('what was sliced or weighed otherwise cannot be put together', async () => {
  const one = await kept('a,b\n1,x\n', { slices: ['b'] })
  const other = await kept('a,b\n1,x\n')
  expect(await failureOf(merged([one, other]))).toMatchObject({ code: 'bad-input' })
})

test('counting alone leaves the session usable', async () => {
  await withTable('a,b\n1,x\n2,x\n', async table => {
    const session = await table.session()
    await countValues(session, table)
    expect(await session.rows('SELECT f, v, n FROM counted ORDER BY f, v')).toEqual([
      { f: 0, v: '1', n: 1 },
      { f: 0, v: '2', n: 1 },
      { f: 1, v: 'x', n: 2 },
    ])
    session.close()
  })
})
