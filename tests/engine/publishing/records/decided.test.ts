import { describe, expect, test } from 'vitest'
import { decidedIn, spanOf, wordsOf } from '../../../../main/engine/publishing/records/decided.ts'
import { brokenOf, gapsOf } from '../../../../main/engine/publishing/records/gaps.ts'
import type { KeptRecord } from '../../../../main/engine/publishing/records/kept.ts'
import { metricsOf, quantileOf } from '../../../../main/engine/publishing/records/metrics.ts'
import { reckon } from '../../../../main/engine/publishing/records/moments.ts'
import { LATENCY_ENDS, recordHash } from '../../../../main/engine/release/index.ts'
import { type Box, box } from './box.ts'

const MODEL = 'Bolt inspector'
const RECEIVED = '2026-06-01T00:00:00.000Z'

function told(device: Box, without: number[] = []) {
  const records: KeptRecord[] = device.records
    .filter(({ seq }) => !without.includes(seq))
    .map(record => ({ record, hash: recordHash(record), received: RECEIVED }))
  const times = reckon(records)
  return { records, times, gaps: gapsOf(records, times, [], 0) }
}
const ask = (device: Box, at: string, without: number[] = []) =>
  decidedIn(MODEL, told(device, without), spanOf(at))

async function week() {
  const device = await box('box 7')
  device.start('2026-05-03T08:00:00.000Z')
  device.switched('2026-05-03T08:00:05.000Z', null, 1)
  device.counts('2026-05-03T09:00:00.000Z', { 1: 100 })
  device.switched('2026-05-03T10:00:00.000Z', 1, 2)
  device.counts('2026-05-03T11:00:00.000Z', { 2: 40 })
  device.add('stopped', '2026-05-03T12:00:00.000Z', { event: 'Stopped', detail: '' })
  device.start('2026-05-04T08:00:00.000Z')
  device.counts('2026-05-04T09:00:00.000Z', { 2: 10 })
  device.add('rolled-back', '2026-05-04T10:00:00.000Z', { model: MODEL, from: 2, to: 1 })
  device.counts('2026-05-04T11:00:00.000Z', { 1: 10 })
  return device
}

