import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CheckRooms, openCheckRooms } from './room.ts'

let rooms: CheckRooms
beforeAll(() => {
  rooms = openCheckRooms()
})
afterAll(() => rooms.close())

/** A column of whole numbers with many ties, and one that moves on by a few. */
const table = (shift: number, rows: number, odd: number[] = []) =>
  `hours,age\n${Array.from({ length: rows }, (_, at) => [
    at % 10 < 6 ? 40 : 20 + (at % 37),
    17 + ((at * 7) % 60) + shift,
  ])
    .concat(odd.map(age => [40, age]))
    .map(row => row.join(','))
    .join('\n')}\n`

test('each bin of a drift says what share of the rows lies in it, and its filter finds just those', async () => {
  await rooms.import(rooms.file('people.csv', table(0, 6000)))
  await rooms.infer('people')
  await rooms.import(rooms.file('people.csv', table(15, 6000, [-1, 150, 150])))
  const { drifts, anomalies } = await rooms.check('people')
  expect(anomalies.some(({ kind, feature }) => kind === 'drift' && feature === 'age')).toBe(true)
  expect(drifts.find(({ feature }) => feature === 'hours')?.drift.value).toBeLessThan(0.005)
  const { bins } = drifts.find(({ feature }) => feature === 'age')?.drift ?? { bins: [] }
  expect(bins.reduce((sum, bin) => sum + bin.now, 0)).toBeCloseTo(1, 9)
  expect(bins.find(({ low }) => low === -1)?.now).toBeCloseTo(1 / 6003, 9)
  for (const { low, high, now } of bins) {
    const isTaken = bins.some(other => other.high === low && other.low !== low)
    const { total } = await rooms.dataset.door.rows(
      {
        name: 'people',
        offset: 0,
        limit: 1,
        where: [
          { column: 'age', is: 'range', values: [low, high], closed: true },
          ...(isTaken ? [{ column: 'age', is: 'differs' as const, values: [low] }] : []),
        ],
      },
      { signal: new AbortController().signal },
    )
    expect(total / 6003).toBeCloseTo(now, 9)
  }
})
