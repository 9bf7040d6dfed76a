import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RunId, Search } from '#contract'
import { aFolder, failureOf, runOf } from '../bench.ts'
import { openSearchBench, type Searching, searchWhere } from './aSearch.ts'

let folder: ReturnType<typeof aFolder>
let bench: Searching
beforeEach(() => {
  folder = aFolder()
  bench = openSearchBench(join(folder.path, 'w'))
})
afterEach(async () => {
  await bench.close().catch(() => {})
  folder.remove()
})

const finished = ({ trials }: Search) => trials.filter(({ state }) => state === 'finished')

test('a grid trains all combinations and ends with the best', async () => {
  const hparams = { lr: [0.0001, 0.03], layers: [[4], [16]] }
  const run = await runOf(bench, bench.search({ search: 'grid', hparams, epochs: 3 }))
  const search = await bench.shown()
  expect(search).toMatchObject({
    state: 'succeeded',
    objective: 'loss',
    goal: 'least',
    rungs: [],
    ended: 4,
    axes: [{ name: 'lr', choices: [0.0001, 0.03] }, { name: 'layers' }],
    best: { run: run.id },
  })
  expect(search.trials.map(({ hparams, state }) => [hparams, state])).toEqual([
    [{ lr: 0.0001, layers: [4] }, 'finished'],
    [{ lr: 0.0001, layers: [16] }, 'finished'],
    [{ lr: 0.03, layers: [4] }, 'finished'],
    [{ lr: 0.03, layers: [16] }, 'finished'],
  ])
  const values = search.trials.map(({ value }) => value as number)
  expect(search.best?.value).toBe(Math.min(...values))
  expect(run).toMatchObject({ state: 'succeeded', search: 'search-1' })
  expect(run.epochs[(run.best as number) - 1]?.evalLoss).toBe(search.best?.value)
  expect(run.plan).toMatchObject({ learningRate: 0.03, dataset: 'table@1' })
  expect(search.trials[3]?.figures.map(({ epoch }) => epoch)).toEqual([1, 2, 3])
  expect(await bench.summaries()).toMatchObject([{ id: 'search-1', trials: 4, state: 'succeeded' }])
  const trials = bench.jobs.list('all', 100).filter(({ verb }) => verb === 'trial')
  expect(trials.map(({ lane, title }) => [lane, title])).toContainEqual([
    'local',
    'Trial 1 of 4: flowers, lr 0.0001, layers 4',
  ])
})

test('a random search ends what is hopeless early, and the same seed gives the same trials', async () => {
  await bench.training.door.targetSet({ name: 'local', atOnce: 1 }, bench.never)
  // The last of six is hopeless: the others are drawn around it.
  const asked = { search: 'random', trials: 6, epochs: 40, patience: 0, seed: 23 }
  const hparams = { learningRate: [0.02, 0.021, 0.022, 0.023, 0.024, 10] }
  const job = bench.search({ ...asked, hparams })
  const run = await runOf(bench, job)
  const { trials, best } = await bench.shown()
  const hopeless = trials.find(({ hparams }) => hparams.learningRate === 10)
  expect(trials).toHaveLength(6)
  expect(best?.run).toBe(run.id)
  expect(run.plan.learningRate).toBeLessThan(1)
  expect(hopeless?.number).toBe(6)
  expect(hopeless?.state).toBe('stopped')
  expect(hopeless?.why).toMatch(/^Hopeless at epoch \d+: its best loss is .* the median/)
  expect(hopeless?.figures.length).toBeLessThan(40)
  const of = bench.training.get(hopeless?.run as string)
  expect(of.state).toBe('cancelled')
  expect(bench.jobs.lines(job.id, 0).map(({ text }) => text)).toContainEqual(
    expect.stringMatching(/^Trial \d: Hopeless/),
  )

  const again = bench.search({ ...asked, hparams, epochs: 2 })
  await searchWhere({ shown: () => bench.shown('search-2') }, each => each.trials.length === 6)
  expect((await bench.shown('search-2')).trials.map(each => each.hparams)).toEqual(
    trials.map(each => each.hparams),
  )
  bench.jobs.cancel(again.id)
  await bench.jobs.ended(again.id)
})

