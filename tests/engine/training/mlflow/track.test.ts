import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
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
