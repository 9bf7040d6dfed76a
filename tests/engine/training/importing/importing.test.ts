import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Cell, type Column, contract, inputOf, type Run } from '#contract'
import {
  attr,
  constant,
  freeze,
  type Graph,
  type GraphNode,
  lowerLayersModel,
  portOf,
  toLite,
  writeGraphDef,
  writeTflite,
} from '../../../../main/engine/graph/index.ts'
import { seeded } from '../../../../main/engine/kit/index.ts'
import { openEventWriter } from '../../../../main/engine/training/events/index.ts'
import { aFolder, type Bench, failureOf, openBench, resultOf } from '../bench.ts'
import { tableRoom } from '../table.ts'

const COLUMNS: Column[] = (
  [
    ['a', 'float'],
    ['b', 'integer'],
    ['on', 'boolean'],
    ['word', 'text'],
    ['kind', 'text'],
  ] as const
).map(([name, type]) => ({ name, type, nulls: 0 }) as unknown as Column)
const random = seeded(4)
/** The class is decided by a + 2b + 3 on: below 1 it is "low". */
const ROWS: Cell[][] = Array.from({ length: 300 }, () => {
  const [a, b, on] = [random() * 2 - 1, Math.floor(random() * 3) - 1, random() > 0.5]
  return [a, b, on, 'x', a + 2 * b + 3 * Number(on) < 1 ? 'low' : 'top']
})

const never = { signal: new AbortController().signal }
let folder: ReturnType<typeof aFolder>
let bench: Bench
beforeEach(() => {
  folder = aFolder()
  bench = openBench(join(folder.path, 'w'), tableRoom(COLUMNS, ROWS))
  for (const [verb, entry] of [
    ['import', contract.training.import],
    ['exportEvents', contract.training.exportEvents],
  ] as const)
    bench.jobs.offer('training', verb, {
      title: () => verb,
      cancel: 'c',
      run: (input, job) => bench.training.door[verb](inputOf(entry).parse(input) as never, job),
    })
})
afterEach(async () => {
  vi.restoreAllMocks()
  await bench.close().catch(() => {})
  folder.remove()
})

type Imported = { runs: Run[]; notes: string[] }
const bring = (path: string, more: object = {}) =>
  resultOf<Imported>(bench, bench.jobs.start('training', 'import', { path, ...more }))
const refused = (path: string, more: object = {}) =>
  failureOf(bench, bench.jobs.start('training', 'import', { path, ...more }))
const measured = (run: Run) =>
  resultOf<{ metrics: { accuracy: number } }>(
    bench,
    bench.jobs.start('evaluation', 'run', { run: run.id, split: 'test' }),
  )

/** A model of our rule, as a graph of dense layers with one, two or no activations behind it. */
function ruleGraph(activation: 'sigmoid' | 'softmax' | 'linear', inputs = 3): Graph {
  const units = activation === 'softmax' ? 2 : 1
  const model = tf.sequential({
    layers: [tf.layers.dense({ units, activation, inputShape: [inputs] })],
  })
  const weights = [8, 16, 24].concat(Array(Math.max(0, inputs - 3)).fill(0)).slice(0, inputs)
  const kernel = weights.flatMap(value => (units === 2 ? [-value / 2, value / 2] : [value]))
  model.setWeights([tf.tensor2d(kernel, [inputs, units]), tf.tensor1d(units === 2 ? [4, -4] : [-8])])
  const weightData = new Float32Array(model.getWeights().flatMap(weight => [...weight.dataSync()]))
  const artifacts = {
    modelTopology: model.toJSON(null, false),
    weightSpecs: model.weights.map((weight, i) => ({
      name: weight.originalName,
      shape: model.getWeights()[i]?.shape as number[],
      dtype: 'float32' as const,
    })),
    weightData: weightData.buffer,
  }
  return freeze(lowerLayersModel(artifacts as never)).graph
}

function graphFile(graph: Graph, name = 'rule.pb'): string {
  const path = join(folder.path, name)
  writeFileSync(path, writeGraphDef(graph))
  return path
}

const DATA = { dataset: 'table', label: 'kind', features: ['a', 'b', 'on'] }

