import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type {
  Cell,
  DatasetVersion,
  Evaluation,
  Filter,
  Metrics,
  Name,
  Run,
  SliceFigures,
  Split,
} from '#contract'
import { createDataset, type DatasetRoom } from '../../../main/engine/dataset/index.ts'
import {
  decodePrediction,
  encodeInstances,
  inputsOf,
  probabilitiesOf,
} from '../../../main/engine/encoding/index.ts'
import { classificationFigures } from '../../../main/engine/evaluation/metrics/classification.ts'
import { wilson } from '../../../main/engine/evaluation/metrics/intervals.ts'
import { regressionFigures } from '../../../main/engine/evaluation/metrics/regression.ts'
import { loadExecutable } from '../../../main/engine/graph/index.ts'
import { seeded } from '../../../main/engine/kit/index.ts'
import { openTensor } from '../../../main/engine/tensor/index.ts'
import { freezeLayers } from '../freezeLayers.ts'
import { aFolder, failureOf, openBench, resultOf, runOf } from '../training/bench.ts'

const never = { signal: new AbortController().signal }
const ROWS = 3000

/** Machines of which one kind is hard to judge; some rows lack a label, a load or a site. */
function machines(): string {
  const random = seeded(5)
  const lines = ['serial,heat,load,kind,site,shift,day,guard,code,power,worn']
  for (let i = 0; i < ROWS; i++) {
    const heat = 20 + 60 * random()
    const load = 10 * random()
    const kind = random() < 0.2 ? 'drill' : random() < 0.5 ? 'pump' : 'fan'
    const site = random() < 0.05 ? '' : ['Ulm', 'Graz', 'Linz, old'][Math.floor(random() * 3)]
    const noise = kind === 'drill' ? 90 * (random() - 0.5) : 8 * (random() - 0.5)
    const worn = random() < 0.04 ? '' : heat + 6 * load + noise > 80 ? 'yes' : 'no'
    const power = 3 * heat + (kind === 'drill' ? 60 : 4) * (random() - 0.5)
    lines.push(
      [
        `M${i}`,
        heat.toFixed(2),
        random() < 0.1 ? '' : load.toFixed(3),
        kind,
        `"${site}"`,
        1 + Math.floor(random() * 3),
        `2026-${String(1 + (i % 12)).padStart(2, '0')}-${String(1 + (i % 28)).padStart(2, '0')}`,
        random() < 0.5,
        random() < 0.005 ? 'rare' : 'usual',
        power.toFixed(3),
        worn,
      ].join(','),
    )
  }
  return `${lines.join('\n')}\n`
}

let folder: ReturnType<typeof aFolder>
let bench: ReturnType<typeof openBench<DatasetRoom>>
let version: DatasetVersion
let worn: Run
let power: Run
let pumps: Run

beforeAll(async () => {
  folder = aFolder()
  bench = openBench(join(folder.path, 'w'), store => createDataset({ store, samples: folder.path }))
  bench.jobs.offer('dataset', 'import', {
    title: () => 'Import',
    cancel: 'c',
    run: (input, job) => bench.dataset.door.import(input as never, job),
  })
  const file = join(folder.path, 'machines.csv')
  writeFileSync(file, machines())
  const shares = { train: 0.5, eval: 0.1, test: 0.4 }
  version = await resultOf<DatasetVersion>(
    bench,
    bench.jobs.start('dataset', 'import', { file, key: ['serial'], splitBy: 'hash', ...shares }),
  )
  const slices: Record<string, Filter> = {
    'busy drills': [
      { column: 'kind', is: 'equals', values: ['drill'] },
      { column: 'load', is: 'range', values: [5, null] },
    ],
    'old site': [{ column: 'site', is: 'contains', values: ['OLD'] }],
    'load unknown': [{ column: 'load', is: 'missing', values: [] }],
    spring: [{ column: 'day', is: 'range', values: ['2026-03-01', '2026-06-01'] }],
    nowhere: [{ column: 'heat', is: 'range', values: [500, 600] }],
  }
  for (const [name, where] of Object.entries(slices))
    await bench.dataset.door.saveSlice({ dataset: 'machines', name, where }, never)
  const plan = {
    dataset: 'machines',
    name: 'worn' as Name,
    label: 'worn',
    epochs: 6,
    without: ['serial', 'power'],
  }
  worn = await runOf(bench, bench.train(plan))
  power = await runOf(
    bench,
    bench.train({ ...plan, name: 'power' as Name, label: 'power', without: ['serial', 'worn', 'load'] }),
  )
  await bench.dataset.door.saveSlice(
    { dataset: 'machines', name: 'pumps', where: [{ column: 'kind', is: 'equals', values: ['pump'] }] },
    never,
  )
  pumps = await runOf(bench, bench.train({ ...plan, name: 'pumps' as Name, slice: 'pumps', epochs: 3 }))
}, 120_000)
afterAll(async () => {
  await bench.close()
  bench.dataset.close()
  folder.remove()
})

