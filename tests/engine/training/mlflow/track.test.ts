import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { aFolder, type Bench, openBench } from '../bench.ts'
import { FLOWERS, flowers, tableRoom } from '../table.ts'
import { tellByMlflow, testWithMlflow } from './python.ts'

const never = { signal: new AbortController().signal }
let folder: ReturnType<typeof aFolder>
let bench: Bench
beforeEach(() => {
  folder = aFolder()
  bench = openBench(join(folder.path, 'w'), tableRoom(FLOWERS, flowers(50)))
})
afterEach(async () => {
  await bench.training.door.track({ port: 0, stop: true }, never)
  await bench.close()
  folder.remove()
})

async function listen(): Promise<number> {
  const { tracking } = await bench.training.door.track({ port: 0, stop: false }, never)
  return Number(new URL(tracking?.address as string).port)
}

testWithMlflow('scripts run by hand become runs while they work', async () => {
  const port = await listen()
  await tellByMlflow(join(import.meta.dirname, 'client.py'), port)
  const found = (['run-1', 'run-2', 'run-3'] as const).map(bench.training.get)
  expect(found.map(({ model, notes, state, tags }) => [model, notes, state, tags])).toEqual([
    ['prices', 'outer', 'succeeded', expect.arrayContaining(['team=blue', 'note=größer'])],
    ['prices', 'inner', 'succeeded', ['part of run-1']],
    ['prices', 'batch', 'failed', ['team=red']],
  ])
  expect(found[0]?.plan.hparams).toEqual({ rate: '0.1', units: '32', optimizer: 'adam' })
  const loss = await bench.training.door.curve(
    { run: 'run-1', key: 'loss', axis: 'step', most: 100 } as never,
    never,
  )
  expect(loss).toMatchObject({ x: [0, 1, 2], y: [1, 1 / 2, 1 / 3] })
  const { files } = await bench.training.door.files({ run: 'run-1' as never }, never)
  expect(files.map(({ path }) => path)).toEqual(['files/big.bin', 'hello.txt', 'some/config.json'])
})

test('what still ran when nobody listens any more is interrupted', async () => {
  const port = await listen()
  await fetch(`http://127.0.0.1:${port}/api/2.0/mlflow/runs/create`, {
    method: 'POST',
    body: JSON.stringify({ experiment_id: '0', run_name: 'mine' }),
  })
  expect(bench.training.get('run-1')).toMatchObject({ model: 'mine', state: 'running' })
  expect(await bench.training.door.track({ port: 0, stop: true }, never)).toEqual({ tracking: null })
  expect(bench.training.get('run-1').state).toBe('interrupted')
  await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow()
})

/** What MLflow's client sends and is answered. */
async function ask(port: number, call: string, body?: object) {
  const answered = await fetch(`http://127.0.0.1:${port}/api/2.0/mlflow/${call}`, {
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  })
  return (await answered.json()) as never
}

test('a program goes on with its run when the engine was killed in between, and is told what it told before', async () => {
  const port = await listen()
  const { experiment_id } = await ask(port, 'experiments/create', { name: 'prices' })
  const { run } = await ask(port, 'runs/create', {
    ...{ experiment_id, run_name: 'long', tags: [{ key: 'team', value: 'blue' }] },
  })
  const { run_id } = (run as { info: { run_id: string; artifact_uri: string } }).info
  await ask(port, 'runs/log-parameter', { run_id, key: 'rate', value: '0.1' })
  for (const step of [1, 2])
    await ask(port, 'runs/log-metric', { run_id, key: 'loss', value: 1 / step, step })
  const place = `http://127.0.0.1:${port}/api/2.0/mlflow-artifacts/artifacts/${experiment_id}/${run_id}/artifacts`
  expect((await fetch(`${place}/notes.txt`, { method: 'PUT', body: 'hello' })).status).toBe(200)
  await vi.waitFor(async () => {
    expect((await bench.training.door.files({ run: 'run-1' as never }, never)).files).toHaveLength(1)
  })

  // Nothing is said goodbye to: what is in the database is all that there is, as after a kill.
  bench.store.db.exec("CREATE TABLE kept AS SELECT * FROM tracked WHERE kind = 'port'")
  await bench.training.close()
  bench.store.db.exec('INSERT INTO tracked SELECT * FROM kept; DROP TABLE kept')
  await bench.close()
  bench = openBench(join(folder.path, 'w'), tableRoom(FLOWERS, flowers(50)))
  expect(bench.training.get('run-1').state).toBe('interrupted')
  await bench.training.listenAgain()

  await ask(port, 'runs/log-metric', { run_id, key: 'loss', value: 0.25, step: 3 })
  expect(bench.training.get('run-1')).toMatchObject({ state: 'running', failure: null, endedAt: null })
  expect(await ask(port, `runs/get?run_id=${run_id}`)).toMatchObject({
    run: {
      info: { run_name: 'long', status: 'RUNNING', experiment_id },
      data: {
        metrics: [{ key: 'loss', value: 0.25, step: 3 }],
        params: [{ key: 'rate', value: '0.1' }],
        tags: expect.arrayContaining([{ key: 'team', value: 'blue' }]),
      },
    },
  })
  const history = await ask(port, `metrics/get-history?run_id=${run_id}&metric_key=loss`)
  expect((history as { metrics: object[] }).metrics).toMatchObject([
    { step: 1, value: 1 },
    { step: 2, value: 0.5 },
    { step: 3, value: 0.25 },
  ])
  expect(await (await fetch(`${place}/notes.txt`)).text()).toBe('hello')
  expect(await ask(port, 'experiments/get-by-name?experiment_name=prices')).toMatchObject({
    experiment: { experiment_id },
  })
  const refused = await ask(port, 'runs/log-parameter', { run_id, key: 'rate', value: '0.2' })
  expect((refused as { message: string }).message).toMatch(/Changing param values is not allowed/)
  await ask(port, 'runs/update', { run_id, status: 'FINISHED' })
  expect(bench.training.get('run-1').state).toBe('succeeded')
  const curve = await bench.training.door.curve(
    { run: 'run-1', key: 'loss', axis: 'step', most: 100 } as never,
    never,
  )
  expect(curve).toMatchObject({ x: [1, 2, 3], y: [1, 0.5, 0.25] })

  // What ended in an orderly way is not taken up by itself.
  await bench.training.close()
  await bench.training.listenAgain()
  await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow()
})
