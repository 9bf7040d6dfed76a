import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  clone,
  type DatasetFeatureStatisticsList,
  DatasetFeatureStatisticsListSchema,
  equals,
  fromText,
  type Schema,
  SchemaSchema,
  toText,
} from '../../../main/engine/metadata/index.ts'
import { inferSchema, updateSchema, validateStatistics } from '../../../main/engine/validation/tfdv/index.ts'

const statistics = (text: string): DatasetFeatureStatisticsList =>
  fromText(DatasetFeatureStatisticsListSchema, text)
const schema = (text: string): Schema => fromText(SchemaSchema, text)
const COMMON = 'common_stats { num_non_missing: 9 min_num_values: 1 max_num_values: 1 tot_num_values: 9 }'
const number = (path: string, rest = ''): string =>
  `features { ${path} type: INT num_stats { ${COMMON} max: 9 ${rest} } }`
const dataset = (...features: string[]): string => `datasets { num_examples: 9 ${features.join(' ')} }`

/** Whatever comes in, each function gives a result or says in a sentence why not. */
function survive(data: DatasetFeatureStatisticsList, expected: Schema): void {
  for (const run of [
    () => inferSchema(data),
    () => updateSchema(expected, data),
    () => validateStatistics({ statistics: data, schema: expected, previousSpan: data, serving: data }),
  ])
    try {
      run()
    } catch (error) {
      expect(error).toMatchObject({ name: 'FailureError' })
    }
}

