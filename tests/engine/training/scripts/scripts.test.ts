import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as tf from '@tensorflow/tfjs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Evaluation, Plan } from '#contract'
import { freeze, lowerLayersModel, writeGraphDef } from '../../../../main/engine/graph/index.ts'
import { aFolder, type Bench, failureOf, openBench, resultOf, runOf } from '../bench.ts'
import { testWithMlflow } from '../mlflow/python.ts'
import { FLOWERS, flowers, tableRoom } from '../table.ts'

let folder: ReturnType<typeof aFolder>
let bench: Bench
beforeEach(() => {
  folder = aFolder()
  bench = openBench(join(folder.path, 'w'), tableRoom(FLOWERS, flowers(200)))
})
afterEach(async () => {
  await bench.close().catch(() => {})
  folder.remove()
})

function script(name: string, text: string): string {
  mkdirSync(join(folder.path, 'code'), { recursive: true })
  const path = join(folder.path, 'code', name)
  writeFileSync(path, text)
  return path
}
const run = (path: string, more: Partial<Plan> = {}) => bench.train({ script: path, ...more })
const lines = async (id: string) =>
  (await bench.training.door.logs({ run: id as never, after: 0 } as never, never)).lines.map(
    ({ text }) => text,
  )
const EVENTS = new URL('../../../../main/engine/training/events/index.ts', import.meta.url)
const never = { signal: new AbortController().signal }

const NODE = `
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs'
import { helper } from './helper.mjs'
const { TRAIN_DATA, EVAL_DATA, MODEL_DIR, HPARAMS, LABEL } = process.env
const rows = readFileSync(TRAIN_DATA, 'utf8').trim().split('\\n')
console.log('columns ' + rows[0])
console.log('label ' + LABEL + ' rows ' + (rows.length - 1) + ' ' + helper)
for (let step = 1; step <= 3; step++) console.log(JSON.stringify({ step, loss: JSON.parse(HPARAMS).rate / step }))
console.error('a warning')
writeFileSync(MODEL_DIR + '/metrics.json', JSON.stringify({ accuracy: 0.75, test: { f1: 0.5 } }))
mkdirSync(MODEL_DIR + '/more')
writeFileSync(MODEL_DIR + '/more/notes.txt', 'kept')
`

