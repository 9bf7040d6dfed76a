import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Comparison, Evaluated } from '#contract'
import { openEngine } from '../engine.ts'

const GOLDEN = fileURLToPath(new URL('../../golden/evaluation/', import.meta.url))
type Figures = Record<string, number>
interface Case {
  metrics: Figures
  slices: Record<string, Figures>
  intervals?: Record<string, { low: number; high: number }>
}
const golden = JSON.parse(readFileSync(join(GOLDEN, 'evaluation.json'), 'utf8')) as {
  cases: {
    binary: Case & { old: Figures; delong: Figures; mcnemar: Figures; logLossChange: Figures }
    multiclass: Case
    regression: Case & { quantiles: Figures }
  }
  tfma: Record<'binary' | 'regression', Record<string, Figures>>
}

let house: Awaited<ReturnType<typeof openEngine>>
const folder = mkdtempSync(join(tmpdir(), 'edgewright-'))
beforeAll(async () => {
  house = await openEngine()
})
afterAll(async () => {
  await house.close()
  rmSync(folder, { recursive: true, force: true })
})

const evaluate = (name: string, slice: string[] = ['site']) =>
  house.work<Evaluated>(
    house.engine.evaluation.run({ predictions: join(GOLDEN, `${name}.csv`), slice, name: name as never }),
  )

const near = (found: Figures | undefined, wanted: Figures) => {
  for (const [name, value] of Object.entries(wanted))
    expect(
      Math.abs((found?.[name] ?? Number.NaN) - value),
      `${name} ${found?.[name]} where ${value} is right`,
    ).toBeLessThan(1e-6)
}

describe.each(['binary', 'multiclass', 'regression'] as const)('%s predictions from a file', name => {
  test("all figures are scikit-learn's, overall and of each slice", async () => {
    const { metrics, slices, intervals, worst } = await evaluate(name)
    const wanted = golden.cases[name]
    near(metrics, wanted.metrics)
    expect(Object.keys(metrics).sort()).toEqual(Object.keys(wanted.metrics).sort())
    expect(slices?.map(slice => slice.name).sort()).toEqual(Object.keys(wanted.slices).sort())
    for (const slice of slices ?? []) near(slice.metrics, wanted.slices[slice.name] as Figures)
    for (const [metric, { low, high }] of Object.entries(wanted.intervals ?? {}))
      near(intervals?.[metric] as never, { low, high })
    for (const [metric, { low, high }] of Object.entries(intervals ?? {})) {
      expect(low, metric).toBeLessThanOrEqual(metrics[metric] as number)
      expect(high, metric).toBeGreaterThanOrEqual(metrics[metric] as number)
    }
    expect(worst?.searched).toBeGreaterThan(0)
  })
})

test.each(['binary', 'regression'] as const)(
  "figures of %s predictions are TensorFlow Model Analysis's",
  async name => {
    const { metrics, slices } = await evaluate(name)
    for (const [key, wanted] of Object.entries(golden.tfma[name])) {
      const found = key === 'overall' ? metrics : slices?.find(slice => slice.name === key)?.metrics
      // TFMA adds 32-bit floats, squares the correlation, gives shares of errors in percent and an AUC from steps.
      for (const [metric, value] of Object.entries(wanted)) {
        if (metric === 'pearsonSquared') near({ is: (found?.pearson as number) ** 2 }, { is: value })
        else if (metric === 'mape') near({ is: found?.mape as number }, { is: value / 100 })
        else if (metric === 'auc') expect(Math.abs((found?.auc as number) - value)).toBeLessThan(1e-3)
        else near(found, { [metric]: value })
      }
    }
  },
)

test('the interval of an AUC, and the tests of two models, are those of the papers', async () => {
  const [one, other] = [await evaluate('binary'), await evaluate('binary_other')]
  const { delong, mcnemar, logLossChange, old } = golden.cases.binary
  expect(one.intervals?.auc?.method).toBe('delong')
  // Components of two kinds of rows come with n - 1 of each; those of all rows with n - 1 of all.
  expect(one.intervals?.auc?.low).toBeCloseTo(delong.low as number, 3)
  const comparison = await house.work<Comparison>(
    house.engine.evaluation.compare({ evaluations: [one.id, other.id], slice: ['site', 'age > 60'] }),
  )
  const of = (metric: string) => comparison.differences.find(each => each.metric === metric)
  near(of('auc') as never, { change: delong.change as number, chance: delong.chance as number })
  near(of('auc')?.interval as never, { low: delong.changeLow as number, high: delong.changeHigh as number })
  near(of('accuracy') as never, { chance: mcnemar.chance as number })
  near(of('logLoss') as never, { chance: logLossChange.chance as number })
  near(of('logLoss')?.interval as never, {
    low: logLossChange.low as number,
    high: logLossChange.high as number,
  })
  expect(comparison.changes[0]).toMatchObject({ better: mcnemar.gained, worse: mcnemar.lost })
  expect(comparison.slices.map(({ name }) => name)).toContain('age > 60')
  const sliced = await evaluate('binary', ['age > 60', '`site` = "Ulm" or age <= 20', 'site * age'])
  near(sliced.slices?.[0]?.metrics, old)

  // The cell of a confusion matrix opens its rows, and a comparison those that changed.
  const { engine } = house
  const cell = await engine.evaluation.rows({ id: one.id, actual: '1', predicted: '0' })
  expect(cell.total).toBe(one.confusion?.counts[1]?.[0])
  expect(cell.rows.every(row => row.actual === '1' && row.predicted === '0')).toBe(true)
  const gained = await engine.evaluation.rows({ id: other.id, against: one.id, change: 'better' })
  expect(gained.total).toBe(mcnemar.gained)
  const either = await engine.evaluation.rows({
    id: sliced.id,
    slice: '`site` = "Ulm" or age <= 20',
    limit: 10_000,
  })
  expect(either.total).toBe(sliced.slices?.find(({ expression }) => expression)?.rows)
  expect(sliced.slices?.some(({ column }) => column === 'site × age')).toBe(true)
})

