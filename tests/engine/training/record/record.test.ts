import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contract, type Hash, inputOf, type Repeat, type Run, type RunId } from '#contract'
import { aFolder, type Bench, failureOf, openBench, resultOf, runOf } from '../bench.ts'
import { FLOWERS, flowers, tableRoom } from '../table.ts'

const python = process.env.EDGEWRIGHT_TF_PYTHON
const never = { signal: new AbortController().signal }
const table = tableRoom(FLOWERS, flowers(400))

let folder: ReturnType<typeof aFolder>
let bench: Bench
let runs: [Run, Run, Run]
beforeAll(async () => {
  folder = aFolder()
  bench = openBench(join(folder.path, 'w'), table)
  const plan = { epochs: 3, backend: 'wasm' as const }
  runs = [
    await runOf(bench, bench.train(plan)),
    await runOf(bench, bench.train({ ...plan, learningRate: 0.02 })),
    await runOf(bench, bench.train({ ...plan, name: 'bushes' as never, dropout: 0.1 })),
  ]
}, 60_000)
afterAll(async () => {
  await bench.close()
  folder.remove()
})

/** An entry with what the contract would make of the input. */
const ask = <
  V extends 'page' | 'metrics' | 'curve' | 'logs' | 'compare' | 'edit' | 'histogram' | 'script' | 'columns',
>(
  verb: V,
  input: object,
) =>
  (bench.training.door[verb] as (input: unknown, request: typeof never) => unknown)(
    inputOf(contract.training[verb] as never).parse(input),
    never,
  ) as ReturnType<(typeof bench.training.door)[V]>
const ids = async (input: object) => (await ask('page', input)).runs.map(run => run.id)

describe('the table of runs', () => {
  test('is filtered and sorted by anything that runs have', async () => {
    expect(await ids({})).toEqual(['run-3', 'run-2', 'run-1'])
    expect(await ids({ sort: 'at', descending: false, limit: 1, offset: 1 })).toEqual(['run-2'])
    expect(await ids({ model: 'bushes' })).toEqual(['run-3'])
    expect(await ids({ dataset: 'table' })).toHaveLength(3)
    expect(await ids({ state: ['failed'] })).toEqual([])
    expect(await ids({ text: 'RUN-2' })).toEqual(['run-2'])
    expect(await ids({ text: '%' })).toEqual([])
    expect((await ids({ sort: 'param:learningRate' }))[0]).toBe('run-2')
    const losses = runs.map(run => run.epochs.at(-1)?.loss as number)
    const sorted = [...runs].sort(
      (a, b) => (a.epochs.at(-1)?.loss as number) - (b.epochs.at(-1)?.loss as number),
    )
    expect(await ids({ sort: 'last:loss', descending: false })).toEqual(sorted.map(run => run.id))
    const page = await ask('page', {
      columns: ['last:loss', 'least:eval_loss', 'param:dropout', 'epochs', 'last:nothing', 'param:layers'],
      sort: 'id',
      descending: false,
    })
    expect(page.runs.map(run => run.values[0])).toEqual(losses)
    expect(page.runs[2]?.values.slice(1)).toEqual([
      Math.min(...(runs[2] as Run).epochs.map(epoch => epoch.evalLoss as number)),
      0.1,
      3,
      null,
      '[24,12]',
    ])
    expect(page).toMatchObject({ total: 3, shelves: { open: 3, archive: 0, bin: 0 } })
    expect(await ask('columns', {})).toMatchObject({
      metrics: expect.arrayContaining(['loss', 'eval_accuracy']),
    })
  })

  test('refuses a column that is none, also one that looks like SQL', () => {
    for (const sort of ['at; DROP TABLE runs', 'body', 'last:', ''])
      expect(inputOf(contract.training.page).safeParse({ sort }).success, sort).toBe(false)
  })

  test('takes any name of a figure as a name and nothing else', async () => {
    expect(await ids({ sort: "last:x') OR 1=1 --" })).toHaveLength(3)
    expect(await ids({ sort: 'param:"\'$.x' })).toHaveLength(3)
  })
})

test('epochs are curves like those of all other runs', async () => {
  const curve = await ask('curve', { run: 'run-1', key: 'eval_loss' })
  expect(curve.x).toEqual([1, 2, 3])
  expect(curve.y).toEqual(runs[0].epochs.map(epoch => epoch.evalLoss))
  expect((await ask('curve', { run: 'run-1', key: 'learning_rate' })).y).toEqual([0.01, 0.01, 0.01])
  const { metrics, total } = await ask('metrics', { runs: ['run-1', 'run-2'], text: 'accuracy' })
  expect([metrics.length, total]).toEqual([4, 4])
})

