import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CheckRooms, lineOf, openCheckRooms } from './room.ts'

/** The Adult data with known defects, where it is at hand. */
const inputs = join(process.env.EDGEWRIGHT_SHARED ?? '', 'golden', 'tfdv', 'inputs')
const isThere = Boolean(process.env.EDGEWRIGHT_SHARED) && existsSync(inputs)
if (!isThere)
  console.warn('skipped: data with known defects, because EDGEWRIGHT_SHARED names no folder with it')

describe.skipIf(!isThere)('known defects in the Adult data', () => {
  let rooms: CheckRooms
  beforeAll(async () => {
    rooms = openCheckRooms()
    await rooms.infer(join(inputs, 'train.csv.gz'))
  })
  afterAll(() => rooms.close())

  test.each([
    ['train', []],
    ['eval', []],
    ['d1_missing_column', ['error missing-column education all 16281']],
    ['d2_new_column', ['warning new-column zip all 16281']],
    ['d3_out_of_domain', ['error out-of-domain race all 173']],
    ['d4_changed_type', ['error wrong-type age all 4', 'error wrong-type hours_per_week all 16281']],
  ])('%s', async (name, lines) => {
    const { anomalies } = await rooms.check(join(inputs, `${name}.csv.gz`), join(inputs, 'train.csv.gz'))
    // Whole rows that are there twice are told too, and drift where a type changed.
    const bySchema = anomalies.filter(({ kind }) => kind !== 'duplicate-rows' && kind !== 'drift')
    expect(bySchema.map(lineOf)).toEqual(lines)
  })
})
