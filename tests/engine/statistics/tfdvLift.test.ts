import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type DatasetFeatureStatisticsList,
  DatasetFeatureStatisticsListSchema,
  fromText,
  readMessage,
  type Schema,
  SchemaSchema,
  toJson,
} from '../../../main/engine/metadata/index.ts'
import { type TfdvOptions, tfdvStatistics } from '../../../main/engine/statistics/tfdv/index.ts'
import { csv, failureOf } from '../dataset/workspace.ts'
import { openRooms, type Rooms } from './room.ts'

let rooms: Rooms
beforeAll(() => {
  rooms = openRooms()
})
afterAll(() => rooms.close())

const schemaOf = (text: string): Schema => fromText(SchemaSchema, text, 'the schema')
const TEXTS = 'feature { name: "a" type: BYTES } feature { name: "y" type: BYTES }'

async function statisticsOf(content: string, options: TfdvOptions): Promise<DatasetFeatureStatisticsList> {
  const table = await rooms.dataset.open(rooms.file('lift.csv', content), { as: 'text' })
  try {
    return await tfdvStatistics(table, { strict: true, ...options })
  } finally {
    table.close()
  }
}

/** Lifts in short: of which column and which part, label, value, lift and counts. */
function liftsOf(list: DatasetFeatureStatisticsList): unknown[][] {
  return list.datasets.flatMap(({ name, crossFeatures }) =>
    crossFeatures.flatMap(({ pathX, crossStats }) =>
      crossStats.case === 'categoricalCrossStats'
        ? (crossStats.value.lift?.liftSeries ?? []).flatMap(({ yValue, yCountValue, liftValues }) =>
            liftValues.map(({ xValue, lift, xCountValue, xAndYCountValue }) => [
              name,
              pathX?.step[0],
              yValue.value,
              xValue.value,
              lift,
              Number(yCountValue.value),
              Number(xCountValue.value),
              Number(xAndYCountValue.value),
            ]),
          )
        : [],
    ),
  )
}

test('values that never meet the label have a lift of 0, and missing ones count for the rows alone', async () => {
  const rows = 'a,y\nx,yes\nx,no\nz,yes\n,yes\nz,\n'
  expect(liftsOf(await statisticsOf(rows, { schema: schemaOf(TEXTS), label: 'y' }))).toEqual([
    ['', 'a', 'no', 'x', 1 / 2 / (1 / 5), 1, 2, 1],
    ['', 'a', 'no', 'z', 0, 1, 2, 0],
    ['', 'a', 'yes', 'x', 1 / 2 / (3 / 5), 3, 2, 1],
    ['', 'a', 'yes', 'z', 1 / 2 / (3 / 5), 3, 2, 1],
  ])
})

test('it is what counting rows one by one gives, in each slice, also of more columns than one query pairs', async () => {
  const cell = fc.constantFrom('', 'a', 'b', 'é', '東', '😀', 'z')
  const wide = Array.from({ length: 40 }, (_, at) => `c${at}`)
  const schema = schemaOf([...wide, 'y'].map(name => `feature { name: "${name}" type: BYTES }`).join(' '))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(cell, cell, fc.constantFrom('p', 'q', '')), { minLength: 1, maxLength: 40 }),
      async rows => {
        const table = rows.map(([x, y, s], row) => [
          ...wide.map((_, at) => (at % 3 ? x : (rows[(row + at) % rows.length]?.[0] ?? ''))),
          y,
          s,
        ])
        const list = await statisticsOf(csv([[...wide, 'y', 's'], ...table]), {
          schema,
          label: 'y',
          slices: ['s'],
        })
        const found = liftsOf(list)
        const parts = [
          ['All Examples', table],
          ...['p', 'q'].map(s => [`s_${s}`, table.filter(row => row.at(-1) === s)]),
        ]
        const expected = new Set<string>()
        for (const [part, mine] of parts as [string, string[][]][])
          for (const [at, name] of wide.entries())
            for (const y of new Set(mine.map(row => row.at(-2) as string)))
              for (const x of new Set(mine.map(row => row[at] as string))) {
                if (!x || !y) continue
                const ys = mine.filter(row => row.at(-2) === y).length
                const xs = mine.filter(row => row[at] === x)
                const xy = xs.filter(row => row.at(-2) === y).length
                expected.add(
                  JSON.stringify([part, name, y, x, xy / xs.length / (ys / mine.length), ys, xs.length, xy]),
                )
              }
        const hasSlices = rows.some(([, , s]) => s)
        const named = found.map(row => JSON.stringify(hasSlices ? row : ['All Examples', ...row.slice(1)]))
        // Without any value the slice is one of all rows, which TFDV calls None.
        const told = hasSlices ? named : named.slice(0, named.length / 2)
        expect(new Set(told)).toEqual(expected)
      },
    ),
    { numRuns: 15 },
  )
})