test('the worst slices are found by themselves, and their rows are what is hard', async () => {
  const { worst } = await evaluate('binary')
  const [first] = worst?.slices ?? []
  // Ulm above 60 was made noisy; where it is found, a cross of both is the first.
  expect(first?.column).toMatch(/age/)
  expect(first?.excess).toBeGreaterThan(0)
  expect(first?.chance).toBeLessThan(0.05)
})

test('residuals and quantiles', async () => {
  const { residuals } = await evaluate('regression')
  for (const { share, value } of residuals?.quantiles ?? [])
    expect(value).toBeCloseTo(
      golden.cases.regression.quantiles[String(share)] ??
        (golden.cases.regression.quantiles[share.toFixed(1)] as number),
      6,
    )
  expect(residuals?.histogram.reduce((sum, bar) => sum + bar.rows, 0)).toBe(600)
})

test('the cheapest threshold costs no more than any other', async () => {
  const { id, perClass } = await evaluate('binary')
  const { best, half, curve } = await house.engine.evaluation.threshold({ id, fn: 10, fp: 1 })
  expect(best.cost).toBe(Math.min(...curve.map(({ cost }) => cost)))
  expect(best.cost).toBeLessThan(half.cost)
  expect(best.threshold).toBeLessThan(0.5)
  expect(best.cost).toBe(10 * best.fn + best.fp)
  expect(perClass[1]?.label).toBe('1')
  await expect(
    house.refused(house.engine.evaluation.threshold({ id, label: 'none' })),
  ).resolves.toMatchObject({ code: 'bad-input' })
})

test.each([
  ['age >', 'a value is expected'],
  ['nobody = 3', 'no column "nobody"'],
  ['age > 30 and (site = "Ulm"', 'a closing parenthesis'],
  ['age ; 3', 'not understood'],
  [`${'('.repeat(80)}age > 1${')'.repeat(80)}`, 'nested too deeply'],
  ['[{"column"', 'begins like a filter'],
])('the slice %s is refused with a reason', async (slice, why) => {
  const failure = await house.failed(
    house.engine.evaluation.run({ predictions: join(GOLDEN, 'binary.csv'), slice }),
  )
  expect(failure).toMatchObject({ code: 'bad-input', message: expect.stringContaining(why) })
})

test('a file without its columns is refused', async () => {
  const ask = (label: string) =>
    house.failed(house.engine.evaluation.run({ predictions: join(GOLDEN, 'binary.csv'), label }))
  expect(await ask('truth')).toMatchObject({ code: 'bad-input', remedy: expect.stringContaining('label') })
  expect(await house.failed(house.engine.evaluation.run({}))).toMatchObject({ code: 'bad-input' })
})

test('a file whose rows are all of one class is judged as classes where it says that it has a probability', async () => {
  const predictions = join(folder, 'one.csv')
  writeFileSync(predictions, 'label,probability\n1,0.9\n1,0.4\n1,1\n')
  const { metrics, confusion } = await house.work<Evaluated>(house.engine.evaluation.run({ predictions }))
  expect(confusion).toEqual({
    classes: ['0', '1'],
    counts: [
      [0, 0],
      [1, 2],
    ],
  })
  expect([metrics.accuracy, metrics.auc]).toEqual([2 / 3, undefined])
})

test('a class that has no probabilities is named, not passed over', async () => {
  const predictions = join(folder, 'stranger.csv')
  writeFileSync(predictions, 'label,probability_a,probability_b\na,0.9,0.1\nc,0.4,0.6\n')
  expect(await house.failed(house.engine.evaluation.run({ predictions }))).toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('there is no column probability_c'),
  })
})

test('three columns are crossed: with itself again, a column cuts no finer', async () => {
  const { slices = [] } = await evaluate('binary', ['site * age * site'])
  const rows = slices
    .filter(({ column }) => column === 'site × age × site')
    .reduce((sum, each) => sum + each.rows, 0)
  const pairs = (await evaluate('binary', ['site * age'])).slices ?? []
  expect(rows).toBe(pairs.reduce((sum, each) => sum + each.rows, 0))
})