interface Want {
  slices?: string[]
  by?: string[]
  minRows?: number
  split?: Split
}
const start = (run: Run, want: Want = {}) =>
  bench.jobs.start('evaluation', 'run', { run: run.id, split: 'test', variant: 'layers', ...want })
const evaluate = (run: Run, want?: Want) => resultOf<Evaluation>(bench, start(run, want))
const named = (evaluation: Evaluation, name: string, column: string | null = null): SliceFigures => {
  const found = evaluation.slices?.find(slice => slice.name === name && slice.column === column)
  if (!found) throw new Error(`no slice ${name}: ${evaluation.slices?.map(slice => slice.name)}`)
  return found
}

/** Rows of a filter as the row explorer gives them, asked of the frozen model as a device is. */
async function independently(run: Run, where: Filter): Promise<{ rows: number; metrics: Metrics }> {
  const { transform, label, artifacts } = await bench.training.model(run)
  const { columns, rows } = await bench.dataset.door.rows(
    { name: version.id, offset: 0, limit: 1000, split: 'test', where: [...(run.where ?? []), ...where] },
    never,
  )
  const place = columns.findIndex(({ name }) => name === label.column)
  const labeled = rows.filter(row => row[place] !== null)
  const inputs = new Set(inputsOf(transform).map(({ name }) => name))
  const instances = labeled.map(row =>
    Object.fromEntries(columns.flatMap(({ name }, i) => (inputs.has(name) ? [[name, row[i] as Cell]] : []))),
  )
  const { tf } = await openTensor({ backend: 'wasm' })
  const executable = loadExecutable(freezeLayers(artifacts), tf)
  const data = encodeInstances(transform, instances)
  const [output] = executable.outputs as [string]
  const outputs = executable.run({
    [executable.inputs[0]?.name as string]: { data, shape: [labeled.length, transform.width] },
  })[output]?.data as Float32Array
  executable.dispose()
  if (label.task === 'regression') {
    const given = labeled.map((_, row) => (decodePrediction(label, outputs, row) as { value: number }).value)
    return {
      rows: labeled.length,
      metrics: regressionFigures(
        labeled.map(row => row[place] as number),
        given,
      ),
    }
  }
  const { metrics } = classificationFigures({
    classes: label.classes,
    isBinary: true,
    probabilities: labeled.flatMap((_, row) => [...probabilitiesOf(label, outputs, row)]),
    labels: labeled.map(row => label.classes.indexOf(String(row[place]))),
  })
  return { rows: labeled.length, metrics }
}

async function expectSame(run: Run, slice: SliceFigures): Promise<void> {
  const own = await independently(run, slice.where)
  expect(own.rows).toBe(slice.rows)
  expect(Object.keys(slice.metrics)).toEqual(Object.keys(own.metrics))
  for (const [name, value] of Object.entries(own.metrics))
    expect(Math.abs((slice.metrics[name] as number) - value), `${slice.name}: ${name}`).toBeLessThan(
      1e-3 * Math.max(1, Math.abs(value)),
    )
}

