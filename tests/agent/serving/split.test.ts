import { afterEach, describe, expect, test } from 'vitest'
import { attr, writeGraphDef } from '../../../main/engine/graph/index.ts'
import { canonicalJson, seeded } from '../../../main/engine/kit/index.ts'
import { isForCandidate } from '../../../main/engine/release/index.ts'
import { classOf, instance, tinyGraph, transform } from '../tinyModel.ts'
import { classesOf, compared, type It, MODEL, releaseHere, servingHere } from './here.ts'

const open: ReturnType<typeof servingHere>[] = []
afterEach(async () => {
  for (const { serving } of open.splice(0)) await serving.close()
})

async function serving(
  primary: It,
  candidate: It,
  how: { share: number; shadow: boolean },
  random?: () => number,
) {
  const here = servingHere(random)
  open.push(here)
  for (const it of [primary, candidate]) await here.serving.load(releaseHere(it))
  here.serving.serve(MODEL, {
    primary: primary.version,
    candidate: { version: candidate.version, rollout: 'rollout-7', ...how },
  })
  return here
}

const many = (count: number, seed = 3) => {
  const random = seeded(seed)
  return Array.from({ length: count }, () => ({
    weight: 10 + 4 * random(),
    color: random() < 0.5 ? 'red' : 'green',
  }))
}

describe('a split by item', () => {
  const two = () => serving({ version: 1 }, { version: 2 }, { share: 0.2, shadow: false })

  test('gives the share to the candidate, and each answer is of the version that is named', async () => {
    const { serving: here, answered } = await two()
    const instances = many(5000)
    const { versions, predictions } = here.ask(MODEL, undefined, { instances })
    const share = versions.filter(version => version === 2).length / versions.length
    // Four standard deviations of 5000 draws.
    expect(Math.abs(share - 0.2)).toBeLessThan(4 * Math.sqrt((0.2 * 0.8) / 5000))
    expect(classesOf(predictions)).toEqual(versions.map(classOf))
    expect([...answered]).toEqual([
      [1, versions.filter(version => version === 1).length],
      [2, versions.filter(version => version === 2).length],
    ])
  })

  test('the same item always comes to the same version, alone, in a crowd, and whatever its order of keys', async () => {
    const { serving: here } = await two()
    const instances = many(300)
    const { versions } = here.ask(MODEL, undefined, { instances })
    for (const [i, each] of instances.entries()) {
      const { weight, color } = each
      const alone = here.ask(MODEL, undefined, { instances: [{ color, weight }] })
      expect(alone.versions).toEqual([versions[i]])
    }
    expect(versions).toEqual(
      instances.map(each => (isForCandidate('rollout-7', canonicalJson(each), 0.2) ? 2 : 1)),
    )
    // By a name that is given, whatever the row is.
    const named = (item: string) =>
      here.ask(MODEL, undefined, { instances: many(1, item.length), items: [item] }).versions[0]
    for (const item of ['part-1', 'part-2', 'part-33', 'part-404']) expect(named(item)).toBe(named(item))
  })

  test('a version that is asked for by number answers all', async () => {
    const { serving: here } = await two()
    const instances = many(50)
    for (const version of [1, 2])
      expect(here.ask(MODEL, version, { instances }).versions).toEqual(instances.map(() => version))
  })

  test('a candidate that gives no numbers is told, and costs nobody an answer', async () => {
    const { serving: here, failed } = await serving(
      { version: 1 },
      { version: 2, graph: tinyGraph({ best: 2 }) },
      { share: 0.5, shadow: false },
    )
    const good = here.model(MODEL, 2)
    ;(good as { predict: unknown }).predict = () => {
      throw new Error('a kernel gave up')
    }
    const instances = many(100)
    const { versions, predictions } = here.ask(MODEL, undefined, { instances })
    expect(versions).toEqual(instances.map(() => 1))
    expect(classesOf(predictions)).toEqual(instances.map(() => classOf(1)))
    expect(failed).toEqual([[2, expect.stringContaining('a kernel gave up')]])
  })

  test('a row that no version can read is a fault of who asked, and of no version', async () => {
    const { serving: here, failed } = await two()
    const instances = many(40).map((each, i) => (i === 17 ? { ...each, weight: 'heavy' } : each))
    expect(() => here.ask(MODEL, undefined, { instances })).toThrow(/weight/)
    expect(failed).toEqual([])
  })
})

