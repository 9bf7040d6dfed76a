import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Cell, type Evaluation, Recipe, type Run } from '#contract'
import { writeGraphDef } from '../../../main/engine/graph/index.ts'
import { agentHere, MODEL } from '../../agent/agentHere.ts'
import { freezeLayers } from '../freezeLayers.ts'
import { aFolder, failureOf, openBench, resultOf, runOf } from '../training/bench.ts'
import { tableRoom } from '../training/table.ts'
import { EVERY_STEP, MACHINES, machines } from './machines.ts'
import { outputsOf, served } from './served.ts'

const never = { signal: new AbortController().signal }
const ROWS = machines(1200)
const isTest = (row: number) => row % 10 === 9

let folder: ReturnType<typeof aFolder>
let bench: ReturnType<typeof openBench>
beforeEach(() => {
  folder = aFolder()
  bench = openBench(join(folder.path, 'w'), tableRoom(MACHINES, ROWS))
})
afterEach(async () => {
  await bench.close()
  folder.remove()
})

const save = (features: object[], others: Recipe['others'] = 'suggested') =>
  bench.transform.door.save(
    { name: 'mine', dataset: 'table', recipe: Recipe.parse({ features, others }) },
    never,
  )
const train = (more: object = {}) =>
  bench.train({ label: 'state', transform: 'mine', epochs: 12, layers: [24], name: MODEL, ...more })

const instanceOf = (row: Cell[]) =>
  Object.fromEntries(MACHINES.slice(0, -1).map(({ name }, i) => [name, row[i]]))

test('a model with every step learns, freezes, and answers on a device as it did in training, row by row', async () => {
  await save(EVERY_STEP)
  const run = await runOf(bench, train())
  expect(run).toMatchObject({ state: 'succeeded', plan: { transform: 'mine@1' }, task: 'binary' })
  const { transform } = await bench.training.model(run)
  expect(transform.format).toBe('edgewright-transform/2')
  expect(transform.width).toBe(run.inputs)

  const layers = await outputsOf(bench, run, { kind: 'layers' })
  const file = join(folder.path, 'graph.pb')
  writeFileSync(file, writeGraphDef(freezeLayers((await bench.training.model(run)).artifacts)))
  const frozen = await outputsOf(bench, run, { kind: 'graph', file })
  expect(layers.rows).toBe(120)
  frozen.outputs.forEach((value, i) => {
    expect(value).toBeCloseTo(layers.outputs[i] as number, 5)
  })

  // The rows reach the device in the order of their time, in requests of some, as they would in a plant.
  const device = await served(bench, run)
  const order = ROWS.map((_, row) => row).sort((a, b) =>
    String(ROWS[a]?.[0]).localeCompare(String(ROWS[b]?.[0])),
  )
  const answers = new Map<number, number>()
  for (let at = 0; at < order.length; at += 37) {
    const part = order.slice(at, at + 37)
    const { status, body } = await device.predict({
      instances: part.map(row => instanceOf(ROWS[row] as Cell[])),
      signature_name: 'scores',
    })
    expect(status).toBe(200)
    ;(body.predictions as number[][]).forEach((scores, i) => {
      answers.set(part[i] as number, scores[1] as number)
    })
  }
  const tested = ROWS.map((_, row) => row).filter(isTest)
  tested.forEach((row, i) => {
    expect(answers.get(row)).toBeCloseTo(layers.outputs[i] as number, 5)
  })

  // Lists come in the order of the inputs, which are not the features.
  const inputs = transform.inputs?.map(({ name }) => name) ?? []
  expect(inputs).toEqual(['at', 'machine', 'load', 'turns', 'shift', 'manual'])
  const list = await device.predict({ instances: [inputs.map(name => instanceOf(ROWS[0] as Cell[])[name])] })
  expect(list.status).toBe(200)
  const metadata = (await device.get(`${device.models}/metadata`)).body as {
    metadata: { signature_def: { signature_def: { serving_default: { inputs: object } } } }
  }
  expect(Object.keys(metadata.metadata.signature_def.signature_def.serving_default.inputs)).toEqual(inputs)
}, 60_000)

test('a device that takes a new version goes on with the windows of the old one', async () => {
  await save(EVERY_STEP.slice(-1), 'leave-out')
  const run = await runOf(bench, train({ epochs: 2 }))
  const [changed, steady] = [await served(bench, run), await served(bench, run)]
  const log = ROWS.slice(0, 80).sort((a, b) => String(a[0]).localeCompare(String(b[0])))
  const ask = async (device: typeof steady, rows: Cell[][]) => {
    const { body } = await device.predict({
      instances: rows.map(row => ({ at: row[0], machine: row[1], load: row[2] })),
      signature_name: 'scores',
    })
    return body.predictions
  }
  for (const device of [changed, steady]) await ask(device, log.slice(0, 40))
  await changed.again()
  expect(await ask(changed, log.slice(40, 60))).toEqual(await ask(steady, log.slice(40, 60)))
  const token = readFileSync(join(changed.state, 'token'), 'utf8').trim()
  expect((await changed.rollBack(token)).status).toBe(200)
  expect(await ask(changed, log.slice(60))).toEqual(await ask(steady, log.slice(60)))
}, 60_000)

