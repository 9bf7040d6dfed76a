import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Hash, Run, RunId } from '#contract'
import { canonicalJson, fail, hashOf } from '../../../main/engine/kit/index.ts'
import { FILES, type Message, type TrainWork } from '../../../main/engine/training/work.ts'
import { openRowFile } from '../../../main/engine/training/worker/rowFile.ts'
import { aFolder, type Bench, epochsDone, failureOf, openBench, resultOf, runBegun, runOf } from './bench.ts'
import { FLOWERS, flowers, tableRoom } from './table.ts'

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))
const never = { signal: new AbortController().signal }

let folder: ReturnType<typeof aFolder>
let bench: Bench
const table = tableRoom(FLOWERS, flowers(1000))
beforeEach(() => {
  folder = aFolder()
  bench = openBench(join(folder.path, 'w'), table)
})
afterEach(async () => {
  await bench.close().catch(() => {})
  folder.remove()
})

describe('a classifier', () => {
  test('learns, is kept with its lineage, and leaves no data behind', async () => {
    const job = bench.train({})
    const run = await runOf(bench, job)
    expect(run).toMatchObject({
      id: 'run-1',
      state: 'succeeded',
      task: 'multiclass',
      classes: ['herb', 'shrub', 'tree'],
      rows: { train: 800, eval: 100, test: 100 },
      failure: null,
      stoppedEarly: run.epochs.length < 12,
    })
    expect(run.backend).toMatch(/^(wasm|tensorflow): /)
    const best = run.epochs[(run.best as number) - 1]
    expect(best?.evalAccuracy).toBeGreaterThan(0.85)
    expect(Math.min(...run.epochs.map(epoch => epoch.evalLoss as number))).toBe(best?.evalLoss)
    expect(run.epochs[0]?.loss).toBeGreaterThan((run.epochs.at(-1)?.loss as number) * 1.5)

    const { artifacts, transform, label } = await bench.training.model(run)
    expect(hashOf(canonicalJson(transform))).toBe(run.transform)
    expect(transform.width).toBe(run.inputs)
    expect(label.classes).toEqual(run.classes)
    const values = artifacts.weightSpecs?.reduce(
      (sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1),
      0,
    )
    expect(values).toBe(run.parameters)
    expect(artifacts.weightData.byteLength).toBe((values as number) * 4)
    // "id" names each row, so it was left out.
    expect(transform.leftOut.map(column => column.name)).toEqual(['id'])
    expect(bench.jobs.lines(job.id, 0).map(line => line.text)).toContainEqual(
      expect.stringMatching(/Left out: "id"/),
    )
    expect(bench.jobs.lines(job.id, 0).filter(line => line.text.startsWith('Epoch '))).toHaveLength(
      run.epochs.length,
    )

    expect(bench.lineage.children(run.transform as Hash).map(each => each.id)).toEqual([run.artifact])
    expect(existsSync(join(bench.store.folder, 'runs', run.id))).toBe(false)
    expect(bench.training.newest('flowers')?.id).toBe('run-1')
    expect((await bench.training.door.list({ dataset: 'table', limit: 10 }, never)).runs).toHaveLength(1)
  })

  test('gives the same model to the bit for the same seed, and another for another', async () => {
    const plan = { epochs: 3, dropout: 0.2 }
    const [a, b, c] = [
      await runOf(bench, bench.train(plan)),
      await runOf(bench, bench.train(plan)),
      await runOf(bench, bench.train({ ...plan, seed: 2 })),
    ] as [Run, Run, Run]
    expect([a.id, b.id, c.id]).toEqual(['run-1', 'run-2', 'run-3'])
    expect(b.artifact).toBe(a.artifact)
    expect(b.epochs.map(epoch => epoch.loss)).toEqual(a.epochs.map(epoch => epoch.loss))
    expect(c.artifact).not.toBe(a.artifact)
    expect(c.transform).toBe(a.transform)
  })

  test('of two classes has one output, and what is predicted fits the labels', async () => {
    const run = await runOf(
      bench,
      bench.train({ label: 'rare', without: ['kind', 'weight', 'id'], backend: 'wasm' }),
    )
    expect(run).toMatchObject({ task: 'binary', classes: ['false', 'true'] })
    expect(run.epochs[(run.best as number) - 1]?.evalAccuracy).toBeGreaterThan(0.85)
    const job = bench.jobs.start('evaluation', 'run', { run: run.id, split: 'test', variant: 'layers' })
    await resultOf(bench, job)
    expect(bench.evaluation.newest(run.id)?.metrics.auc).toBeGreaterThan(0.9)
  })
})

