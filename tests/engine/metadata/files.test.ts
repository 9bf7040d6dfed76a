import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync, gzipSync } from 'node:zlib'
import { toBinary } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { FailureError, failureOf } from '../../../main/engine/kit/index.ts'
import {
  AnomaliesSchema,
  create,
  DatasetFeatureStatisticsListSchema,
  ExampleSchema,
  frameRecord,
  fromJson,
  mergeShards,
  readMessage,
  SchemaSchema,
  toJson,
  toText,
  ValidationConfigSchema,
  writeMessage,
} from '../../../main/engine/metadata/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'metadata-'))
afterAll(() => rmSync(folder, { recursive: true }))
const write = (name: string, content: string | Uint8Array) => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const said = async (reading: Promise<unknown>) => {
  const error = await reading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  const failure = failureOf(error)
  if (error === undefined || failure.code === 'internal') throw error ?? new Error('it was read')
  return failure
}

const schema = create(SchemaSchema, {
  feature: [
    { name: 'größe', type: 3, deprecated: false, domainInfo: { case: 'floatDomain', value: { min: 0.5 } } },
  ],
  defaultEnvironment: ['TRAINING', 'SERVING'],
})
const statistics = create(DatasetFeatureStatisticsListSchema, {
  datasets: [
    {
      name: 'All Examples',
      numExamples: 9007199254740993n,
      features: [
        {
          fieldId: { case: 'path', value: { step: ['a'] } },
          stats: { case: 'numStats', value: { mean: Number.NaN, min: -0, max: Infinity, numZeros: 3n } },
        },
      ],
    },
  ],
})
const anomalies = create(AnomaliesSchema, { anomalyInfo: { a: { description: 'x', severity: 2 } } })

const ENDINGS = [
  'pb',
  'binpb',
  'json',
  'pbtxt',
  'textproto',
  'txtpb',
  'txt',
  'tfrecord',
  'pb.gz',
  'JSON',
  'json.gz',
]

describe.each(ENDINGS)('written and read: .%s', ending => {
  test('schema, statistics and anomalies come back whole', async () => {
    const path = join(folder, `whole.${ending}`)
    await writeMessage(path, SchemaSchema, schema)
    expect(await readMessage(path, SchemaSchema)).toEqual(schema)
    await writeMessage(path, DatasetFeatureStatisticsListSchema, statistics)
    expect(await readMessage(path, DatasetFeatureStatisticsListSchema)).toEqual(statistics)
    await writeMessage(path, AnomaliesSchema, anomalies)
    expect(await readMessage(path, AnomaliesSchema)).toEqual(anomalies)
  })

  test('a file of another kind is told by name', async () => {
    const path = join(folder, `kind.${ending}`)
    await writeMessage(path, DatasetFeatureStatisticsListSchema, statistics)
    const failure = await said(readMessage(path, SchemaSchema))
    expect(failure).toMatchObject({ code: 'wrong-type' })
    expect(failure.message).toBe(`kind.${ending} holds statistics and not a schema.`)
  })
})

describe('the content decides, not the name', () => {
  const binary = toBinary(SchemaSchema, schema)
  const text = toText(SchemaSchema, schema)
  test.each([
    ['binary called text', 'a.pbtxt', binary],
    ['text called binary', 'b.pb', text],
    ['text without an ending', 'c', text],
    ['packed text', 'd.pbtxt', gzipSync(text)],
    ['text packed with zlib', 'e', deflateSync(text)],
    ['a packed TFRecord', 'f', gzipSync(frameRecord(binary))],
    ['text in UTF-16', 'g.txt', Buffer.from(`\ufeff${text}`, 'utf16le')],
    [
      'text with umlauts unescaped',
      'h.txt',
      text.replaceAll(/\\303\\266/g, 'ö').replaceAll(/\\303\\237/g, 'ß'),
    ],
    [
      'JSON in camelCase',
      'i',
      JSON.stringify({ ...(toJson(SchemaSchema, schema) as object) }).replace(
        'default_environment',
        'defaultEnvironment',
      ),
    ],
  ])('%s', async (_, name, content) => {
    expect(await readMessage(write(name, content), SchemaSchema)).toEqual(schema)
  })

  test('a binary message of printable characters only', async () => {
    const printable = create(SchemaSchema, { defaultEnvironment: ['E'.repeat(40)] })
    expect(await readMessage(write('p', toBinary(SchemaSchema, printable)), SchemaSchema)).toEqual(printable)
  })

  test('whole numbers beyond 2^53 without quotes keep every digit', async () => {
    const path = write(
      'n.json',
      '{"datasets":[{"num_examples":9007199254740993,"weighted_num_examples": 9223372036854777856}]}',
    )
    const [dataset] = (await readMessage(path, DatasetFeatureStatisticsListSchema)).datasets
    expect(dataset).toMatchObject({
      numExamples: 9007199254740993n,
      weightedNumExamples: 2 ** 63 + 2048,
    })
  })

  test('what a newer version added is kept', async () => {
    const newer = Buffer.concat([toBinary(SchemaSchema, schema), Buffer.from([0xf2, 0x7f, 2, 0x68, 0x69])])
    const read = await readMessage(write('newer.pb', newer), SchemaSchema)
    expect(read.feature).toEqual(schema.feature)
    expect(Buffer.from(toBinary(SchemaSchema, read))).toEqual(newer)
  })
})

