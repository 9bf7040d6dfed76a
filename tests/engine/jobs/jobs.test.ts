import { fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Hash, Job } from '#contract'
import { openJobs } from '../../../main/engine/jobs/index.ts'
import { fail, hashOf } from '../../../main/engine/kit/index.ts'
import { openLineage } from '../../../main/engine/lineage/index.ts'
import { openStore } from '../../../main/engine/store/index.ts'
import { doorsOf } from '../../contract/doors.ts'
import { endOf, jobsDoor, openTestHouse, temporaryFolder } from '../../contract/house.ts'

let folder: ReturnType<typeof temporaryFolder>
let house: ReturnType<typeof openTestHouse>
beforeEach(() => {
  folder = temporaryFolder()
  house = openTestHouse(folder.path, jobs => doorsOf({ jobs: jobsDoor(jobs) }))
})
afterEach(async () => {
  await house.close()
  folder.remove()
})

const offer = (verb: string, run: Parameters<typeof house.jobs.offer>[2]['run']) =>
  house.jobs.offer('test', verb, { title: input => `Test ${input}`, cancel: 'Nothing is kept.', run })

test('a job is written before its work starts, and ends with a result that stays', async () => {
  let atStart: Job | undefined
  offer('work', async (input, job) => {
    atStart = house.jobs.get(job.id)
    return { doubled: (input as number) * 2 }
  })
  const job = house.jobs.start('test', 'work', 21)
  expect(job).toMatchObject({ id: 'job-1', title: 'Test 21', input: 21, status: { state: 'queued' } })
  const ended = await endOf(house.jobs, job)
  expect(atStart?.status.state).toBe('running')
  expect(ended.status).toEqual({ state: 'succeeded', result: { doubled: 42 } })
  expect(ended.startedAt && ended.endedAt && ended.startedAt <= ended.endedAt).toBe(true)
})

test('a token in an address reaches the work and is shown to nobody', async () => {
  const given: unknown[] = []
  offer('send', async input => void given.push(input))
  const input = { to: 'http://:s3cret@127.0.0.1:80/r' }
  const job = house.jobs.start('test', 'send', input)
  await endOf(house.jobs, job)
  await endOf(house.jobs, house.jobs.again(job.id))
  expect(given).toEqual([input, input])
  expect(house.jobs.get(job.id).input).toEqual({ to: 'http://***@127.0.0.1:80/r' })
})

test('a token in an address lies beside the keys and nowhere in the workspace; again finds it there', async () => {
  const keys = join(folder.path, '..', `${basename(folder.path)}-keys`)
  const given: unknown[] = []
  const open = (kept: string | null) => {
    const store = openStore(folder.path)
    const jobs = openJobs(store, openLineage(store), { keys: kept })
    jobs.offer('test', 'send', {
      title: () => 'send',
      cancel: '',
      run: async input => void given.push(input),
    })
    return { store, jobs, close: () => jobs.close().then(() => store.close()) }
  }
  const input = { to: 'http://:s3cret-of-mine@127.0.0.1:80/r' }
  await house.close()
  try {
    const first = open(keys)
    const { id } = first.jobs.start('test', 'send', input)
    await first.jobs.ended(id)
    // As it was written in a time before.
    first.store.db.prepare('UPDATE jobs SET input = ?').run(JSON.stringify(input))
    await first.close()
    const second = open(keys)
    await second.jobs.ended(second.jobs.again(id).id)
    await second.close()
    // On another computer, the address alone is left.
    const third = open(null)
    await third.jobs.ended(third.jobs.again(id).id)
    await third.close()
    expect(given).toEqual([input, input, { to: 'http://127.0.0.1:80/r' }])
    for (const name of readdirSync(folder.path, { recursive: true, withFileTypes: true }))
      if (name.isFile()) {
        const path = join(name.parentPath, name.name)
        expect([path, readFileSync(path).includes('s3cret-of-mine')]).toEqual([path, false])
      }
    if (process.platform !== 'win32') expect(statSync(join(keys, 'addresses.json')).mode & 0o077).toBe(0)
  } finally {
    rmSync(keys, { recursive: true, force: true })
    house = openTestHouse(folder.path, jobs => doorsOf({ jobs: jobsDoor(jobs) }))
  }
})

test('two run side by side, the third waits, and one that waits can be cancelled', async () => {
  const going: number[] = []
  offer('hold', async (input, job) => {
    going.push(input as number)
    await new Promise((_, stop) => job.signal.addEventListener('abort', () => stop(new Error('stopped'))))
  })
  const [one, two, three] = [1, 2, 3].map(n => house.jobs.start('test', 'hold', n)) as [Job, Job, Job]
  await sleep(30)
  expect(going).toEqual([1, 2])
  expect(house.jobs.cancel(three.id).status).toEqual({ state: 'cancelled', kept: 'It had not begun.' })
  house.jobs.cancel(one.id)
  house.jobs.cancel(two.id)
  await endOf(house.jobs, one, 'cancelled')
  await endOf(house.jobs, two, 'cancelled')
  expect(going).toEqual([1, 2])
  expect(house.jobs.cancel(one.id).status.state).toBe('cancelled')
})

