import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DatasetVersion, Split } from '#contract'
import { quotas } from '../../../main/engine/dataset/versions/quotas.ts'
import { failureOf, listening, openWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
beforeAll(() => {
  workspace = openWorkspace()
})
afterAll(() => workspace.close())

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at)
const take = (name: string, header: string, lines: string[], plan: object) =>
  workspace.import(workspace.file(`${name}.csv`, `${header}\n${lines.join('\n')}\n`), {
    name,
    ...plan,
  } as never)

/** The split of each row by its first cell. */
async function splitsOf(version: DatasetVersion): Promise<Map<unknown, Split>> {
  const found = new Map<unknown, Split>()
  for (const split of ['train', 'eval', 'test'] as const) {
    const columns = [version.columns[0]?.name as string]
    for await (const batch of workspace.dataset.read(version, { columns, split }))
      for (const id of batch.columns[0] ?? []) found.set(id, split)
  }
  return found
}

/** Whether the rows of the first are where they were. */
const holds = (before: Map<unknown, Split>, after: Map<unknown, Split>) =>
  [...before].every(([id, split]) => after.get(id) === split)

describe('by group', () => {
  test('all rows of a value are together, and stay when rows are added', async () => {
    const line = (id: number) => `${id},patient ${id % 97},${id % 5}`
    const plan = { splitBy: 'group', splitColumn: 'who' }
    const first = await take('g', 'id,who,x', numbers(0, 2000).map(line), plan)
    expect(first.splitBy).toEqual({ how: 'group', column: 'who' })
    const splits = await splitsOf(first)
    const groups = new Map<number, Set<Split>>()
    for (const [id, split] of splits) {
      const group = (id as number) % 97
      groups.set(group, (groups.get(group) ?? new Set()).add(split))
    }
    expect([...groups.values()].every(({ size }) => size === 1)).toBe(true)
    expect(new Set([...groups.values()].flatMap(each => [...each]))).toEqual(
      new Set(['train', 'eval', 'test']),
    )
    const grown = await take('g', 'id,who,x', numbers(2000, 3000).map(line), { append: true })
    expect(grown.splitBy).toEqual(first.splitBy)
    const after = await splitsOf(grown)
    expect(holds(splits, after)).toBe(true)
    for (const [id, split] of after) expect(groups.get((id as number) % 97)).toEqual(new Set([split]))
  })
})

describe('by time', () => {
  const day = (at: number) => new Date(Date.UTC(2020, 0, 1 + at)).toISOString().slice(0, 10)
  const plan = { splitBy: 'time', splitColumn: 'day' }

  test('the oldest train and the newest test; the bounds hold for what comes later', async () => {
    // In an order that is not that of time.
    const ids = numbers(0, 100).map(at => (at * 37) % 100)
    const first = await take(
      't',
      'id,day',
      ids.map(id => `${id},${day(id)}`),
      plan,
    )
    expect(first.splits).toEqual({ train: 80, eval: 10, test: 10 })
    expect(first.splitBy?.bounds).toEqual([day(80), day(90)])
    const splits = await splitsOf(first)
    for (const id of ids) expect(splits.get(id)).toBe(id < 80 ? 'train' : id < 90 ? 'eval' : 'test')
    const grown = await take('t', 'id,day', [`100,${day(100)}`, `101,${day(5)}`, '102,'], { append: true })
    expect(grown.splitBy?.bounds).toEqual(first.splitBy?.bounds)
    const after = await splitsOf(grown)
    expect(holds(splits, after)).toBe(true)
    expect([100, 101, 102].map(id => after.get(id))).toEqual(['test', 'train', 'train'])
    expect(grown.notes).toEqual([expect.stringContaining('"day" is missing in 1 row;')])
    const whole = await take(
      't',
      'id,day',
      numbers(0, 300).map(id => `${id},${day(id)}`),
      plan,
    )
    expect(whole.splitBy?.bounds).toEqual(first.splitBy?.bounds)
    expect(holds(splits, await splitsOf(whole))).toBe(true)
  })

  test('rows of one time stay together; times of day and numbers order too', async () => {
    const same = await take(
      'same',
      'id,day',
      numbers(0, 50).map(id => `${id},2020-01-01`),
      plan,
    )
    expect(same.splits).toEqual({ train: 50, eval: 0, test: 0 })
    const ties = await take(
      'ties',
      'id,day',
      numbers(0, 50).map(id => `${id},${day(Math.floor(id / 7))}`),
      plan,
    )
    const splits = await splitsOf(ties)
    for (const week of numbers(0, 7))
      expect(new Set(numbers(week * 7, week * 7 + 7).map(id => splits.get(id))).size).toBe(1)
    const moments = await take(
      'moments',
      'id,day',
      numbers(0, 10).map(id => `${id},2020-01-01T0${id}:00:00Z`),
      plan,
    )
    expect(moments.splits).toEqual({ train: 8, eval: 1, test: 1 })
    const steps = await take(
      'steps',
      'id,day',
      numbers(0, 10).map(id => `${id},${id / 2}`),
      { ...plan, train: 0.5, eval: 0.5, test: 0 },
    )
    expect(steps.splits).toEqual({ train: 5, eval: 5, test: 0 })
    expect((await take('steps', 'id,day', ['50,99.5'], { append: true })).splits).toEqual({
      train: 5,
      eval: 6,
      test: 0,
    })
  })

  test('text is no time', async () => {
    const failure = await failureOf(take('words', 'id,day', ['1,soon', '2,late'], plan))
    expect(failure).toMatchObject({ code: 'wrong-type', message: expect.stringContaining('"day"') })
  })
})