describe('what cannot be read is said', () => {
  test.each([
    ['nothing', 'no.pb', '', 'empty-data'],
    ['blanks', 'blanks.txt', ' \n\t\n', 'empty-data'],
    ['prose', 'prose.txt', 'Dear sir or madam', 'unreadable-file'],
    ['a table', 'table.csv', 'age,name\n3,x\n', 'unreadable-file'],
    ['broken JSON', 'broken.json', '{"feature": [', 'unreadable-file'],
    ['JSON of something else', 'else.json', '{"name": "x"}', 'unreadable-file'],
    ['a picture', 'picture.png', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'unreadable-file'],
    ['a huge length', 'huge.pb', Buffer.from('0affffffff7f01', 'hex'), 'unreadable-file'],
    ['zeros', 'zeros.pb', Buffer.alloc(1000), 'unreadable-file'],
    [
      'a packed file cut off',
      'cut.gz',
      gzipSync(toText(SchemaSchema, schema)).subarray(0, 40),
      'unreadable-file',
    ],
    [
      'a TFRecord cut off',
      'cut.tfrecord',
      frameRecord(toBinary(SchemaSchema, schema)).subarray(0, 30),
      'unreadable-file',
    ],
    ['groups without end', 'groups.pb', Buffer.alloc(100_000, 0x1b), 'unreadable-file'],
  ])('%s', async (_, name, content, code) => {
    const failure = await said(readMessage(write(name, content), SchemaSchema))
    expect(failure.code).toBe(code)
    expect(failure.message).toContain(name)
    expect(failure.remedy).not.toBe('')
  })

  test('no file, a folder, a name without a form', async () => {
    expect(await said(readMessage(join(folder, 'none.pb'), SchemaSchema))).toMatchObject({
      code: 'not-found',
    })
    expect(await said(readMessage(folder, SchemaSchema))).toMatchObject({ code: 'bad-input' })
    expect(await said(writeMessage(join(folder, 'x.constructor'), SchemaSchema, schema))).toMatchObject({
      code: 'bad-input',
    })
  })

  test('a bomb of packed zeros ends at the limit', async () => {
    const zeros = gzipSync(Buffer.alloc(64 * 2 ** 20))
    const bomb = write('bomb.gz', Buffer.concat(Array.from({ length: 9 }, () => zeros)))
    expect(await said(readMessage(bomb, SchemaSchema))).toMatchObject({ code: 'too-wide' })
  })

  test('random and damaged bytes are read or refused, nothing else', async () => {
    const whole = [
      toBinary(DatasetFeatureStatisticsListSchema, statistics),
      frameRecord(toBinary(SchemaSchema, schema)),
      gzipSync(toText(SchemaSchema, schema)),
      Buffer.from(JSON.stringify(toJson(SchemaSchema, schema))),
      Buffer.from(toText(SchemaSchema, schema)),
    ]
    const damaged = fc
      .tuple(fc.constantFrom(...whole), fc.nat(), fc.nat(), fc.integer({ min: 0, max: 255 }))
      .map(([bytes, end, at, byte]) => {
        const copy = Buffer.from(bytes)
        copy[at % copy.length] = byte
        return copy.subarray(0, end % (copy.length + 1))
      })
    const kinds = fc.constantFrom(SchemaSchema, AnomaliesSchema, ValidationConfigSchema, ExampleSchema)
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 60 }), damaged), kinds, async (bytes, kind) => {
        try {
          await readMessage(write('fuzz', bytes), kind)
        } catch (error) {
          expect(error).toBeInstanceOf(FailureError)
        }
      }),
      { numRuns: 400 },
    )
  })
})

describe('statistics in parts', () => {
  const golden = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../golden/metadata/tfrecord.json'), 'utf8'),
  )
  const S = DatasetFeatureStatisticsListSchema
  const shards = () => (golden.shards as object[]).map(shard => fromJson(S, shard))

  test('are put together as tfx_bsl does', () => {
    expect(toJson(S, mergeShards(shards()))).toEqual(golden.merged)
  })

  test('in one file and in files side by side', async () => {
    const records = shards().map(shard => frameRecord(toBinary(S, shard)))
    const one = await readMessage(write('all.tfrecords', Buffer.concat(records)), S)
    expect(toJson(S, one)).toEqual(golden.merged)
    const paths = records.map((record, i) => write(`stats-0000${i}-of-00003.tfrecords`, record))
    expect(toJson(S, await readMessage(paths[1] as string, S))).toEqual(golden.merged)
    rmSync(paths[2] as string)
    expect(await said(readMessage(paths[0] as string, S))).toMatchObject({ code: 'not-found' })
  })

  test('that contradict each other are refused', async () => {
    const other = create(S, { datasets: [{ name: 'All Examples', numExamples: 1n }] })
    const failure = await said((async () => mergeShards([statistics, other]))())
    expect(failure.message).toContain('number of examples')
  })
})
