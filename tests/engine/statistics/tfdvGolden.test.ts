import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type DatasetFeatureStatisticsList,
  readMessage,
  SchemaSchema,
} from '../../../main/engine/metadata/index.ts'
import { type TfdvOptions, tfdvStatistics } from '../../../main/engine/statistics/tfdv/index.ts'
import { openWorkspace, type Workspace } from '../dataset/workspace.ts'
import { differences } from './tfdvCompare.ts'

/** Statistics of TensorFlow Data Validation 1.16.1, where they are at hand. */
const golden = join(process.env.EDGEWRIGHT_SHARED ?? '../shared', 'golden', 'tfdv')
const isThere = existsSync(golden)
if (!isThere) console.warn('skipped: statistics of TensorFlow Data Validation, because they are not at hand')

/** TFDV's sketch approximates the one column with more than 5,701 different values. */
const approximate = ['fnlwgt']

describe.skipIf(!isThere)('statistics are those of TensorFlow Data Validation', () => {
  let workspace: Workspace
  beforeAll(() => {
    workspace = openWorkspace()
  })
  afterAll(() => workspace.close())

  async function statisticsOf(
    name: string,
    options: TfdvOptions = {},
  ): Promise<DatasetFeatureStatisticsList> {
    const table = await workspace.dataset.open(join(golden, 'inputs', `${name}.csv.gz`), { as: 'text' })
    try {
      return await tfdvStatistics(table, { strict: true, ...options })
    } finally {
      table.close()
    }
  }
  const theirs = (name: string) => JSON.parse(readFileSync(join(golden, 'stats', `${name}.json`), 'utf8'))

  test.each([
    'train',
    'eval',
    'd1_missing_column',
    'd2_new_column',
    'd3_out_of_domain',
    'd4_changed_type',
    'd5_drift',
    't1_types',
  ])('%s', async name => {
    expect(differences(await statisticsOf(name), theirs(name), { approximate })).toEqual([])
  })

  test('of a data frame, whose types are the same', async () => {
    expect(differences(await statisticsOf('train'), theirs('train_dataframe'), { approximate })).toEqual([])
  })

  test('whole numbers that the schema calls categories', async () => {
    const schema = await readMessage(join(golden, 'schema', 'categorical_int.pbtxt'), SchemaSchema)
    expect(
      differences(await statisticsOf('train', { schema }), theirs('train_categorical_int'), { approximate }),
    ).toEqual([])
  })

  test('slices', async () => {
    expect(
      differences(await statisticsOf('train', { slices: ['sex'] }), theirs('train_sliced_sex'), {
        approximate,
      }),
    ).toEqual([])
  })

  test('a column of many values: a bucket within 0.002 of the rows, a boundary within 0.01 in rank', async () => {
    const histogramsOf = (list: DatasetFeatureStatisticsList) => {
      const stats = list.datasets[0]?.features.find(
        ({ fieldId }) => fieldId.case === 'path' && fieldId.value.step[0] === 'fnlwgt',
      )?.stats
      return stats?.case === 'numStats' ? stats.value.histograms.map(({ buckets }) => buckets) : []
    }
    const text = gunzipSync(readFileSync(join(golden, 'inputs', 'train.csv.gz'))).toString()
    const [header = '', ...lines] = text.trimEnd().split('\n')
    const place = header.split(',').indexOf('fnlwgt')
    const values = lines.map(line => Number(line.split(',')[place]))
    const rank = (value: number) => values.filter(other => other <= value).length / values.length
    const [standard = [], quantiles = []] = histogramsOf(await statisticsOf('train'))
    const their = theirs('train').datasets[0].features.find(
      (feature: { path: { step: string[] } }) => feature.path.step[0] === 'fnlwgt',
    ).num_stats.histograms
    for (const [at, { sampleCount }] of standard.entries())
      expect(Math.abs(sampleCount - (their[0].buckets[at].sample_count ?? 0))).toBeLessThan(
        0.002 * values.length,
      )
    for (const [at, { highValue }] of quantiles.entries()) {
      expect(Math.abs(rank(highValue) - (at + 1) / 10)).toBeLessThan(0.001)
      expect(Math.abs(rank(highValue) - rank(their[1].buckets[at].high_value))).toBeLessThan(0.01)
    }
  })
})