describe('stratified', () => {
  const plan = { splitBy: 'stratified', splitColumn: 'label' }
  const line = (id: number, label: string) => `${id},${label},${Math.sin(id)}`

  test('each value has the exact shares, and keeps them under appends without a row that moves', async () => {
    const sizes: [string, number][] = [
      ['a', 500],
      ['b', 50],
      ['c', 10],
      ['', 20],
      ['d', 1],
    ]
    let next = 0
    const lines = (of: [string, number][]) =>
      of.flatMap(([label, many]) => {
        next += many
        return numbers(next - many, next).map(id => [id, label] as const)
      })
    const labels = new Map<number, string>()
    const write = (of: [string, number][]) =>
      lines(of).map(([id, label]) => {
        labels.set(id, label)
        return line(id, label)
      })
    const count = (splits: Map<unknown, Split>, label: string) =>
      (['train', 'eval', 'test'] as const).map(
        split => [...labels].filter(([id, of]) => of === label && splits.get(id) === split).length,
      )
    const first = await take('s', 'id,label,x', write(sizes), plan)
    let splits = await splitsOf(first)
    expect(sizes.map(([label]) => count(splits, label))).toEqual([
      [400, 50, 50],
      [40, 5, 5],
      [8, 1, 1],
      [16, 2, 2],
      [1, 0, 0],
    ])
    for (const grown of [
      [
        ['c', 1],
        ['new', 10],
      ],
      [
        ['c', 4],
        ['a', 100],
      ],
      [['d', 9]],
    ] as [string, number][][]) {
      const version = await take('s', 'id,label,x', write(grown), { append: true })
      const after = await splitsOf(version)
      expect(holds(splits, after)).toBe(true)
      splits = after
    }
    expect(['a', 'c', 'd', 'new'].map(label => count(splits, label))).toEqual([
      [480, 60, 60],
      [12, 2, 1],
      [8, 1, 1],
      [8, 1, 1],
    ])
  })

  test('rows that are equal are in one split, in whatever order the file has them', async () => {
    const rows = numbers(0, 300).flatMap(id => [`${id % 40},${id % 2 ? 'x' : 'y'}`])
    const one = await splitsOf(await take('e1', 'id,label', rows, plan))
    const other = await splitsOf(await take('e2', 'id,label', rows.toReversed(), plan))
    expect(other).toEqual(one)
  })

  test('quotas add up and make up for what is lacking', () => {
    const share = fc.integer({ min: 1, max: 98 })
    fc.assert(
      fc.property(
        share,
        share,
        fc.nat(500),
        fc.tuple(fc.nat(50), fc.nat(50), fc.nat(50)),
        (a, b, rows, earlier) => {
          const train = a / 100
          const shares = { train, eval: ((1 - train) * b) / 100, test: ((1 - train) * (100 - b)) / 100 }
          const given = quotas(shares, rows, earlier)
          expect(given.reduce((sum, n) => sum + n, 0)).toBe(rows)
          expect(given.every(n => Number.isInteger(n) && n >= 0)).toBe(true)
          const fresh = quotas(shares, rows)
          for (const [at, part] of [shares.train, shares.eval, shares.test].entries())
            expect(Math.abs((fresh[at] ?? 0) - part * rows)).toBeLessThan(1)
        },
      ),
    )
  })

  test('a column of many values is none', async () => {
    const failure = await failureOf(
      take(
        'many',
        'id,label',
        numbers(0, 10_001).map(id => `${id},v${id}`),
        plan,
      ),
    )
    expect(failure).toMatchObject({ code: 'bad-input', message: expect.stringContaining('10,000') })
  })
})

