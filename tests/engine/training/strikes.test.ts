import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { contract, type DatasetVersion, type Evaluation, inputOf } from '#contract'
import { createDataset } from '../../../main/engine/dataset/index.ts'
import { aFolder, openBench, resultOf, runOf } from './bench.ts'

const FILE = fileURLToPath(
  new URL('../../../node_modules/vega-datasets/data/birdstrikes.csv', import.meta.url),
)

test('10,000 real rows from a CSV: imported, learned, measured, far better than guessing', async () => {
  const folder = aFolder()
  const workspace = join(folder.path, 'w')
  const bench = openBench(workspace, store => createDataset({ store, samples: folder.path }))
  const room = bench.dataset
  bench.jobs.offer('dataset', 'import', {
    title: () => 'Import',
    cancel: 'c',
    run: (input, job) => room.door.import(input as Parameters<typeof room.door.import>[0], job),
  })
  const plan = inputOf(contract.dataset.import).parse({ file: FILE, name: 'strikes' })
  const version = await resultOf<DatasetVersion>(bench, bench.jobs.start('dataset', 'import', plan))
  const label = 'Wildlife Size'
  const run = await runOf(
    bench,
    bench.train({ dataset: 'strikes', label, layers: [100, 70, 50, 25], epochs: 4, batch: 128 }),
  )
  expect(run).toMatchObject({
    version: version.id,
    task: 'multiclass',
    classes: ['Large', 'Medium', 'Small'],
  })
  const job = bench.jobs.start('evaluation', 'run', { run: run.id, split: 'test', variant: 'layers' })
  const { metrics, perClass, rows } = await resultOf<Evaluation>(bench, job)
  const guessing = Math.max(...perClass.map(figures => figures.support)) / rows
  expect(metrics.accuracy).toBeGreaterThan(guessing + 0.1)
  expect(bench.lineage.parents(run.artifact as string).map(each => each.id)).toEqual(
    expect.arrayContaining([version.id, run.transform]),
  )
  await bench.close()
  room.close()
  folder.remove()
})