test('halving takes a third on to three times the epochs, from their checkpoints', async () => {
  const hparams = { learningRate: { min: 0.0001, max: 0.05, log: true } }
  const asked = { search: 'halving', trials: 9, epochs: 9, objective: 'accuracy', patience: 0, hparams }
  const run = await runOf(bench, bench.search(asked))
  const search = await bench.shown()
  expect(search).toMatchObject({
    objective: 'accuracy',
    goal: 'most',
    rungs: [
      { trials: 9, epochs: 1 },
      { trials: 3, epochs: 3 },
      { trials: 1, epochs: 9 },
    ],
  })
  const went = search.trials.map(({ figures }) => figures.length).sort((a, b) => a - b)
  expect(went).toEqual([1, 1, 1, 1, 1, 1, 3, 3, 9])
  const after = (epoch: number) => (each: (typeof search.trials)[0]) =>
    each.figures[epoch - 1]?.value ?? Number.NaN
  const out = search.trials.filter(({ figures }) => figures.length === 1).map(after(1))
  const up = search.trials.filter(({ figures }) => figures.length > 1).map(after(1))
  expect(Math.max(...out)).toBeLessThanOrEqual(Math.min(...up))
  expect(finished(search).map(each => each.run)).toEqual([run.id])
  const stopped = search.trials.filter(({ state }) => state === 'stopped')
  expect(stopped).toHaveLength(8)
  for (const { why } of stopped)
    expect(why).toMatch(/^Not among the better (3 of 9 after epoch 1|1 of 3 after epoch 3)/)
  const left = bench.training.get(stopped[0]?.run as string)
  expect(left).toMatchObject({ state: 'interrupted', artifact: null, failure: { code: 'interrupted' } })

  // Stopping at the rungs changes nothing: the same plan in one piece gives the same model.
  const whole = await runOf(
    bench,
    bench.search({ epochs: 9, patience: 0, learningRate: run.plan.learningRate }),
  )
  expect(whole.artifact).toBe(run.artifact)
  expect(whole.search).toBeNull()
})

