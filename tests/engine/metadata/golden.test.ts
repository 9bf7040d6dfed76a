import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DescMessage, fromBinary, toBinary } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import * as metadata from '../../../main/engine/metadata/index.ts'
import {
  AnomaliesSchema,
  CustomValidationConfigSchema,
  DatasetFeatureStatisticsListSchema,
  ExampleSchema,
  fromJson,
  fromText,
  SchemaSchema,
  toJson,
  toText,
} from '../../../main/engine/metadata/index.ts'

const TYPES = new Map<string, DescMessage>(
  [SchemaSchema, DatasetFeatureStatisticsListSchema, AnomaliesSchema, ExampleSchema].map(type => [
    type.typeName,
    type,
  ]),
)

interface Case {
  name: string
  type: string
  binary: string
  text: string
  json?: object
}
const here = join(import.meta.dirname, '../../golden/metadata/awkward.json')
const cases: Case[] = JSON.parse(readFileSync(here, 'utf8'))

describe.each(cases)('awkward values as Python writes them: $name', ({ type, binary, text, json }) => {
  const schema = TYPES.get(type) as DescMessage
  const message = fromBinary(schema, Uint8Array.from(Buffer.from(binary, 'base64')))

  test('text is equal to the byte, both ways', () => {
    expect(toText(schema, message)).toBe(text)
    expect(fromText(schema, text)).toEqual(message)
  })

  test('JSON is equal, both ways', () => {
    if (!json) return expect(() => toJson(schema, message)).toThrow(/cannot be written as JSON/)
    expect(toJson(schema, message)).toEqual(json)
    expect(fromJson(schema, json)).toEqual(message)
  })
})

const shared = join(process.env.EDGEWRIGHT_SHARED ?? '', 'golden', 'tfdv')
const isThere = Boolean(process.env.EDGEWRIGHT_SHARED) && existsSync(shared)
if (!isThere)
  console.warn(
    'skipped: files of TensorFlow Data Validation, because EDGEWRIGHT_SHARED names no folder with them',
  )

describe.skipIf(!isThere)('files of TensorFlow Data Validation', () => {
  const list = (folder: string) => (isThere ? readdirSync(join(shared, folder)) : [])
  const read = (...path: string[]) => readFileSync(join(shared, ...path), 'utf8')

  test.each(list('schema'))('schema %s comes back byte for byte', name => {
    const text = read('schema', name)
    expect(toText(SchemaSchema, fromText(SchemaSchema, text))).toBe(text)
  })

  test.each(list('stats'))('statistics %s come back as the same JSON', name => {
    const json = JSON.parse(read('stats', name))
    const message = fromJson(DatasetFeatureStatisticsListSchema, json)
    expect(toJson(DatasetFeatureStatisticsListSchema, message)).toEqual(json)
    const text = toText(DatasetFeatureStatisticsListSchema, message)
    expect(fromText(DatasetFeatureStatisticsListSchema, text)).toEqual(message)
  })

  test.each(list('anomalies'))('anomalies %s come back as the same JSON', name => {
    const json = JSON.parse(read('anomalies', name))
    expect(toJson(AnomaliesSchema, fromJson(AnomaliesSchema, json))).toEqual(json)
  })

  test('every text of the micro cases comes back', () => {
    const { cases } = JSON.parse(read('micro_cases.json')) as { cases: Record<string, string | null>[] }
    const kinds: [string, DescMessage][] = [
      ['schema', SchemaSchema],
      ['updated_schema', SchemaSchema],
      ...['statistics', 'previous_span', 'previous_version', 'serving'].map(
        (field): [string, DescMessage] => [field, DatasetFeatureStatisticsListSchema],
      ),
      ['custom_validation_config', CustomValidationConfigSchema],
    ]
    let count = 0
    for (const one of cases)
      for (const [field, schema] of kinds) {
        const text = one[field]
        if (typeof text !== 'string') continue
        count++
        const message = fromText(schema, text)
        const printed = toText(schema, message)
        if (field !== 'custom_validation_config') expect(printed).toBe(text)
        expect(fromText(schema, printed)).toEqual(message)
        expect(fromBinary(schema, toBinary(schema, message))).toEqual(message)
      }
    expect(count).toBeGreaterThan(100)
  })
})

test('the door has a description for every message', () => {
  for (const name of ['Schema', 'Feature', 'DatasetFeatureStatistics', 'AnomalyInfo', 'Path', 'Example'])
    expect(metadata).toHaveProperty(`${name}Schema`)
})