describe('which model decided', () => {
  test('the version, since when, until when, and by which records', async () => {
    const device = await week()
    const [first, ...rest] = ask(device, '2026-05-03T09:30:00Z')
    expect(rest).toEqual([])
    expect(first).toMatchObject({
      ...{ version: 1, state: 'serving', why: 'as published', clockTrusted: true, doubts: [] },
      ...{ since: '2026-05-03T08:00:05.000Z', until: '2026-05-03T10:00:00.000Z' },
      records: { since: { seq: 2 }, until: { seq: 4 } },
    })
    expect(first?.records.since?.hash).toBe(recordHash(device.records[1] as never))
    // A stop in between is no other version: it answers again since it was switched to.
    expect(ask(device, '2026-05-04T09:30:00Z')).toMatchObject([
      { version: 2, since: '2026-05-03T10:00:00.000Z', until: '2026-05-04T10:00:00.000Z', doubts: [] },
    ])
    expect(ask(device, '2026-05-03T20:00:00Z')).toMatchObject([
      {
        ...{ state: 'stopped', version: null },
        ...{ since: '2026-05-03T12:00:00.000Z', until: '2026-05-04T08:00:00.000Z' },
      },
    ])
    expect(ask(device, '2026-05-04T10:30:00Z')).toMatchObject([
      { version: 1, why: 'rolled back', until: null },
    ])
    expect(ask(device, '2026-05-03T08:00:02Z')).toMatchObject([{ state: 'none', version: null }])
  })

  test('a day shows all that answered on it, in words too', async () => {
    const device = await week()
    const span = { from: Date.parse('2026-05-04T00:00:00Z'), to: Date.parse('2026-05-04T23:59:59Z') }
    const stretches = decidedIn(MODEL, told(device), span)
    expect(stretches.map(({ state, version }) => [state, version])).toEqual([
      ['stopped', null],
      ['serving', 2],
      ['serving', 1],
    ])
    const words = wordsOf({ name: 'box 7', model: MODEL, stretches }, span)
    expect(words).toContain('Bolt inspector v2 answered on box 7 since 2026-05-03T10:00:00.000Z')
    expect(words).toContain('That is not certain. The newest record')
    expect(spanOf('2026-05-03').to - spanOf('2026-05-03').from).toBe(86_400_000 - 1)
  })

  test('rows count once, in the stretch in which their version answered', async () => {
    const device = await week()
    const span = { from: Date.parse('2026-05-03T00:00:00Z'), to: Date.parse('2026-05-04T23:59:59Z') }
    expect(
      decidedIn(MODEL, told(device), span).map(({ state, version, rows }) => [state, version, rows]),
    ).toEqual([
      ['none', null, {}],
      ['serving', 1, { 1: 100 }],
      ['serving', 2, { 2: 40 }],
      ['stopped', null, {}],
      ['serving', 2, { 2: 10 }],
      ['serving', 1, { 1: 10 }],
    ])
    // A window in which one took the place of the other belongs to both, version by version.
    const mixed = await box('box 8')
    mixed.start('2026-05-03T08:00:00.000Z')
    mixed.switched('2026-05-03T08:00:05.000Z', null, 1)
    mixed.switched('2026-05-03T08:30:00.000Z', 1, 2)
    mixed.counts('2026-05-03T09:00:00.000Z', { 1: 6, 2: 4, 7: 1 })
    expect(decidedIn(MODEL, told(mixed), span).map(({ version, rows }) => [version, rows])).toEqual([
      [null, {}],
      [1, { 1: 6 }],
      [2, { 2: 4, 7: 1 }],
    ])
  })

  test('a gap makes uncertain what lies beside it, and nothing else', async () => {
    const device = await week()
    const [doubtful] = ask(device, '2026-05-03T09:30:00Z', [4, 5])
    expect(doubtful).toMatchObject({ version: 1, doubts: [expect.stringContaining('Records 4 to 5')] })
    expect(ask(device, '2026-05-03T08:30:00Z', [4, 5])).toMatchObject([{ version: 1, doubts: [] }])
    // Its counts say who answered behind the gap, before that the records that are gone would have.
    expect(ask(device, '2026-05-04T10:30:00Z', [4, 5])).toMatchObject([{ version: 1, doubts: [] }])
    expect(ask(device, '2026-05-03T08:30:00Z', [1, 2])).toMatchObject([
      { state: 'unknown', doubts: [expect.stringContaining('not here')] },
    ])
  })

  test('counts behind a gap vouch for the version that ran before it', async () => {
    const device = await week()
    expect(ask(device, '2026-05-03T11:30:00Z', [3])).toMatchObject([{ version: 2, doubts: [] }])
    device.counts('2026-05-04T12:00:00.000Z', { 1: 5 })
    device.counts('2026-05-04T13:00:00.000Z', { 1: 5 })
    device.counts('2026-05-04T14:00:00.000Z', { 1: 5 })
    expect(ask(device, '2026-05-04T13:30:00Z', [11])).toMatchObject([{ version: 1, doubts: [] }])
    expect(ask(device, '2026-05-04T11:30:00Z', [11])[0]?.doubts).toHaveLength(1)
  })

  test('a power cut leaves open how long it answered', async () => {
    const device = await box('box 7')
    device.start('2026-05-03T08:00:00.000Z')
    device.switched('2026-05-03T08:00:05.000Z', null, 1)
    device.start('2026-05-03T10:00:00.000Z')
    device.counts('2026-05-03T11:00:00.000Z', { 1: 5 })
    expect(ask(device, '2026-05-03T09:00:00Z')).toMatchObject([
      { version: 1, doubts: [expect.stringContaining('without a word')] },
    ])
    expect(ask(device, '2026-05-03T10:30:00Z')).toMatchObject([{ version: 1, doubts: [] }])
  })

  test('a clock of 1970 is counted from a moment of the same start that is trusted', async () => {
    const device = await box('box 7')
    device.start('2026-05-03T08:00:00.000Z')
    device.switched('2026-05-03T08:00:05.000Z', null, 1)
    const wrong = { wall: '1970-01-01T00:00:10.000Z', clockTrusted: false }
    device.add(
      'switched',
      '2026-05-03T09:00:00.000Z',
      { model: MODEL, from: 1, to: 2, why: 'by hand' },
      wrong,
    )
    device.counts('2026-05-03T10:00:00.000Z', { 2: 5 })
    expect(ask(device, '2026-05-03T09:30:00Z')).toMatchObject([
      { version: 2, since: '2026-05-03T09:00:00.000Z', clockTrusted: false, doubts: [] },
    ])
    // Nothing of that start vouches: what is around it bounds it.
    device.start('2026-05-03T11:00:00.000Z')
    device.records.pop()
    const last = device.records.at(-1)
    device.add(
      'started',
      '2026-05-03T11:00:00.000Z',
      {},
      { wall: '1970-01-01T00:00:00.000Z', clockTrusted: false },
    )
    const dark = { wall: '1970-01-01T00:01:00.000Z', clockTrusted: false }
    device.add('switched', '2026-05-03T11:01:00.000Z', { model: MODEL, from: 2, to: 1, why: 'by hand' }, dark)
    device.start('2026-05-03T14:00:00.000Z')
    device.counts('2026-05-03T15:00:00.000Z', { 1: 5 })
    expect(last?.seq).toBe(4)
    const both = ask(device, '2026-05-03T12:00:00Z')
    expect(both.map(({ version }) => version)).toEqual([2, 1])
    expect(both.every(({ doubts }) => doubts.length > 0)).toBe(true)
  })

  test('a clock that is years ahead is believed by nobody', async () => {
    const device = await box('box 7')
    device.start('2026-05-03T08:00:00.000Z')
    device.switched('2036-05-03T08:00:05.000Z', null, 1)
    const { times } = told(device)
    expect(times.map(({ clock }) => clock)).toEqual(['trusted', 'reckoned'])
  })

  test('a share of the items is told beside the version that answers the others', async () => {
    const device = await box('box 7')
    device.start('2026-05-03T08:00:00.000Z')
    device.switched('2026-05-03T08:00:05.000Z', null, 1)
    const beside = { model: MODEL, candidate: 2, share: 0.2, shadow: false, rollout: 'hall-v2-3' }
    device.add('switched', '2026-05-03T09:00:00.000Z', beside)
    device.add('switched', '2026-05-03T10:00:00.000Z', { model: MODEL, candidate: null })
    device.switched('2026-05-03T11:00:00.000Z', 1, 2)
    device.counts('2026-05-03T12:00:00.000Z', { 2: 7, 3: 2 })
    expect(ask(device, '2026-05-03T09:30:00Z')).toMatchObject([
      { version: 1, beside: { version: 2, share: 0.2 }, until: '2026-05-03T10:00:00.000Z' },
    ])
    expect(ask(device, '2026-05-03T10:30:00Z')).toMatchObject([{ version: 1, beside: null }])
    const [asked] = ask(device, '2026-05-03T11:30:00Z')
    expect(asked).toMatchObject({ version: 2, rows: { 2: 7, 3: 2 } })
    expect(asked?.doubts).toEqual([expect.stringContaining('v3 answered 2 rows')])
  })

  test('the chain shows a record that does not name the one before it', async () => {
    const device = await week()
    const { records } = told(device)
    expect([...brokenOf(records)]).toEqual([])
    const changed = records.map(each =>
      each.record.seq === 4 ? { ...each, hash: 'f'.repeat(64) as never } : each,
    )
    expect([...brokenOf(changed)]).toEqual([5])
  })
})

