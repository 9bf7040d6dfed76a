import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  create,
  type DatasetFeatureStatisticsList,
  FeatureType,
  fromText,
  SchemaSchema,
} from '../../../main/engine/metadata/index.ts'
import { featuresOf, type TfdvOptions, tfdvStatistics } from '../../../main/engine/statistics/tfdv/index.ts'
import { csv, failureOf, openWorkspace, type Workspace } from '../dataset/workspace.ts'
import { differences } from './tfdvCompare.ts'
import { visits } from './tfdvData.ts'

const golden = (name: string) => {
  const bytes = readFileSync(fileURLToPath(new URL(`../../golden/statistics/${name}`, import.meta.url)))
  return JSON.parse((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString())
}

let workspace: Workspace
beforeAll(() => {
  workspace = openWorkspace()
})
afterAll(() => workspace.close())

async function statisticsOf(
  content: string | Uint8Array,
  options: TfdvOptions = {},
  as: 'text' | 'types' = 'text',
): Promise<DatasetFeatureStatisticsList> {
  const table = await workspace.dataset.open(workspace.file('table.csv', content), {
    as: as === 'text' ? as : undefined,
  })
  try {
    return await tfdvStatistics(table, { strict: as === 'text', ...options })
  } finally {
    table.close()
  }
}
const typesOf = (list: DatasetFeatureStatisticsList) =>
  list.datasets[0]?.features.map(
    ({ fieldId, type }) =>
      `${fieldId.case === 'path' ? fieldId.value.step[0] : ''} ${['INT', 'FLOAT', 'STRING'][type]}`,
  )
const numbersOf = (list: DatasetFeatureStatisticsList, at: number, part = 0) => {
  const stats = list.datasets[part]?.features[at]?.stats
  if (stats?.case !== 'numStats') throw new Error('not numeric')
  return stats.value
}
const textsOf = (list: DatasetFeatureStatisticsList, at: number, part = 0) => {
  const stats = list.datasets[part]?.features[at]?.stats
  if (stats?.case !== 'stringStats') throw new Error('not texts')
  return stats.value
}

describe('as TensorFlow Data Validation gives them of a made-up table', () => {
  const categories = create(SchemaSchema, {
    feature: [
      {
        name: 'code',
        type: FeatureType.INT,
        domainInfo: { case: 'intDomain', value: { isCategorical: true } },
      },
      { name: 'age', type: FeatureType.INT, domainInfo: { case: 'boolDomain', value: {} } },
    ],
  })
  const lifted = fromText(
    SchemaSchema,
    `feature { name: "age" type: INT bool_domain {} } feature { name: "city" type: BYTES }
     feature { name: "code" type: INT int_domain { is_categorical: true } } feature { name: "none" type: BYTES }
     feature { name: "score" type: FLOAT } feature { name: "share" type: FLOAT }`,
    'the schema',
  )
  const isNamed = 'type: FLOAT float_domain { is_categorical: true }'
  const named = fromText(
    SchemaSchema,
    `feature { name: "score" ${isNamed} } feature { name: "odd" ${isNamed} } feature { name: "code" ${isNamed} }
     feature { name: "age" type: INT int_domain { is_categorical: true } }`,
    'the schema',
  )
  test.each<[string, TfdvOptions]>([
    ['plain.json', {}],
    ['weighted.json', { weight: 'weight' }],
    ['categories.json', { weight: 'weight', schema: categories }],
    ['sliced.json.gz', { weight: 'weight', slices: ['city', 'code'] }],
    ['cross.json', { cross: true, slices: ['share'] }],
    ['float_categories.json', { weight: 'weight', schema: named }],
    ['lift.json.gz', { weight: 'weight', slices: ['share'], schema: lifted, label: 'city' }],
    ['lift_of_numbers.json', { schema: lifted, label: 'code' }],
  ])('%s', async (name, options) => {
    // Covariance and correlation have 32 bits, and TFDV adds their sums in them.
    const tolerances = name === 'cross.json' ? { summed: 1e-6 } : {}
    expect(differences(await statisticsOf(visits(), options), golden(name), tolerances)).toEqual([])
  })
})

test('fractional categories are called by six digits, and are as long as Python writes them', async () => {
  const cells =
    '0.1234567 123456789 1234567 1234568 999999.5 1e15 -0.0 0 16777216 0.00001 0.0001 1e-40 nan NaN -nan -inf 3.4e39 0.3 100000 1000000 999999 0.000123456 123456.7 -1.5 2.50'
  const schema = fromText(
    SchemaSchema,
    'feature { name: "f" type: FLOAT float_domain { is_categorical: true } }',
    'the schema',
  )
  const rows = cells.split(' ').map((cell, at) => [cell, String([1, 2, 0.25][at % 3])])
  const texts = textsOf(await statisticsOf(csv([['f', 'w'], ...rows]), { schema, weight: 'w' }), 0)
  // What TensorFlow Data Validation 1.16.1 gives of these rows with its sketches.
  expect([texts.unique, texts.avgLength]).toEqual([24n, Math.fround(10.08)])
  expect(texts.rankHistogram?.buckets.map(({ label }) => label).join(' ')).toBe(
    'nan nan inf 999999 9.99995e-41 2.5 1e-05 1e+15 1e+06 1e+06 123457 100000 1.67772e+07 1.23457e+08 1.23457e+06 1.23457e+06 0.3 0.123457 0.000123456 0.0001 0 -inf -1.5 -0',
  )
  expect(texts.weightedStringStats?.topValues.map(({ value, frequency }) => `${value} ${frequency}`)).toEqual(
    '3 nan|2 inf|2 1e+06|2 1e+06|2 123457|2 1.23457e+08|2 0.0001|2 0|1 2.5|1 1e-05|1 100000|1 1.23457e+06|1 0.123457|1 0.000123456|1 -inf|1 -0'
      .split('|')
      .map(pair => pair.split(' ').reverse().join(' ')),
  )
})

describe('types are the highest of all cells', () => {
  test('whole numbers as Python reads them', async () => {
    const rows = [
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
      [' 39 ', '1_000', '+5', '007', '9223372036854775807', '9223372036854775808', '0x10'],
      ['\t7', '1_0', '-0', '1', '-9223372036854775808', '1', '1'],
    ]
    expect(typesOf(await statisticsOf(csv(rows)))).toEqual([
      'a INT',
      'b INT',
      'c INT',
      'd INT',
      'e INT',
      'f STRING',
      'g STRING',
    ])
  })
  test('floats as Python reads them', async () => {
    const rows = [
      ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'],
      ['.5', '1.', 'Infinity', '+NaN', '-.5e-3', '1_0.5', '1e', '1__0'],
      ['1', '1', '1', '1', '1', '1', '1', '1'],
    ]
    expect(typesOf(await statisticsOf(csv(rows)))).toEqual([
      'a FLOAT',
      'b FLOAT',
      'c FLOAT',
      'd FLOAT',
      'e FLOAT',
      'f FLOAT',
      'g STRING',
      'h STRING',
    ])
  })
  test('floats are kept in 32 bits, and too great ones are infinite', async () => {
    const { min, max } = numbersOf(await statisticsOf('a,b\n0.1,1\n1e39,1\n'), 0)
    expect([min, max]).toEqual([Math.fround(0.1), Number.POSITIVE_INFINITY])
  })
  test('a text in the last row of many makes all of them texts', async () => {
    const list = await statisticsOf(`a,b\n${'1,1\n'.repeat(30_000)}x,1\n`)
    expect(typesOf(list)).toEqual(['a STRING', 'b INT'])
    expect(textsOf(list, 0)).toMatchObject({
      unique: 2n,
      topValues: [{ value: '1', frequency: 30_000 }, { value: 'x' }],
    })
  })
})

describe('what a file may look like', () => {
  test('names keep letter case and spaces, and names that differ in case stay apart', async () => {
    expect(typesOf(await statisticsOf('b_tf,b_TF, x ,"y,z"\n1,a,2.5,4\n'))).toEqual([
      'b_tf INT',
      'b_TF STRING',
      ' x  FLOAT',
      'y,z INT',
    ])
  })
  test.each([61, 62, 63, 64, 65, 200])('%d columns', async count => {
    const names = Array.from({ length: count }, (_, at) => `c${at}`)
    const rows = [0, 1, 2].map(row => names.map((_, at) => (at % 2 ? `x${row}` : String(row * at))))
    const list = await statisticsOf(csv([names, ...rows]), { slices: ['c1'] })
    expect(list.datasets.map(({ features }) => features.length)).toEqual([count, count, count, count])
    expect(typesOf(list)).toEqual(names.map((name, at) => `${name} ${at % 2 ? 'STRING' : 'INT'}`))
    expect(numbersOf(list, count - 1 - ((count - 1) % 2)).max).toBe(2 * (count - 1 - ((count - 1) % 2)))
  })
  test('a name that comes twice is told apart', async () => {
    expect(typesOf(await statisticsOf('a,a\n1,x\n'))).toEqual(['a INT', 'a 2 STRING'])
  })
  test('a first row of numbers names the columns', async () => {
    const list = await statisticsOf('1,2\n3,4\n5,6\n')
    expect([typesOf(list), list.datasets[0]?.numExamples]).toEqual([['1 INT', '2 INT'], 2n])
  })
  test('one row, and a column without any value', async () => {
    const list = await statisticsOf('a,b,c\n5,x,\n')
    expect(numbersOf(list, 0)).toMatchObject({ mean: 5, stdDev: 0, min: 5, median: 5, max: 5 })
    expect(textsOf(list, 2)).toMatchObject({ unique: 0n, topValues: [], commonStats: { numMissing: 1n } })
    expect(textsOf(list, 2).rankHistogram).toBeUndefined()
  })
  test('blank lines are no rows, not even in a table of one column', async () => {
    const list = await statisticsOf('a\n1\n\n2\n""\n\n')
    expect(list.datasets[0]?.numExamples).toBe(3n)
    expect(numbersOf(list, 0).commonStats).toMatchObject({ numNonMissing: 2n, numMissing: 1n })
  })
  test('line ends, quotation marks and delimiters within quotation marks', async () => {
    const list = await statisticsOf('a,b\r\n"one\ntwo, ""three""",1\r\nx,2\r\n')
    expect(textsOf(list, 0).topValues.map(({ value }) => value)).toEqual(['x', 'one\ntwo, "three"'])
  })
  test.each<[string, Uint8Array]>([
    ['in the first rows', Buffer.from('a,b\ncaf\xe9,2\n', 'latin1')],
    ['in the names', Buffer.from('caf\xe9,b\nx,2\n', 'latin1')],
    ['in a number', Buffer.from('a,b\n1\xff,2\n2,3\n', 'latin1')],
    ['late', Buffer.concat([Buffer.from(`a,b\n${'x,1\n'.repeat(700_000)}`), Buffer.from([0x80, 10])])],
    [
      'late, where quotation marks need mending too',
      Buffer.concat([
        Buffer.from(`a,b\n5" x,1\n${'x,1\n'.repeat(700_000)}`),
        Buffer.from('caf\xe9,2\n', 'latin1'),
      ]),
    ],
    ['as a lone surrogate', Buffer.from([97, 44, 98, 10, 0xed, 0xa0, 0x80, 44, 49, 10])],
    ['because it is UTF-16', Buffer.from('\ufeffa,b\nx,1\n', 'utf16le')],
  ])('what is not UTF-8 is refused, as TFDV does: %s', async (_, content) => {
    const failure = await failureOf(statisticsOf(content))
    expect(failure).toMatchObject({ code: 'wrong-encoding', remedy: expect.stringContaining('--tfdv') })
  })
  test('quotation marks within a text that has none around it', async () => {
    const list = await statisticsOf('a,b\n5" pipe, "q"\n"p""q","r"s\n\n"",z\n')
    expect(list.datasets[0]?.numExamples).toBe(3n)
    expect(textsOf(list, 0).topValues.map(({ value }) => value)).toEqual(['p"q', '5" pipe'])
    expect(textsOf(list, 1).topValues.map(({ value }) => value)).toEqual(['z', 'rs', ' "q"'])
  })
  test('a line with too many values is told with its number', async () => {
    const failure = await failureOf(statisticsOf('a,b\n1,2\n3,4,5\n'))
    expect(failure).toMatchObject({ code: 'ragged-rows' })
    expect(failure.message).toContain('Line 3')
  })
  test('a file without rows', async () => {
    expect(await failureOf(statisticsOf('a,b\n'))).toMatchObject({ code: 'empty-data' })
  })
  test('more columns than one scan groups', async () => {
    const names = Array.from({ length: 1100 }, (_, at) => `c${at}`)
    const rows = Array.from({ length: 30 }, (_, row) =>
      names.map((_, at) => String(at === 700 ? row % 2 : row * at)),
    )
    const list = await statisticsOf(csv([names, ...rows]), { slices: ['c700'], weight: 'c1' })
    expect(list.datasets.map(({ name }) => name)).toEqual(['All Examples', 'c700_0', 'c700_1'])
    expect(numbersOf(list, 1099)).toMatchObject({ min: 0, max: 29 * 1099, mean: 14.5 * 1099 })
    expect(numbersOf(list, 1099, 2)).toMatchObject({ min: 1099, max: 29 * 1099 })
    expect(numbersOf(list, 5).weightedNumericStats?.mean).toBeCloseTo((5 * 8555) / 435, 9)
  })
})

describe('slices', () => {
  const namesOf = (list: DatasetFeatureStatisticsList) => list.datasets.map(({ name }) => name)
  test('are named by values as Python writes them, and leave out rows without one', async () => {
    const list = await statisticsOf('b,a,c\n0.1, 7 ,x\n0.1,07,\n1e20,7,y\n,8,y\n')
    expect(namesOf(list)).toEqual([''])
    const sliced = await statisticsOf('b,a,c\n0.1, 7 ,x\n0.1,07,\n1e20,7,y\n,8,y\n', { slices: ['b', 'a'] })
    expect(namesOf(sliced)).toEqual([
      'All Examples',
      'a_7_b_0.10000000149011612',
      'a_7_b_1.0000000200408773e+20',
    ])
    expect(sliced.datasets.map(({ numExamples }) => numExamples)).toEqual([4n, 2n, 1n])
  })
  test('by a column without any value are one of all rows', async () => {
    const list = await statisticsOf('a,b\n1,\n2,\n', { slices: ['b'], cross: true })
    expect(list.datasets.map(({ name, numExamples }) => [name, numExamples])).toEqual([
      ['All Examples', 2n],
      ['b_None', 2n],
    ])
  })
})

describe('what cannot be done is said', () => {
  test.each<[string, TfdvOptions, string]>([
    ['a column to slice by that is not there', { slices: ['x'] }, 'bad-input'],
    ['a weight that is not there', { weight: 'x' }, 'bad-input'],
    ['a weight that is text', { weight: 'city' }, 'wrong-type'],
    ['a weight that is missing in some rows', { weight: 'age' }, 'wrong-type'],
  ])('%s', async (_, options, code) => {
    expect(await failureOf(statisticsOf(visits(), options))).toMatchObject({ code })
  })
  test('a weight that is negative', async () => {
    expect(await failureOf(statisticsOf('a,b\n1,-1\n', { weight: 'b' }))).toMatchObject({
      code: 'wrong-type',
    })
  })
  test('more slices than anyone looks at', async () => {
    const rows = Array.from({ length: 1500 }, (_, at) => `${at},1`).join('\n')
    expect(await failureOf(statisticsOf(`id,b\n${rows}\n`, { slices: ['id'] }))).toMatchObject({
      code: 'too-wide',
    })
  })
  test('it stops when it is told to', async () => {
    const control = new AbortController()
    const table = await workspace.dataset.open(workspace.file('stop.csv', visits(200_000)), { as: 'text' })
    const going = tfdvStatistics(table, { signal: control.signal })
    setTimeout(() => control.abort(new Error('enough')), 30)
    await expect(going).rejects.toThrow('enough')
    table.close()
  })
})

describe('of the types of our own tables', () => {
  test('dates, truth values and 64-bit floats', async () => {
    const list = await statisticsOf(
      'day,at,yes,x,n\n2024-01-31,2024-01-31 12:00:00,true,0.1,1\n2024-02-01,2024-02-01 00:30:00,false,0.2,2\n',
      {},
      'types',
    )
    expect(typesOf(list)).toEqual(['day STRING', 'at STRING', 'yes STRING', 'x FLOAT', 'n INT'])
    expect(textsOf(list, 0).topValues.map(({ value }) => value)).toEqual(['2024-02-01', '2024-01-31'])
    expect(textsOf(list, 1).topValues.map(({ value }) => value)).toEqual([
      '2024-02-01T00:30:00Z',
      '2024-01-31T12:00:00Z',
    ])
    expect(textsOf(list, 2).topValues.map(({ value }) => value)).toEqual(['true', 'false'])
    expect(numbersOf(list, 3)).toMatchObject({ min: 0.1, max: 0.2 })
  })
})

test('statistics of any file are shown as far as they say', async () => {
  const viewed = featuresOf(await statisticsOf(visits(), { slices: ['share'] }))
  expect(viewed.rows).toBe(800)
  expect(Object.values(viewed.slices).reduce((sum, rows) => sum + rows, 0)).toBe(800)
  const [age, city, , , odd] = viewed.features
  expect(age).toMatchObject({ name: 'age', type: 'integer' })
  expect(age?.all.numeric?.histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(age?.all.count)
  expect(age?.all.numeric?.histogram.edges).toHaveLength(11)
  expect(city?.all.unique).toBe(5)
  expect(city?.all.top[0]?.count).toBeGreaterThanOrEqual(city?.all.top[1]?.count as number)
  expect(Object.keys(city?.slices ?? {})).toEqual(['share_0.75', 'share_0.5', 'share_0.25'])
  expect(
    Object.values(odd?.all.numeric ?? {}).every(value => typeof value !== 'number' || Number.isFinite(value)),
  ).toBe(true)
})
