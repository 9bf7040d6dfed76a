import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Comparison, Evaluated, Explanation, GateVerdict, Run, WhatIf } from '#contract'
import { seeded } from '../../../main/engine/kit/index.ts'
import { openEngine } from '../engine.ts'

/** Machines that wear by heat and load; the color says nothing. */
function machines(): string {
  const random = seeded(3)
  const lines = ['serial,heat,load,color,worn']
  for (let i = 0; i < 2000; i++) {
    const [heat, load] = [20 + 60 * random(), 10 * random()]
    const color = ['red', 'blue', 'green'][Math.floor(random() * 3)]
    lines.push(
      [
        `M${i}`,
        heat.toFixed(2),
        load.toFixed(3),
        color,
        heat + 2 * load + 6 * random() > 65 ? 'yes' : 'no',
      ].join(','),
    )
  }
  return lines.join('\n')
}

let house: Awaited<ReturnType<typeof openEngine>>
let good: Run
let poor: Run
beforeAll(async () => {
  house = await openEngine()
  const file = join(house.folder, 'machines.csv')
  writeFileSync(file, machines())
  await house.work(house.engine.dataset.import({ file, key: ['serial'] } as never))
  const plan = {
    dataset: 'machines',
    label: 'worn',
    without: ['serial'],
    backend: 'cpu',
    layers: [8],
    batch: 64,
    learningRate: 0.02,
    name: 'wear',
  }
  good = await house.work<Run>(house.engine.training.start({ ...plan, epochs: 12 } as never))
  poor = await house.work<Run>(
    house.engine.training.start({
      ...plan,
      epochs: 1,
      learningRate: 0.0001,
      without: ['serial', 'heat'],
    } as never),
  )
}, 120_000)
afterAll(() => house.close())

test('two runs on the same rows: figures of both, what differs, and which rows changed', async () => {
  const answer = await house.work<Evaluated>(
    house.engine.evaluation.run({
      run: `${good.id},${poor.id}`,
      slice: ['color', 'heat > 50 and color = "red"'],
    }),
  )
  expect(answer.run).toBe(good.id)
  expect(answer.others?.map(({ run }) => run)).toEqual([poor.id])
  const { comparison } = answer
  expect(comparison?.entrants.map(({ run }) => run)).toEqual([good.id, poor.id])
  const accuracy = comparison?.differences.find(({ metric }) => metric === 'accuracy')
  expect(accuracy).toMatchObject({ verdict: 'worse', method: 'mcnemar' })
  expect(accuracy?.change).toBeCloseTo(
    (answer.others?.[0]?.metrics.accuracy ?? 0) - (answer.metrics.accuracy ?? 0),
    9,
  )
  expect(comparison?.slices.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['red', 'heat > 50 and color = "red"']),
  )
  // Rows that are told are rows of the version, and were really lost.
  const [changes] = comparison?.changes ?? []
  const { rows } = await house.engine.evaluation.rows({ id: answer.id, limit: 10_000 })
  const byRow = new Map(rows.map(row => [row.row, row]))
  for (const row of changes?.worseRows ?? []) expect(byRow.get(row)?.predicted).toBe(byRow.get(row)?.actual)
  expect(changes?.better).toBeLessThan(changes?.worse ?? 0)

  // Rows carry the numbers of the version: the data themselves say the label that the evaluation says.
  const [wrong] = (await house.engine.evaluation.rows({ id: answer.id, wrong: true })).rows
  const shown = await house.engine.dataset.rows({ name: 'machines', only: [wrong?.row as number] } as never)
  expect(shown.rows[0]?.[shown.columns.findIndex(({ name }) => name === 'worn')]).toBe(wrong?.actual)

  const again = await house.work<Comparison>(house.engine.evaluation.compare({ run: [good.id, poor.id] }))
  expect(again.differences.find(({ metric }) => metric === 'auc')?.verdict).toBe('worse')
  expect((await house.engine.evaluation.comparisons({ run: poor.id })).comparisons.length).toBeGreaterThan(1)
})

