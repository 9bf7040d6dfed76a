import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { contract, inputOf, Run } from '#contract'
import { openBench } from '../bench.ts'
import { tableRoom } from '../table.ts'

const MIGRATIONS = fileURLToPath(new URL('../../../../main/engine/store/migrations/', import.meta.url))

/** A workspace as the version before wrote it: its database has the migrations up to 15. */
function oldWorkspace(folder: string): void {
  mkdirSync(join(folder, 'blobs'), { recursive: true })
  const db = new Database(join(folder, 'edgewright.db'))
  for (const name of readdirSync(MIGRATIONS).sort())
    if (/^\d{4}_\w+\.sql$/.test(name) && Number(name.slice(0, 4)) <= 15)
      db.exec(readFileSync(join(MIGRATIONS, name), 'utf8'))
  db.pragma('user_version = 15')
  const body = {
    id: 'run-1',
    model: 'flowers',
    plan: {
      ...{
        dataset: 'table',
        label: 'kind',
        name: 'flowers',
        without: [],
        trainer: 'tabular',
        target: 'local',
      },
      ...{ backend: 'auto', epochs: 30, batch: 128, learningRate: 0.001, layers: [100, 70], dropout: 0 },
      ...{ patience: 5, seed: 1 },
    },
    version: 'a'.repeat(64),
    task: 'binary',
    classes: ['no', 'yes'],
    state: 'succeeded',
    failure: null,
    backend: 'wasm: SIMD',
    rows: { train: 80, eval: 10, test: 10 },
    inputs: 4,
    parameters: 100,
    best: 2,
    stoppedEarly: false,
    transform: 'b'.repeat(64),
    artifact: 'c'.repeat(64),
    bytes: 400,
    at: '2025-01-01T00:00:00.000Z',
    endedAt: '2025-01-01T00:01:00.000Z',
    job: 'job-1',
  }
  const add = db.prepare('INSERT INTO runs (id, subject, at, body) VALUES (?, ?, ?, ?)')
  add.run('run-1', 'flowers', body.at, JSON.stringify(body))
  add.run(
    'run-2',
    'flowers',
    '2025-01-02T00:00:00.000Z',
    JSON.stringify({ ...body, id: 'run-2', state: 'running', endedAt: null }),
  )
  db.prepare('INSERT INTO run_epochs VALUES (?, ?, ?, ?, ?, ?, ?)').run('run-1', 1, 0.7, 0.5, 0.6, 0.5, 1.5)
  db.prepare('INSERT INTO run_epochs VALUES (?, ?, ?, ?, ?, ?, ?)').run('run-1', 2, 0.4, 0.8, 0.5, null, 1.25)
  db.close()
}

test('the runs of a workspace of the version before are listed, shown, and have curves like new ones', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'edgewright-'))
  oldWorkspace(join(folder, 'w'))
  const bench = openBench(join(folder, 'w'), tableRoom([], []))
  const never = { signal: new AbortController().signal }
  const { door } = bench.training
  const { runs, total } = await door.list({ limit: 10 }, never)
  expect([runs.map(run => run.id), total]).toEqual([['run-2', 'run-1'], 2])
  for (const run of runs) expect(Run.safeParse(run).error?.issues).toBeUndefined()
  expect(runs[0]).toMatchObject({ state: 'interrupted', origin: 'trained', tags: [], archived: false })
  expect(runs[1]).toMatchObject({
    epochs: [{ loss: 0.7 }, { loss: 0.4, evalAccuracy: null }],
    plan: { hparams: {} },
  })
  const page = await door.page(
    inputOf(contract.training.page).parse({
      columns: ['last:loss', 'least:eval_loss', 'last:eval_accuracy'],
    }) as never,
    never,
  )
  expect(page.runs.map(run => [run.id, run.epochs, ...run.values])).toEqual([
    ['run-2', 0, null, null, null],
    ['run-1', 2, 0.4, 0.5, 0.5],
  ])
  const curve = await door.curve({ run: 'run-1' as never, key: 'loss', axis: 'step', most: 100 }, never)
  expect([curve.x, curve.y]).toEqual([
    [1, 2],
    [0.7, 0.4],
  ])
  expect((await door.logs({ run: 'run-1' as never, after: 0, limit: 10, last: false }, never)).lines).toEqual(
    [],
  )
  await bench.close()
  rmSync(folder, { recursive: true, force: true })
})