test('the log of a run is its own, over all its jobs', async () => {
  const { lines } = await ask('logs', { run: 'run-1' })
  const texts = lines.map(({ text }) => text)
  expect(texts[0]).toMatch(/^Predicts "kind"/)
  expect(texts.filter(text => text.startsWith('Epoch '))).toHaveLength(3)
  expect(lines.map(({ sequence }) => sequence)).toEqual(lines.map((_, i) => i + 1))
  expect((await ask('logs', { run: 'run-1', last: true, limit: 2 })).lines).toEqual(lines.slice(-2))
  await expect(ask('logs', { run: 'run-99' })).rejects.toMatchObject({ failure: { code: 'not-found' } })
})

test('a run says what code it was trained by', () => {
  expect(runs[0].code).toMatch(/^[0-9a-f]{64}$/)
  expect(runs[1].code).toBe(runs[0].code)
})

test('two runs side by side show only what is not the same', async () => {
  const { parameters, metrics, same } = await ask('compare', { runs: ['run-1', 'run-2'] })
  expect(parameters).toEqual([{ name: 'learningRate', values: [0.01, 0.02] }])
  expect(same).toBeGreaterThan(20)
  expect(metrics.find(({ key }) => key === 'loss')?.last).toEqual(
    runs.slice(0, 2).map(run => run.epochs.at(-1)?.loss),
  )
})

test('weights are counted layer by layer', async () => {
  const { layers } = await ask('histogram', { run: 'run-1', bins: 10 })
  const weights = layers.reduce(
    (sum, { counts, missing }) => sum + missing + counts.reduce((a, b) => a + b, 0),
    0,
  )
  expect(weights).toBe(runs[0].parameters)
  for (const { edges, least, most } of layers)
    expect([
      edges.length,
      (edges[0] as number) <= (least ?? 0),
      (edges[10] as number) >= (most ?? 0),
    ]).toEqual([11, true, true])
})

describe('run again exactly', () => {
  test('gives the same to the bit, and says so', async () => {
    const job = bench.jobs.start('training', 'rerun', { run: 'run-1', tolerance: 1e-5 })
    const found = await resultOf<Repeat>(bench, job)
    expect(found).toMatchObject({ verdict: 'identical', first: null, changed: [], repeats: 'run-1' })
    expect(found.run).toMatchObject({ repeats: 'run-1', artifact: runs[0].artifact, plan: runs[0].plan })
  })

  test('says where it first differs, when something else came of it', async () => {
    const [, second] = runs
    const loss = second.epochs[1]?.loss as number
    const rows = bench.store.db.prepare("UPDATE run_epochs SET loss = ? WHERE run = 'run-2' AND epoch = 2")
    rows.run(loss * (1 + 1e-7))
    const near = await resultOf<Repeat>(
      bench,
      bench.jobs.start('training', 'rerun', { run: 'run-2', tolerance: 1e-5 }),
    )
    expect(near).toMatchObject({ verdict: 'within tolerance', first: { epoch: 2, figure: 'loss', is: loss } })
    rows.run(loss * 2)
    const far = await resultOf<Repeat>(
      bench,
      bench.jobs.start('training', 'rerun', { run: 'run-2', tolerance: 1e-5 }),
    )
    expect(far).toMatchObject({
      verdict: 'different',
      first: { epoch: 2, figure: 'loss', was: loss * 2, is: loss },
    })
    expect(far.says).toMatch(/^Different: in epoch 2, loss was /)
    rows.run(loss)
  })

  test('is refused of what never ended', async () => {
    bench.store.db
      .prepare("UPDATE runs SET body = json_set(body, '$.state', 'failed') WHERE id = 'run-3'")
      .run()
    expect(
      await failureOf(bench, bench.jobs.start('training', 'rerun', { run: 'run-3', tolerance: 0 })),
    ).toMatchObject({
      code: 'bad-input',
    })
    bench.store.db
      .prepare("UPDATE runs SET body = json_set(body, '$.state', 'succeeded') WHERE id = 'run-3'")
      .run()
  })
})

