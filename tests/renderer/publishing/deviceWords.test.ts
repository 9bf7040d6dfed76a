import { describe, expect, test } from 'vitest'
import type { RoleStanding } from '#contract'
import { eventKind, newestEvents, pairOf } from '../../../renderer/rooms/publishing/device/deviceWords.ts'
import { figuresData } from '../../../renderer/rooms/publishing/device/figuresChart.ts'
import {
  agreement,
  codeText,
  deviceRows,
  deviceStandings,
  differs,
  fleetText,
  healthOf,
  reachedBy,
  rightShare,
  standingOf,
  unsureShare,
} from '../../../renderer/rooms/publishing/fleet/fleetWords.ts'
import { firstEnds, signedText } from '../../../renderer/rooms/publishing/keys/keyWords.ts'
import { device, deviceModel, deviceVersion, metrics } from './devices.ts'

const row = (d = device(), m = d.models[0] ?? null) => ({ key: 'x', device: d, model: m })

describe('a device in words', () => {
  test('silence outranks what the model said last', () => {
    expect(healthOf(row(device({ health: 'offline', models: [deviceModel({ state: 'failed' })] })))).toEqual({
      kind: 'offline',
      word: 'Offline',
    })
  })
  test('each state of a model has its shape and word', () => {
    const word = (state: Parameters<typeof deviceModel>[0]) =>
      healthOf(row(device({ models: [deviceModel(state)] })))
    expect(word({ state: 'serving' })).toEqual({ kind: 'good', word: 'Healthy' })
    expect(word({ state: 'fetching', wanted: 3 })).toEqual({ kind: 'running', word: 'Fetching v3' })
    expect(word({ state: 'refused', wanted: 3 })).toEqual({ kind: 'bad', word: 'Refused v3' })
    expect(word({ state: 'rolled-back' }).kind).toBe('warn')
    expect(word({ state: 'waiting', wanted: null }).word).toBe('Waiting')
    expect(healthOf(row(device({ models: [] }), null)).word).toBe('No model yet')
  })
  test('a device that runs something else than wanted differs; one nobody wants anything of does not', () => {
    expect(differs(deviceModel({ wanted: 2, reports: 1 }))).toBe(true)
    expect(differs(deviceModel({ wanted: 2, reports: 2 }))).toBe(false)
    expect(differs(deviceModel({ wanted: null, reports: 1 }))).toBe(false)
    const both = device({ models: [deviceModel(), deviceModel({ model: 'b', reports: 1 })] })
    expect(agreement([both, device({ id: 'c', models: [deviceModel()] })])).toBe(
      '1 of 2 report what is wanted',
    )
    expect(agreement([device({ models: [] })])).toBe('nothing is wanted yet')
  })
  test('a device with two models has two lines, one without models has one', () => {
    const devices = [
      device({ models: [deviceModel(), deviceModel({ model: 'b' })] }),
      device({ id: 'd2', models: [] }),
    ]
    expect(deviceRows(devices).map(r => r.model?.model ?? null)).toEqual(['strikes', 'b', null])
  })
  test('where its releases come from, and trouble marked as trouble', () => {
    expect(reachedBy(device({ repository: 'https://x.example' }))).toBe('Network')
    expect(reachedBy(device({ ours: false, repository: '/media/stick' }))).toBe('Folder')
    expect(eventKind('Refused v3')).toBe('bad')
    expect(eventKind('v2 switched in, v1 kept')).toBe('good')
    expect(eventKind('Rolled back to v1')).toBe('warn')
  })
  test('a failure outranks silence, and what nobody wants is not counted', () => {
    expect(standingOf(row())).toBe('on')
    expect(standingOf(row(device({ models: [deviceModel({ reports: 1, state: 'fetching' })] })))).toBe(
      'on-the-way',
    )
    const silent = device({ health: 'offline' })
    expect(standingOf(row(silent))).toBe('silent')
    expect(standingOf(row({ ...silent, models: [deviceModel({ state: 'refused' })] }))).toBe('failed')
    expect(standingOf(row(device({ models: [deviceModel({ wanted: null })] })))).toBeNull()
  })
  test('a device with two models is counted once, by the worst of them', () => {
    const one = device({ models: [deviceModel(), deviceModel({ model: 'b', state: 'failed' })] })
    const two = device({
      id: 'two',
      models: [deviceModel(), deviceModel({ model: 'b', reports: 1, state: 'fetching' })],
    })
    expect([...deviceStandings(deviceRows([one, two])).values()]).toEqual(['failed', 'on-the-way'])
  })

  test('who waits for approval is said, and who was approved is not', () => {
    const waiting = device({ enrolled: false, code: '1234-5678' })
    expect(fleetText([waiting, device({ enrolled: true, code: '1234-5678' })])).toBe(
      '2 devices, 1 waits for approval',
    )
  })
  test('a code is typed as digits and read with its dash', () => {
    expect(codeText('1234')).toBe('1234')
    expect(codeText('12345678')).toBe('1234-5678')
    expect(codeText('1234 5678 9')).toBe('1234-5678')
    expect(codeText('ab12')).toBe('12')
  })
  test('accuracy goes by the rows drawn by chance where there are some', () => {
    const all = { version: 2, device: 'device-1', name: 'a', labeled: 40, right: 30, error: null }
    expect(rightShare({ ...all, random: null })).toBe(0.75)
    const random = { labeled: 20, right: 19, error: null, low: 0.7, high: 1 }
    expect(rightShare({ ...all, random })).toBe(0.95)
    expect(rightShare({ ...all, labeled: 0, right: 0, random: null })).toBeNull()
    expect(rightShare(null)).toBeNull()
  })
  test('unsure is a share of what the answering version answered', () => {
    const versions = [deviceVersion({ predictions: 200, lowConfidence: 14 })]
    expect(unsureShare(deviceModel({ versions }))).toBe(0.07)
    expect(unsureShare(deviceModel({ versions: [deviceVersion({ predictions: 0 })] }))).toBeNull()
    expect(unsureShare(deviceModel())).toBeNull()
  })
  test('Junior is the newer and Senior the older of what answers and its nearest other', () => {
    expect(pairOf(deviceModel())).toEqual({ junior: 2, senior: 1 })
    expect(pairOf(deviceModel({ reports: 1, previous: 2 }))).toEqual({ junior: 2, senior: 1 })
    expect(pairOf(deviceModel({ previous: null }))).toBeNull()
    const versions = [deviceVersion(), deviceVersion({ version: 1, role: 'quarantined' })]
    expect(pairOf(deviceModel({ previous: null, versions }))).toBeNull()
  })
  test('a timeline is narrowed by kind and by word', () => {
    const at = '2026-11-21T10:00:00Z'
    const timeline = [
      { at, event: 'Fetched', detail: 'strikes v2, 81 kB' },
      { at, event: 'Switched', detail: 'strikes v2' },
      { at, event: 'Put into quarantine', detail: 'strikes v3' },
    ]
    const told = (...more: [Parameters<typeof newestEvents>[1]?, string?]) =>
      newestEvents(device({ timeline }), ...more).map(each => each.event)
    expect(told()).toEqual(['Put into quarantine', 'Switched', 'Fetched'])
    expect(told('trouble')).toEqual(['Put into quarantine'])
    expect(told('transfers')).toEqual(['Fetched'])
    expect(told('all', 'V2')).toEqual(['Switched', 'Fetched'])
  })
})

