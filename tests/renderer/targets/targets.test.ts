import { describe, expect, test } from 'vitest'
import type { Job, TargetCheck } from '#contract'
import { lanesOf, waitWords } from '../../../renderer/app/lanes.ts'
import { moved, prioritiesFor } from '../../../renderer/rooms/targets/queueOrder.ts'
import { emptyTarget, readTarget } from '../../../renderer/rooms/targets/targetForm.ts'
import { checkLine, verdictOf } from '../../../renderer/rooms/targets/targetWords.ts'
import { workOf } from '../../../renderer/rooms/targets/workOf.ts'
import { job } from '../engine/samples.ts'

const waits = (number: number, priority = 0, lane: string | null = 'box'): Job =>
  job({ id: `job-${number}` as never, lane, priority, status: { state: 'queued' } })
const inOrder = (jobs: readonly Job[]): string[] =>
  lanesOf(jobs).flatMap(lane => lane.waiting.map(({ id }) => id))

describe('a new target', () => {
  test.each([
    [{ name: 'here' }, { name: 'here', kind: 'docker', atOnce: 1 }],
    [
      {
        name: 'box',
        kind: 'docker-tls' as const,
        address: 'tcp://box:2376',
        cert: '/certs',
        key: '/left/over',
      },
      { name: 'box', kind: 'docker-tls', address: 'tcp://box:2376', cert: '/certs', atOnce: 1 },
    ],
    [
      {
        name: 'gpu box',
        kind: 'docker-ssh' as const,
        address: ' ssh://me@box:22 ',
        key: '~/.ssh/id',
        atOnce: 4,
      },
      { name: 'gpu box', kind: 'docker-ssh', address: 'ssh://me@box:22', key: '~/.ssh/id', atOnce: 4 },
    ],
    [
      { name: 'ray', kind: 'ray' as const, address: 'http://head:8265', cert: '/x' },
      { name: 'ray', kind: 'ray', address: 'http://head:8265', atOnce: 1 },
    ],
  ])('%j is read', (typed, target) => {
    expect(readTarget({ ...emptyTarget(), ...typed }, [])).toEqual({ target, problems: {} })
  })

  test.each([
    [{}, 'name'],
    [{ name: '-rf' }, 'name'],
    [{ name: 'box' }, 'name'],
    [{ name: 'a', address: 'tcp://x' }, 'address'],
    [{ name: 'a', kind: 'docker-tls' as const, address: 'tcp://x:1' }, 'cert'],
    [{ name: 'a', kind: 'docker-ssh' as const }, 'address'],
    [{ name: 'a', kind: 'docker-ssh' as const, address: 'me@box' }, 'address'],
    [{ name: 'a', kind: 'ray' as const, address: 'head:8265' }, 'address'],
    [{ name: 'a', atOnce: 0 }, 'atOnce'],
    [{ name: 'a', atOnce: null }, 'atOnce'],
  ])('%j says what is wrong with %s', (typed, field) => {
    const { target, problems } = readTarget({ ...emptyTarget(), ...typed }, ['box'])
    expect(target).toBeNull()
    expect(Object.keys(problems)).toEqual([field])
  })
})

test('a check is a line: mark, name, sentence, and a remedy only where something is wrong', () => {
  const check = (state: TargetCheck['state']): TargetCheck => ({
    name: 'gpu',
    state,
    says: 'No GPU answers.',
    remedy: 'Install the toolkit.',
  })
  expect(checkLine(check('failed'))).toMatchObject({
    title: 'GPU',
    kind: 'bad',
    state: 'failed',
    remedy: 'Install the toolkit.',
  })
  expect(checkLine(check('ok'))).toMatchObject({ kind: 'good', remedy: null })
  expect(verdictOf([check('ok')])).toEqual({ kind: 'good', text: 'Works' })
  expect(verdictOf([check('ok'), check('warning')])).toEqual({ kind: 'warn', text: 'Works, 1 note' })
  expect(verdictOf([check('failed'), check('failed'), check('warning')])).toEqual({
    kind: 'bad',
    text: '2 checks failed',
  })
})

describe('lanes', () => {
  test('this computer first, then targets; what waits stands in the order in which it begins', () => {
    const running = job({ id: 'job-9' as never, lane: 'box' })
    const lanes = lanesOf([
      waits(12),
      waits(11),
      waits(10, 5),
      running,
      waits(3, 0, 'arm'),
      waits(2, 0, null),
    ])
    expect(lanes.map(({ title }) => title)).toEqual(['This computer', 'arm', 'box'])
    expect(lanes[2]?.running).toEqual([running])
    expect(lanes[2]?.waiting.map(({ id }) => id)).toEqual(['job-10', 'job-11', 'job-12'])
  })
  test('a job that waits says its place, its priority and a pause', () => {
    const [first, second] = [waits(1, 3), waits(2)]
    const [lane] = lanesOf([second, first])
    if (!lane) throw new Error('no lane')
    expect(waitWords(first, lane, false)).toBe('waits, 1 of 2, priority 3')
    expect(waitWords(second, lane, false)).toBe('waits, 2 of 2')
    expect(waitWords(second, lane, true)).toBe('box is paused, 2 of 2')
  })
})

test('work is of the target that takes it; what needs none is of no target', () => {
  const here = job({ id: 'job-2' as never, lane: 'local' })
  const open = [job({ id: 'job-1' as never }), here, waits(3)]
  expect(workOf({ name: 'local' }, open)).toMatchObject({ running: [here], waiting: [] })
  expect(workOf({ name: 'box' }, open)).toMatchObject({ running: [], waiting: [{ id: 'job-3' }] })
  expect(workOf({ name: 'other' }, open)).toEqual({ running: [], waiting: [] })
})

describe('another order by priority', () => {
  const apply = (jobs: Job[], changes: { id: string; priority: number }[]): Job[] =>
    jobs.map(one => ({ ...one, priority: changes.find(({ id }) => id === one.id)?.priority ?? one.priority }))

  test('each move gives exactly the order that was asked for', () => {
    let jobs = [waits(1), waits(2), waits(3), waits(4, 2), waits(5, 2)]
    for (const [id, by] of [
      ['job-3', -1],
      ['job-3', -1],
      ['job-4', 1],
      ['job-1', 1],
      ['job-2', -1],
    ] as const) {
      const before = lanesOf(jobs)[0]?.waiting ?? []
      const wanted = moved(before, id as never, by)
      jobs = apply(jobs, prioritiesFor(wanted) ?? [])
      expect(inOrder(jobs)).toEqual(wanted.map(one => one.id))
    }
  })
  test('what is first or last stays, and no change is asked for', () => {
    const jobs = [waits(1), waits(2)]
    expect(prioritiesFor(moved(jobs, 'job-1' as never, -1))).toEqual([])
    expect(prioritiesFor(moved(jobs, 'job-2' as never, 1))).toEqual([])
  })
  test('where no priority is left it says so', () => {
    expect(prioritiesFor(moved([waits(1, 100), waits(2)], 'job-2' as never, -1))).toBeNull()
  })
})
