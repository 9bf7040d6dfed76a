import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DatasetFeatureStatisticsList } from '../../../main/engine/metadata/index.ts'
import { type Form, formOf } from '../../../main/engine/validation/schema/form.ts'
import {
  applySuggested,
  countFound,
  driftsOf,
  type Reference,
  suggest,
} from '../../../main/engine/validation/suggestions/index.ts'
import { randomOf } from '../../../main/engine/validation/suggestions/random.ts'
import { inferSchema } from '../../../main/engine/validation/tfdv/index.ts'
import { openRooms, type Rooms } from '../statistics/room.ts'
import { type Data, listOf, readPlain, rowsOf } from './suggestionsLists.ts'

const inputs = join(process.env.EDGEWRIGHT_SHARED ?? '', 'golden', 'tfdv', 'inputs')
const isThere = Boolean(process.env.EDGEWRIGHT_SHARED) && existsSync(inputs)
if (!isThere)
  console.warn('skipped: suggestions for the Adult data, because EDGEWRIGHT_SHARED names no folder with it')
const pathOf = (name: string) => join(inputs, `${name}.csv.gz`)

describe.skipIf(!isThere)('suggestions for the Adult data', () => {
  let rooms: Rooms
  let train: DatasetFeatureStatisticsList
  let reference: Reference
  let form: Form
  let plain: Data
  beforeAll(async () => {
    rooms = openRooms()
    train = await rooms.statistics.protoOf(pathOf('train'))
    reference = { title: 'train', list: train }
    form = formOf(inferSchema(train, { shape: true, maxDomain: 100 }))
    plain = readPlain(pathOf('train'))
  })
  afterAll(() => rooms.close())

  const found = (list: DatasetFeatureStatisticsList) =>
    applySuggested(reference, form, list).map(({ kind, feature }) => `${kind} ${feature}`)
  /** The eval rows with a change. */
  const changed = (change: (data: Data) => void): DatasetFeatureStatisticsList => {
    const data = readPlain(pathOf('eval'))
    change(data)
    return listOf(data)
  }

  test('train and eval raise nothing, by the engine and by the plain lists of the tests', async () => {
    expect(found(train)).toEqual([])
    expect(found(await rooms.statistics.protoOf(pathOf('eval')))).toEqual([])
    expect(found(changed(() => {}))).toEqual([])
    expect(driftsOf(listOf(plain), reference, form).every(({ drift }) => drift.value < 1e-9)).toBe(true)
  })

  test('a drift of 15 years and moved workclasses are told', async () => {
    const list = await rooms.statistics.protoOf(pathOf('d5_drift'))
    const told = applySuggested(reference, form, list)
    expect(told.map(({ kind, feature }) => `${kind} ${feature}`)).toEqual(['drift age', 'drift workclass'])
    expect(told[0]?.drift?.tfdv).toBeCloseTo(0.2602, 3)
    expect(told[1]?.drift?.value).toBeCloseTo(0.2363, 3)
    expect(told[0]?.drift?.bins.length).toBeGreaterThan(5)
  })

  test('an age of -1 and one of 150 are told, each with its rows', async () => {
    const list = changed(({ age = [] }) => {
      age[3] = -1
      age[5] = 150
    })
    expect(found(list)).toEqual(['out-of-range age', 'out-of-range age'])
    const version = await rooms.import(
      rooms.file('ages.csv', ['age', ...Array(200).fill(40), -1, 150, 151].join('\n')),
    )
    const table = await rooms.dataset.open(version.id, {})
    const session = await table.session()
    const [below, above] = await countFound(applySuggested(reference, form, list), table, session)
    session.close()
    expect(below).toMatchObject({ rows: 1, examples: ['-1'], where: [{ column: 'age', values: [null, 0] }] })
    expect(above).toMatchObject({ rows: 2, examples: ['151', '150'] })
  })

  test('a file of 100 rows is told, and nothing else of it', () => {
    const first = rowsOf(readPlain(pathOf('eval')), [...Array(100).keys()])
    expect(found(listOf(first))).toEqual(['wrong-rows '])
  })

  test('a tenth of a column that went missing is told', () => {
    expect(found(changed(({ occupation = [] }) => occupation.fill(undefined, 0, 1600)))).toEqual([
      'too-many-missing occupation',
    ])
  })

  test('the same data gives the same suggestions', () => {
    expect(suggest(reference, form)).toEqual(suggest({ ...reference }, structuredClone(form)))
  })

  test.each([
    [32_561, 20],
    [4000, 100],
    [1000, 100],
    [200, 100],
  ])(
    'random halves of %i rows raise nothing in 99 of 100',
    (size, halves) => {
      const random = randomOf(`halves of ${size}`)
      let alarms = 0
      for (let nth = 0; nth < halves; nth++) {
        const order = Array.from({ length: 32_561 }, (_, row) => ({ row, key: random() }))
          .sort((a, b) => a.key - b.key)
          .slice(0, size)
          .map(({ row }) => row)
        const [a, b] = [order.slice(0, size >> 1), order.slice(size >> 1)].map(rows =>
          listOf(rowsOf(plain, rows)),
        )
        if (!a || !b) throw new Error('no halves')
        const own = formOf(inferSchema(a, { shape: true, maxDomain: 100 }))
        if (applySuggested({ title: 'half', list: a }, own, b).length) alarms++
      }
      expect(alarms).toBeLessThanOrEqual(1)
    },
    120_000,
  )
})