test('a failure is kept in words, a bug with its stack in the log', async () => {
  offer('fail', async () => {
    throw fail('empty-data', 'There are no rows.', 'Choose other data.')
  })
  offer('bug', async () => {
    throw new RangeError('off by one')
  })
  const failed = await endOf(house.jobs, house.jobs.start('test', 'fail', null), 'failed')
  expect(failed.status).toMatchObject({ failure: { code: 'empty-data' } })
  const bug = await endOf(house.jobs, house.jobs.start('test', 'bug', null), 'failed')
  expect(bug.status).toMatchObject({ failure: { code: 'internal' } })
  expect(house.jobs.lines(bug.id, 0).at(-1)?.text).toContain('jobs.test.ts')
})

test('running again is a new job with the same input', async () => {
  offer('work', async input => input)
  const first = await endOf(house.jobs, house.jobs.start('test', 'work', { a: [1] }))
  const second = await endOf(house.jobs, house.jobs.again(first.id))
  expect(second.id).toBe('job-2')
  expect(second.status).toEqual(first.status)
})

test('lineage is written by the runner: inputs, job, outputs, with the first maker kept', async () => {
  const [a, b] = ['a', 'b'].map(text => hashOf(text)) as [Hash, Hash]
  offer('make', async (_input, job) => job.makes({ id: a, kind: 'dataset-version', title: 'A' }))
  offer('use', async (_input, job) => {
    job.uses(a)
    job.makes({ id: b, kind: 'statistics', title: 'B' })
  })
  await endOf(house.jobs, house.jobs.start('test', 'make', null))
  await endOf(house.jobs, house.jobs.start('test', 'use', null))
  await endOf(house.jobs, house.jobs.start('test', 'make', null))
  expect(house.lineage.get(a)).toMatchObject({ title: 'A', madeBy: 'job-1' })
  expect(house.lineage.parents(b).map(each => each.title)).toEqual(['A'])
  expect(house.lineage.children(a).map(each => each.title)).toEqual(['B'])
})

test('what a job made and used itself is a parent only of what it made later', async () => {
  const [rows, fitted, trained] = ['rows', 'fitted', 'trained'].map(hashOf) as [Hash, Hash, Hash]
  offer('make', async (_input, job) => job.makes({ id: rows, kind: 'dataset-version', title: 'Rows' }))
  offer('train', async (_input, job) => {
    job.uses(rows)
    job.makes({ id: fitted, kind: 'transform', title: 'Transform' })
    job.uses(fitted)
    job.makes({ id: trained, kind: 'model', title: 'Model' })
    job.uses(trained)
  })
  await endOf(house.jobs, house.jobs.start('test', 'make', null))
  await endOf(house.jobs, house.jobs.start('test', 'train', null))
  const parents = (id: Hash) => house.lineage.parents(id).map(each => each.title)
  expect([parents(fitted), parents(trained)]).toEqual([['Rows'], ['Rows', 'Transform']])
})

test('a result of megabytes, a log of thousands of lines and a thousand jobs come back whole', {
  timeout: 180_000,
}, async () => {
  const result = { rows: Array.from({ length: 60_000 }, (_, i) => `${i} ${'x'.repeat(60)}`) }
  offer('long', async (_input, job) => {
    for (let i = 1; i <= 10_500; i++) job.log(`line ${i}`)
    return result
  })
  offer('short', async () => null)
  const long = await endOf(house.jobs, house.jobs.start('test', 'long', null))
  expect(long.status).toEqual({ state: 'succeeded', result })
  const first = house.jobs.lines(long.id, 0)
  const rest = house.jobs.lines(long.id, first.at(-1)?.sequence ?? 0)
  expect([first, rest].map(lines => lines.length)).toEqual([10_000, 500])
  expect(rest.at(-1)?.text).toBe('line 10500')
  const jobs = Array.from({ length: 1000 }, () => house.jobs.start('test', 'short', null))
  await Promise.all(jobs.map(job => house.jobs.ended(job.id)))
  const listed = house.jobs.list('all', 1000)
  expect(listed.map(job => job.id)).toEqual(jobs.map(job => job.id).reverse())
})

test('work whose workspace was removed meanwhile does not read as done, and no more begins', async () => {
  const go = new EventEmitter()
  offer('wait', () => once(go, 'now'))
  const job = house.jobs.start('test', 'wait', null)
  await expect.poll(() => house.jobs.get(job.id).status.state).toBe('running')
  folder.remove()
  go.emit('now')
  const { status } = await house.jobs.ended(job.id)
  expect(status).toMatchObject({ state: 'failed', failure: { code: 'not-found' } })
  expect(() => house.store.assertThere()).toThrow(/was removed or replaced while it was open/)
})

