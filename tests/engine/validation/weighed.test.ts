import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Validation } from '#contract'
import { csv, failureOf, listening } from '../dataset/workspace.ts'
import { type CheckRooms, openCheckRooms } from './room.ts'

let rooms: CheckRooms
let place: string
beforeAll(() => {
  rooms = openCheckRooms()
  place = join(rooms.file('here.csv', 'a\n1\n'), '..')
})
afterAll(() => rooms.close())

type Row = [size: number | null, color: string | null, dotted: number]
const ROWS = 1000
const table = (change: (row: Row, at: number) => Row = row => row): string =>
  csv([
    ['size', 'color', 'dotted.name'],
    ...Array.from({ length: ROWS }, (_, at) =>
      change([at % 50, ['red', 'green', 'blue'][at % 3] as string, at % 7], at).map(cell =>
        String(cell ?? ''),
      ),
    ),
  ])
const door = () => rooms.validation.door
/** Writes the rows, their statistics, and says where both are. */
async function written(name: string, content: string): Promise<{ data: string; statistics: string }> {
  const data = rooms.file(`${name}.csv`, content)
  const out = join(place, `${name}.stats.json`)
  await rooms.job(job => rooms.statistics.door.compute({ data, slice: [], out }, job))
  return { data, statistics: out }
}
const said = ({ anomalies }: Validation) =>
  anomalies.map(({ severity, kind, feature }) => `${severity} ${kind} ${feature}`).sort()