test('the gate against production: what is worse is blocked, recorded, and not published', async () => {
  const { engine } = house
  const judge = (run: string, more = {}) =>
    house.work<GateVerdict>(engine.evaluation.judge({ run: run as never, against: 'production', ...more }))
  const first = await judge(good.id)
  expect(first).toMatchObject({ outcome: 'passed', against: null })
  await engine.registry.alias({ model: 'wear', alias: 'production', version: 1 } as never)
  const verdict = await judge(poor.id)
  expect(verdict).toMatchObject({
    outcome: 'blocked',
    from: 'default',
    against: { name: 'production', run: good.id },
  })
  expect(verdict.reasons.join(' ')).toMatch(/Missed: change of accuracy/)
  expect((await judge(good.id)).outcome).toBe('passed')
  const failure = await house.failed(engine.publishing.publish({ model: 'wear', version: 2 } as never))
  expect(failure).toMatchObject({
    code: 'gate-blocked',
    message: expect.stringContaining('change of accuracy'),
  })

  // A rule of a file: each slice must pass, with its interval.
  const file = join(house.folder, 'gate.json')
  writeFileSync(
    file,
    JSON.stringify([
      { metric: 'accuracy', min: 0.5, slice: 'color', confidence: 0.95 },
      { metric: 'auc', minChange: -0.01 },
    ]),
  )
  expect(await judge(good.id, { file })).toMatchObject({ outcome: 'passed', from: 'file' })
  const judged = await house.work<Evaluated>(engine.evaluation.run({ run: poor.id, gate: file }))
  expect(judged.verdict).toMatchObject({ outcome: 'blocked', against: { run: good.id } })
  expect(judged.verdict?.checks[1]).toMatchObject({ passed: false, change: expect.any(Number) })
  expect((await engine.evaluation.verdicts({ run: poor.id })).verdicts[0]?.id).toBe(judged.verdict?.id)

  // The model's own gate with a change: judged by a verdict only, and open again when it is taken away.
  await engine.evaluation.setGate({
    model: 'wear',
    rules: [{ metric: 'auc', minChange: 0, confidence: 0.9, lenient: true }],
  })
  expect((await judge(poor.id)).outcome).toBe('blocked')
  expect((await engine.evaluation.gate({ model: 'wear' })).rules).toHaveLength(1)
  await engine.evaluation.setGate({ model: 'wear', rules: [] })
})

test.each([
  ['{', 'is not JSON'],
  ['{}', 'holds no list'],
  ['[{"metric":"accuracy"}]', 'give min, max'],
  ['[{"metric":"accuracy","minimum":1,"min":0}]', '"minimum"'],
  ['[{"metric":"fame","min":0}]', 'no metric "fame"'],
])('the gate file %s is refused with a reason', async (text, why) => {
  const file = join(house.folder, 'wrong.json')
  writeFileSync(file, text)
  const failure = await house.failed(house.engine.evaluation.run({ run: good.id, gate: file }))
  expect(failure).toMatchObject({ code: 'bad-input', message: expect.stringContaining(why) })
})

test('importance names what the label was made of, the same each time, and dependence rises with it', async () => {
  const plan = { run: good.id, rows: 200, repeats: 3, grid: 6, partial: ['heat', 'color'] }
  const one = await house.work<Explanation>(house.engine.evaluation.explain(plan))
  expect(one.importance[0]?.column).toBe('heat')
  expect(one.importance.find(({ column }) => column === 'color')?.mean).toBeLessThan(0.05)
  expect(one.importance[0]?.repeats).toHaveLength(3)
  const [heat, color] = one.partial
  const mean = heat?.series[0]?.mean ?? []
  expect(mean).toHaveLength(6)
  expect((mean.at(-1) ?? 0) - (mean[0] ?? 1)).toBeGreaterThan(0.5)
  expect(color?.grid.length).toBe(3)
  expect(heat?.shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
  const again = await house.work<Explanation>(house.engine.evaluation.explain(plan))
  expect(again.importance).toEqual(one.importance)
  expect((await house.engine.evaluation.explanations({ run: good.id })).explanations[0]?.id).toBe(one.id)
  expect(await house.failed(house.engine.evaluation.explain({ ...plan, columns: ['serial'] }))).toMatchObject(
    { code: 'bad-input' },
  )
})

test('what if: an edited row is asked by the run itself', async () => {
  const { answers, unused } = await house.work<{ answers: WhatIf[]; unused: string[] }>(
    house.engine.evaluation.predict({
      run: good.id,
      row: 0,
      rows: [
        { heat: 20, load: 0 },
        { heat: 80, load: 10, serial: 'x' },
      ],
    }),
  )
  expect(unused).toEqual(['serial'])
  expect(answers.map(answer => answer.class).slice(1)).toEqual(['no', 'yes'])
  expect(answers[0]?.change).toBe(0)
  const { rows } = await house.engine.dataset.rows({ name: 'machines', limit: 1 } as never)
  expect(answers[0]?.instance.heat).toBe(rows[0]?.[1])
  expect(await house.failed(house.engine.evaluation.predict({ run: good.id, row: 9999 }))).toMatchObject({
    code: 'not-found',
  })
})