test('a search goes on with what is done after its engine was killed', async () => {
  await bench.close()
  const place = join(folder.path, 'killed')
  const engine = spawn(
    process.execPath,
    [fileURLToPath(new URL('./dyingSearch.ts', import.meta.url)), place],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  for await (const line of createInterface({ input: engine.stdout })) if (line.startsWith('trial 3')) break
  engine.kill('SIGKILL')
  await once(engine, 'exit')

  bench = openSearchBench(place)
  const before = await bench.shown()
  expect(before.state).toBe('interrupted')
  const done = finished(before).map(({ run }) => run)
  expect(done.length).toBeGreaterThanOrEqual(2)
  const ended = new Map(done.map(run => [run, bench.training.get(run as string).endedAt]))
  expect(bench.training.unfinished()).toEqual(['search-1'])
  await runOf(bench, bench.goOn())
  const after = await bench.shown()
  expect(finished(after)).toHaveLength(6)
  expect(await bench.runs()).toHaveLength(6)
  for (const [run, at] of ended) expect(bench.training.get(run as string).endedAt).toBe(at)
  expect(bench.training.unfinished()).toEqual([])
  expect(await failureOf(bench, bench.goOn())).toMatchObject({ message: 'search-1 is at its end.' })
}, 60_000)

test('a program of one’s own is searched by a figure that it tells', async () => {
  const script = join(folder.path, 'own.mjs')
  writeFileSync(
    script,
    `const { rate } = JSON.parse(process.env.HPARAMS)
     for (let step = 1; step <= 3; step++)
       console.log(JSON.stringify({ step, val_f1: rate * step, f1: 9, loss: 1 / rate }))`,
  )
  const asked = { search: 'grid', script, hparams: { rate: [0.1, 0.3, 0.2] } }
  const run = await runOf(bench, bench.search({ ...asked, objective: 'f1' }))
  expect(run).toMatchObject({ origin: 'script', plan: { hparams: { rate: 0.3 } }, search: 'search-1' })
  const { trials, goal } = await bench.shown()
  expect(goal).toBe('most')
  expect(trials.map(({ value }) => value?.toFixed(3))).toEqual(['0.300', '0.900', '0.600'])
  expect(trials[1]?.figures).toHaveLength(3)
  expect(await failureOf(bench, bench.search({ ...asked, search: 'halving' }))).toMatchObject({
    message: expect.stringMatching(/does not stop between epochs/),
  })
})

test('a search whose program is closed reads interrupted, and goes on where it was', async () => {
  const asked = { search: 'halving', trials: 3, epochs: 9, patience: 0, hparams: { seed: [1, 2, 3] } }
  const job = bench.search(asked)
  await searchWhere(bench, search => search.trials.some(({ figures }) => figures.length > 0))
  await bench.close()
  bench = openSearchBench(join(folder.path, 'w'))
  expect(bench.jobs.get(job.id).status.state).toBe('interrupted')
  expect((await bench.shown()).state).toBe('interrupted')
  expect(bench.training.placed()).toEqual([])
  const run = await runOf(bench, bench.goOn())
  expect(run.epochs).toHaveLength(9)
  const { trials, state } = await bench.shown()
  expect(state).toBe('succeeded')
  expect(trials.map(({ figures }) => figures.length).sort()).toEqual([3, 3, 9])
  expect(await bench.runs()).toHaveLength(3)
})

describe('a search that is cancelled', () => {
  test('stops what runs, keeps what is finished, and can be gone on with', async () => {
    const job = bench.search({
      search: 'grid',
      epochs: 8,
      hparams: { seed: { min: 1, max: 5, integer: true, step: 1 } },
      stopping: 'none',
    })
    await searchWhere(bench, search => finished(search).length >= 2)
    bench.jobs.cancel(job.id)
    const { status } = await bench.jobs.ended(job.id)
    expect(status).toMatchObject({ state: 'cancelled' })
    expect((status as { kept: string }).kept).toMatch(/of 5 trials are finished and kept/)
    const search = await bench.shown()
    expect(search.state).toBe('cancelled')
    expect(search.trials.some(({ state }) => state === 'waiting' || state === 'cancelled')).toBe(true)
    expect(bench.jobs.list('open', 10)).toEqual([])
    expect(bench.training.unfinished()).toEqual([])
    await runOf(bench, bench.goOn())
    expect(finished(await bench.shown())).toHaveLength(5)
  })

  test('in one of its trials goes on with the others', async () => {
    const job = bench.search({ search: 'grid', epochs: 30, patience: 0, hparams: { seed: [1, 2, 3] } })
    const { trials } = await searchWhere(bench, search => (search.trials[0]?.figures.length ?? 0) > 0)
    await bench.training.door.cancel({ run: trials[0]?.run as RunId, anyway: false }, bench.never)
    await runOf(bench, job)
    expect((await bench.shown()).trials.map(({ state, why }) => [state, why])).toEqual([
      ['cancelled', 'It was cancelled.'],
      ['finished', null],
      ['finished', null],
    ])
  })
})

test('trials wait in the queue of their target behind what has a higher priority', async () => {
  await bench.training.door.targetPause({ name: 'local' }, bench.never)
  const job = bench.search({ search: 'grid', epochs: 1, hparams: { seed: [1, 2] } })
  await expect.poll(async () => (await bench.queue('local'))[0]?.waiting.length).toBe(2)
  const plain = bench.search({ epochs: 1, priority: 5 })
  const [local] = await bench.queue('local')
  expect(local).toMatchObject({ name: 'local', paused: true, atOnce: 2, running: [] })
  expect(local?.waiting.map(({ verb }) => verb)).toEqual(['start', 'trial', 'trial'])
  expect(bench.jobs.get(job.id)).toMatchObject({ lane: null, status: { state: 'running' } })
  await bench.training.door.targetResume({ name: 'local' }, bench.never)
  await runOf(bench, plain)
  await runOf(bench, job)
  await expect(bench.training.door.queue({ target: 'moon' }, bench.never)).rejects.toThrow(/no target "moon"/)
})

test.each([
  [{ search: 'grid', hparams: { lr: [1], nonsense: [1, 2] } }, /no hyper-parameter "nonsense"/],
  [{ search: 'random', hparams: { lr: { min: 0.1, max: 20 } } }, /is no value for "learningRate"/],
  [{ search: 'random', hparams: { lr: 0.1 } }, /nothing to search/],
  [{ search: 'grid', hparams: { lr: [0.1, 0.2] }, objective: 'f1' }, /tell no "f1"/],
  [{ search: 'grid', hparams: { lr: [0.1, 0.2] }, objective: 'rmse' }, /Classes have no RMSE/],
  [{ search: 'halving', hparams: { epochs: [2, 4] } }, /epochs, so they cannot be searched/],
  [{ trials: 4 }, /this is none/],
])('what cannot be searched is refused before anything is trained: %j', async (asked, why) => {
  const { message } = await failureOf(bench, bench.search(asked))
  expect(message).toMatch(why)
  expect(await bench.runs()).toEqual([])
})