test('a device that starts again goes on with its windows, unless what was kept is damaged', async () => {
  await save(EVERY_STEP.slice(-1), 'leave-out')
  const run = await runOf(bench, train({ epochs: 2 }))
  const steady = await served(bench, run)
  const before = await served(bench, run)
  const log = ROWS.slice(0, 80).sort((a, b) => String(a[0]).localeCompare(String(b[0])))
  const ask = async (device: Pick<typeof steady, 'predict'>, rows: Cell[][]) => {
    const { body } = await device.predict({
      instances: rows.map(row => ({ at: row[0], machine: row[1], load: row[2] })),
      signature_name: 'scores',
    })
    return body.predictions
  }
  for (const device of [steady, before]) await ask(device, log.slice(0, 40))
  await before.close()
  const again = await agentHere(before.repository, { state: before.state })
  expect(await ask(again, log.slice(40, 60))).toEqual(await ask(steady, log.slice(40, 60)))
  await again.close()

  const kept = readdirSync(join(before.state, 'windows'))
  expect(kept).toHaveLength(1)
  writeFileSync(join(before.state, 'windows', kept[0] as string), '{"half": [')
  const anew = await agentHere(before.repository, { state: before.state })
  const fresh = await served(bench, run)
  expect(await ask(anew, log.slice(60))).toEqual(await ask(fresh, log.slice(60)))
  expect((await anew.report()).timeline.map(({ event }) => event)).toContain('Windows begin anew')
}, 60_000)

test('windows make the difference: without them the same model cannot know', async () => {
  await save(EVERY_STEP.filter(one => (one as { name: string }).name !== 'lately'))
  const blind = await runOf(bench, train())
  await save(EVERY_STEP)
  const seeing = await runOf(bench, train())
  const accuracyOf = async (run: Run) => {
    const job = bench.jobs.start('evaluation', 'run', { run: run.id, split: 'test', variant: 'layers' })
    return (await resultOf<Evaluation>(bench, job)).metrics.accuracy as number
  }
  expect(seeing.plan.transform).toBe('mine@2')
  expect((await accuracyOf(seeing)) - (await accuracyOf(blind))).toBeGreaterThan(0.08)
}, 60_000)

test('rows without a value that is required are trained and measured without, and refused on the device', async () => {
  await save([{ name: 'load', columns: ['load'], step: { kind: 'number' }, missing: { fill: 'drop' } }])
  const job = train({ epochs: 2 })
  const run = await runOf(bench, job)
  const gaps = ROWS.filter(row => row[2] === null).length
  expect(run.rows.train + run.rows.eval + run.rows.test).toBe(1200 - gaps)
  expect(bench.jobs.lines(job.id, 0).map(line => line.text)).toContainEqual(
    `${gaps} rows lack a value that the transform drops rows for and are not used.`,
  )
  const layers = await outputsOf(bench, run, { kind: 'layers' })
  expect(layers.rows).toBe(run.rows.test)
  const device = await served(bench, run)
  const { status, body } = await device.predict({
    instances: [{ ...instanceOf(ROWS[0] as Cell[]), load: null }],
  })
  expect(status).toBe(400)
  expect(body.error).toBe(
    'Row 1: "load" is missing, and the model gives no answer without it. Send a number for "load".',
  )
}, 60_000)

test('a run on a slice learns from its rows alone, is measured on them, and remembers what the slice meant', async () => {
  await save(EVERY_STEP)
  const run = await runOf(bench, train({ epochs: 2, slice: 'machine=drill' }))
  const drills = ROWS.filter(row => row[1] === 'drill')
  expect(run.rows.train + run.rows.eval + run.rows.test).toBe(drills.length)
  expect(run.where).toEqual([{ column: 'machine', is: 'equals', values: ['drill'] }])
  const { transform } = await bench.training.model(run)
  expect(transform.leftOut).toContainEqual({ name: 'machine', reason: 'all its values are the same' })
  expect((await outputsOf(bench, run, { kind: 'layers' })).rows).toBe(run.rows.test)
}, 60_000)

test('a transform that is not there, or does not fit, fails the job with the reason', async () => {
  expect(await failureOf(bench, train())).toMatchObject({
    code: 'not-found',
    message: expect.stringMatching(/"mine"/),
  })
  await save([{ name: 'only', columns: ['state'], step: { kind: 'vocabulary' } }], 'leave-out')
  expect(await failureOf(bench, train())).toMatchObject({ code: 'empty-data' })
})