test('figures of versions stand at the windows in which they were told, oldest first', () => {
  const point = (until: string, p95: number | null) => ({
    ...{ since: until, until, rows: 10, requests: 10, errors: 0, p50: 1, p95, unsure: 0.1 },
    ...{ latency: [], confidence: [] },
  })
  const series = (version: number, ...points: ReturnType<typeof point>[]) => ({
    ...{ device: 'device-1', name: 'box', version, points, whole: point('2026-11-21T10:00:00Z', null) },
  })
  const data = figuresData(
    metrics({
      series: [
        series(1, point('2026-11-21T10:00:00Z', 4), point('2026-11-21T11:00:00Z', 5)),
        series(2, point('2026-11-21T11:00:00Z', 3)),
      ],
    }),
    'p95',
    at => at.slice(11, 13),
  )
  expect(data.moments).toEqual(['10', '11'])
  expect(data.lines).toEqual([
    { name: 'v2', values: [null, 3] },
    { name: 'v1', values: [4, 5] },
  ])
})

test('of what is signed, what ends first at each site is told, and whatever wants a look', () => {
  const role = (site: string, lane: 'online' | 'stick', name: string, expires: string) =>
    ({ ...{ site, lane, role: name, version: 1, expires }, threshold: 1, keys: [] }) as RoleStanding
  const roles = [
    role('north', 'online', 'timestamp', '2026-11-29T00:00:00Z'),
    role('north', 'online', 'site', '2026-12-05T00:00:00Z'),
    role('north', 'online', 'root', '2027-11-22T00:00:00Z'),
    role('north', 'stick', 'timestamp', '2027-02-20T00:00:00Z'),
    role('yard', 'online', 'timestamp', '2026-11-28T00:00:00Z'),
  ]
  const told = firstEnds(roles, Date.parse('2026-11-22T00:00:00Z'))
  expect(told.map(each => `${each.site} ${each.lane} ${each.role}`)).toEqual([
    'north online timestamp',
    'north online site',
    'north stick timestamp',
    'yard online timestamp',
  ])
  expect(signedText('model-part-numbers-0a1b2c3d')).toBe('Versions of part-numbers')
})