test('a regressor learns values on their own scale', async () => {
  const run = await runOf(bench, bench.train({ label: 'weight', without: ['kind', 'rare'], epochs: 30 }))
  expect(run).toMatchObject({ task: 'regression', classes: [] })
  expect(run.epochs.every(epoch => epoch.accuracy === null && epoch.evalAccuracy === null)).toBe(true)
  expect(run.epochs[(run.best as number) - 1]?.evalLoss).toBeLessThan(0.1)
})

describe('stopping', () => {
  test('early, when the eval split does not get better', async () => {
    const random = tableRoom(
      [
        { name: 'x', type: 'float' },
        { name: 'y', type: 'text' },
      ],
      flowers(400).map((row, i) => [row[1] as number, i % 3 ? 'a' : 'b']),
    )
    const bench = openBench(join(folder.path, 'early'), random)
    const run = await runOf(bench, bench.train({ label: 'y', epochs: 200, patience: 3, learningRate: 0.03 }))
    expect(run.stoppedEarly).toBe(true)
    expect(run.epochs.length).toBe((run.best as number) + 3)
    await bench.close()
  })

  test('by a person keeps the checkpoint, and going on ends with the very model of a run that never stopped', async () => {
    const plan = { epochs: 14, patience: 0, dropout: 0.1 }
    const job = bench.train(plan)
    await runBegun(bench, 'run-1')
    const stopped = await epochsDone(bench, 'run-1', 2)
    expect(stopped.state).toBe('running')
    bench.jobs.cancel(job.id)
    const { status } = await bench.jobs.ended(job.id)
    expect(status).toMatchObject({
      state: 'cancelled',
      kept: expect.stringMatching(/checkpoint of epoch \d+ is kept/),
    })
    const cancelled = bench.training.get('run-1')
    expect(cancelled).toMatchObject({ state: 'cancelled', artifact: null, failure: null })
    expect(readdirSync(join(bench.store.folder, 'runs', 'run-1')).sort()).toEqual([
      'checkpoint.bin',
      'work.json',
    ])
    await expect(bench.training.model(cancelled)).rejects.toThrow(/no trained model/)

    const whole = await runOf(bench, bench.jobs.start('training', 'resume', 'run-1'))
    expect(whole.id).toBe('run-1')
    expect(whole.epochs.map(epoch => epoch.epoch)).toEqual(Array.from({ length: 14 }, (_, i) => i + 1))
    const straight = await runOf(bench, bench.train(plan))
    expect(whole.artifact).toBe(straight.artifact)
    expect(whole.epochs.map(epoch => epoch.evalLoss)).toEqual(straight.epochs.map(epoch => epoch.evalLoss))
    expect(await failureOf(bench, bench.jobs.start('training', 'resume', 'run-1'))).toMatchObject({
      code: 'bad-input',
    })
  })

  test('before it began leaves no run', async () => {
    const job = bench.train({})
    bench.jobs.cancel(job.id)
    expect((await bench.jobs.ended(job.id)).status.state).toBe('cancelled')
    expect((await bench.training.door.list({ limit: 10 }, never)).runs).toEqual([])
  })
})

