import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Cell, type Column, type Plan, Recipe, type Run, type RunId, type Split } from '#contract'
import { toLite, writeGraphDef, writeTflite } from '../../../main/engine/graph/index.ts'
import { seeded } from '../../../main/engine/kit/index.ts'
import { MODEL } from '../../agent/agentHere.ts'
import { freezeLayers } from '../freezeLayers.ts'
import { outputsOf, served } from '../transform/served.ts'
import { aFolder, epochsDone, failureOf, openBench, runBegun, runOf } from './bench.ts'
import { tableRoom } from './table.ts'

const SALES: Column[] = [
  { name: 'at', type: 'timestamp' },
  { name: 'shop', type: 'text' },
  { name: 'price', type: 'float' },
  { name: 'sold', type: 'float' },
]

/** Two shops whose sales go up and down over twelve hours, one against the other, with noise; a few are not known. */
function sales(hours: number): Cell[][] {
  const random = seeded(3)
  return Array.from({ length: hours }, (_, hour) =>
    ['east', 'west'].map((shop, which): Cell[] => {
      const price = 5 + random()
      const wave = Math.sin((hour / 12) * 2 * Math.PI + which * Math.PI)
      const sold = 100 + 30 * wave + 8 * (random() - 0.5) - 2 * price
      const at = new Date(Date.UTC(2024, 0, 1) + hour * 3_600_000).toISOString()
      return [at, shop, price, random() < 0.02 ? null : sold]
    }),
  ).flat()
}
const ROWS = sales(260)
/** The last tenth is tested, the tenth before it judges. */
const byTime =
  (rows: number) =>
  (row: number): Split =>
    row < rows * 0.8 ? 'train' : row < rows * 0.9 ? 'eval' : 'test'

let folder: ReturnType<typeof aFolder>
let bench: ReturnType<typeof openBench>
const open = (columns = SALES, rows = ROWS, splitOf: (row: number) => Split = byTime(rows.length)) => {
  bench = openBench(join(folder.path, 'w'), tableRoom(columns, rows, { splitOf }))
}
beforeEach(() => {
  folder = aFolder()
})
afterEach(async () => {
  await bench.close().catch(() => {})
  folder.remove()
})
const train = (plan: Partial<Plan> = {}) =>
  bench.train({
    trainer: 'sequence',
    label: 'sold',
    time: 'at',
    group: 'shop',
    window: 12,
    name: MODEL,
    epochs: 10,
    layers: [24],
    learningRate: 0.005,
    ...plan,
  })
const warningsOf = (id: string) =>
  bench.jobs
    .lines(id, 0)
    .filter(({ level }) => level === 'warning')
    .map(({ text }) => text)

/** Mean squares of the errors of a run on the test split, and of the last value that was known before. */
async function errorsOf(run: Run, rows: Cell[][], at: { label: number; group?: number }) {
  const { label } = await bench.training.model(run)
  const { outputs } = await outputsOf(bench, run, { kind: 'layers' })
  const known = new Map<Cell, number>()
  const errors = { model: 0, last: 0 }
  let nth = 0
  rows.forEach((row, i) => {
    const series = at.group === undefined ? null : (row[at.group] as Cell)
    const truth = row[at.label] as number | null
    if (truth === null) return
    if (i >= rows.length * 0.9) {
      const answer = (outputs[nth++] as number) * (label.deviation ?? 1) + (label.mean ?? 0)
      errors.model += (answer - truth) ** 2 / rows.length
      errors.last += ((known.get(series) as number) - truth) ** 2 / rows.length
    }
    known.set(series, truth)
  })
  expect(nth).toBe(outputs.length)
  return errors
}