describe('saved slices', () => {
  test('all are measured without being named, each as its rows alone would be', async () => {
    const evaluation = await evaluate(worn)
    expect(evaluation.sliced).toMatchObject({
      metric: 'accuracy',
      method: 'wilson',
      by: [],
      confidence: 0.95,
    })
    expect(evaluation.slices?.map(({ name }) => name)).toEqual([
      'busy drills',
      'load unknown',
      'old site',
      'pumps',
      'spring',
    ])
    expect(evaluation.leftOut).toEqual([
      { column: null, name: 'nowhere', why: 'none of the measured rows is in it' },
    ])
    for (const slice of evaluation.slices ?? []) {
      await expectSame(worn, slice)
      expect(slice.value).toBe(slice.metrics.accuracy)
      expect(slice.interval).toEqual(
        wilson(Math.round((slice.metrics.accuracy as number) * slice.rows), slice.rows),
      )
    }
    expect((await bench.evaluation.door.show({ id: evaluation.id }, never)).sliced).toEqual(evaluation.sliced)
    expect((await evaluate(worn)).id).toBe(evaluation.id)
  })

  test('only those that are named, and one that is not there is said before anything is predicted', async () => {
    const { slices } = await evaluate(worn, { slices: ['spring', 'spring'] })
    expect(slices?.map(({ name }) => name)).toEqual(['spring'])
    expect((await evaluate(worn, { slices: [] })).sliced).toBeUndefined()
    expect(await failureOf(bench, start(worn, { slices: ['sprung'] }))).toMatchObject({
      code: 'not-found',
      remedy: expect.stringContaining('spring'),
    })
  })

  test('of a regression', async () => {
    const evaluation = await evaluate(power, { slices: ['busy drills', 'spring'], by: ['kind'] })
    expect(evaluation.sliced).toMatchObject({ metric: 'rmse', method: 'log-t' })
    for (const slice of evaluation.slices ?? []) {
      await expectSame(power, slice)
      expect(slice.interval?.low).toBeLessThan(slice.metrics.rmse as number)
      expect(slice.interval?.high).toBeGreaterThan(slice.metrics.rmse as number)
    }
  })

  test('of a model that only learned a slice: its rows, and of each other slice those that are in both', async () => {
    const evaluation = await evaluate(pumps, { by: ['shift'] })
    expect(named(evaluation, 'pumps').rows).toBe(evaluation.rows)
    expect(named(evaluation, 'pumps')).toMatchObject({
      metrics: evaluation.metrics,
      verdict: 'same',
      chance: 1,
    })
    expect(evaluation.leftOut?.map(({ name }) => name)).toContain('busy drills')
    for (const slice of evaluation.slices ?? []) await expectSame(pumps, slice)
  })
})