describe('what dies', () => {
  test('a worker that the system ends fails the run with the reason, and the run can go on', async () => {
    const dying = openBench(join(folder.path, 'dying'), table, { worker: here('./dyingWorker.ts') })
    const failure = await failureOf(dying, dying.train({ epochs: 6, patience: 0 }))
    expect(failure).toMatchObject({ code: 'training-failed', message: expect.stringMatching(/SIGKILL/) })
    expect(dying.training.get('run-1')).toMatchObject({ state: 'failed', failure, best: expect.any(Number) })
    // The checkpoint of epoch 3 was on disk before its message; going on begins there.
    const run = await runOf(dying, dying.jobs.start('training', 'resume', 'run-1'))
    expect(run.epochs).toHaveLength(6)
    expect(run.artifact).toBe((await runOf(bench, bench.train({ epochs: 6, patience: 0 }))).artifact)
    await dying.close()
  })

  test('an engine that is killed takes its worker along; the run reads interrupted and goes on', async () => {
    const workspace = join(folder.path, 'killed')
    const engine = spawn(process.execPath, [here('./dyingEngine.ts'), workspace], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let workers: string[] = []
    for await (const line of createInterface({ input: engine.stdout }))
      if (Number(/^epoch (\d+)/.exec(line)?.[1]) >= 4) {
        workers = childrenOf(engine.pid as number)
        engine.kill('SIGKILL')
        break
      }
    await once(engine, 'exit')
    expect(workers).toHaveLength(1)
    const after = openBench(workspace, tableRoom(FLOWERS, flowers(600)))
    const run = after.training.get('run-1')
    expect(run).toMatchObject({
      state: 'interrupted',
      failure: { code: 'interrupted', remedy: 'Continue the run.' },
    })
    expect(run.epochs.length).toBeGreaterThanOrEqual(3)
    expect(readdirSync(join(workspace, 'runs', 'run-1')).filter(name => name.endsWith('.f32'))).toEqual([])
    await expect.poll(() => workers.filter(isAlive), { timeout: 10_000 }).toEqual([])

    const job = after.jobs.start('training', 'resume', 'run-1')
    await expect.poll(() => after.training.get('run-1').state).toBe('running')
    const more = await epochsDone(after, 'run-1', run.epochs.length + 3)
    expect(more.epochs.slice(0, run.epochs.length)).toEqual(run.epochs)
    after.jobs.cancel(job.id)
    await after.jobs.ended(job.id)
    await after.close()
  })
})

describe('bad input is refused before a run is written', () => {
  test.each<[string, object, string, RegExp]>([
    ['an unknown label', { label: 'kinds' }, 'bad-input', /no column "kinds"/],
    ['an unknown column', { without: ['Length'] }, 'bad-input', /no column "Length"/],
    ['the label as a feature', { features: ['kind'] }, 'bad-input', /"kind" is the label/],
    ['no columns', { features: ['id'], without: ['id'] }, 'bad-input', /No column is left/],
    ['columns that say nothing', { features: ['id'] }, 'empty-data', /"id" \(nearly every row/],
    ['an unknown dataset', { dataset: 'tables' }, 'not-found', /tables/],
    ['an unknown trainer', { trainer: 'forest' }, 'bad-input', /forest/],
    ['an unknown target', { target: 'cluster' }, 'bad-input', /cluster/],
    ['a date as the label', { label: 'day' }, 'bad-input', /dates/],
    ['names as the label', { label: 'id' }, 'bad-input', /of its own/],
  ])('%s', async (_, plan, code, message) => {
    const failure = await failureOf(bench, bench.train(plan))
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) })
    expect(failure.remedy).not.toBe(undefined)
    expect((await bench.training.door.list({ limit: 10 }, never)).runs).toEqual([])
  })

  test('the remedy for a wrong letter case names the column', async () => {
    expect((await failureOf(bench, bench.train({ label: 'Kind' }))).remedy).toBe('Did you mean "kind"?')
  })
})

test('steps that are too large end with the remedy', async () => {
  const failure = await failureOf(
    bench,
    bench.train({ label: 'weight', learningRate: 10, layers: Array(12).fill(64), epochs: 50, patience: 0 }),
  )
  expect(failure).toMatchObject({
    code: 'training-failed',
    message: expect.stringMatching(/no longer a number/),
    remedy: expect.stringMatching(/learning rate \(it is 10\).*to 1\./),
  })
  expect(bench.training.get('run-1')).toMatchObject({ state: 'failed', failure })
})

test('rows without a label are left out, and a data set without eval rows keeps the last epoch', async () => {
  const rows = flowers(300).map((row, i) =>
    i % 5 === 0 ? [...row.slice(0, 6), null, row[7] as number] : row,
  )
  const bench = openBench(join(folder.path, 'half'), tableRoom(FLOWERS, rows, { splitOf: () => 'train' }))
  const job = bench.train({ epochs: 2 })
  const run = await runOf(bench, job)
  expect(run).toMatchObject({ rows: { train: 240, eval: 0, test: 0 }, best: 2, stoppedEarly: false })
  expect(run.epochs.every(epoch => epoch.evalLoss === null && epoch.evalAccuracy === null)).toBe(true)
  expect(bench.jobs.lines(job.id, 0).map(line => line.text)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^60 rows have no value of "kind"/),
      expect.stringMatching(/eval split has no rows/),
    ]),
  )
  const evaluated = await failureOf(
    bench,
    bench.jobs.start('evaluation', 'run', { run: run.id, split: 'test', variant: 'layers' }),
  )
  expect(evaluated).toMatchObject({
    code: 'empty-data',
    message: expect.stringMatching(/test split of table has no rows/),
  })
  await bench.close()
})

test('a verdict warns or stops the training, as the user set it', async () => {
  const warned = openBench(join(folder.path, 'warned'), table, { gate: () => 'The check found 2 errors.' })
  const job = warned.train({ epochs: 1 })
  await runOf(warned, job)
  const warnings = warned.jobs.lines(job.id, 0).filter(line => line.level === 'warning')
  expect(warnings.map(line => line.text)).toEqual(['The check found 2 errors.'])
  await warned.close()
  const stopped = openBench(join(folder.path, 'stopped'), table, {
    gate: () => {
      throw fail('gate-blocked', 'The check found 2 errors, so training is stopped.', 'Mend the data.')
    },
  })
  expect(await failureOf(stopped, stopped.train({ epochs: 1 }))).toMatchObject({ code: 'gate-blocked' })
  await stopped.close()
})