describe.each([
  ['a convolution', {}],
  ['a gated recurrent unit', { cell: 'gru', channels: 8 }],
])('a series read by %s', (_, hparams) => {
  test('beats the last value, as layers, as a graph, as TFLite and on a device, row by row', async () => {
    open()
    const job = train({ hparams })
    const run = await runOf(bench, job)
    expect(warningsOf(job.id)).toEqual([
      `${ROWS.filter(row => row[3] === null).length} rows have no value of "sold" and are not used.`,
    ])
    const errors = await errorsOf(run, ROWS, { label: 3, group: 1 })
    expect(errors.model).toBeLessThan(errors.last / 3)

    const { transform, artifacts } = await bench.training.model(run)
    expect(transform.features.map(({ name, kind }) => [name, kind])).toEqual([
      ['at', 'calendar'],
      ['shop', 'vocabulary'],
      ['price', 'number'],
      ['sold before', 'window'],
      ['price lately', 'window'],
    ])
    const layers = await outputsOf(bench, run, { kind: 'layers' })
    const graph = freezeLayers(artifacts)
    const [pb, lite] = [join(folder.path, 'graph.pb'), join(folder.path, 'model.tflite')]
    writeFileSync(pb, writeGraphDef(graph))
    writeFileSync(lite, writeTflite(toLite(graph)))
    for (const form of [
      { kind: 'graph', file: pb },
      { kind: 'tflite', file: lite },
    ] as const) {
      const { outputs } = await outputsOf(bench, run, form)
      outputs.forEach((value, i) => {
        expect(Math.abs(value - (layers.outputs[i] as number))).toBeLessThan(1e-4)
      })
    }

    // Each row is asked before its value is known, and the value is sent after.
    const device = await served(bench, run)
    const answers: number[] = []
    for (let at = 0; at < ROWS.length; at += 50) {
      const part = ROWS.slice(at, at + 50)
      const instances = part.flatMap(([when, shop, price, sold]) => [
        { at: when, shop, price, sold: null },
        { at: when, shop, price, sold },
      ])
      const { status, body } = await device.predict({ instances, signature_name: 'scores' })
      expect(status).toBe(200)
      answers.push(...(body.predictions as number[]).filter((_, i) => i % 2 === 0).map(Number))
    }
    const tested = ROWS.map((_, row) => row).filter(
      row => row >= ROWS.length * 0.9 && ROWS[row]?.[3] !== null,
    )
    const { label } = await bench.training.model(run)
    tested.forEach((row, i) => {
      const value = (layers.outputs[i] as number) * (label.deviation as number) + (label.mean as number)
      expect(answers[row]).toBeCloseTo(value, 3)
    })
  }, 90_000)
})

test('the value of the row itself never changes its answer', async () => {
  open()
  const run = await runOf(bench, train({ epochs: 2 }))
  const honest = await outputsOf(bench, run, { kind: 'layers' })
  const last = ROWS.length - 1
  // The same rows, but the last value of a shop is another: only a row after it could tell.
  const forged = ROWS.map((row, i) => (i === last ? row.with(3, 1e6) : row))
  const again = openBench(
    join(folder.path, 'forged'),
    tableRoom(SALES, forged, { splitOf: byTime(forged.length) }),
  )
  const other = await runOf(again, again.jobs.start('training', 'start', { ...run.plan, name: MODEL }))
  expect(other.transform).toBe(run.transform)
  expect((await outputsOf(again, other, { kind: 'layers' })).outputs).toEqual(honest.outputs)
  await again.close()
}, 60_000)

test('real weather: the highest temperature of a day from the days before it', async () => {
  const file = join(import.meta.dirname, '../../../node_modules/vega-datasets/data/seattle-weather.csv')
  const columns: Column[] = [
    { name: 'date', type: 'date' },
    { name: 'precipitation', type: 'float' },
    { name: 'temp_max', type: 'float' },
    { name: 'wind', type: 'float' },
  ]
  const [head = '', ...lines] = readFileSync(file, 'utf8').trim().split('\n')
  const places = columns.map(({ name }) => head.split(',').indexOf(name))
  const rows = lines.map(line => {
    const cells = line.split(',')
    return places.map((place, i) => (i === 0 ? (cells[place] as string) : Number(cells[place])))
  })
  open(columns, rows)
  const run = await runOf(
    bench,
    train({
      label: 'temp_max',
      time: 'date',
      group: undefined,
      window: 14,
      epochs: 20,
      batch: 128,
      learningRate: 0.001,
      layers: [100, 70, 50, 25],
    }),
  )
  const errors = await errorsOf(run, rows, { label: 2 })
  expect(errors.model).toBeLessThan(errors.last * 0.95)
}, 60_000)