describe('putting in order', () => {
  test('tags, notes and pins stay, also while a run changes by itself', async () => {
    await ask('edit', {
      runs: ['run-1', 'run-3'],
      addTags: ['best', ' best '],
      notes: 'Look here',
      pinned: true,
    })
    const edited = bench.training.get('run-1')
    expect(edited).toMatchObject({ tags: ['best'], notes: 'Look here', pinned: true })
    expect(edited.epochs).toEqual(runs[0].epochs)
    expect((await ids({})).slice(0, 2)).toEqual(['run-3', 'run-1'])
    expect(await ids({ pinned: true })).toEqual(['run-3', 'run-1'])
    expect(await ids({ pinned: true, model: 'flowers' })).toEqual(['run-1'])
    expect(await ids({ pinned: false })).toContain('run-2')
    expect(await ids({ pinned: false })).not.toContain('run-1')
    expect(await ids({ tags: ['best'], model: 'flowers' })).toEqual(['run-1'])
    await ask('edit', { runs: ['run-1', 'run-3'], withoutTags: ['best'], notes: '', pinned: false })
    expect(bench.training.get('run-1')).toMatchObject({ tags: [], pinned: false })
    await expect(ask('edit', { runs: ['run-1', 'run-99'], notes: 'x' })).rejects.toThrow(/no run run-99/)
    expect(bench.training.get('run-1').notes).toBe('')
  })

  test('the archive and the bin lie apart, and what is in the bin can be had back', async () => {
    await ask('edit', { runs: ['run-2'], archived: true })
    expect(await ids({ shelf: 'archive' })).toEqual(['run-2'])
    await ask('edit', { runs: ['run-2'], archived: false })
    await bench.training.door.remove({ runs: ['run-3' as RunId] }, never)
    expect(await ids({ shelf: 'bin' })).toEqual(['run-3'])
    expect(bench.training.newest('bushes')).toBeNull()
    await bench.training.door.restore({ runs: ['run-3' as RunId] }, never)
    expect(await ids({ model: 'bushes' })).toEqual(['run-3'])
  })

  test('purging gives the bytes back of what nobody else uses, and never the number', async () => {
    const { door } = bench.training
    const again = (await ids({ sort: 'id' }))[0] as RunId
    const artifact = runs[1].artifact as Hash
    await expect(door.purge({ runs: ['run-2' as RunId] }, never)).rejects.toMatchObject({
      failure: { code: 'bad-input', message: expect.stringMatching(/not in the bin/) },
    })
    // The repetition of run-2 has the same model, so the file stays for it.
    await door.remove({ runs: ['run-2' as RunId, 'run-3' as RunId] }, never)
    const { purged, freedBytes } = await door.purge({}, never)
    expect(purged).toEqual(['run-2', 'run-3'])
    expect(freedBytes).toBeGreaterThan((runs[2].parameters as number) * 4)
    expect(bench.store.blobs.has(artifact)).toBe(true)
    expect(bench.store.blobs.has(runs[2].artifact as Hash)).toBe(false)
    expect((await bench.training.model(bench.training.get(again))).bytes).toBeGreaterThan(0)
    const left = bench.store.db.prepare("SELECT count(*) AS count FROM run_points WHERE run = 'run-3'").get()
    expect(left).toEqual({ count: 0 })
    const newest = await runOf(bench, bench.train({ epochs: 1 }))
    await door.remove({ runs: [newest.id] }, never)
    await door.purge({ runs: [newest.id] }, never)
    expect(Number((await runOf(bench, bench.train({ epochs: 1 }))).id.slice(4))).toBe(
      Number(newest.id.slice(4)) + 1,
    )
  })

  test('a run that something published is made of stays', async () => {
    bench.training.onKeep(run => (run === 'run-1' ? 'flowers v1 was published' : null))
    await bench.training.door.remove({ runs: ['run-1' as RunId] }, never)
    await expect(bench.training.door.purge({}, never)).rejects.toMatchObject({
      failure: {
        code: 'in-use',
        message: expect.stringMatching(/^flowers v1 was published, which is made of run-1/),
      },
    })
    await bench.training.door.restore({ runs: ['run-1' as RunId] }, never)
  })
})

describe('a run as code', () => {
  test('is the command that trains it', async () => {
    expect((await ask('script', { run: 'run-1', as: 'command' })).text).toBe(
      'edgewright training start --dataset table@1 --label kind --name flowers --backend wasm --epochs 3 --batch 32 --learning-rate 0.01 --layers 24,12',
    )
  })

  test('is a program for Keras on the rows that are exported with it', async () => {
    const to = join(folder.path, 'exported')
    bench.jobs.offer('training', 'export', {
      title: () => 'Export',
      cancel: 'c',
      run: (input, job) => bench.training.door.export(input as { run: RunId; to: string }, job),
    })
    await resultOf(bench, bench.jobs.start('training', 'export', { run: 'run-1', to }))
    expect(readFileSync(join(to, 'train.py'), 'utf8')).toBe((await ask('script', { run: 'run-1' })).text)
  })

  const title = 'that program learns as the run did'
  test(python ? title : `${title} (skipped: set EDGEWRIGHT_TF_PYTHON to a Python with TensorFlow)`, {
    skip: !python && !process.env.CI,
    timeout: 120_000,
  }, () => {
    const to = join(folder.path, 'exported')
    const said = execFileSync(python as string, [join(to, 'train.py'), to], {
      encoding: 'utf8',
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', CUDA_VISIBLE_DEVICES: '-1' },
    })
    const losses = [...said.matchAll(/val_loss: ([\d.]+)/g)].map(each => Number(each[1]))
    expect(losses.length).toBeGreaterThan(0)
    expect(Math.abs((losses.at(-1) as number) - (runs[0].epochs[2]?.evalLoss as number))).toBeLessThan(0.3)
    expect(existsSync(join(to, 'model.keras'))).toBe(true)
  })
})
