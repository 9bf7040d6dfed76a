import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Comparison, Evaluated, Evaluation, Explanation, GateVerdict } from '#contract'
import { seeded } from '../../main/engine/kit/index.ts'
import { temporaryFolder } from '../contract/house.ts'
import { terminal } from './terminal.ts'

const folder = temporaryFolder()
const place = join(folder.path, 'a place')
mkdirSync(place)
const { run, json } = terminal(join(folder.path, 'home'), place)
afterAll(() => folder.remove())

const RICH = 'age > 30 and sex = "F"'
const file = (name: string, rules: unknown) => {
  writeFileSync(join(place, name), typeof rules === 'string' ? rules : JSON.stringify(rules))
  return name
}
/** What a command says when it does not do as it is asked: on one line, and behind it what to do. */
async function refused(...args: string[]): Promise<{ said: string; remedy: string; code: number }> {
  const { code, out, err } = await run(...args)
  expect(out).toBe('')
  const [said = '', remedy = ''] = err
    .trim()
    .split('\n')
    .filter(line => !/^ *\d+%/.test(line))
  expect(said).toMatch(/[.:]$/)
  return { said, remedy, code }
}

beforeAll(async () => {
  const random = seeded(3)
  const rows = Array.from({ length: 700 }, () => {
    const [age, hours] = [18 + Math.floor(60 * random()), 20 + Math.floor(40 * random())]
    const isRich = age / 78 + hours / 60 + 0.6 * (random() - 0.5) > 1.1
    return [age, random() < 0.5 ? 'F' : 'M', hours, isRich ? 'yes' : 'no'].join()
  })
  writeFileSync(join(place, 'people.csv'), `age,sex,hours,rich\n${rows.join('\n')}\n`)
  await json('dataset', 'import', 'people.csv')
  const train = ['training', 'start', '--dataset', 'people', '--label', 'rich']
  await json(...train, '--epochs', '4')
  await json(...train, '--epochs', '1', '--learning-rate', '0.000001')
}, 120_000)