test('rows that weigh nothing have no weighted lift', async () => {
  const list = await statisticsOf('a,y,w\nx,yes,0\nz,yes,1\n', {
    schema: schemaOf(TEXTS),
    label: 'y',
    weight: 'w',
  })
  expect(liftsOf(list)).toEqual([
    ['', 'a', 'yes', 'x', 1, 2, 1, 1],
    ['', 'a', 'yes', 'z', 1, 2, 1, 1],
    ['', 'a', 'yes', 'z', 2, 1, 1, 1],
  ])
})

test('columns of the schema that the data does not have are passed over', async () => {
  const schema = schemaOf(`${TEXTS} feature { name: "more" type: BYTES }`)
  expect(liftsOf(await statisticsOf('a,y\nx,1\n', { schema, label: 'y' }))).toHaveLength(1)
  expect(liftsOf(await statisticsOf('a,y\nx,\n', { schema, label: 'y' }))).toEqual([])
})

describe('what cannot be a label is said', () => {
  test.each<[string, string, string, string]>([
    ['a column that the schema does not know', 'a,y\nx,1\n', 'nobody', 'bad-input'],
    ['a column that the data does not have', 'a\nx\n', 'y', 'bad-input'],
    ['a quantity', 'a,n,y\nx,1,1\n', 'n', 'wrong-type'],
    ['decimals that the schema calls text', 'a,y\nx,1.5\n', 'y', 'wrong-type'],
    ['decimals beside it', 'a,y\n1.5,x\n', 'y', 'wrong-type'],
    ['whole numbers beyond 32 bits', 'a,y\n1,x\n3000000000,x\n', 'y', 'wrong-type'],
  ])('%s', async (_, content, label, code) => {
    const schema = schemaOf(`${TEXTS} feature { name: "n" type: INT }`)
    expect(await failureOf(statisticsOf(content, { schema, label }))).toMatchObject({ code })
  })
  test('far more values than anyone looks at', async () => {
    const rows = Array.from({ length: 2000 }, (_, at) => `a${at},b${at}`).join('\n')
    const going = statisticsOf(`a,y\n${rows}\n`, { schema: schemaOf(TEXTS), label: 'y' })
    expect(await failureOf(going)).toMatchObject({ code: 'too-wide' })
  })
})

test('the command takes a schema file and a label, and keeps what it made by both', async () => {
  const data = rooms.file('label.csv', 'a,y\nx,yes\nx,no\nz,yes\n')
  const schema = rooms.file('schema.pbtxt', TEXTS)
  const out = rooms.file('lift.pb', '')
  const plan = { tfdv: true, schema, labelFeature: 'y' }
  const first = await rooms.compute(data, { ...plan, out })
  const list = await readMessage(out, DatasetFeatureStatisticsListSchema)
  expect(liftsOf(list)).toHaveLength(4)
  expect(first.features.map(({ name }) => name)).toEqual(['a', 'y'])
  const again = await rooms.compute(data, plan)
  expect(again.id).toBe(first.id)
  expect((await rooms.compute(data, { tfdv: true })).id).not.toBe(first.id)
  const other = rooms.file('other.pbtxt', 'feature { name: "y" type: BYTES }')
  expect((await rooms.compute(data, { ...plan, schema: other })).id).not.toBe(first.id)
  expect(toJson(DatasetFeatureStatisticsListSchema, list)).toEqual(
    toJson(
      DatasetFeatureStatisticsListSchema,
      await rooms.statistics.protoOf(data, { strict: true, schema: schemaOf(TEXTS), labelFeature: 'y' }),
    ),
  )
})

test('a schema and a label belong to the strict mode, and a label to a schema', async () => {
  const data = rooms.file('loose.csv', 'a,y\nx,yes\n')
  const schema = rooms.file('loose.pbtxt', TEXTS)
  for (const plan of [{ schema }, { labelFeature: 'y' }, { tfdv: true, labelFeature: 'y' }])
    expect(await failureOf(rooms.compute(data, plan))).toMatchObject({ code: 'bad-input' })
  expect(
    await failureOf(
      rooms.compute(data, { tfdv: true, schema: rooms.file('no.pbtxt', 'feature {'), labelFeature: 'y' }),
    ),
  ).toMatchObject({ code: expect.not.stringContaining('internal') })
  expect(
    await failureOf(rooms.compute(data, { tfdv: true, schema: `${schema}.no`, labelFeature: 'y' })),
  ).toMatchObject({ code: 'not-found' })
})