describe('a program of a person', () => {
  test('is given the data, is heard, and leaves its files', async () => {
    script('helper.mjs', "export const helper = 'helped'")
    const done = await runOf(bench, run(script('train.mjs', NODE), { hparams: { rate: 6 } }))
    expect(done).toMatchObject({
      state: 'succeeded',
      origin: 'script',
      artifact: null,
      rows: { train: 160, eval: 20, test: 20 },
      plan: { label: 'kind', hparams: { rate: 6 } },
    })
    const said = await lines(done.id)
    const names = FLOWERS.map(({ name }) => name).join(',')
    expect(said).toEqual(
      expect.arrayContaining([
        `columns ${names}`,
        'label kind rows 160 helped',
        'a warning',
        'The program left no model that opens here; its files are kept.',
      ]),
    )
    const curve = (key: string) =>
      bench.training.door.curve({ run: done.id, key, axis: 'step', most: 100 } as never, never)
    expect(await curve('loss')).toMatchObject({ x: [1, 2, 3], y: [6, 3, 2] })
    expect(await curve('test/f1')).toMatchObject({ y: [0.5] })
    expect((await bench.training.door.files({ run: done.id }, never)).files).toEqual([
      { path: 'metrics.json', bytes: 35 },
      { path: 'more/notes.txt', bytes: 4 },
    ])
    const out = join(folder.path, 'out.txt')
    await bench.training.door.save({ run: done.id, file: 'more/notes.txt', out }, never)
    expect(readFileSync(out, 'utf8')).toBe('kept')
    await expect(
      bench.training.door.save({ run: done.id, file: 'more/notes.txt', out }, never),
    ).rejects.toThrow(/there already/)
  })

  test('that leaves a model becomes a run that is measured as a trained one', async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ inputShape: [2], units: 1, activation: 'sigmoid' })],
    })
    // Rare is what is long and not wide: the rule of the table for two of its three colors.
    model.setWeights([tf.tensor2d([4, -8], [2, 1]), tf.tensor1d([-20])])
    const artifacts = {
      modelTopology: model.toJSON(null, false),
      weightSpecs: model.weights.map(({ originalName }, i) => ({
        ...{ name: originalName, dtype: 'float32' as const, shape: [[2, 1], [1]][i] as number[] },
      })),
      weightData: Float32Array.of(4, -8, -20).buffer,
    }
    const made = join(folder.path, 'made.pb')
    writeFileSync(made, writeGraphDef(freeze(lowerLayersModel(artifacts as never)).graph))
    const text = `import { copyFileSync } from 'node:fs'
copyFileSync(${JSON.stringify(made)}, process.env.MODEL_DIR + '/rule.pb')`
    const plan = { label: 'rare', features: ['length', 'width'] }
    const done = await runOf(bench, run(script('train.mjs', text), plan))
    expect(done).toMatchObject({ state: 'succeeded', origin: 'script', task: 'binary', inputs: 2 })
    expect(done.artifact).toMatch(/^[0-9a-f]{64}$/)
    const { metrics } = await resultOf<Evaluation>(
      bench,
      bench.jobs.start('evaluation', 'run', { run: done.id, split: 'test' }),
    )
    expect(metrics.accuracy).toBeGreaterThan(0.75)
  })

  test('is read live by the event files that it writes', async () => {
    const [goOn, events] = [join(folder.path, 'go on'), fileURLToPath(EVENTS)]
    const text = `import { existsSync } from 'node:fs'
import { openEventWriter } from ${JSON.stringify(events)}
const writer = await openEventWriter(process.env.MODEL_DIR + '/logs/train', 1000)
for (const step of [1, 2]) writer.scalar('loss', step, 1000 + step, 1 / step)
await writer.flush()
while (!existsSync(${JSON.stringify(goOn)})) await new Promise(resume => setTimeout(resume, 20))
writer.scalar('loss', 3, 1003, 1 / 4)
writer.histogram('kernel', 3, 1003, Float64Array.of(0, 1, 10))
await writer.close()`
    const job = run(script('train.mjs', text))
    const told = async () => {
      const { metrics } = await bench.training.door.metrics(
        { runs: ['run-1' as never], limit: 10, offset: 0 },
        never,
      )
      return metrics.map(({ key, points }) => [key, points])
    }
    await expect.poll(() => told().catch(() => []), { timeout: 20_000 }).toEqual([['train/loss', 2]])
    expect(bench.training.get('run-1').state).toBe('running')
    writeFileSync(goOn, '')
    const done = await runOf(bench, job)
    expect(await told()).toEqual([['train/loss', 3]])
    const { histograms } = await bench.training.door.histograms({ run: done.id, bins: 2 }, never)
    expect(histograms).toMatchObject([{ key: 'train/kernel', counts: [5, 5] }])
  })

  test('that fails says with what', async () => {
    const failure = await failureOf(
      bench,
      run(script('bad.mjs', "console.error('first'); console.error('no such thing'); process.exit(3)")),
    )
    expect(failure.code).toBe('training-failed')
    expect(failure.message).toMatch(/bad\.mjs ended with exit code 3\. Its last lines: .*no such thing/)
  })

  test('that is cancelled ends with all that it started', async () => {
    const mark = join(folder.path, 'alive')
    const job = run(
      script('long.sh', `(while true; do date +%N > '${mark}'; sleep 0.05; done) &\necho begun\nwait\n`),
    )
    await expect.poll(() => lines('run-1').catch(() => []), { timeout: 20_000 }).toContain('begun')
    await expect.poll(() => existsSync(mark), { timeout: 20_000 }).toBe(true)
    bench.jobs.cancel(job.id)
    expect((await bench.jobs.ended(job.id)).status.state).toBe('cancelled')
    await new Promise(resume => setTimeout(resume, 200))
    const then = readFileSync(mark, 'utf8')
    await new Promise(resume => setTimeout(resume, 300))
    expect(readFileSync(mark, 'utf8')).toBe(then)
    expect(bench.training.get('run-1').state).toBe('cancelled')
  })

  test.each([
    ['nothing.py', null, {}, /There is no script/],
    ['data.xyz', 'x', {}, /not known what runs data\.xyz/],
    ['train.mjs', '', { image: 'me/mine:1' }, /container image does not run as a process/],
    ['train.mjs', '', { label: 'nothing' }, /no column "nothing"/],
  ])('%s is refused in words', async (name, text, more, says) => {
    const path = text === null ? join(folder.path, name) : script(name, text)
    expect((await failureOf(bench, run(path, more))).message).toMatch(says)
  })

  test('is the same when it is run again exactly, though the file has changed', async () => {
    const path = script('train.mjs', 'console.log(JSON.stringify({ step: 1, loss: 2 }))')
    const first = await runOf(bench, run(path))
    writeFileSync(path, 'throw new Error("changed")')
    const again = bench.jobs.start('training', 'rerun', { run: first.id, tolerance: 0 })
    expect(await resultOf(bench, again)).toMatchObject({
      verdict: 'identical',
      run: { code: first.code, repeats: first.id },
    })
  })
})

testWithMlflow("what a program tells by MLflow's client becomes its run's", async () => {
  process.env.EDGEWRIGHT_PYTHON = process.env.EDGEWRIGHT_MLFLOW_PYTHON
  const done = await runOf(
    bench,
    run(
      script(
        'train.py',
        `
import mlflow, os, csv
with mlflow.start_run(run_name="main"):
    mlflow.log_params({"rate": 0.5})
    for step in range(4):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.log_text("words", "said.txt")
    with mlflow.start_run(run_name="inner", nested=True):
        mlflow.log_metric("loss", 9)
print(len(list(csv.DictReader(open(os.environ["EVAL_DATA"])))))
`,
      ),
    ),
  )
  expect(await lines(done.id)).toContain('20')
  expect(done.plan.hparams).toMatchObject({ rate: '0.5' })
  const curve = (key: string) =>
    bench.training.door.curve({ run: done.id, key, axis: 'step', most: 100 } as never, never)
  expect(await curve('loss')).toMatchObject({ x: [0, 1, 2, 3], y: [1, 1 / 2, 1 / 3, 1 / 4] })
  expect(await curve('inner/loss')).toMatchObject({ y: [9] })
  const { files } = await bench.training.door.files({ run: done.id }, never)
  expect(files.map(({ path }) => path.replace(/[0-9a-f]{32}/, 'id'))).toEqual([
    'mlflow/0/id/artifacts/said.txt',
  ])
})
