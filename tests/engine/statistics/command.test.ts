import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { DatasetFeatureStatisticsListSchema, readMessage } from '../../../main/engine/metadata/index.ts'
import { temporaryFolder } from '../../contract/house.ts'
import { terminal } from '../../e2e/terminal.ts'
import { differences } from './tfdvCompare.ts'

const golden = resolve(process.env.EDGEWRIGHT_SHARED ?? '../shared', 'golden', 'tfdv')
const isThere = existsSync(golden)
if (!isThere) console.warn('skipped: statistics of TensorFlow Data Validation, because they are not at hand')

const folder = temporaryFolder()
const { run } = terminal(join(folder.path, 'home'), folder.path)
afterAll(() => folder.remove())

describe.skipIf(!isThere)('edgewright statistics', () => {
  const data = join(golden, 'inputs', 'eval.csv.gz')
  const theirs = (name: string) => JSON.parse(readFileSync(join(golden, 'stats', `${name}.json`), 'utf8'))
  const at = (name: string) => join(folder.path, name)

  test('compute --tfdv --out writes what TensorFlow Data Validation gives, in each form', async () => {
    for (const name of ['stats.json', 'stats.pb', 'stats.pbtxt']) {
      const answer = await run('statistics', 'compute', '--data', data, '--tfdv', '--out', name)
      expect(answer).toMatchObject({ code: 0 })
      const list = await readMessage(at(name), DatasetFeatureStatisticsListSchema)
      expect(differences(list, theirs('eval'), { approximate: ['fnlwgt'] })).toEqual([])
    }
  }, 60_000)

  test('compute --slice, compare and report', async () => {
    const train = join(golden, 'inputs', 'train.csv.gz')
    const sliced = ['statistics', 'compute', train, '--tfdv', '--slice', 'sex', '--out', 'sliced.json']
    expect(await run(...sliced)).toMatchObject({ code: 0 })
    const list = await readMessage(at('sliced.json'), DatasetFeatureStatisticsListSchema)
    expect(differences(list, theirs('train_sliced_sex'), { approximate: ['fnlwgt'] })).toEqual([])
    const compared = await run('statistics', 'compare', train, 'sliced.json', '--json')
    expect(compared.code).toBe(0)
    const { features } = JSON.parse(compared.out) as { features: { name: string; drift: number | null }[] }
    expect(features).toHaveLength(15)
    // The file tells ten parts of the values of a number, which is enough to see that it is the same data.
    for (const { name, drift } of features) expect([name, (drift ?? 1) < 0.001]).toEqual([name, true])
    expect(await run('statistics', 'report', train, 'report.html', '--with', data)).toMatchObject({ code: 0 })
    expect(statSync(at('report.html')).size).toBeGreaterThan(20_000)
  }, 60_000)

  test('what cannot be done ends with 1 and a sentence', async () => {
    const answer = await run('statistics', 'compute', '--data', data, '--weight', 'nobody', '--out', 'no.pb')
    expect(answer.code).toBe(1)
    expect(answer.err).toContain('nobody')
    expect(existsSync(at('no.pb'))).toBe(false)
  }, 30_000)
})
