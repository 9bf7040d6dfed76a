import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Anomaly } from '#contract'
import { csv, failureOf, listening } from '../dataset/workspace.ts'
import { type CheckRooms, openCheckRooms } from './room.ts'

let rooms: CheckRooms
beforeAll(() => {
  rooms = openCheckRooms()
})
afterAll(() => rooms.close())

const door = () => rooms.validation.door
const ROWS = 2000
const NIGHT = 20
/** Trips by day, and a few by night; `change` is told which night trip it is. */
const trips = (change: (night: number) => Partial<{ speed: string; road: string }> = () => ({})) =>
  csv([
    ['when', 'speed', 'road'],
    ...Array.from({ length: ROWS }, (_, at) => {
      const usual = { speed: String(20 + (at % 60)), road: ['city', 'land'][at % 2] as string }
      const isNight = at >= ROWS - NIGHT
      const { speed, road } = { ...usual, ...(isNight ? change(at - ROWS + NIGHT) : {}) }
      return [isNight ? 'night' : 'day', speed, road]
    }),
  ])
const line = ({ severity, kind, feature, slice, rows }: Anomaly) =>
  `${severity} ${kind} ${feature} ${slice ?? 'all'} ${rows}`
const ours = ['outliers', 'mislabeled', 'duplicate-rows', 'class-imbalance', 'leakage', 'constant'] as const

/** A dataset with a schema of its sound rows, and the slices of night and day saved. */
async function opened(name: string): Promise<void> {
  await rooms.import(rooms.file(`${name}.csv`, trips()))
  await rooms.infer(name)
  for (const when of ['night', 'day'])
    await rooms.dataset.door.saveSlice(
      { dataset: name as never, name: when, where: [{ column: 'when', is: 'equals', values: [when] }] },
      listening,
    )
  await door().setPolicy({ without: [...ours] }, listening)
}

describe('a slice that is checked by itself', () => {
  test('blocks training and publishing where all rows would only ask for a look', async () => {
    await opened('trips')
    const bad = rooms.file(
      'night.csv',
      trips(at => (at < 10 ? { speed: '' } : at < 12 ? { road: 'rail' } : {})),
    )
    const before = await rooms.check(bad, 'trips')
    expect(before.anomalies.map(line)).toEqual([
      'warning out-of-domain road all 2',
      'warning too-many-missing speed all 10',
    ])
    expect(before.verdict).toBe('look')

    const set = await door().setPolicy({ data: 'trips', slices: ['night'], training: 'block' }, listening)
    expect(set).toMatchObject({
      slices: [{ dataset: 'trips', names: ['night'] }],
      training: 'block',
      without: [...ours],
    })
    const after = await rooms.check(bad, 'trips')
    expect(after.anomalies.map(line)).toEqual([
      ...before.anomalies.map(line),
      'warning out-of-domain road night 2',
      'error too-many-missing speed night 10',
    ])
    const [, , , missing] = after.anomalies
    expect(missing?.detail).toBe(
      'In the slice “night”: 10 of 20 rows (50 %) have no value; the schema allows 0 %.',
    )
    expect(missing?.where).toEqual([
      { column: 'when', is: 'equals', values: ['night'] },
      { column: 'speed', is: 'missing', values: [] },
    ])
    expect(after.verdict).toBe('blocked')
    expect(await failureOf((async () => rooms.validation.gate(after.version, 'training'))())).toMatchObject({
      code: 'gate-blocked',
    })
    await door().setPolicy({ publishing: 'warn' }, listening)
    expect(rooms.validation.gate(after.version, 'publishing')).toMatch(/an error that nobody accepted/)
  })

  test('is accepted by itself, and is found by its filter', async () => {
    await rooms.import(
      rooms.file(
        'trips.csv',
        trips(at => (at < 10 ? { speed: '' } : {})),
      ),
    )
    const check = await rooms.check('trips')
    expect(check.verdict).toBe('blocked')
    const missing = check.anomalies.find(({ slice }) => slice === 'night')
    const rows = await rooms.dataset.door.rows(
      { name: 'trips', where: missing?.where ?? [], offset: 0, limit: 100 } as never,
      listening,
    )
    expect(rows.total).toBe(10)
    const accept = (slice?: string) =>
      door().accept(
        { data: 'trips', feature: 'speed', kind: 'too-many-missing', reason: 'the lamp was off', slice },
        listening,
      )
    expect((await accept()).verdict).toBe('blocked')
    const done = await accept('night')
    expect(done.verdict).not.toBe('blocked')
    expect(done.anomalies.find(({ slice }) => slice === 'night')?.accepted?.reason).toBe('the lamp was off')
    expect(await failureOf(accept('day'))).toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('slice "day"'),
    })
  })

  test('says nothing of what blocks all rows already, and nothing where its rows are sound', async () => {
    await door().setPolicy({ data: 'trips', slices: ['day', 'night'] }, listening)
    const all = await rooms.check(rooms.file('rail.csv', trips().replaceAll('land', 'rail')), 'trips')
    expect(all.anomalies.map(line)).toEqual(['error out-of-domain road all 1000'])
    expect((await rooms.check(rooms.file('sound.csv', trips()), 'trips')).anomalies).toEqual([])
  })

  test('that is empty asks for a look, and one that is gone or fits no column blocks', async () => {
    const noNight = rooms.file('no-night.csv', trips().replaceAll('night', 'day'))
    expect((await rooms.check(noNight, 'trips')).anomalies.map(line)).toEqual(['warning wrong-rows  night 0'])
    const other = await rooms.check(rooms.file('other.csv', trips().replace('when', 'time')), 'trips')
    expect(other.anomalies.filter(({ slice }) => slice).map(line)).toEqual([
      'error wrong-rows  day 0',
      'error wrong-rows  night 0',
    ])
    await rooms.dataset.door.removeSlice({ dataset: 'trips' as never, name: 'night' }, listening)
    const gone = await rooms.check(rooms.file('again.csv', trips()), 'trips')
    expect(gone.anomalies.map(({ detail }) => detail)).toEqual([
      'The slice “night” could not be checked: it is not saved any more.',
    ])
    expect(gone.verdict).toBe('blocked')
  })

  test('is named with its dataset, is a saved one, and is taken back', async () => {
    expect(await failureOf(door().setPolicy({ slices: ['day'] }, listening))).toMatchObject({
      code: 'bad-input',
    })
    expect(await failureOf(door().setPolicy({ data: 'trips', slices: ['dusk'] }, listening))).toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('no slice "dusk"'),
    })
    expect((await door().policy({}, listening)).slices).toEqual([
      { dataset: 'trips', names: ['day', 'night'] },
    ])
    expect((await door().setPolicy({ data: 'trips', slices: [] }, listening)).slices).toEqual([])
    expect((await rooms.check(rooms.file('last.csv', trips()), 'trips')).verdict).toBe('good')
  })
})
