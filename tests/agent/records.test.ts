import { expect, test } from 'vitest'
import { openLedger, openRecordLog } from '../../main/agent/records/index.ts'
import { chainFaults } from '../../main/engine/release/index.ts'
import { handClock } from './boxHere.ts'
import { SimDisk } from './simDisk.ts'

const open = (disk: SimDisk, above = 0) =>
  openRecordLog({
    disk,
    folder: '/records',
    device: 'a'.repeat(24),
    clock: handClock(),
    isTrusted: () => true,
    above,
  })

const window = (version: number, rows: number) => ({
  model: 'M',
  versions: [
    {
      ...{ version, rows, requests: rows, errors: 1, p50: 1, p95: 2 },
      latency: [rows],
      confidence: [0, 0, 3, 0, 0, 7, 0, 0, 0, rows],
      classes: {},
    },
  ],
  pairs: { rollout: 'r', primary: 1, candidate: 2, rows, disagreements: 2, matrix: {} },
})

test('records are one chain over restarts, over files and beyond what was given away and lost', () => {
  const disk = new SimDisk()
  for (let start = 0; start < 3; start++) {
    const log = open(disk)
    for (let i = 0; i < 400; i++) log.add('error', { text: 'x'.repeat(500), i })
  }
  const log = open(disk)
  expect(log.last).toBe(1200)
  expect(disk.files().length).toBeGreaterThan(3)
  const all = log.after(0, Number.POSITIVE_INFINITY)
  expect(chainFaults(all, null)).toEqual([])
  expect(log.after(1190, 5).map(({ seq }) => seq)).toEqual([1191, 1192, 1193, 1194, 1195])
  log.forget(900)
  expect(log.after(0, 1)[0]?.seq).toBeGreaterThan(1)
  expect(log.after(900, 1)[0]?.seq).toBe(901)
  const beyond = open(disk, 1500)
  beyond.add('started', {})
  expect(beyond.last).toBe(1501)
  expect(open(disk).last).toBe(1501)
})

test('a full disk keeps records in memory, and they are written in their order once there is room', () => {
  const disk = new SimDisk()
  const log = open(disk)
  log.add('started', {})
  disk.injected = { capacity: disk.used + 50 }
  log.add('error', { i: 1 })
  log.add('error', { i: 2 })
  expect(log.last).toBe(1)
  disk.injected = {}
  log.add('error', { i: 3 })
  expect(
    open(disk)
      .after(1, 9)
      .map(({ body }) => body.i),
  ).toEqual([1, 2, 3])
  expect(chainFaults(open(disk).after(0, 9), null)).toEqual([])
})

test('what versions did is summed over restarts, with the ends of the process that nobody announced', () => {
  const disk = new SimDisk()
  const first = open(disk)
  first.add('started', {})
  first.add('switched', { model: 'M', to: 1 })
  first.add('metrics', window(1, 10))
  const second = open(disk)
  second.add('started', {})
  second.add('metrics', window(1, 5))
  second.add('stopped', {})
  const third = open(disk)
  third.add('started', {})
  const ledger = openLedger(third)
  expect(ledger.version('M', 1)).toMatchObject({ predictions: 15, errors: 2, crashes: 1, p95: 2 })
  expect(ledger.version('M', 1).confidence.slice(0, 5)).toEqual([0, 0, 6, 0, 0])
  expect(ledger.rollout('M', 'r')).toEqual({ compared: 15, disagreements: 4 })
  third.add('metrics', window(2, 7))
  ledger.read()
  expect(ledger.version('M', 2).predictions).toBe(7)
})
