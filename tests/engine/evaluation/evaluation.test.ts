import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Evaluation, GateRule, Hash, Name, Run, Split, VariantKind } from '#contract'
import { decodePrediction, encodeInstances, type Prediction } from '../../../main/engine/encoding/index.ts'
import { writeGraphDef } from '../../../main/engine/graph/index.ts'
import type { Form } from '../../../main/engine/training/index.ts'
import { freezeLayers } from '../freezeLayers.ts'
import { aFolder, type Bench, failureOf, openBench, resultOf, runOf } from '../training/bench.ts'
import { FLOWERS, flowers, tableRoom } from '../training/table.ts'

const never = { signal: new AbortController().signal }
const ROWS = flowers(1000)
let folder: ReturnType<typeof aFolder>
let bench: Bench
let kinds: Run
let weights: Run

beforeAll(async () => {
  folder = aFolder()
  bench = openBench(join(folder.path, 'w'), tableRoom(FLOWERS, ROWS))
  kinds = await runOf(bench, bench.train({ epochs: 10, without: ['weight'] }))
  weights = await runOf(
    bench,
    bench.train({ label: 'weight', name: 'weights' as Name, epochs: 20, without: ['kind'] }),
  )
})
afterAll(async () => {
  await bench.close()
  folder.remove()
})

const evaluate = (run: Run, split: Split = 'test', variant: VariantKind = 'layers') =>
  bench.jobs.start('evaluation', 'run', { run: run.id, split, variant })

test('a classifier: figures, what they were made of, and what training itself saw', async () => {
  const job = evaluate(kinds)
  const test = await resultOf<Evaluation>(bench, job)
  expect(test).toMatchObject({
    run: 'run-1',
    rows: 100,
    task: 'multiclass',
    variant: 'layers',
    madeBy: job.id,
  })
  expect(test.metrics.accuracy).toBeGreaterThan(0.85)
  expect(test.confusion?.counts.flat().reduce((a, b) => a + b)).toBe(100)
  expect(test.perClass.map(figures => figures.label)).toEqual(kinds.classes)
  expect(bench.lineage.parents(test.id).map(each => each.id)).toContain(kinds.artifact)

  // The same rows and weights in another process, through saved files: the figures of the kept epoch come again.
  const evaluated = await resultOf<Evaluation>(bench, evaluate(kinds, 'eval'))
  const kept = kinds.epochs[(kinds.best as number) - 1]
  expect(evaluated.metrics.accuracy).toBe(kept?.evalAccuracy)
  expect(evaluated.metrics.logLoss).toBeCloseTo(kept?.evalLoss as number, 4)

  expect(bench.evaluation.newest(kinds.id)?.split).toBe('test')
  expect(bench.evaluation.newest(kinds.id, 'float32')).toBeNull()
  expect((await bench.evaluation.door.list({ run: kinds.id }, never)).evaluations).toHaveLength(2)
  expect((await bench.evaluation.door.list({ model: 'weights' as Name }, never)).evaluations).toEqual([])
  expect((await bench.evaluation.door.show({ id: test.id }, never)).metrics).toEqual(test.metrics)

  const again = await resultOf<Evaluation>(bench, evaluate(kinds))
  expect(again.id).toBe(test.id)
})

test('a regressor is measured on the scale of its label', async () => {
  const { metrics, scatter, confusion } = await resultOf<Evaluation>(bench, evaluate(weights))
  expect(metrics.r2).toBeGreaterThan(0.8)
  expect(metrics.rmse).toBeCloseTo(Math.sqrt(metrics.mse as number), 9)
  expect(scatter).toHaveLength(100)
  const truth = ROWS.filter((_, row) => row % 10 === 9).map(row => Math.fround(row[7] as number))
  expect(scatter.map(dot => dot.actual)).toEqual(truth)
  expect(confusion).toBeNull()
})