describe('a model with its data', () => {
  test.each([
    ['sigmoid', 'binary'],
    ['softmax', 'multiclass'],
    ['linear', 'binary'],
  ] as const)('that ends in %s is measured as a trained one', async (activation, task) => {
    const { runs, notes } = await bring(graphFile(ruleGraph(activation)), { ...DATA, name: 'rule' })
    const [run] = runs as [Run]
    expect(run).toMatchObject({
      model: 'rule',
      origin: 'imported',
      state: 'succeeded',
      task,
      inputs: 3,
      backend: 'imported: graphdef',
      plan: { dataset: 'table', label: 'kind', features: ['a', 'b', 'on'] },
    })
    expect(notes.some(note => /sigmoid was put behind/.test(note))).toBe(activation === 'linear')
    expect(run.classes).toEqual(['low', 'top'])
    expect((await measured(run)).metrics.accuracy).toBeGreaterThan(0.95)
  })

  test('classes in the order of its outputs', async () => {
    const other = await bring(graphFile(ruleGraph('softmax')), { ...DATA, classes: ['top', 'low'] })
    expect((await measured(other.runs[0] as Run)).metrics.accuracy).toBeLessThan(0.05)
  })

  test('that was written for one row at a time', async () => {
    const path = join(folder.path, 'rule.tflite')
    writeFileSync(path, writeTflite(toLite(ruleGraph('softmax'))))
    const { runs } = await bring(path, { ...DATA, classes: ['low', 'top'] })
    expect((await measured(runs[0] as Run)).metrics.accuracy).toBeGreaterThan(0.95)
  })

  test('several inputs, whole numbers, and an answer of another shape', async () => {
    const node = (name: string, op: string, inputs: string[], attrs: GraphNode['attrs']): GraphNode => ({
      name,
      op,
      inputs: inputs.map(portOf),
      controls: [],
      device: '',
      attrs,
    })
    const input = (name: string, dtype: 'float32' | 'int32') =>
      node(name, 'Placeholder', [], { dtype: attr.type(dtype), shape: attr.shape([-1, 1]) })
    const T = { T: attr.type('float32') }
    const scalar = (name: string, value: number) =>
      constant(name, { dtype: 'float32', shape: [], data: Float32Array.of(value) })
    const graph: Graph = {
      nodes: [
        input('on', 'int32'),
        input('a', 'float32'),
        node('floats', 'Cast', ['on'], {
          SrcT: attr.type('int32'),
          DstT: attr.type('float32'),
          Truncate: attr.bool(false),
        }),
        scalar('three', 3),
        node('thrice', 'Mul', ['floats', 'three'], T),
        node('sum', 'AddV2', ['a', 'thrice'], T),
        constant('shape', { dtype: 'int32', shape: [3], data: Int32Array.of(-1, 1, 1) }),
        node('deep', 'Reshape', ['sum', 'shape'], { ...T, Tshape: attr.type('int32') }),
      ],
      inputs: [],
      outputs: [],
      versions: undefined,
      library: undefined,
      variables: new Map(),
    } as unknown as Graph
    const { runs } = await bring(graphFile(graph), {
      dataset: 'table',
      label: 'a',
      task: 'regression',
      features: ['on', 'b'],
    })
    const [run] = runs as [Run]
    const { features, outputs } = await (async () => {
      const job = {
        id: 'j',
        signal: never.signal,
        progress() {},
        log() {},
        uses() {},
        makes() {},
        keeps() {},
      }
      const predicted = await bench.training.predict(run, 'test', { kind: 'layers' }, job as never)
      return {
        features: await bench.training.features(run, 'test', 100, job as never),
        outputs: predicted.outputs,
      }
    })()
    expect(outputs.length).toBe(30)
    outputs.forEach((value, row) => {
      const [on = 0, b = 0] = features.features.subarray(row * 2, row * 2 + 2)
      expect(value).toBeCloseTo(b + 3 * on, 5)
    })
  })
})

describe('what does not fit is named', () => {
  test.each([
    ['too few columns', { ...DATA, features: ['a', 'b'] }, /takes .*\[any, 3\].*2 values: a, b/],
    ['a column of texts', { ...DATA, features: ['a', 'b', 'word'] }, /"word" holds texts/],
    ['no such column', { ...DATA, features: ['a', 'b', 'c'] }, /no column "c"/],
    ['the label', { ...DATA, features: ['a', 'b', 'kind'] }, /"kind" is the label/],
    ['no label', { dataset: 'table' }, /not said which column/],
    ['no dataset', { label: 'kind' }, /not said on which dataset/],
    ['too few classes', { ...DATA, classes: ['low', 'x'] }, /has the class top/],
    ['no such output', { ...DATA, output: 'nothing' }, /no output "nothing"/],
    [
      'one that is no value',
      { ...DATA, label: 'b', features: ['a', 'on', 'b'], task: 'regression' },
      /is the label/,
    ],
  ])('%s', async (_, more, says) => {
    expect((await refused(graphFile(ruleGraph('softmax')), more)).message).toMatch(says)
    // Nothing is left of what did not become a run.
    expect((await bench.training.door.list({} as never, never)).runs).toEqual([])
  })

  test('a number of answers', async () => {
    const failure = await refused(graphFile(ruleGraph('softmax')), {
      ...DATA,
      label: 'b',
      task: 'multiclass',
      features: ['a', 'on', 'b'].filter(name => name !== 'b').concat('a'),
    })
    expect(failure.message).toMatch(/gives 2 values a row, but "b" has 3 classes/)
  })

  test('what is no model at all', async () => {
    const path = join(folder.path, 'x.txt')
    writeFileSync(path, 'hello')
    expect((await refused(path)).code).toBe('unsupported')
    expect((await refused(join(folder.path, 'nothing'))).code).toBe('not-found')
    mkdirSync(join(folder.path, 'empty'))
    expect((await refused(join(folder.path, 'empty'))).message).toMatch(/no event files and no model/)
  })
})