describe('a shadow', () => {
  const everything = { lowConfidence: null, disagreement: true, random: 0, quotaBytes: 1 << 20 }

  test('changes no answer, and only what the two disagree on is kept', async () => {
    // The second model prefers its class by little: it agrees on some rows.
    const {
      serving: here,
      captured,
      answered,
    } = await serving(
      { version: 1, graph: tinyGraph({ best: 1 }) },
      { version: 2, graph: tinyGraph({ best: 1 }) },
      { share: 1, shadow: true },
    )
    here.capture(everything)
    const shadow = here.model(MODEL, 2)
    const real = shadow.predict.bind(shadow)
    const disputed = (each: unknown) => (each as { weight: number }).weight > 13
    ;(shadow as { predict: unknown }).predict = (instances: unknown[]) => {
      const answers = real(instances)
      return {
        ...answers,
        predictions: answers.predictions.map((answer, i) =>
          disputed(instances[i]) ? { ...answer, class: 'bolt' } : answer,
        ),
      }
    }
    const instances = many(400)
    const alone = servingHere()
    open.push(alone)
    await alone.serving.load(releaseHere({ version: 1, graph: tinyGraph({ best: 1 }) }))
    alone.serving.serve(MODEL, { primary: 1, candidate: null })
    const wanted = alone.serving.ask(MODEL, undefined, { instances })
    const got = here.ask(MODEL, undefined, { instances })
    expect(got.predictions).toEqual(wanted.predictions)
    expect(got.scores).toEqual(wanted.scores)
    expect(got.versions).toEqual(instances.map(() => 1))
    expect(captured).toEqual([])
    await compared()
    const away = instances.filter(disputed)
    expect(away.length).toBeGreaterThan(10)
    expect(captured.map(({ instance: kept }) => kept)).toEqual(away)
    expect(captured[0]).toMatchObject({ version: 1, reason: 'disagreement', other: { version: 2 } })
    expect(here.takeMetrics(MODEL)).toMatchObject({
      pairs: {
        rollout: 'rollout-7',
        primary: 1,
        candidate: 2,
        rows: 400,
        disagreements: away.length,
        matrix: { 'nut > bolt': away.length },
      },
    })
    expect(answered.get(1)).toBe(400)
    expect(here.takeMetrics(MODEL)).toBeNull()
  })

  test('one that fails is told, and one that was taken off meanwhile is not', async () => {
    const { serving: here, failed } = await serving(
      { version: 1 },
      { version: 2 },
      { share: 1, shadow: true },
    )
    const shadow = here.model(MODEL, 2) as { predict: unknown }
    shadow.predict = () => {
      throw new Error('a kernel gave up')
    }
    expect(classesOf(here.ask(MODEL, undefined, { instances: [instance] }).predictions)).toEqual([classOf(1)])
    await compared()
    expect(failed).toHaveLength(1)
    here.ask(MODEL, undefined, { instances: [instance] })
    here.serve(MODEL, { primary: 1, candidate: null })
    here.drop(MODEL, 2)
    await compared()
    expect(failed).toHaveLength(1)
  })
})