test('what a device computes from JSON is what evaluation computed from the table', async () => {
  const { transform, label } = await bench.training.model(kinds)
  const rows = ROWS.filter((_, row) => row % 10 === 9)
  const instances = rows.map(row =>
    Object.fromEntries(
      transform.features.map(({ name }) => [name, row[FLOWERS.findIndex(column => column.name === name)]]),
    ),
  )
  const encoded = encodeInstances(transform, JSON.parse(JSON.stringify(instances)) as unknown[])
  const { openTensor } = await import('../../../main/engine/tensor/index.ts')
  const { loadExecutable } = await import('../../../main/engine/graph/index.ts')
  const { tf } = await openTensor({ backend: 'wasm' })
  const executable = loadExecutable(freezeLayers((await bench.training.model(kinds)).artifacts), tf)
  const [output] = executable.outputs as [string]
  const result = executable.run({
    [executable.inputs[0]?.name as string]: { data: encoded, shape: [100, transform.width] },
  })
  const answers = rows.map((_, row) =>
    decodePrediction(label, result[output]?.data as Float32Array, row),
  ) as Extract<Prediction, { class: string }>[]
  const counts = kinds.classes.map(is =>
    kinds.classes.map(as => rows.filter((row, i) => row[6] === is && answers[i]?.class === as).length),
  )
  expect((await resultOf<Evaluation>(bench, evaluate(kinds))).confusion?.counts).toEqual(counts)
})

test('a form that a later room offers is measured on the same rows', async () => {
  expect(await failureOf(bench, evaluate(kinds, 'test', 'float32'))).toMatchObject({
    code: 'unsupported',
    message: expect.stringMatching(/float32/),
  })
  bench.evaluation.offer('float32', async (run): Promise<Form> => {
    const file = join(folder.path, `${run.id}.pb`)
    writeFileSync(file, writeGraphDef(freezeLayers((await bench.training.model(run)).artifacts)))
    return { kind: 'graph', file }
  })
  const frozen = await resultOf<Evaluation>(bench, evaluate(kinds, 'test', 'float32'))
  const layers = await resultOf<Evaluation>(bench, evaluate(kinds))
  expect(frozen.confusion).toEqual(layers.confusion)
  expect(frozen.metrics.logLoss).toBeCloseTo(layers.metrics.logLoss as number, 5)
  expect(frozen.id).not.toBe(layers.id)
  expect(bench.evaluation.newest(kinds.id, 'float32')?.id).toBe(frozen.id)
})

test('the gate is kept, judged as it stands now, and refuses what makes no sense', async () => {
  const model = 'flowers' as Name
  await resultOf<Evaluation>(bench, evaluate(kinds))
  expect(bench.evaluation.newest(kinds.id)?.gate).toEqual({ passed: true, checks: [] })
  const rules: GateRule[] = [
    { metric: 'accuracy', min: 0.8 },
    { metric: 'logLoss', max: 0.001 },
  ]
  expect(await bench.evaluation.door.setGate({ model, rules }, never)).toEqual({ rules })
  expect(bench.evaluation.gateOf(model)).toEqual(rules)
  expect(bench.evaluation.newest(kinds.id)?.gate).toMatchObject({
    passed: false,
    checks: [{ passed: true }, { passed: false }],
  })
  await expect(
    bench.evaluation.door.setGate({ model, rules: [{ metric: 'acuracy', min: 1 }] }, never),
  ).rejects.toThrow(/no metric "acuracy"/)
  await expect(
    bench.evaluation.door.setGate({ model, rules: [{ metric: 'auc', min: 0.9, max: 0.1 }] }, never),
  ).rejects.toThrow(/at least 0.9 and at most 0.1/)
  expect(await bench.evaluation.door.gate({ model }, never)).toEqual({ rules })
  await bench.evaluation.door.setGate({ model, rules: [] }, never)
})

test('what is not there is said', async () => {
  expect(await failureOf(bench, evaluate({ id: 'run-99' } as Run))).toMatchObject({ code: 'not-found' })
  await expect(bench.evaluation.door.show({ id: 'a'.repeat(64) as Hash }, never)).rejects.toThrow(
    /no evaluation/,
  )
})

test('cancelling keeps nothing', async () => {
  const before = (await bench.evaluation.door.list({}, never)).evaluations.length
  const job = evaluate(weights, 'train')
  const stop = new AbortController()
  for await (const each of bench.jobs.watch(stop.signal))
    if (each.id === job.id && each.status.state === 'running') {
      bench.jobs.cancel(job.id)
      break
    }
  stop.abort()
  expect((await bench.jobs.ended(job.id)).status.state).toBe('cancelled')
  expect((await bench.evaluation.door.list({}, never)).evaluations).toHaveLength(before)
})
