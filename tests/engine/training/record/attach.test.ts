import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RunId } from '#contract'
import { aFolder } from '../bench.ts'
import { detachedTarget, openFollower } from './detached.ts'

let folder: ReturnType<typeof aFolder>
beforeEach(() => {
  folder = aFolder()
})
afterEach(() => folder.remove())

const LINES = 600
const counted = (upTo: number) => Array.from({ length: upTo }, (_, i) => `line ${i + 1}`)
const aLine = /^line /

test('an engine that is killed twice in the middle of a run comes back with no line or point lost or doubled', async () => {
  const workspace = join(folder.path, 'w')
  const engine = spawn(process.execPath, [
    fileURLToPath(new URL('./dyingFollower.ts', import.meta.url)),
    workspace,
    String(LINES),
    '4',
  ])
  for await (const heard of createInterface({ input: engine.stdout })) if (Number(heard) > 50) break
  engine.kill('SIGKILL')
  await once(engine, 'exit')

  // An engine that is closed in an orderly way leaves the work alone, too.
  const second = openFollower(workspace, detachedTarget(LINES, 4))
  expect(second.runs.get('run-1').state).toBe('running')
  expect(second.runs.placed()).toEqual(['run-1'])
  const before = second.runs.lines('run-1', 0).length
  expect(before).toBeGreaterThan(50)
  const began = performance.now()
  second.jobs.start('training', 'attach', { run: 'run-1' })
  for await (const _ of second.runs.watchLines('run-1', before, AbortSignal.timeout(20_000))) break
  expect(performance.now() - began).toBeLessThan(5000)
  await second.close()

  const third = openFollower(workspace, detachedTarget(LINES, 4))
  expect(third.runs.get('run-1')).toMatchObject({ state: 'running', failure: null })
  const job = third.jobs.start('training', 'attach', { run: 'run-1' })
  expect((await third.jobs.ended(job.id)).status).toMatchObject({ state: 'succeeded' })
  const lines = third.runs.lines('run-1', 0).map(({ text }) => text)
  expect(lines.filter(text => aLine.test(text))).toEqual(counted(LINES))
  expect(third.store.db.prepare('SELECT points, last, most FROM run_metrics').all()).toEqual([
    { points: LINES, last: 1 / LINES, most: 1 },
  ])
  expect(third.runs.get('run-1')).toMatchObject({ state: 'succeeded', job: job.id })
  expect(third.runs.placement('run-1')).toBeNull()
  await third.close()
}, 60_000)

test('a run whose target cannot be reached says so, keeps where it is, and is followed once it can be', async () => {
  let there = true
  const target = detachedTarget(200, 3, () => there)
  const first = openFollower(join(folder.path, 'w'), target)
  first.jobs.start('training', 'start', {})
  await begun(first)
  await first.close()

  there = false
  const second = openFollower(join(folder.path, 'w'), target)
  const lost = second.jobs.start('training', 'attach', { run: 'run-1' })
  expect((await second.jobs.ended(lost.id)).status).toMatchObject({
    state: 'failed',
    failure: { code: 'unreachable' },
  })
  expect(second.runs.get('run-1')).toMatchObject({ state: 'interrupted', failure: { code: 'unreachable' } })
  expect(second.runs.placed()).toEqual(['run-1'])
  await expect(second.attaching.cancel('run-1' as RunId, false)).rejects.toMatchObject({
    failure: { code: 'unreachable' },
  })
  there = true
  const found = second.jobs.start('training', 'attach', { run: 'run-1' })
  expect((await second.jobs.ended(found.id)).status.state).toBe('succeeded')
  const lines = second.runs.lines('run-1', 0).map(({ text }) => text)
  expect(lines.filter(text => aLine.test(text))).toEqual(counted(200))
  const again = second.jobs.start('training', 'attach', { run: 'run-1' })
  expect((await second.jobs.ended(again.id)).status).toMatchObject({
    state: 'succeeded',
    result: { id: 'run-1', state: 'succeeded' },
  })
  await second.close()
}, 60_000)

test('cancelling ends the work where it is, also when nobody follows it', async () => {
  const target = detachedTarget(100_000, 5)
  const first = openFollower(join(folder.path, 'w'), target)
  const job = first.jobs.start('training', 'start', {})
  await begun(first)
  expect(await first.attaching.cancel('run-1' as RunId, false)).toMatchObject({ state: 'cancelled' })
  expect((await first.jobs.ended(job.id)).status.state).toBe('cancelled')
  expect(first.runs.placement('run-1')).toBeNull()
  const next = first.jobs.start('training', 'start', {})
  await begun(first, 'run-2')
  await first.close()
  expect(next.id).not.toBe(job.id)

  const second = openFollower(join(folder.path, 'w'), target)
  const { file } = second.runs.placement('run-2') as { file: string }
  expect(await second.attaching.cancel('run-2' as RunId, false)).toMatchObject({ state: 'cancelled' })
  expect(second.runs.placement('run-2')).toBeNull()
  expect(file).toMatch(/run-2/)
  await expect(second.attaching.cancel('run-2' as RunId, false)).rejects.toMatchObject({
    failure: { code: 'bad-input' },
  })
  await second.close()
}, 60_000)

async function begun({ runs }: ReturnType<typeof openFollower>, id = 'run-1'): Promise<void> {
  const until = Date.now() + 20_000
  while (!runs.has(id) || runs.lines(id, 0).length < 5) {
    if (Date.now() > until) throw new Error(`${id} did not begin`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
