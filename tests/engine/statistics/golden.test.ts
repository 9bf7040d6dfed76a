import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Statistics } from '#contract'
import { agree } from './plain.ts'
import { openRooms, type Rooms } from './room.ts'

/** Figures of TensorFlow Data Validation on the Adult data, where they are at hand. */
const golden = join(process.env.EDGEWRIGHT_SHARED ?? '', 'golden', 'tfdv')
const isThere = Boolean(process.env.EDGEWRIGHT_SHARED) && existsSync(golden)
if (!isThere)
  console.warn(
    'skipped: figures of TensorFlow Data Validation, because EDGEWRIGHT_SHARED names no folder with them',
  )

interface Their {
  path: { step: [string] }
  num_stats?: {
    common_stats: Common
    mean: number
    std_dev: number
    num_zeros?: string
    min: number
    median: number
    max: number
  }
  string_stats?: {
    common_stats: Common
    unique: string
    avg_length: number
    top_values: { value: string; frequency: number }[]
  }
}
interface Common {
  num_non_missing: string
  num_missing?: string
}

describe.skipIf(!isThere)('figures agree with TensorFlow Data Validation', () => {
  let rooms: Rooms
  beforeAll(() => {
    rooms = openRooms()
  })
  afterAll(() => rooms.close())

  test.each(['train', 'eval'])('%s', async name => {
    const ours: Statistics = await rooms.compute(join(golden, 'inputs', `${name}.csv.gz`))
    const [theirs] = JSON.parse(readFileSync(join(golden, 'stats', `${name}.json`), 'utf8')).datasets
    expect(ours.rows).toBe(Number(theirs.num_examples))
    expect(theirs.features).toHaveLength(ours.features.length)
    for (const { path, num_stats: numbers, string_stats: texts } of theirs.features as Their[]) {
      const all = ours.features.find(feature => feature.name === path.step[0])?.all
      const common = (numbers ?? texts)?.common_stats
      expect([all?.count, all?.missing]).toEqual([
        Number(common?.num_non_missing),
        Number(common?.num_missing ?? 0),
      ])
      if (numbers) {
        const figures = all?.numeric
        expect([figures?.min, figures?.max, figures?.zeros]).toEqual([
          numbers.min ?? 0,
          numbers.max ?? 0,
          Number(numbers.num_zeros ?? 0),
        ])
        // Theirs is an estimate where a column has more different values than their sketch holds.
        if ((all?.unique ?? 0) <= 5701) expect(figures?.median).toBe(numbers.median ?? 0)
        expect(agree(figures?.mean ?? 0, numbers.mean)).toBe(true)
        expect(agree(figures?.deviation ?? 0, numbers.std_dev)).toBe(true)
      }
      if (texts) {
        expect(all?.unique).toBe(Number(texts.unique))
        // Theirs is kept in 32 bits.
        expect(Math.fround(all?.averageLength ?? 0)).toBeCloseTo(texts.avg_length, 5)
        for (const { value, frequency } of texts.top_values)
          expect(all?.top.find(other => other.value === value)?.count).toBe(frequency)
      }
    }
  })
})