test('rows are read the same from memory and from the disk', () => {
  const path = join(folder.path, 'rows.f32')
  const values = Float32Array.from({ length: 30 }, (_, i) => i)
  writeFileSync(path, new Uint8Array(values.buffer))
  for (const held of [0, 2 ** 20]) {
    const rows = openRowFile(path, 3, 10, held)
    const out = new Float32Array(6)
    rows.gather(Uint32Array.of(9, 2), out)
    expect([...out]).toEqual([27, 28, 29, 6, 7, 8])
    rows.range(4, 2, out)
    expect([...out]).toEqual([12, 13, 14, 15, 16, 17])
    rows.close()
  }
  expect(() => openRowFile(path, 3, 11, 2 ** 20)).toThrow(/ends too early/)
})

test('a worker needs its folder only, and says as lines how it goes where nobody listens', async () => {
  const floats = (file: string, values: number[]) =>
    writeFileSync(join(folder.path, file), new Uint8Array(Float32Array.from(values).buffer))
  const x = Array.from({ length: 64 }, (_, i) => (i - 32) / 16)
  for (const split of ['train', 'eval'] as const) {
    floats(FILES.features(split), x)
    floats(
      FILES.labels(split),
      x.map(value => Number(value > 0)),
    )
  }
  const work: TrainWork = {
    kind: 'train',
    trainer: 'tabular',
    backend: 'cpu',
    task: 'binary',
    inputs: 1,
    outputs: 1,
    rows: { train: 64, eval: 64 },
    epochs: 2,
    batch: 16,
    learningRate: 0.1,
    schedule: 'constant',
    warmup: 0,
    patience: 0,
    seed: 1,
    net: {
      layers: [
        { name: 'features', inputs: [], kind: 'input', width: 1 },
        {
          name: 'logits',
          inputs: ['features'],
          kind: 'dense',
          units: 1,
          activation: 'linear',
          bias: true,
          seed: 1,
        },
        { name: 'probabilities', inputs: ['logits'], kind: 'activation', activation: 'sigmoid' },
      ],
      logits: 'logits',
      output: 'probabilities',
    },
    classWeights: null,
  }
  writeFileSync(join(folder.path, FILES.work), JSON.stringify(work))
  const worker = spawn(process.execPath, [here('../../../main/engine/training/worker.ts'), folder.path])
  const said: Message[] = []
  for await (const line of createInterface({ input: worker.stdout })) said.push(JSON.parse(line) as Message)
  expect(said.map(message => message.kind)).toEqual(['ready', 'epoch', 'epoch', 'done'])
  expect(said[0]).toMatchObject({ parameters: 2, backend: expect.stringMatching(/^cpu: /) })
  expect(readdirSync(folder.path)).toEqual(expect.arrayContaining([FILES.topology, FILES.weights]))
})

test('watching begins with how the run stands, tells each epoch, and ends with it', async () => {
  const job = bench.train({ epochs: 4, patience: 0 })
  await runBegun(bench, 'run-1')
  const seen: Run[] = []
  for await (const run of bench.training.door.watch({ run: 'run-1' as RunId }, never)) seen.push(run)
  expect(seen.at(-1)).toEqual(await runOf(bench, job))
  expect(new Set(seen.map(run => run.epochs.length))).toEqual(new Set([0, 1, 2, 3, 4]))
  const once: Run[] = []
  for await (const run of bench.training.door.watch({ run: 'run-1' as RunId }, never)) once.push(run)
  expect(once).toEqual([seen.at(-1)])
})

test('choices name what is here and why the rest is not', async () => {
  const { trainers, targets, backends } = await bench.training.door.choices({}, never)
  expect(trainers).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'tabular', suits: 'table', uses: expect.arrayContaining(['layers']) }),
    ]),
  )
  expect(targets).toMatchObject([
    { name: 'local', ready: true },
    { name: 'webgpu', ready: false, why: expect.stringMatching(/^No window lends a GPU/) },
  ])
  expect(backends.map(each => each.name)).toEqual(['tensorflow', 'wasm', 'cpu'])
  for (const backend of backends) expect(backend.why).not.toBe('')
  const native = backends[0]
  const failure = native?.ready ? null : await failureOf(bench, bench.train({ backend: 'tensorflow' }))
  if (failure)
    expect(failure).toMatchObject({ code: 'unsupported', message: expect.stringMatching(/not installed/) })
})

/** Linux and macOS; the processes that a process started. */
function childrenOf(pid: number): string[] {
  const { execFileSync } = process.getBuiltinModule('node:child_process')
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([, parent]) => parent === String(pid))
    .map(([child]) => child as string)
}

function isAlive(pid: string): boolean {
  try {
    return process.kill(Number(pid), 0)
  } catch {
    return false
  }
}