describe('by a column', () => {
  const plan = { splitBy: 'column', splitColumn: 'set' }
  test('the words of the three splits, in any case', async () => {
    const words = ['train', 'Training', 'EVAL', 'validation', ' val ', 'dev', 'Test', 'holdout']
    const version = await take(
      'c',
      'id,set',
      words.map((word, id) => `${id},${word}`),
      plan,
    )
    expect([...(await splitsOf(version))].sort().map(([, split]) => split)).toEqual([
      'train',
      'train',
      'eval',
      'eval',
      'eval',
      'eval',
      'test',
      'test',
    ])
    const set = await workspace.job(job =>
      workspace.dataset.door.fix(
        { name: 'c', where: [], only: [0], action: 'set', column: 'set', value: 'test' } as never,
        job,
      ),
    )
    expect((await splitsOf(set)).get(0)).toBe('test')
    const failure = await failureOf(
      workspace.job(job =>
        workspace.dataset.door.fix(
          { name: 'c', where: [], only: [0], action: 'clear', column: 'set' } as never,
          job,
        ),
      ),
    )
    expect(failure.code).toBe('bad-input')
  })

  test.each([
    [['0,train', '1,other'], plan, /holds "other"/],
    [['0,train', '1,'], plan, /missing in 1 row/],
    [['0,train'], { splitBy: 'column', splitColumn: 'no' }, /"no", which the file does not have/],
    [['0,train'], { splitBy: 'group' }, /must be named/],
  ])('is told where it does not say: %j', async (lines, how, says) => {
    const failure = await failureOf(take('bad', 'id,set', lines, how))
    expect(failure.code).toBe('bad-input')
    expect(failure.message).toMatch(says)
  })
})

test('in a very wide table the splitting column may lie anywhere', async () => {
  const names = numbers(0, 700).map(at => (at === 650 ? 'label' : `c${at}`))
  const lines = numbers(0, 100).map(row =>
    names.map((_, at) => (at === 650 ? `l${row % 2}` : at ? (row * at) % 13 : row)).join(','),
  )
  for (const how of ['stratified', 'group'] as const) {
    const version = await take(`wide-${how}`, names.join(','), lines, { splitBy: how, splitColumn: 'label' })
    const splits = await splitsOf(version)
    if (how === 'stratified') expect(version.splits).toEqual({ train: 80, eval: 10, test: 10 })
    else expect(new Set(numbers(0, 50).map(at => splits.get(at * 2))).size).toBe(1)
    const page = await workspace.dataset.door.rows(
      { name: version.id, offset: 0, limit: 5, columns: ['c0', 'label'] } as never,
      listening,
    )
    expect(page.rows[3]).toEqual([3, 'l1'])
  }
}, 30_000)

test('the same file split in another way is another version, and split the same way it is the one that is there', async () => {
  const lines = numbers(0, 50).map(id => `${id},${id % 2}`)
  const hash = await take('x', 'id,label', lines, {})
  const strata = await take('x', 'id,label', lines, { splitBy: 'stratified', splitColumn: 'label' })
  expect(strata.number).toBe(2)
  expect((await take('x', 'id,label', lines, { splitBy: 'stratified', splitColumn: 'label' })).id).toBe(
    strata.id,
  )
  expect((await take('x', 'id,label', lines, {})).id).toBe(hash.id)
})