test('a run that was stopped ends with the same weights as one that was not', async () => {
  open()
  const whole = await runOf(bench, train({ epochs: 5, dropout: 0.2 }))
  const job = train({ epochs: 5, dropout: 0.2 })
  const begun = await runBegun(bench, 'run-2')
  await epochsDone(bench, begun.id, 2)
  await bench.jobs.cancel(job.id)
  await bench.jobs.ended(job.id)
  const resumed = await runOf(bench, bench.jobs.start('training', 'resume', begun.id as RunId))
  expect(resumed.artifact).toBe(whole.artifact)
}, 60_000)

describe('a plan', () => {
  test('with a split that is not one by time, or with series that are not told apart, is warned', async () => {
    open(SALES, ROWS, row => (row % 10 === 8 ? 'eval' : row % 10 === 9 ? 'test' : 'train'))
    const job = train({ epochs: 1, group: undefined })
    await runOf(bench, job)
    expect(warningsOf(job.id)).toEqual([
      expect.stringMatching(/have no value of "sold"/),
      expect.stringMatching(
        /^The split of table is not one by time: \d+ of 52 rows of the eval split lie before/,
      ),
      expect.stringMatching(
        /rows share their moment .*Name the column that tells series apart with --group\./,
      ),
    ])
  }, 30_000)

  test.each([
    [
      { time: undefined },
      'The trainer "sequence" has to know which column says when a row was.',
      'Name it, such as --time at.',
    ],
    [{ time: 'when' }, 'table has no column "when".', 'Its columns are at, shop, price, sold.'],
    [{ time: 'sold' }, '"sold" is to be predicted, so it cannot tell the times.', 'Choose another column.'],
    [
      { time: 'shop' },
      'The feature "sold before" takes its time from "shop", which holds texts.',
      'Choose a column of times.',
    ],
    [
      { window: 400 },
      'The longest series of the train split has 208 rows, and a window holds 400.',
      'Take a window of at most 208, or import more rows.',
    ],
    [
      { label: 'shop', group: undefined, without: ['price', 'sold'] },
      'table has no column of numbers whose last values the trainer "sequence" could learn from.',
      'Choose another trainer, or keep a column of numbers.',
    ],
    [
      { hparams: { cell: 'lstm' } },
      '"lstm" is no value for "cell" of the trainer sequence.',
      'It takes "convolution" or "gru".',
    ],
  ] satisfies [Partial<Plan>, string, string][])(
    'of %j is told what is wrong',
    async (plan, message, remedy) => {
      open()
      expect(await failureOf(bench, train(plan))).toMatchObject({ code: 'bad-input', message, remedy })
    },
  )

  test('with a transform that has windows over values takes it as it is, else makes them beside it', async () => {
    open()
    const never = { signal: new AbortController().signal }
    const save = (features: object[], others: 'suggested' | 'leave-out' = 'leave-out') =>
      bench.transform.door.save(
        { name: 'mine', dataset: 'table', recipe: Recipe.parse({ features, others }) },
        never,
      )
    const window = { kind: 'window', time: 'at', group: 'shop', figures: ['mean', 'values'], rows: 5 }
    await save([{ name: 'lately', columns: ['price'], step: window }])
    const own = await runOf(bench, train({ transform: 'mine', time: undefined, group: undefined, epochs: 1 }))
    const { transform, artifacts } = await bench.training.model(own)
    expect(transform.features.map(({ name }) => name)).toEqual(['lately'])
    expect(artifacts.weightSpecs?.[0]?.shape.slice(1)).toEqual([1, 32])

    await save([{ name: 'price', columns: ['price'], step: { kind: 'number', scale: 'robust' } }])
    const made = await runOf(bench, train({ transform: 'mine', epochs: 1 }))
    const beside = (await bench.training.model(made)).transform.features.map(({ name }) => name)
    expect(beside).toEqual(['price', 'sold before', 'price lately'])

    // A window that would hold what is to be predicted is not made, and nothing is left.
    await save([{ name: 'sold now', columns: ['sold'], step: window }])
    expect(await failureOf(bench, train({ transform: 'mine' }))).toMatchObject({
      message:
        'The trainer "sequence" learns from the last values of columns, and no window is left that holds any.',
    })
  }, 60_000)
})
