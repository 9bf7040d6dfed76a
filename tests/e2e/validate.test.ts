import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../contract/house.ts'
import { terminal } from './terminal.ts'

/** References of real TensorFlow Data Validation, where they are at hand. */
const golden = join(process.env.EDGEWRIGHT_SHARED ?? '', 'golden', 'tfdv')
const isThere = Boolean(process.env.EDGEWRIGHT_SHARED) && existsSync(golden)
if (!isThere)
  console.warn(
    'skipped: commands beside TensorFlow Data Validation, because EDGEWRIGHT_SHARED names no folder with it',
  )

const folder = temporaryFolder()
const { run } = terminal(join(folder.path, 'home'), folder.path)
afterAll(() => folder.remove())

const place = (name: string) => join(folder.path, name)
const read = (name: string) => readFileSync(place(name), 'utf8')
const parsed = (path: string) => JSON.parse(readFileSync(path, 'utf8'))
const words = (line: string) => line.split(' ')

describe.skipIf(!isThere)('data validated by commands, as others write them', () => {
  beforeAll(() => {
    for (const name of ['train', 'eval', 'd4_changed_type', 'd5_drift'])
      writeFileSync(place(`${name}.csv`), gunzipSync(readFileSync(join(golden, 'inputs', `${name}.csv.gz`))))
    const [head = '', ...rows] = read('eval.csv').split('\n')
    writeFileSync(place('hundred.csv'), [head, ...rows.slice(0, 100)].join('\n'))
    const odd = rows.map((row, at) =>
      at === 5 ? row.replace(/^\d+/, '-1') : at === 9 ? row.replace(/^\d+/, '150') : row,
    )
    writeFileSync(place('odd.csv'), [head, ...odd].join('\n'))
  })

  test('statistics are those of the reference, whole and sliced', async () => {
    expect(await run(...words('statistics compute --data train.csv --tfdv --out train.pb'))).toMatchObject({
      code: 0,
    })
    expect(
      (await run(...words('statistics compute --data train.csv --tfdv --slice sex --out sliced.json'))).code,
    ).toBe(0)
    const names = (list: { datasets: { name: string; num_examples: string }[] }) =>
      list.datasets.map(({ name, num_examples }) => `${name} ${num_examples}`)
    expect(names(parsed(place('sliced.json')))).toEqual(
      names(parsed(join(golden, 'stats', 'train_sliced_sex.json'))),
    )
    expect(
      (await run(...words('statistics compute --data d4_changed_type.csv --tfdv --out d4.json'))).code,
    ).toBe(0)
    const [ours] = parsed(place('d4.json')).datasets
    const [theirs] = parsed(join(golden, 'stats', 'd4_changed_type.json')).datasets
    expect(ours.features.map((feature: { type?: string }) => feature.type)).toEqual(
      theirs.features.map((feature: { type?: string }) => feature.type),
    )
  })

  test('a schema comes out byte for byte', async () => {
    expect((await run(...words('validation infer --statistics train.pb --out schema.pbtxt'))).code).toBe(0)
    expect(read('schema.pbtxt')).toBe(readFileSync(join(golden, 'schema', 'train.pbtxt'), 'utf8'))
    const flags = words('validation infer --statistics train.pb --out small.pbtxt --max-domain 10')
    expect((await run(...flags)).code).toBe(0)
    expect(read('small.pbtxt')).toBe(
      readFileSync(join(golden, 'schema', 'train_max_domain_10.pbtxt'), 'utf8'),
    )
    expect(
      (await run(...words('validation infer --statistics train.pb --out bare.pbtxt --no-shape'))).code,
    ).toBe(0)
    expect(read('bare.pbtxt')).toBe(readFileSync(join(golden, 'schema', 'train_no_shape.pbtxt'), 'utf8'))
  })

  test('anomalies are those of the reference, with exit code 1', async () => {
    const bad = await run(
      ...words('validation check --tfdv --statistics d4.json --schema schema.pbtxt --out anomalies.json'),
    )
    expect(bad.code).toBe(1)
    expect(parsed(place('anomalies.json'))).toEqual(parsed(join(golden, 'anomalies', 'd4_changed_type.json')))
    // Whatever form they are in, they are read again and written in another.
    expect((await run(...words('validation anomalies anomalies.json --out again.pbtxt'))).code).toBe(0)
    expect((await run(...words('validation anomalies again.pbtxt --out again.pb'))).code).toBe(0)
    expect((await run(...words('validation anomalies again.pb --out again.json'))).code).toBe(0)
    expect(parsed(place('again.json'))).toEqual(parsed(place('anomalies.json')))
    const good = await run(
      ...words('validation check --tfdv --statistics train.pb --schema schema.pbtxt --out none.json'),
    )
    expect(good.code).toBe(0)
    expect(parsed(place('none.json'))).toEqual(parsed(join(golden, 'anomalies', 'train_self.json')))
    const data = await run(
      ...words('validation check --tfdv d4_changed_type.csv --schema schema.pbtxt --out data.json'),
    )
    expect(data.code).toBe(1)
    expect(parsed(place('data.json'))).toEqual(parsed(place('anomalies.json')))
  })

  test.each([
    ['d5_drift', /drift/],
    ['odd', /-1|150/],
    ['hundred', /rows/],
  ])('what the reference passes over in %s is said by default, and marked as ours', async (name, says) => {
    await run(...words(`statistics compute --data ${name}.csv --tfdv --out ${name}.pb`))
    const flags = `--statistics ${name}.pb --schema schema.pbtxt --previous train.pb`
    const theirs = await run(...words(`validation check --tfdv ${flags} --out theirs.json`))
    expect(theirs.code).toBe(0)
    expect(parsed(place('theirs.json')).anomaly_info).toBeUndefined()
    const ours = await run(...words(`validation check ${flags} --json`))
    const { anomalies, verdict } = JSON.parse(ours.out)
    expect(verdict).toBe('look')
    expect(anomalies.every((anomaly: { suggested: boolean }) => anomaly.suggested)).toBe(true)
    expect(JSON.stringify(anomalies)).toMatch(says)
  })

  test('nothing is said of good data', async () => {
    await run(...words('statistics compute --data eval.csv --tfdv --out eval.pb'))
    const good = await run(
      ...words('validation check --statistics eval.pb --schema schema.pbtxt --previous train.pb --json'),
    )
    expect(good.code).toBe(0)
    expect(JSON.parse(good.out)).toMatchObject({ verdict: 'good', anomalies: [] })
  })

  test('what is no such file is said in a sentence', async () => {
    const absent = await run(...words('validation check --tfdv --statistics nobody.pb --schema schema.pbtxt'))
    expect(absent).toMatchObject({ code: 1, err: expect.stringContaining('nobody.pb') })
    const swapped = await run(...words('validation check --tfdv --statistics train.pb --schema train.pb'))
    expect(swapped).toMatchObject({ code: 1, err: expect.stringMatching(/statistics and not a schema/) })
    const nothing = await run(...words('validation check --schema schema.pbtxt'))
    expect(nothing).toMatchObject({ code: 1, err: expect.stringContaining('nothing to look at') })
  })
})