describe('statistics and rows are checked by one rule', () => {
  let schema: string
  beforeAll(async () => {
    const { data } = await written('plain', table())
    schema = join(place, 'schema.pbtxt')
    await rooms.job(job => door().infer({ data, shape: true, maxDomain: 100, out: schema }, job))
    const limited = readFileSync(schema, 'utf8').replace(
      /(feature \{\n {2}name: "size"\n {2}type: INT\n)/,
      '$1  int_domain {\n    min: -20\n    max: 90\n  }\n',
    )
    expect(limited).toContain('max: 90')
    writeFileSync(schema, limited)
  })

  const bad = (share: number, row: (old: Row) => Row) =>
    table((old, at) => (at < share * ROWS ? row(old) : old))
  const cases: [string, string, string[], Validation['verdict']][] = [
    ['nothing', table(), [], 'good'],
    [
      'one missing value',
      bad(0.001, ([, color, n]) => [null, color, n]),
      ['warning too-many-missing size'],
      'look',
    ],
    [
      'many missing values',
      bad(0.2, ([, color, n]) => [null, color, n]),
      ['error too-many-missing size'],
      'blocked',
    ],
    ['one new text', bad(0.001, ([size, , n]) => [size, 'pink', n]), ['warning out-of-domain color'], 'look'],
    [
      'many new texts',
      bad(0.2, ([size, , n]) => [size, 'pink', n]),
      ['error out-of-domain color'],
      'blocked',
    ],
    [
      'one number too large',
      bad(0.001, ([, color, n]) => [500, color, n]),
      ['warning out-of-range size'],
      'look',
    ],
    [
      'one number too small',
      bad(0.001, ([, color, n]) => [-70, color, n]),
      ['warning out-of-range size'],
      'look',
    ],
    [
      'many numbers too large',
      bad(0.2, ([, color, n]) => [500, color, n]),
      ['error out-of-range size'],
      'blocked',
    ],
    [
      'a new column',
      table().replace('dotted.name', 'dotted.other'),
      ['error missing-column dotted.name', 'warning new-column dotted.other'],
      'blocked',
    ],
  ]
  test.each(cases)('%s', async (what, content, lines, verdict) => {
    const { data, statistics } = await written(what.replaceAll(' ', '-'), content)
    const ofRows = await rooms.job(job => door().check({ data, schema }, job))
    const ofFile = await rooms.job(job => door().check({ statistics, schema }, job))
    expect(said(ofFile)).toEqual(lines)
    expect(
      said({ ...ofRows, anomalies: ofRows.anomalies.filter(({ kind }) => kind !== 'outliers') }),
    ).toEqual(lines)
    expect([ofFile.verdict, ofRows.verdict]).toEqual([verdict, verdict])
    const ofTfdv = await rooms.job(job => door().check({ statistics, schema, tfdv: true }, job))
    expect(new Set(ofTfdv.anomalies.map(({ severity }) => severity))).toEqual(
      new Set(lines.length ? ['error'] : []),
    )
  })

  test('a shape that other lengths break is told beside what is missing', async () => {
    const { statistics } = await written(
      'lengths',
      bad(0.001, ([, color, n]) => [null, color, n]),
    )
    const other = join(place, 'other.pbtxt')
    writeFileSync(other, readFileSync(schema, 'utf8').replace('size: 1', 'size: 2'))
    const check = await rooms.job(job => door().check({ statistics, schema: other }, job))
    expect(said(check)).toEqual(['error wrong-shape size', 'warning too-many-missing size'])
  })

  test('a severity that someone asks for stays, for rows too', async () => {
    const { data, statistics } = await written(
      'asked',
      bad(0.001, ([, color, n]) => [null, color, n]),
    )
    const config = join(place, 'config.pbtxt')
    const severities = async (severity: string) => {
      writeFileSync(
        config,
        `severity_overrides { type: FEATURE_TYPE_LOW_FRACTION_PRESENT severity: ${severity} }`,
      )
      const checks = [{ data }, { statistics }].map(given =>
        rooms.job(job => door().check({ ...given, schema, validationConfig: config }, job)),
      )
      return (await Promise.all(checks)).map(
        ({ anomalies }) => anomalies.find(({ kind }) => kind === 'too-many-missing')?.severity,
      )
    }
    expect(await severities('ERROR')).toEqual(['error', 'error'])
    expect(await severities('WARNING')).toEqual(['warning', 'warning'])
  })

  test('what says nothing is no schema and no data before', async () => {
    const nothing = rooms.file('nothing.json', ' {}\n')
    const { data, statistics } = await written('some', table())
    const refusal = (given: object) =>
      failureOf(rooms.job(job => door().check({ statistics, schema, ...given }, job)))
    for (const key of ['previous', 'serving', 'previousVersion'])
      expect(await refusal({ [key]: nothing })).toMatchObject({
        code: 'bad-input',
        message: 'nothing.json holds statistics of no feature.',
      })
    expect(await refusal({ schema: nothing })).toMatchObject({
      code: 'bad-input',
      message: 'nothing.json holds a schema that says nothing.',
    })
    await rooms.import(data)
    expect(await failureOf(door().edit({ data: 'some', file: nothing }, listening))).toMatchObject({
      message: 'nothing.json holds a schema that says nothing.',
    })
  })
})

test('a suggested limit of drift is the same number in a check and in the list', async () => {
  const shifted = (rows: number, by: number) =>
    csv([
      ['x', 'y'],
      ...Array.from({ length: rows }, (_, at) => [String(((at * 7919) % 100) + by), String((at * 31) % 17)]),
    ])
  const version = await rooms.import(rooms.file('usual.csv', shifted(4000, 0)))
  await rooms.infer(version.dataset)
  const { suggestions } = await door().suggestions({ data: version.dataset }, listening)
  const limit = suggestions.find(({ id }) => id === 'x.drift')?.set.drift?.[0]?.threshold
  expect(limit).toBeGreaterThan(0)
  const before = rooms.file('before.csv', shifted(3100, 0))
  for (const [rows, previous] of [[4000], [700], [150], [700, before]] as const) {
    const data = rooms.file(`moved-${rows}.csv`, shifted(rows, 60))
    const { anomalies } = await rooms.job(job =>
      door().check({ data, schema: version.dataset, ...(previous && { previous }) }, job),
    )
    const drift = anomalies.find(({ kind, feature }) => kind === 'drift' && feature === 'x')
    expect(drift?.drift?.threshold).toBe(limit)
    expect(drift?.detail).toContain(`up to ${limit} is to be expected`)
  }
})