describe('the commands of evaluation, as others write them', () => {
  let first: Evaluated

  test('run --run R --slice COL --slice EXPRESSION, and what is empty is told', async () => {
    first = await json<Evaluated>(
      ...['evaluation', 'run', '--run', 'run-1', '--slice', 'sex', '--slice', RICH, '--slice', 'age > 300'],
    )
    expect(first.slices?.map(({ name }) => name).sort()).toEqual(['F', 'M', RICH])
    expect(first.leftOut).toEqual([{ column: null, name: 'age > 300', why: expect.stringContaining('none') }])
  })

  test('run --run R,R2 --gate FILE ends with 1 where the second is worse', async () => {
    const rules = file('no worse.json', { rules: [{ metric: 'accuracy', minChange: -0.02 }] })
    const { code, out } = await run('evaluation', 'run', '--run', 'run-1,run-2', '--gate', rules, '--json')
    const { others, comparison, verdict } = JSON.parse(out) as Evaluated
    expect([code, others?.length, verdict?.outcome, verdict?.run]).toEqual([1, 1, 'blocked', 'run-2'])
    expect(comparison?.entrants.map(one => one.run)).toEqual(['run-1', 'run-2'])
    const turned = await run('evaluation', 'run', '--run', 'run-2,run-1', '--gate', rules)
    expect(turned.code).toBe(0)
    expect(turned.out).toContain('run-1 of people passes the gate, against run-2.')
  })

  test('gate --run R --against: 0 where it passes, 1 where not, and each reason once', async () => {
    const gate = (...args: string[]) => run('evaluation', 'gate', ...args)
    // nothing is in production, so there is nothing to be worse than
    expect((await gate('--run', 'run-2', '--against', 'production')).code).toBe(0)
    const worse = await gate('--run', 'run-2', '--against', 'run-1')
    expect(worse.code).toBe(1)
    expect(worse.out).toContain('run-2 of people does not pass the gate, against run-1.')
    expect(worse.out).toMatch(/Missed: change of accuracy/)
    expect(worse.err).not.toContain('Missed')
    expect((await gate('--run', 'run-1', '--against', 'run-2')).code).toBe(0)
    expect(
      (await gate('--run', 'run-1', '--file', file('high.json', [{ metric: 'auc', min: 1 }]))).code,
    ).toBe(1)
    const { verdicts } = await json<{ verdicts: GateVerdict[] }>('evaluation', 'verdicts', '--run', 'run-1')
    expect(verdicts.map(({ outcome }) => outcome).slice(0, 2)).toEqual(['blocked', 'passed'])
  })

  test('set-gate and rules: the gate of a model judges its newest run', async () => {
    const rules = [{ metric: 'accuracy', min: 0.999 }]
    await json('evaluation', 'set-gate', 'people', '--rules', JSON.stringify(rules))
    expect(await json('evaluation', 'rules', 'people')).toEqual({ rules })
    expect((await run('evaluation', 'gate', 'people')).code).toBe(1)
    await json('evaluation', 'set-gate', 'people', '--rules', '[]')
    expect((await run('evaluation', 'gate', 'people')).code).toBe(0)
  })

  test('show, rows and threshold take an evaluation by the digits that the list shows', async () => {
    const listed = await run('evaluation', 'list')
    const id = first.id.slice(0, 12)
    expect(listed.out).toContain(id)
    expect((await json<Evaluation>('evaluation', 'show', id)).id).toBe(first.id)
    const wrong = await json<{ total: number; rows: { loss: number }[] }>(
      ...['evaluation', 'rows', id, '--wrong', '--order', 'loss', '--limit', '3'],
    )
    expect(wrong.total).toBe(Math.round((1 - (first.metrics.accuracy as number)) * first.rows))
    const losses = wrong.rows.map(({ loss }) => loss)
    expect(losses).toEqual([...losses].sort((a, b) => b - a))
    const { best, half } = await json<Record<'best' | 'half', { cost: number }>>(
      ...['evaluation', 'threshold', id, '--fn', '5'],
    )
    expect(best.cost).toBeLessThanOrEqual(half.cost)
  })

  test('compare, comparisons, explain and predict answer in words and as JSON', async () => {
    const compared = await json<Comparison>('evaluation', 'compare', 'run-1,run-2', '--slice', 'sex')
    expect(compared.slices).toHaveLength(2)
    const again = await json<{ comparisons: Comparison[] }>(
      ...['evaluation', 'comparisons', '--id', compared.id.slice(0, 12)],
    )
    expect(again.comparisons).toEqual([compared])
    const explained = await json<Explanation>(
      'evaluation',
      'explain',
      'run-1',
      '--rows',
      '50',
      '--repeats',
      '2',
    )
    expect(explained.importance.map(({ column }) => column).sort()).toEqual(['age', 'hours', 'sex'])
    const asked = await run('evaluation', 'predict', 'run-1', '--row', '3', '--rows', '[{"age":77}]')
    expect(asked.out).toMatch(/as it is[\s\S]*age 77/)
  })

  test.each<[string[], RegExp, RegExp, number]>([
    [['run'], /Nothing was named to evaluate/, /--run/, 1],
    [['run', '--run', 'run-9'], /There is no run run-9/, /list/, 1],
    [['run', '--run', 'mine'], /--run must be the id of a run/, /--help/, 2],
    [['run', '--run', 'run-1', '--slice', 'age >'], /a value is expected before the end/, /age > 30/, 1],
    [['run', '--run', 'run-1', '--slice', 'ag > 30'], /there is no column "ag"/, /COL1/, 1],
    [['run', '--run', 'run-1', '--by', 'place'], /no column "place"/, /age, sex, hours, rich/, 1],
    [['run', '--predictions', 'nowhere.csv'], /nowhere\.csv/, /./, 1],
    [['run', '--predictions', 'people.csv'], /has no column "label"/, /--label/, 1],
    [['gate'], /Nothing was named to judge/, /--run/, 1],
    [['gate', 'cats'], /no trained run of cats/, /train/, 1],
    [['gate', '--run', 'run-2', '--against', 'staging'], /no version under "staging"/, /production/, 1],
    [['gate', '--run', 'run-1', '--file', 'nowhere.json'], /no gate file/, /path/, 1],
    [['show', 'abcdef123456'], /There is no evaluation abcdef123456/, /list/, 1],
    [['show', 'mine'], /--id must be the id of an evaluation/, /--help/, 2],
    [['compare', 'run-1'], /Two models are needed/, /two runs/, 1],
    [['explain', 'run-1', '--columns', 'place'], /does not look at a column "place"/, /age/, 1],
    [['predict', 'run-1', '--row', '99999'], /no row 99999/, /0 to 699/, 1],
  ])('%j is refused with a reason and a remedy', async (args, said, remedy, code) => {
    const found = await refused('evaluation', ...args)
    expect(found.said).toMatch(said)
    expect(found.remedy).toMatch(remedy)
    expect(found.code).toBe(code)
  })

  test.each<[string, unknown, RegExp]>([
    ['no JSON', 'accuracy > 0.8', /is not JSON/],
    ['an unknown column', [{ metric: 'accuracy', slice: 'place', min: 0.5 }], /no column "place"/],
  ])('a gate file with %s judges nothing', async (_, rules, said) => {
    const found = await refused('evaluation', 'gate', '--run', 'run-1', '--file', file('wrong.json', rules))
    expect(found.said).toMatch(said)
    expect(found.code).toBe(1)
  })
})