describe('slices by column', () => {
  test('texts, whole numbers, truth and what is missing: each value is a slice, and together they are all', async () => {
    const evaluation = await evaluate(worn, { slices: [], by: ['kind', 'site', 'shift', 'guard'] })
    for (const column of ['kind', 'site', 'shift', 'guard']) {
      const mine = evaluation.slices?.filter(slice => slice.column === column) ?? []
      expect(mine.length).toBeGreaterThan(1)
      expect(mine.reduce((sum, { rows }) => sum + rows, 0)).toBe(evaluation.rows)
      const right = mine.reduce((sum, { rows, metrics }) => sum + rows * (metrics.accuracy as number), 0)
      expect(right / evaluation.rows).toBeCloseTo(evaluation.metrics.accuracy as number, 12)
      for (const slice of mine) await expectSame(worn, slice)
    }
    expect(named(evaluation, 'missing', 'site').where).toEqual([
      { column: 'site', is: 'missing', values: [] },
    ])
    expect(named(evaluation, '2', 'shift').where).toEqual([{ column: 'shift', is: 'equals', values: [2] }])
    expect(named(evaluation, 'true', 'guard').where).toEqual([
      { column: 'guard', is: 'equals', values: [true] },
    ])
  })

  test('what is hard to judge is worse by more than chance, and what is not is not', async () => {
    const evaluation = await evaluate(worn, { slices: [], by: ['kind', 'shift', 'guard'] })
    const drill = named(evaluation, 'drill', 'kind')
    expect(drill.verdict).toBe('worse')
    expect(drill.chance).toBeLessThan(0.001)
    expect(drill.interval?.high).toBeLessThan(evaluation.metrics.accuracy as number)
    for (const slice of evaluation.slices ?? [])
      if (slice.column !== 'kind') expect(slice.verdict).toBe('same')
    const errors = await evaluate(power, { slices: [], by: ['kind', 'guard'] })
    expect(named(errors, 'drill', 'kind').verdict).toBe('worse')
    expect(named(errors, 'true', 'guard').verdict).toBe('same')
  })

  test('a number with many values gives five ranges, which fill all rows', async () => {
    const evaluation = await evaluate(worn, { slices: [], by: ['heat', 'load'] })
    for (const column of ['heat', 'load']) {
      const mine = evaluation.slices?.filter(slice => slice.column === column) ?? []
      expect(mine).toHaveLength(column === 'load' ? 6 : 5)
      expect(mine.reduce((sum, { rows }) => sum + rows, 0)).toBe(evaluation.rows)
      for (const slice of mine) await expectSame(worn, slice)
    }
  })

  test('few rows, too many values and dates are left out and said', async () => {
    const { sliced, slices, leftOut, rows } = await evaluate(worn, {
      slices: [],
      by: ['code', 'serial', 'day', 'kind'],
      minRows: 20,
    })
    expect(slices?.map(({ name }) => name)).not.toContain('rare')
    expect(leftOut).toEqual([
      { column: 'code', name: 'rare', why: expect.stringMatching(/^fewer than 20 rows \(\d+\)$/) },
      { column: 'serial', name: `${rows} values`, why: `fewer than 20 rows (${rows} together)` },
      { column: 'day', name: null, why: expect.stringContaining('more than 50 different values') },
    ])
    expect(sliced?.minRows).toBe(20)
    const some = await evaluate(worn, { slices: [], by: ['serial'], minRows: 1 })
    expect(some.slices).toHaveLength(50)
    expect(some.leftOut?.[0]).toMatchObject({ name: `${some.rows - 50} values` })
  })

  test('a column that is not there is said', async () => {
    expect(await failureOf(bench, start(worn, { by: ['kind', 'Kind'] }))).toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('no column "Kind"'),
    })
  })
})

test('a slice whose column a version lacks is left out of its evaluations', async () => {
  const file = join(folder.path, 'short.csv')
  const lines = machines().split('\n')
  writeFileSync(file, lines.map(line => line.replace(/,[^,]*(,[^,]*)$/, '$1')).join('\n'))
  const shares = { train: 0.8, eval: 0.1, test: 0.1 }
  await resultOf(
    bench,
    bench.jobs.start('dataset', 'import', { file, name: 'machines', key: [], splitBy: 'hash', ...shares }),
  )
  const strong: Filter = [{ column: 'power', is: 'range', values: [150, null] }]
  await bench.dataset.door.saveSlice({ dataset: 'machines@1', name: 'strong', where: strong }, never)
  // An older run keeps to its version.
  await expectSame(worn, named(await evaluate(worn, { slices: ['strong'] }), 'strong'))
  const newer = await runOf(
    bench,
    bench.train({ dataset: 'machines', name: 'newer' as Name, label: 'worn', epochs: 1 }),
  )
  const { slices, leftOut } = await evaluate(newer)
  expect(leftOut).toContainEqual({
    column: null,
    name: 'strong',
    why: expect.stringContaining('no column "power"'),
  })
  expect(slices?.map(({ name }) => name)).toContain('spring')
})