describe('odd input that stops TensorFlow Data Validation itself', () => {
  const entry = 'feature { name: "a" type: INT int_domain { max: 3 } presence { min_count: 1 } }'

  test.each([
    ['no dataset', '', /of no dataset/],
    ['several datasets', 'datasets { name: "a" } datasets { name: "b" }', /none of them is “All Examples”/],
  ])('%s', (_name, text, sentence) => {
    for (const run of [inferSchema, (data: DatasetFeatureStatisticsList) => updateSchema(schema(''), data)])
      expect(() => run(statistics(text))).toThrow(sentence)
    expect(() => validateStatistics({ statistics: statistics(text), schema: schema('') })).toThrow(sentence)
    const asked = { statistics: statistics(dataset()), schema: schema(''), previousSpan: statistics(text) }
    expect(() => validateStatistics(asked)).toThrow(sentence)
  })

  test('an environment that the schema does not list', () => {
    const asked = { statistics: statistics(dataset()), schema: schema('default_environment: "A"') }
    expect(() => validateStatistics({ ...asked, environment: 'B' })).toThrow(/no environment “B”/)
  })

  test('of statistics with one path the last count', () => {
    const twice = statistics(
      dataset(number('path { step: "a" }'), number('path { step: "a" }').replace('9 ', '2 ')),
    )
    expect(inferSchema(twice).feature.map(({ name }) => name)).toEqual(['a'])
    const { anomalyInfo } = validateStatistics({ statistics: twice, schema: schema(entry) })
    expect(Object.keys(anomalyInfo)).toEqual(['a'])
  })

  test('features by name and by path together', () => {
    const mixed = statistics(dataset(number('name: "a"'), number('path { step: "b" }')))
    expect(inferSchema(mixed).feature.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  test('a field whose struct has no statistics gets one', () => {
    const orphan = statistics(dataset(number('path { step: "s" step: "x" }')))
    expect(toText(SchemaSchema, inferSchema(orphan))).toContain('type: STRUCT')
    const { anomalyInfo } = validateStatistics({ statistics: orphan, schema: schema('') })
    expect(Object.keys(anomalyInfo)).toEqual(['s.x'])
  })

  test('a path without steps, a feature without statistics, unknown types and NaN', () => {
    for (const text of [
      number('path {}'),
      number(''),
      'features { path { step: "a" } custom_stats { name: "x" num: 1 } }',
      `features { path { step: "a" } type: STRUCT num_stats { ${COMMON} } }`,
      number(
        'path { step: "a" }',
        'min: nan histograms { buckets { low_value: nan high_value: 1 sample_count: nan } }',
      ),
      'features { path { step: "a" } type: INT struct_stats {} }',
    ])
      survive(statistics(dataset(text)), schema(entry))
    const unknown = statistics(dataset(number('path { step: "a" }')))
    for (const { features } of unknown.datasets) for (const feature of features) feature.type = 77 as never
    const { anomalyInfo } = validateStatistics({ statistics: unknown, schema: schema(entry) })
    expect(anomalyInfo.a?.description).toContain('Expected data of type: INT but got unknown(77)')
  })

  test('histograms of as many edges and not as many buckets', () => {
    const compare =
      'feature { name: "a" type: INT drift_comparator { jensen_shannon_divergence { threshold: 0 } } }'
    const buckets = (...ranges: [number, number][]): string =>
      `histograms { ${ranges.map(([low, high]) => `buckets { low_value: ${low} high_value: ${high} sample_count: 1 }`).join(' ')} }`
    const of = (text: string) => statistics(dataset(number('path { step: "a" }', text)))
    const asked = { statistics: of(buckets([0, 1], [2, 3])), schema: schema(compare) }
    const { driftSkewInfo } = validateStatistics({
      ...asked,
      previousSpan: of(buckets([0, 1], [1, 2], [2, 3])),
    })
    expect(driftSkewInfo[0]?.driftMeasurements[0]?.value).toBeCloseTo(0.19087, 5)
  })
})

test('nothing that is given is changed', () => {
  const data = statistics(dataset(number('path { step: "a" }'), number('path { step: "n" }')))
  const expected = schema(
    'feature { name: "a" type: BYTES domain: "d" } string_domain { name: "d" value: "x" }',
  )
  const [dataBefore, schemaBefore] = [
    clone(DatasetFeatureStatisticsListSchema, data),
    clone(SchemaSchema, expected),
  ]
  survive(data, expected)
  expect(equals(DatasetFeatureStatisticsListSchema, data, dataBefore)).toBe(true)
  expect(equals(SchemaSchema, expected, schemaBefore)).toBe(true)
})

test('a schema updated with statistics has nothing against them', () => {
  const label = fc.string({ unit: fc.constantFrom('a', 'b', '0', '1', '.', "'", 'é'), maxLength: 3 })
  const column = fc.record({
    name: label,
    type: fc.constantFrom('INT', 'FLOAT', 'STRING'),
    present: fc.integer({ min: 0, max: 9 }),
    most: fc.integer({ min: -5, max: 5 }),
    values: fc.uniqueArray(label, { maxLength: 4 }),
  })
  const columns = fc.uniqueArray(column, { selector: ({ name }) => name, maxLength: 4 })
  const quote = (text: string) => JSON.stringify(text)
  const textOf = (all: { name: string; type: string; present: number; most: number; values: string[] }[]) =>
    dataset(
      ...all.map(({ name, type, present, most, values }) => {
        const common = `common_stats { num_non_missing: ${present} num_missing: ${9 - present} min_num_values: 1 max_num_values: 1 tot_num_values: ${present} }`
        const ranked = values.map(value => `buckets { label: ${quote(value)} sample_count: 1 }`).join(' ')
        const body =
          type === 'STRING'
            ? `string_stats { ${common} unique: ${values.length} rank_histogram { ${ranked} } }`
            : `num_stats { ${common} min: ${-most} max: ${most} }`
        return `features { path { step: ${quote(name)} } type: ${type} ${body} }`
      }),
    )
  fc.assert(
    fc.property(columns, columns, (first, second) => {
      const inferred = inferSchema(statistics(textOf(first)))
      expect(
        validateStatistics({ statistics: statistics(textOf(first)), schema: inferred }).anomalyInfo,
      ).toEqual({})
      const data = statistics(textOf(second))
      const updated = updateSchema(inferred, data)
      expect(validateStatistics({ statistics: data, schema: updated }).anomalyInfo).toEqual({})
      expect(equals(SchemaSchema, updateSchema(updated, data), updated)).toBe(true)
    }),
  )
})

test('only chosen features are updated', () => {
  const data = statistics(
    dataset(number('path { step: "a" }'), number('path { step: "b" }'), number('path { step: "c" }')),
  )
  const before = schema(
    'feature { name: "a" type: INT int_domain { max: 3 } } feature { name: "b" type: INT int_domain { max: 3 } }',
  )
  const [a, b] = updateSchema(before, data, { paths: [['a']] }).feature
  expect(a?.domainInfo.value).toMatchObject({ max: 9n })
  expect(b?.domainInfo.value).toMatchObject({ max: 3n })
  expect(updateSchema(before, data, { paths: [['a']] }).feature.length).toBe(2)
})

describe('without the oddities', () => {
  const text = `features { path { step: "a" } type: STRING string_stats { ${COMMON} unique: 4 } }`
  const check = (expected: string, of = text, before = of) =>
    [true, false].map(quirks => {
      const asked = {
        statistics: statistics(dataset(of)),
        schema: schema(expected),
        previousSpan: statistics(dataset(before)),
      }
      const { anomalyInfo, datasetAnomalyInfo } = validateStatistics({ ...asked, quirks })
      return [...Object.values(anomalyInfo), datasetAnomalyInfo].flatMap(info => info?.reason ?? []).length
    })

  test('a least number of different values alone sets no most', () =>
    expect(check('feature { name: "a" type: BYTES unique_constraints { min: 1 } }')).toEqual([1, 0]))

  test('a most number of examples counts alone', () =>
    expect(check('feature { name: "a" type: BYTES } dataset_constraints { max_examples_count: 3 }')).toEqual([
      0, 1,
    ]))

  test('numbers have an L-infinity distance', () => {
    const of = (low: number) =>
      number(
        'path { step: "a" }',
        `histograms { type: QUANTILES buckets { low_value: ${low} high_value: ${low + 1} sample_count: 9 } }`,
      )
    const expected = 'feature { name: "a" type: INT drift_comparator { infinity_norm { threshold: 0.5 } } }'
    expect(check(expected, of(0), of(5))).toEqual([0, 1])
  })
})

test('ten thousand features take a moment', () => {
  const many = statistics(
    dataset(...Array.from({ length: 10_000 }, (_, at) => number(`path { step: "f${at}" }`))),
  )
  const started = performance.now()
  const inferred = inferSchema(many)
  const { anomalyInfo } = validateStatistics({ statistics: many, schema: inferred, previousSpan: many })
  expect(Object.keys(anomalyInfo)).toEqual([])
  expect(performance.now() - started).toBeLessThan(5000)
})