describe('figures of devices', () => {
  test('windows add up to series of versions, and over devices', async () => {
    const [a, b] = [await week(), await week()]
    const both = [a, b].map((device, i) => ({ device: device.id, name: `box ${i}`, ...told(device) }))
    const always = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }
    const all = metricsOf(MODEL, both, always)
    expect(all.versions.map(({ version, devices, whole }) => [version, devices, whole.rows])).toEqual([
      [1, 2, 220],
      [2, 2, 100],
    ])
    expect(all.series).toHaveLength(4)
    const day = { from: Date.parse('2026-05-04T00:00:00Z'), to: always.to }
    expect(metricsOf(MODEL, both, day).versions.map(({ whole }) => whole.rows)).toEqual([20, 20])
    const [point] = all.series[0]?.points ?? []
    expect(point).toMatchObject({
      since: '2026-05-03T08:00:00.000Z',
      until: '2026-05-03T09:00:00.000Z',
      unsure: 0,
    })
    expect(point?.p50).toBeGreaterThan(0.5)
    expect(point?.p50).toBeLessThan(1)
    expect(metricsOf('another', both, always)).toMatchObject({ series: [], versions: [] })
  })

  test('disagreements of a rollout add up', async () => {
    const device = await box('box 7')
    device.start('2026-05-03T08:00:00.000Z')
    const pairs = {
      rollout: 'r',
      primary: 1,
      candidate: 2,
      rows: 50,
      disagreements: 3,
      matrix: { 'red > green': 3 },
    }
    device.counts('2026-05-03T09:00:00.000Z', { 1: 50 }, MODEL, { pairs })
    device.counts('2026-05-03T10:00:00.000Z', { 1: 50 }, MODEL, { pairs })
    const of = [{ device: device.id, name: 'box 7', ...told(device) }]
    expect(metricsOf(MODEL, of, { from: 0, to: Number.POSITIVE_INFINITY }).pairs).toEqual([
      {
        rollout: 'r',
        primary: 1,
        candidate: 2,
        devices: 1,
        rows: 100,
        disagreements: 6,
        matrix: { 'red > green': 6 },
      },
    ])
  })

  test('a quantile is read off its range', () => {
    expect(quantileOf([], LATENCY_ENDS, 0.5)).toBeNull()
    expect(quantileOf([0, 0, 10], LATENCY_ENDS, 0.5)).toBeCloseTo(0.75)
    expect(quantileOf([...new Array(15).fill(0), 3], LATENCY_ENDS, 0.95)).toBe(4096)
  })
})
