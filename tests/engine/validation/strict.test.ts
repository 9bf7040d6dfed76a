import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CheckRooms, openCheckRooms } from './room.ts'

/** References of real TensorFlow Data Validation, where they are at hand. */
const folder = join(process.env.EDGEWRIGHT_SHARED ?? '', 'golden', 'tfdv')
const isThere = Boolean(process.env.EDGEWRIGHT_SHARED) && existsSync(folder)
if (!isThere)
  console.warn(
    'skipped: files of TensorFlow Data Validation, because EDGEWRIGHT_SHARED names no folder with them',
  )

interface Case {
  statistics: string
  schema: string
  previous?: string
  serving?: string
  environment?: string
}

// The whole way of a person who compares: data in, statistics, schema and anomalies out, as files.
describe.skipIf(!isThere)('TensorFlow Data Validation, from file to file', () => {
  const cases = (isThere ? JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) : {}) as Record<
    string,
    Case
  >
  let rooms: CheckRooms
  let place: string
  beforeAll(async () => {
    rooms = openCheckRooms()
    place = join(rooms.file('here.csv', 'a\n1\n'), '..', 'strict')
    mkdirSync(place)
    for (const name of [
      'train',
      'eval',
      'd1_missing_column',
      'd2_new_column',
      'd3_out_of_domain',
      'd4_changed_type',
      'd5_drift',
      't1_types',
    ]) {
      const csv = join(place, `${name}.csv`)
      writeFileSync(csv, gunzipSync(readFileSync(join(folder, 'inputs', `${name}.csv.gz`))))
      const out = join(place, `${name}.pb`)
      await rooms.job(job => rooms.statistics.door.compute({ data: csv, slice: [], tfdv: true, out }, job))
    }
  }, 120_000)
  afterAll(() => rooms.close())

  const inferred: [string, string, { shape?: boolean; maxDomain?: number }][] = [
    ['train', 'train', {}],
    ['train_no_shape', 'train', { shape: false }],
    ['train_max_domain_10', 'train', { maxDomain: 10 }],
    ['t1_types', 't1_types', {}],
    ['t1_types_no_shape', 't1_types', { shape: false }],
  ]
  test.each(inferred)(
    'infers %s.pbtxt byte for byte',
    async (name, data, { shape = true, maxDomain = 100 }) => {
      const out = join(place, `${name}.pbtxt`)
      await rooms.job(job =>
        rooms.validation.door.infer({ statistics: join(place, `${data}.pb`), out, shape, maxDomain }, job),
      )
      expect(readFileSync(out, 'utf8')).toBe(readFileSync(join(folder, 'schema', `${name}.pbtxt`), 'utf8'))
    },
  )

  test.each(Object.entries(cases).filter(([name]) => !name.startsWith('k_')))(
    'finds the anomalies of %s',
    async (name, { statistics, schema, previous, serving, environment }) => {
      const out = join(place, `${name}.json`)
      const expected = JSON.parse(readFileSync(join(folder, 'anomalies', `${name}.json`), 'utf8'))
      const file = (of: string | undefined) => (of === undefined ? undefined : join(place, `${of}.pb`))
      const validation = await rooms.job(job =>
        rooms.validation.door.check(
          {
            statistics: file(statistics),
            schema: join(folder, 'schema', `${schema}.pbtxt`),
            previous: file(previous),
            serving: file(serving),
            environment,
            tfdv: true,
            out,
          },
          job,
        ),
      )
      expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(expected)
      expect(validation.verdict).toBe(
        expected.anomaly_info || expected.dataset_anomaly_info ? 'blocked' : 'good',
      )
    },
  )
})