test('a model without data can be looked at, not measured', async () => {
  const { runs } = await bring(graphFile(ruleGraph('sigmoid')))
  const [run] = runs as [Run]
  expect(run).toMatchObject({
    model: 'rule',
    version: null,
    transform: null,
    plan: { dataset: null, label: null },
  })
  const model = await bench.training.model(run)
  expect(model.graph().inputs).toHaveLength(1)
  expect(() => model.label).toThrow(/without the data/)
  const failure = await failureOf(
    bench,
    bench.jobs.start('evaluation', 'run', { run: run.id, split: 'test' }),
  )
  expect(failure.message).toMatch(/without the data/)
})

const curve = (run: Run, key: string) =>
  bench.training.door.curve({ run: run.id, key, axis: 'step', most: 100 } as never, never)

describe('curves of others', () => {
  const golden = join(import.meta.dirname, '..', 'events', 'golden')

  test('each folder of event files is a run, with what it was started with', async () => {
    const place = join(folder.path, 'logs')
    for (const [name, file] of [
      ['a', 'v2'],
      ['b', 'v1'],
    ]) {
      mkdirSync(join(place, name as string), { recursive: true })
      cpSync(join(golden, `${file}.tfevents`), join(place, name as string, 'events.out.tfevents.1.host'))
    }
    const { runs, notes } = await bring(place)
    expect(notes).toEqual([])
    expect(runs.map(({ model, state }) => [model, state])).toEqual([
      ['logs a', 'succeeded'],
      ['logs b', 'succeeded'],
    ])
    const [a, b] = runs as [Run, Run]
    expect(bench.training.get(a.id).plan.hparams).toMatchObject({ rate: 0.01, layers: 3, mixed: true })
    expect(await curve(a, 'loss')).toMatchObject({ x: [0, 1, 2, 3, 4] })
    expect(await curve(b, 'loss_1')).toMatchObject({ x: [0, 1, 2], y: [1, 0.5, 0.25] })
    expect(new Date(a.at).getTime()).toBeGreaterThan(1.7e12)
  })

  test('a folder with a model and its logs is one run', async () => {
    const place = join(folder.path, 'done')
    mkdirSync(join(place, 'train'), { recursive: true })
    cpSync(join(golden, 'v1.tfevents'), join(place, 'train', 'events.out.tfevents.1.host'))
    writeFileSync(join(place, 'model.pb'), writeGraphDef(ruleGraph('softmax')))
    const { runs } = await bring(place, { ...DATA, name: 'both' })
    expect(runs).toHaveLength(1)
    expect(runs[0]?.artifact).not.toBeNull()
    expect(await curve(runs[0] as Run, 'train/loss_1')).toMatchObject({ x: [0, 1, 2] })
  })

  test('an event file that is none', async () => {
    const path = join(folder.path, 'events.out.tfevents.1.host')
    writeFileSync(path, 'this is no event file, but it is long enough to be taken for one')
    expect((await refused(path)).code).toBe('unreadable-file')
  })

  test("runs of MLflow's folder", async () => {
    const root = join(folder.path, 'mlruns')
    const put = (path: string, text: string) => {
      mkdirSync(join(root, path, '..'), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    put('7/meta.yaml', "experiment_id: '7'\nname: prices\nlifecycle_stage: active\n")
    put(
      '7/abc/meta.yaml',
      'run_id: abc\nrun_name: first\nstatus: 4\nstart_time: 1700000000000\nend_time: 1700000060000\nlifecycle_stage: active\n',
    )
    put('7/abc/metrics/loss', '1700000000000 0.5 0\n1700000001000 nan 1\nbroken\n1700000002000 0.25 2\n')
    put('7/abc/metrics/deep/er', '1700000000000 1 0\n')
    put('7/abc/params/rate', '0.1')
    put('7/abc/tags/team', 'blue')
    put('7/abc/tags/mlflow.user', 'me')
    put('7/gone/meta.yaml', 'run_id: gone\nstatus: 3\nlifecycle_stage: deleted\n')
    for (const path of [folder.path, root, join(root, '7'), join(root, '7', 'abc')].slice(1)) {
      const { runs, notes } = await bring(path)
      expect(runs).toHaveLength(1)
      expect(runs[0]).toMatchObject({
        model: 'prices',
        state: 'failed',
        notes: 'first',
        tags: ['team=blue'],
        at: '2023-11-14T22:13:20.000Z',
      })
      expect(notes).toEqual(['first: 1 lines of its figures cannot be read.'])
      expect(bench.training.get((runs[0] as Run).id).plan.hparams).toEqual({ rate: '0.1' })
      expect(await curve(runs[0] as Run, 'loss')).toMatchObject({ x: [0, 1, 2] })
      expect(await curve(runs[0] as Run, 'deep/er')).toMatchObject({ y: [1] })
    }
  })

  test('what was imported can be written again, and read back the same', async () => {
    const file = join(folder.path, 'events.out.tfevents.1.host')
    cpSync(join(golden, 'v2.tfevents'), file)
    const { runs } = await bring(file)
    const [run] = runs as [Run]
    const out = join(folder.path, 'out')
    const logged: unknown[] = []
    vi.spyOn(console, 'error').mockImplementation((...words) => void logged.push(words))
    const written = await resultOf<{ path: string; points: number; histograms: number }>(
      bench,
      bench.jobs.start('training', 'exportEvents', { run: run.id, out }),
    )
    expect(written).toMatchObject({ points: 10, histograms: 1 })
    expect(logged, 'nothing stood in the way of the job').toEqual([])
    expect(readFileSync(written.path).length).toBeGreaterThan(500)
    const twice = await resultOf(bench, bench.jobs.start('training', 'exportEvents', { run: run.id, out }))
    expect(twice).toEqual(written)
    expect(readdirSync(out, { recursive: true }), 'its points are there once').toHaveLength(2)
    const again = (await bring(out)).runs[0] as Run
    const before = await curve(run, 'loss')
    expect(await curve(again, 'loss')).toMatchObject({ x: before.x, y: before.y })
    expect(bench.training.get(again.id).plan.hparams).toMatchObject({ rate: 0.01, optimizer: 'adam' })
  })

  test('histograms are told by name and over their steps, all in the same bins', async () => {
    const writer = await openEventWriter(join(folder.path, 'logs'), 1000)
    // 100 values from 0 to 1 and 300 from 1 to 2, moved
    for (const [step, shift] of [
      [1, 0],
      [2, 10],
      [3, 0],
    ] as const)
      writer.histogram(
        'kernel',
        step,
        1000 + step,
        Float64Array.of(shift, shift + 1, 100, shift + 1, shift + 2, 300),
      )
    writer.histogram('same', 1, 1000, Float64Array.of(5, 5, 7))
    await writer.close()
    const [run] = (await bring(join(folder.path, 'logs'))).runs as [Run]
    const { histograms, spread } = bench.training.door
    const listed = await histograms({ run: run.id, bins: 4 }, never)
    expect(listed.histograms).toEqual([
      { key: 'kernel', steps: 3, step: 3, edges: [0, 0.5, 1, 1.5, 2], counts: [50, 50, 150, 150] },
      { key: 'same', steps: 1, step: 1, edges: [4.5, 4.75, 5, 5.25, 5.5], counts: [0, 0, 7, 0] },
    ])
    const over = await spread({ run: run.id, key: 'kernel', bins: 12, most: 100 }, never)
    expect(over).toMatchObject({ of: 3, shares: [0, 0.16, 0.5, 0.84, 1] })
    expect(over.edges).toHaveLength(13)
    expect(over.steps.map(({ step, at }) => [step, at])).toEqual([
      [1, 1001],
      [2, 1002],
      [3, 1003],
    ])
    for (const { counts } of over.steps) expect(counts.reduce((a, b) => a + b, 0)).toBeCloseTo(400)
    // a quarter of them below 1, so the median is a third of the way from 1 to 2
    expect(over.steps[1]?.values[2]).toBeCloseTo(11 + 1 / 3)
    expect(over.steps[1]?.values[0]).toBe(10)
    expect(over.steps[1]?.values[4]).toBe(12)
    const few = await spread({ run: run.id, key: 'kernel', bins: 2, most: 2 }, never)
    expect(few.steps.map(({ step }) => step)).toEqual([1, 3])
    await expect(spread({ run: run.id, key: 'bias', bins: 2, most: 2 }, never)).rejects.toThrow(
      'has no histogram "bias".',
    )
  })
})
