import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  type DatasetFeatureStatisticsList,
  DatasetFeatureStatisticsListSchema,
  fromJson,
  fromText,
  type Schema,
  SchemaSchema,
  toText,
} from '../../../main/engine/metadata/index.ts'
import { inferSchema, updateSchema, validateStatistics } from '../../../main/engine/validation/tfdv/index.ts'
import { anomaliesJson, anomaliesOf, type Case, casesOf, comparable, inferredOf, updatedOf } from './tfdv.ts'

const shared = join(process.env.EDGEWRIGHT_SHARED ?? join('..', 'shared'), 'golden', 'tfdv')
const own = join('tests', 'golden', 'validation', 'cases.json')
const isThere = existsSync(join(shared, 'cases.json'))
if (!isThere) console.warn('skipped: results of TensorFlow Data Validation on Adult, which are not at hand')

const read = (...path: string[]): string => readFileSync(join(shared, ...path), 'utf8')
const statisticsOf = (name: string): DatasetFeatureStatisticsList =>
  fromJson(DatasetFeatureStatisticsListSchema, JSON.parse(read('stats', `${name}.json`)))
const schemaText = (name: string): string => read('schema', `${name}.pbtxt`)
const schemaOf = (name: string): Schema => fromText(SchemaSchema, schemaText(name))

describe.skipIf(!isThere)('on Adult, as TensorFlow Data Validation', () => {
  test.each([
    ['train', 'train', {}],
    ['train_dataframe', 'train_dataframe', {}],
    ['train', 'train_no_shape', { shape: false }],
    ['train', 'train_max_domain_10', { maxDomain: 10 }],
    ['t1_types', 't1_types', {}],
    ['t1_types', 't1_types_no_shape', { shape: false }],
    ['train_sliced_sex', 'train', {}],
  ])('infers from %s the schema %s', (statistics, schema, options) => {
    expect(toText(SchemaSchema, inferSchema(statisticsOf(statistics), options))).toBe(schemaText(schema))
  })

  test.each([
    ['d2_new_column', 'update_train_with_d2'],
    ['d3_out_of_domain', 'update_train_with_d3'],
    ['d4_changed_type', 'update_train_with_d4'],
  ])('updates the schema with %s', (statistics, schema) => {
    const updated = updateSchema(schemaOf('train'), statisticsOf(statistics))
    expect(toText(SchemaSchema, updated)).toBe(schemaText(schema))
  })

  interface Named {
    statistics: string
    schema: string
    previous?: string
    serving?: string
    environment?: string
  }
  const cases: [string, Named][] = isThere ? Object.entries(JSON.parse(read('cases.json'))) : []

  test.each(cases)(
    'finds the anomalies of %s',
    (name, { statistics, schema, previous, serving, environment }) => {
      const anomalies = validateStatistics({
        statistics: statisticsOf(statistics),
        schema: schemaOf(schema),
        environment,
        previousSpan: previous === undefined ? undefined : statisticsOf(previous),
        serving: serving === undefined ? undefined : statisticsOf(serving),
      })
      expect(anomaliesJson(anomalies)).toEqual(comparable(JSON.parse(read('anomalies', `${name}.json`))))
    },
  )

  test('measures all comparators without an alarm on the same data', () => {
    const train = statisticsOf('train')
    const asked = {
      statistics: train,
      schema: schemaOf('all_comparators_zero'),
      previousSpan: train,
      serving: train,
    }
    const { anomalyInfo, driftSkewInfo } = validateStatistics(asked)
    expect(anomalyInfo).toEqual({})
    expect(driftSkewInfo.length).toBe(train.datasets[0]?.features.length)
  })
})

const files: [string, Case[]][] = [own, join(shared, 'micro_cases.json')]
  .filter(file => existsSync(file))
  .map(file => [file.startsWith('tests') ? 'our cases' : 'given cases', casesOf(file)])

describe.each(files)('%s, as TensorFlow Data Validation', (_name, cases) => {
  test.each(cases.map(one => [one.name, one] as const))('%s', (_case, one) => {
    if (one.error == null) expect(anomaliesOf(one)).toEqual(comparable(one.expected_anomalies))
    else expect(() => anomaliesOf(one)).toThrow(expect.objectContaining({ name: 'FailureError' }))
    if (one.updated_schema != null) expect(updatedOf(one)).toBe(one.updated_schema)
    if (one.inferred_schema != null) expect(inferredOf(one)).toBe(one.inferred_schema)
  })
})