test('rows are kept by chance and for low confidence as the publisher says, and for a person who says so', async () => {
  const draws = seeded(11)
  const here = servingHere(draws)
  open.push(here)
  await here.serving.load(releaseHere({ version: 1 }))
  here.serving.serve(MODEL, { primary: 1, candidate: null })
  here.serving.capture({ lowConfidence: null, disagreement: true, random: 0.1, quotaBytes: 1 << 20 })
  here.serving.ask(MODEL, undefined, { instances: many(2000) })
  await compared()
  expect(here.captured.every(({ reason }) => reason === 'random')).toBe(true)
  expect(Math.abs(here.captured.length / 2000 - 0.1)).toBeLessThan(4 * Math.sqrt(0.09 / 2000))
  here.captured.length = 0
  here.serving.capture({ lowConfidence: 2, disagreement: false, random: 0, quotaBytes: 1 << 20 })
  here.serving.ask(MODEL, undefined, { instances: many(3) })
  await compared()
  expect(here.captured.map(({ reason }) => reason)).toEqual(new Array(3).fill('low-confidence'))
  here.captured.length = 0
  here.serving.keep(MODEL, instance)
  expect(here.captured).toMatchObject([{ reason: 'button', instance, version: 1, model: MODEL }])
})

test('windows over time see every row in both versions of a split, and go on over a switch', async () => {
  const over = {
    ...transform,
    features: [
      transform.features[0],
      transform.features[1],
      {
        kind: 'window',
        name: 'lately',
        columns: ['weight', 'at'],
        window: { figures: ['mean'], rows: 4, lateness: 0, current: false },
        scaling: [{ mean: 0, deviation: 1 }],
        missing: false,
      },
    ],
    inputs: [
      { name: 'weight', type: 'float' },
      { name: 'color', type: 'text' },
      { name: 'at', type: 'float' },
    ],
    width: 4,
  } as unknown as typeof transform
  const golden = { instances: [{ ...instance, at: 0 }] }
  const of = (version: number): It => ({ version, transform: over, graph: wide(), golden, label: LINE })
  const rows = many(60).map((each, at) => ({ ...each, at }))
  const alone = servingHere()
  open.push(alone)
  await alone.serving.load(releaseHere(of(1)))
  alone.serving.serve(MODEL, { primary: 1, candidate: null })
  const wanted = rows.map(each => alone.serving.ask(MODEL, undefined, { instances: [each] }).scores[0])

  const { serving: here } = await serving(of(1), of(2), { share: 0.4, shadow: false })
  const got = rows.slice(0, 40).map(each => here.ask(MODEL, undefined, { instances: [each] }))
  expect(new Set(got.flatMap(({ versions }) => versions))).toEqual(new Set([1, 2]))
  expect(got.map(({ scores }) => scores[0])).toEqual(wanted.slice(0, 40))
  // Both computed all rows; each is counted where it was answered.
  expect(here.figures(MODEL, 1).predictions + here.figures(MODEL, 2).predictions).toBe(40)
  here.serve(MODEL, { primary: 2, candidate: null })
  expect(rows.slice(40).map(each => here.ask(MODEL, undefined, { instances: [each] }).scores[0])).toEqual(
    wanted.slice(40),
  )
})

const LINE = { task: 'regression' as const, column: 'price', classes: [], mean: 0, deviation: 1 }
/** The sum of what it is given, so that the window is seen in the answer. */
function wide(): Uint8Array {
  const float = attr.type('float32')
  return writeGraphDef({
    nodes: [
      {
        name: 'x',
        op: 'Placeholder',
        inputs: [],
        controls: [],
        device: '',
        attrs: { dtype: float, shape: attr.shape([-1, 4]) },
      },
      {
        name: 'w',
        op: 'Const',
        inputs: [],
        controls: [],
        device: '',
        attrs: {
          dtype: float,
          value: attr.tensor({ dtype: 'float32', shape: [4, 1], data: Float32Array.of(1, 1, 1, 100) }),
        },
      },
      {
        name: 'out',
        op: 'MatMul',
        inputs: [
          { node: 'x', port: 0 },
          { node: 'w', port: 0 },
        ],
        controls: [],
        device: '',
        attrs: { T: float },
      },
    ],
    inputs: [{ name: 'x', dtype: 'float32', shape: [-1, 4] }],
    outputs: [{ name: 'out', dtype: 'float32', shape: [-1, 1] }],
    variables: new Map(),
    versions: { producer: 1286, minConsumer: 0 },
  })
}
