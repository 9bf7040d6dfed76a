import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Job } from '#contract'
import { doorsOf } from '../../contract/doors.ts'
import { endOf, jobsDoor, openTestHouse, temporaryFolder } from '../../contract/house.ts'

interface Asked {
  name: string
  lane: string | null
  priority?: number
  enters?: 'turn' | 'now' | 'beside'
}

let folder: ReturnType<typeof temporaryFolder>
let house: ReturnType<typeof openTestHouse>
let began: string[]
let open: Map<string, () => void>
beforeEach(() => {
  folder = temporaryFolder()
  house = openTestHouse(folder.path, jobs => doorsOf({ jobs: jobsDoor(jobs) }))
  began = []
  open = new Map()
  house.jobs.offer('test', 'hold', {
    title: input => (input as Asked).name,
    cancel: 'c',
    async run(input, job) {
      const { name } = input as Asked
      began.push(name)
      await new Promise<void>((done, stop) => {
        open.set(name, done)
        job.signal.addEventListener('abort', () => stop(new Error('stopped')))
      })
    },
  })
  house.jobs.places('test', 'hold', ({ lane, priority, enters }: Asked) => ({
    lane,
    ...(priority !== undefined && { priority }),
    ...(enters && { enters }),
  }))
})
afterEach(async () => {
  await house.close()
  folder.remove()
})

const hold = (name: string, lane: string | null, more: Partial<Asked> = {}): Job =>
  house.jobs.start('test', 'hold', { name, lane, ...more })
const release = async (name: string, job: Job) => {
  open.get(name)?.()
  await endOf(house.jobs, job)
}

test('a full lane holds up no other', async () => {
  house.jobs.lane('box', { atOnce: 1, paused: false })
  const first = hold('box 1', 'box')
  hold('box 2', 'box')
  const own = hold('own', null)
  await expect.poll(() => began).toEqual(['box 1', 'own'])
  expect(first).toMatchObject({ lane: 'box', priority: 0, status: { state: 'queued' } })
  expect(own.lane).toBeNull()
  await release('box 1', first)
  await expect.poll(() => began).toEqual(['box 1', 'own', 'box 2'])
})

test('a paused lane begins nothing while another goes on, and what ran in it goes on', async () => {
  house.jobs.lane('a', { atOnce: 2, paused: false })
  const before = hold('a 1', 'a')
  await expect.poll(() => began).toEqual(['a 1'])
  house.jobs.lane('a', { atOnce: 2, paused: true })
  hold('a 2', 'a')
  const other = hold('b 1', 'b')
  await expect.poll(() => began).toEqual(['a 1', 'b 1'])
  await release('a 1', before)
  await release('b 1', other)
  await sleep(20)
  expect(began).toEqual(['a 1', 'b 1'])
  house.jobs.lane('a', { atOnce: 2, paused: false })
  await expect.poll(() => began).toEqual(['a 1', 'b 1', 'a 2'])
})

test('the higher priority begins first, then what came first; it can be changed while waiting', async () => {
  house.jobs.lane('a', { atOnce: 1, paused: true })
  const low = hold('low', 'a', { priority: -1 })
  hold('first', 'a')
  const late = hold('late', 'a')
  hold('high', 'a', { priority: 5 })
  expect(house.jobs.prioritize(late.id, 9)).toMatchObject({ priority: 9, status: { state: 'queued' } })
  house.jobs.lane('a', { atOnce: 4, paused: false })
  await expect.poll(() => began).toEqual(['late', 'high', 'first', 'low'])
  expect(house.jobs.get(late.id).priority).toBe(9)
  expect(() => house.jobs.prioritize(low.id, 1)).toThrow(/waits no more: it runs/)
})

test('what runs already takes room without waiting; what looks after others takes none', async () => {
  house.jobs.lane('a', { atOnce: 1, paused: true })
  const placed = hold('placed', 'a', { enters: 'now' })
  hold('search', null, { enters: 'beside' })
  hold('next', 'a')
  await expect.poll(() => began).toEqual(['placed', 'search'])
  house.jobs.lane('a', { atOnce: 1, paused: false })
  await sleep(20)
  expect(began).toEqual(['placed', 'search'])
  await release('placed', placed)
  await expect.poll(() => began).toEqual(['placed', 'search', 'next'])
  const [one, two] = [hold('own 1', null), hold('own 2', null)]
  await expect.poll(() => began.slice(3)).toEqual(['own 1', 'own 2'])
  await release('own 1', one)
  await release('own 2', two)
})

test('one that waits can be cancelled, and closing waits only for what runs', async () => {
  house.jobs.lane('a', { atOnce: 1, paused: false })
  hold('one', 'a')
  const two = hold('two', 'a')
  hold('three', 'a')
  await expect.poll(() => began).toEqual(['one'])
  expect(house.jobs.cancel(two.id).status.state).toBe('cancelled')
  await house.jobs.close()
  expect(began).toEqual(['one'])
  expect(house.jobs.list('all', 10).map(({ status }) => status.state)).toEqual([
    'queued',
    'cancelled',
    'interrupted',
  ])
})