test('on a full disk a job goes on and ends as told, and is written when there is room', async () => {
  const { db } = house.store
  const room = (pages: number) => db.pragma(`max_page_count = ${pages}`)
  const size = () => db.pragma('page_count', { simple: true }) as number
  const go = new EventEmitter()
  // Longer than a page, so that each state of it needs room that a full disk has not.
  const long = (word: string) => word.repeat(10_000)
  offer('wait', async (_input, job) => {
    await once(go, 'now')
    job.progress(0.5, long('half'))
    job.log(long('line'))
    await sleep(150)
    job.progress(0.6, long('more'))
    await sleep(150)
    throw fail('disk-full', long('The disk is full.'), 'Free some space.')
  })
  offer('short', async () => null)
  const job = house.jobs.start('test', 'wait', null)
  await expect.poll(() => house.jobs.get(job.id).status.state).toBe('running')
  room(size())
  const steps: string[] = []
  const watching = (async () => {
    for await (const { status } of house.jobs.watch(new AbortController().signal, job.id))
      if (status.state === 'running') steps.push(status.progress.step)
  })()
  await sleep(1)
  go.emit('now')
  const ended = await house.jobs.ended(job.id)
  await watching
  const failed = { state: 'failed', failure: { code: 'disk-full' } }
  expect(ended.status).toMatchObject(failed)
  expect(ended.endedAt).not.toBeNull()
  expect(steps).toContain(long('half'))
  expect(steps).toContain(long('more'))
  const written = () => db.prepare('SELECT state FROM jobs WHERE number = 1').pluck().get()
  expect(written()).toBe('running')
  expect(house.jobs.get(job.id)).toEqual(ended)
  expect(house.jobs.list('open', 10)).toEqual([])
  expect(house.jobs.list('ended', 10)).toEqual([ended])

  room(0x7fffffff)
  await endOf(house.jobs, house.jobs.start('test', 'short', null))
  expect(written()).toBe('failed')
  expect(house.jobs.get(job.id).status).toEqual(ended.status)
})

test('fast progress is thinned out, and the watcher sees open jobs first', async () => {
  let go: () => void = () => {}
  const may = new Promise<void>(done => {
    go = done
  })
  offer('fast', async (_input, job) => {
    await may
    for (let i = 0; i <= 10_000; i++) job.progress(i / 10_000, `step ${i}`)
  })
  const job = house.jobs.start('test', 'fast', null)
  await sleep(20)
  const stop = new AbortController()
  const told: Job[] = []
  const watching = (async () => {
    for await (const change of house.jobs.watch(stop.signal)) told.push(change)
  })()
  await sleep(20)
  go()
  await endOf(house.jobs, job)
  await sleep(20)
  stop.abort()
  await watching
  expect(told[0]).toMatchObject({ id: job.id, status: { state: 'running' } })
  expect(told.at(-1)?.status.state).toBe('succeeded')
  expect(told.length).toBeLessThan(10)
})

test('after kill -9 a job that ran reads interrupted, and those that were done stay done', async () => {
  const other = temporaryFolder()
  const child = fork(new URL('../../contract/childEngine.ts', import.meta.url), [other.path], {
    serialization: 'advanced',
    execArgv: [],
  })
  await once(child, 'message')
  const { connectOverPort, openChannel } = await import('../../../main/transport/index.ts')
  const engine = connectOverPort(openChannel(child))
  await engine.statistics.compute({ data: 'strikes' })
  await sleep(150)
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
  const again = openTestHouse(other.path, jobs => doorsOf({ jobs: jobsDoor(jobs) }))
  const job = again.jobs.get('job-1')
  expect(job.status.state).toBe('interrupted')
  expect(job.endedAt).not.toBeNull()
  expect(again.jobs.lines('job-1', 0).at(-1)?.text).toBe('The engine ended while this was running.')
  await again.close()
  other.remove()
})

test('a job that is not there is said so', () => {
  expect(() => house.jobs.get('job-99')).toThrow('There is no job job-99.')
  expect(() => house.jobs.get("1' OR 1")).toThrow('There is no job')
})

test('when the engine ends in good order, a job that runs reads interrupted, and knows it', async () => {
  let knew: boolean | undefined
  offer('hold', async (_input, job) => {
    job.progress(0.5, 'half of it')
    await new Promise((_, stop) =>
      job.signal.addEventListener('abort', () => stop(new Error('stopped'))),
    ).catch(error => {
      knew = job.interrupted
      throw error
    })
  })
  const job = house.jobs.start('test', 'hold', null)
  await sleep(30)
  await house.jobs.close()
  expect(house.jobs.get(job.id).status).toEqual({
    state: 'interrupted',
    progress: { done: 0.5, step: 'half of it' },
  })
  expect(knew).toBe(true)
})
