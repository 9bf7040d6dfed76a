import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cell, DatasetVersion } from '#contract'
import { csv, failureOf, listening, openWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
beforeAll(() => {
  workspace = openWorkspace()
})
afterAll(() => workspace.close())

const door = () => workspace.dataset.door
const fix = (plan: object) => workspace.job(job => door().fix({ where: [], ...plan } as never, job))
const append = (file: string, name: string, plan: object = {}) =>
  workspace.import(file, { name, append: true, ...plan } as never)
const diff = (from: string, to: string, key?: string[]) =>
  workspace.job(job => door().diff({ from, to, key } as never, job))
const equals = (column: string, value: Cell) => ({ column, is: 'equals', values: [value] })

/** All rows of a version, and the split of each. */
async function all(version: DatasetVersion | string): Promise<{ rows: Cell[][]; splits: string[] }> {
  const known = typeof version === 'string' ? workspace.dataset.resolve(version) : version
  const columns = known.columns.map(({ name }) => name)
  const rows: Cell[][] = []
  for await (const batch of workspace.dataset.read(known, { columns }))
    for (let at = 0; at < batch.rows; at++) rows.push(batch.columns.map(column => column[at] as Cell))
  const splits = new Array<string>(rows.length)
  for (const split of ['train', 'eval', 'test'] as const)
    for (let offset = 0; ; offset += 1000) {
      const page = await door().rows({ name: known.id, offset, limit: 1000, split } as never, listening)
      for (const number of page.numbers ?? []) splits[number] = split
      if (offset + 1000 >= page.total) break
    }
  return { rows, splits }
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at)
/** Rows that do not repeat and do not compress to nothing. */
const line = (id: number) =>
  `${id},${((id * 2654435761) % 1_000_003) / 7},${(id * 40503) % 9973},word ${(id * 31) % 977}`
const lines = (ids: number[]) => `id,x,n,word\n${ids.map(line).join('\n')}\n`

describe('versions keep only what changed', () => {
  const MANY = 60_000
  let first: DatasetVersion
  beforeAll(async () => {
    first = await workspace.import(workspace.file('big.csv', lines(numbers(0, MANY))), { name: 'big' })
  })

  test('one row of many that changed costs a part of them', async () => {
    const ids = numbers(0, MANY)
    const text = lines(ids).replace(line(30_000), `30000,-1,-1,changed`)
    const second = await workspace.import(workspace.file('big2.csv', text), { name: 'big' })
    expect(second.number).toBe(2)
    expect(second.bytes).toBeLessThan(first.bytes * 0.06)
    expect(second.shared).toBeGreaterThan(first.bytes * 0.9)
    const { rows } = await all(second)
    expect(rows[30_000]).toEqual([30_000, -1, -1, 'changed'])
    expect(rows.map(([id]) => id)).toEqual(ids)
  })

  test('rows that come, go and move change the parts beside them', async () => {
    const ids = [...numbers(20_000, 40_000), -5, ...numbers(0, 20_000), ...numbers(40_001, MANY)]
    const third = await workspace.import(workspace.file('big3.csv', lines(ids)), { name: 'big' })
    expect(third.bytes).toBeLessThan(first.bytes * 0.15)
    const { rows, splits } = await all(third)
    expect(rows.map(([id]) => id)).toEqual(ids)
    const before = await all(first)
    expect(ids.every((id, at) => id < 0 || splits[at] === before.splits[id])).toBe(true)
  })

  test('one percent that is appended costs about one percent', async () => {
    const more = await append(workspace.file('more.csv', lines(numbers(MANY, MANY * 1.01))), 'big')
    expect(more).toMatchObject({ rows: MANY * 1.01, parent: { change: '600 rows of more.csv appended' } })
    expect(more.bytes).toBeLessThan(first.bytes * 0.02)
    const again = await append(workspace.file('more.csv', lines(numbers(MANY, MANY * 1.01))), 'big')
    expect(again.id).toBe(more.id)
  })

  test('a row that is mended costs a part, and parts that are shared have one id', async () => {
    const mended = await fix({ name: 'big@1', only: [41_000], action: 'set', column: 'n', value: 7 })
    expect(mended.bytes).toBeLessThan(first.bytes * 0.06)
    const { rows, splits } = await all(mended)
    const before = await all(first)
    expect(splits).toEqual(before.splits)
    expect(rows).toEqual(before.rows.map((row, at) => (at === 41_000 ? [row[0], row[1], 7, row[3]] : row)))
    const whole = await workspace.dataset.partsOf(first)
    const parts = await workspace.dataset.partsOf(mended)
    expect(whole.reduce((sum, { rows }) => sum + rows, 0)).toBe(MANY)
    expect(parts.reduce((sum, { rows }) => sum + rows, 0)).toBe(MANY)
    expect(parts.length).toBe(3)
    const grown = await workspace.dataset.partsOf(workspace.dataset.resolve('big@4'))
    const third = await workspace.dataset.partsOf(workspace.dataset.resolve('big@3'))
    const known = new Set(third.map(({ id }) => id))
    expect(grown.filter(({ id }) => !known.has(id)).map(({ rows }) => rows)).toEqual([600])
    for (const { table, rows } of grown) {
      const session = await table.session()
      const [counted] = await session.rows<{ n: number; least: number; most: number }>(
        `SELECT count(*) AS n, min(file_row_number) AS least, max(file_row_number) AS most FROM ${table.groups[0]?.from}`,
      )
      session.close()
      expect(counted).toEqual({ n: rows, least: 0, most: rows - 1 })
      expect(table.rows).toBe(rows)
    }
  })

  test('removing a version frees what no other needs, and nothing else', async () => {
    const before = await all('big@5')
    const freed = await door().remove({ name: 'big@4' } as never, listening)
    expect(freed.freedBytes).toBe(freed.removed[0]?.bytes)
    await door().remove({ name: 'big@1' } as never, listening)
    expect(await all('big@5')).toEqual(before)
    await door().remove({ name: 'big' } as never, listening)
    expect(workspace.leftovers()).toEqual([])
  })

  test('many appends and fixes stay readable', async () => {
    await workspace.import(workspace.file('days.csv', 'd,v\n0,0\n'), { name: 'days' })
    for (let day = 1; day <= 80; day++)
      await append(workspace.file(`day${day}.csv`, `d,v\n${day},${day * day}\n`), 'days')
    const { rows } = await all('days')
    expect(rows).toEqual(numbers(0, 81).map(day => [day, day * day]))
    const parts = await workspace.dataset.partsOf(workspace.dataset.resolve('days'))
    expect(parts.length).toBeLessThanOrEqual(65)
    const page = await door().rows({ name: 'days', offset: 70, limit: 3 } as never, listening)
    expect(page.rows.map(([day]) => day)).toEqual([70, 71, 72])
  }, 60_000)
})

describe('append', () => {
  test('columns are matched by name; one that is missing or new is missing in those rows', async () => {
    await workspace.import(workspace.file('m.csv', 'id,zip,v\n1,00501,1\n2,10001,2\n'), {
      name: 'm',
      key: ['id'],
    })
    const second = await append(workspace.file('m2.csv', 'new,v,id,zip\nx,1.5,3,20002\n,2,4,30003\n'), 'm')
    expect(second.columns).toEqual([
      { name: 'id', type: 'integer' },
      { name: 'zip', type: 'text' },
      { name: 'v', type: 'float' },
      { name: 'new', type: 'text' },
    ])
    const third = await append(workspace.file('m3.csv', 'id\n5\n'), 'm')
    expect(third.key).toEqual(['id'])
    expect((await all(third)).rows).toEqual([
      [1, '00501', 1, null],
      [2, '10001', 2, null],
      [3, '20002', 1.5, 'x'],
      [4, '30003', 2, null],
      [5, null, null, null],
    ])
  })

  test('what does not fit is refused in words, and nothing is kept', async () => {
    const before = workspace.leftovers()
    for (const [content, code, says] of [
      ['id,v\nten,1\n', 'wrong-type', /"id" holds whole numbers in m v3 and text in "bad.csv"/],
      ['id,v\n6,2020-01-01\n', 'wrong-type', /"v" holds numbers in m v3 and dates in "bad.csv"/],
      ['v\n6\n', 'bad-input', /key names "id"/],
      ['id,v\n', 'empty-data', /no rows/],
    ] as const) {
      const failure = await failureOf(append(workspace.file('bad.csv', content), 'm'))
      expect(failure.code).toBe(code)
      expect(failure.message).toMatch(says)
    }
    const other = await failureOf(append(workspace.file('ok.csv', 'id\n9\n'), 'm', { key: ['zip'] }))
    expect(other).toMatchObject({ code: 'bad-input', message: expect.stringContaining('"id"') })
    expect(workspace.leftovers()).toEqual(before)
    expect(workspace.dataset.resolve('m').number).toBe(3)
  })

  test('the first file begins the dataset', async () => {
    const version = await append(workspace.file('begin.csv', 'a\n1\n'), 'begin')
    expect(version.number).toBe(1)
    expect(version.parent).toBeUndefined()
  })

  test('files that are appended at the same time come one behind the other', async () => {
    await workspace.import(workspace.file('q.csv', 'id\n0\n'), { name: 'q' })
    const plan = (at: number) => ({
      name: 'q',
      append: true,
      file: workspace.file(`q${at}.csv`, `id\n${at}\n`),
      key: [],
      train: 0.8,
      eval: 0.1,
      test: 0.1,
      splitBy: 'hash',
    })
    await workspace.job(job => Promise.all([1, 2, 3].map(at => door().import(plan(at) as never, job))))
    const { rows } = await all('q')
    expect(rows.flat().toSorted()).toEqual([0, 1, 2, 3])
    expect(workspace.dataset.resolve('q').number).toBe(4)
  })

  test('columns that open a further group', async () => {
    const names = numbers(0, 510).map(at => `c${at}`)
    await workspace.import(
      workspace.file('w1.csv', `${names.join(',')}\n${names.map((_, at) => at).join(',')}\n`),
      { name: 'w' },
    )
    const more = numbers(0, 1030).map(at => `c${at}`)
    const wide = await append(
      workspace.file('w2.csv', `${more.join(',')}\n${more.map((_, at) => -at).join(',')}\n`),
      'w',
    )
    const { rows } = await all(wide)
    expect(rows[0]).toEqual(more.map((_, at) => (at < 510 ? at : null)))
    expect(rows[1]).toEqual(more.map((_, at) => -at || 0))
    const found = await door().rows(
      { name: 'w', offset: 0, limit: 9, where: [equals('c0', 0), equals('c1029', -1029)] } as never,
      listening,
    )
    expect(found.numbers).toEqual([1])
  }, 30_000)
})

describe('fix', () => {
  test('removes, sets and clears as the next version', async () => {
    await workspace.import(
      workspace.file('ages.csv', 'age,sex,day\n20,F,2020-01-01\n-1,M,2020-01-02\n150,F,\n,M,2020-01-04\n'),
      { name: 'ages' },
    )
    const cleared = await fix({
      name: 'ages',
      where: [{ column: 'age', is: 'range', values: [null, 0] }],
      action: 'clear',
      column: 'age',
    })
    expect(cleared).toMatchObject({ number: 2, rows: 4, parent: { change: '"age" cleared in 1 row' } })
    const set = await fix({
      name: 'ages',
      where: [equals('sex', 'M')],
      only: [3],
      action: 'set',
      column: 'day',
      value: '1999-01-01',
    })
    expect(set.parent).toEqual({ id: cleared.id, change: '"day" set to "1999-01-01" in 1 row' })
    const removed = await fix({ name: 'ages', where: [equals('age', 150)], action: 'remove' })
    expect((await all(removed)).rows).toEqual([
      [20, 'F', '2020-01-01'],
      [null, 'M', '2020-01-02'],
      [null, 'M', '1999-01-01'],
    ])
    const again = await fix({ name: 'ages@3', where: [equals('age', 150)], action: 'remove' })
    expect(again.id).toBe(removed.id)
    const big = await fix({
      name: 'ages',
      only: [0],
      action: 'set',
      column: 'age',
      value: '9007199254740993',
    })
    expect((await all(big)).rows[0]?.[0]).toBe('9007199254740993')
  })

  test.each([
    [{ action: 'remove' }, 'bad-input', /No row was chosen/],
    [{ action: 'remove', where: [equals('sex', 'X')] }, 'bad-input', /No row of ages v1 fits/],
    [
      { action: 'remove', where: [{ column: 'sex', is: 'present', values: [] }] },
      'empty-data',
      /nothing would be left/,
    ],
    [{ action: 'set', only: [0], column: 'age', value: 'old' }, 'wrong-type', /"age" holds whole numbers/],
    [{ action: 'set', only: [0], column: 'age', value: 1.5 }, 'wrong-type', /cannot hold 1.5/],
    [{ action: 'set', only: [0], column: 'age' }, 'bad-input', /No value/],
    [{ action: 'set', only: [0], value: 1 }, 'bad-input', /No column/],
    [{ action: 'set', only: [0], column: 'age', value: 20 }, 'bad-input', /hold that already/],
    [{ action: 'clear', only: [0], column: 'no' }, 'bad-input', /no column "no"/],
    [{ action: 'clear', only: [3], column: 'age' }, 'bad-input', /hold that already/],
  ])('refuses %j', async (plan, code, says) => {
    const count = (await door().show({ name: 'ages' } as never, listening)).versions.length
    const failure = await failureOf(fix({ name: 'ages@1', ...plan }))
    expect(failure.code).toBe(code)
    expect(failure.message).toMatch(says)
    expect((await door().show({ name: 'ages' } as never, listening)).versions).toHaveLength(count)
  })

  test('of a very wide table only the group of the column is written', async () => {
    const names = numbers(0, 1100).map(at => `c${at}`)
    const text = `${names.join(',')}\n${numbers(0, 600)
      .map(row => names.map((_, at) => (row * 37 + at * 11) % 1009).join(','))
      .join('\n')}\n`
    const first = await workspace.import(workspace.file('wide.csv', text), { name: 'wide' })
    const set = await fix({
      name: 'wide',
      where: [equals('c0', 0)],
      action: 'set',
      column: 'c900',
      value: 5000,
    })
    expect(set.bytes).toBeLessThan(first.bytes * 0.5)
    const removed = await fix({ name: 'wide', where: [equals('c900', 5000)], action: 'remove' })
    const before = await all(first)
    expect((await all(removed)).rows).toEqual(before.rows.filter(row => row[0] !== 0))
  }, 60_000)

  test('random fixes give what a plain list gives', async () => {
    const header = 'id,a,b\n'
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            action: fc.constantFrom('remove', 'set', 'clear'),
            only: fc.uniqueArray(fc.nat(1500), { minLength: 1, maxLength: 5 }),
            value: fc.nat(9),
          }),
          { minLength: 1, maxLength: 4 },
        ),
        fc.nat(1e6),
        async (edits, salt) => {
          const name = `random ${salt}`
          let rows: Cell[][] = numbers(0, 1500).map(id => [id, (id * 7 + salt) % 10, `t${id % 3}`])
          const splits = new Map<Cell, string>()
          const first = await workspace.import(
            workspace.file('random.csv', header + rows.map(row => row.join(',')).join('\n')),
            { name },
          )
          const start = await all(first)
          for (const [at, row] of start.rows.entries()) splits.set(row[0] as Cell, start.splits[at] as string)
          for (const { action, only, value } of edits) {
            const hit = new Set(only.filter(at => at < rows.length))
            const plan =
              action === 'remove'
                ? { action }
                : { action, column: 'a', value: action === 'set' ? value : undefined }
            const next =
              action === 'remove'
                ? rows.filter((_, at) => !hit.has(at))
                : rows.map((row, at) =>
                    hit.has(at) ? [row[0] as Cell, action === 'set' ? value : null, row[2] as Cell] : row,
                  )
            if (JSON.stringify(next) === JSON.stringify(rows)) continue
            await fix({ name, only, ...plan })
            rows = next
          }
          const end = await all(name)
          expect(end.rows).toEqual(rows)
          expect(end.splits).toEqual(rows.map(row => splits.get(row[0] as Cell)))
          const left = new Map(rows.map(row => [row[0], row]))
          const changed = start.rows.filter(
            row => left.has(row[0]) && String(left.get(row[0])) !== String(row),
          )
          const expected = {
            removed: 1500 - rows.length,
            added: 0,
            changed: changed.length,
            same: rows.length - changed.length,
          }
          expect((await diff(`${name}@1`, name, ['id'])).rows).toEqual(expected)
          expect((await diff(name, `${name}@1`, ['id'])).rows).toEqual({
            ...expected,
            removed: 0,
            added: expected.removed,
          })
          await door().remove({ name } as never, listening)
        },
      ),
      { numRuns: 8 },
    )
  }, 60_000)
})

describe('diff', () => {
  test('counts what random edits did, with a key and without', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(fc.nat(80), fc.nat(3), fc.constantFrom('x', 'y', '')), {
          selector: ([id]) => id,
          minLength: 1,
          maxLength: 40,
        }),
        fc.uniqueArray(fc.tuple(fc.nat(80), fc.nat(3), fc.constantFrom('x', 'y', '')), {
          selector: ([id]) => id,
          minLength: 1,
          maxLength: 40,
        }),
        async (before, after) => {
          const text = (rows: typeof before) =>
            csv([['id', 'n', 't'], ...rows.map(row => row.map(String))]).replaceAll('""', '')
          await workspace.import(workspace.file('d1.csv', text(before)), { name: 'd1' })
          await workspace.import(workspace.file('d2.csv', text(after)), { name: 'd2' })
          const old = new Map(before.map(row => [row[0], row]))
          const kept = after.filter(row => old.has(row[0]))
          const isSame = (row: (typeof before)[number]) => String(old.get(row[0])) === String(row)
          const same = kept.filter(isSame).length
          const found = await diff('d1', 'd2', ['id'])
          const expected = {
            same,
            changed: kept.length - same,
            added: after.length - kept.length,
            removed: before.length - kept.length,
          }
          expect(found.rows).toEqual(expected)
          expect(found.columns.changed).toEqual(
            ['n', 't'].flatMap((name, at) => {
              const rows = kept.filter(row => row[at + 1] !== old.get(row[0])?.[at + 1]).length
              return rows ? [{ name, rows }] : []
            }),
          )
          for (const { key, cells } of found.examples.changed) {
            const [was, is] = [old.get(key[0] as number), after.find(([id]) => id === key[0])]
            expect(cells).toEqual(
              ['n', 't'].flatMap((column, at) => {
                const pair = {
                  column,
                  from: was?.[at + 1] || was?.[at + 1] === 0 ? was[at + 1] : null,
                  to: is?.[at + 1] || is?.[at + 1] === 0 ? is[at + 1] : null,
                }
                return pair.from === pair.to ? [] : [pair]
              }),
            )
          }
          const whole = await diff('d1', 'd2')
          expect(whole.rows).toEqual({
            same,
            changed: 0,
            added: after.length - same,
            removed: before.length - same,
          })
          for (const name of ['d1', 'd2']) await door().remove({ name } as never, listening)
        },
      ),
      { numRuns: 25 },
    )
  }, 60_000)

  test('rows are multisets, and keys may repeat', async () => {
    await workspace.import(workspace.file('e1.csv', 'k,v\n1,a\n1,a\n1,b\n2,c\n'), { name: 'e1' })
    await workspace.import(workspace.file('e2.csv', 'k,v\n1,a\n1,z\n2,c\n2,c\n3,d\n'), { name: 'e2' })
    expect((await diff('e1', 'e2')).rows).toEqual({ same: 2, added: 3, removed: 2, changed: 0 })
    expect((await diff('e1', 'e2', ['k'])).rows).toEqual({ same: 2, added: 2, removed: 1, changed: 1 })
    expect((await failureOf(diff('e1', 'e2', ['no']))).code).toBe('bad-input')
  })

  test('columns that came, went and changed their type; the key of the versions is the default', async () => {
    await workspace.import(workspace.file('f.csv', 'id,old,n,z\n1,a,1,5\n2,b,2,6\n'), {
      name: 'f',
      key: ['id'],
    })
    await workspace.import(workspace.file('f.csv', 'z,id,n,new\n5,1,1.0,x\n7,2,2.5,y\n'), {
      name: 'f',
      key: ['id'],
    })
    const found = await diff('f@1', 'f@2')
    expect(found.key).toEqual(['id'])
    expect(found.rows).toEqual({ same: 1, added: 0, removed: 0, changed: 1 })
    expect(found.columns).toEqual({
      added: [{ name: 'new', type: 'text' }],
      removed: [{ name: 'old', type: 'text' }],
      retyped: [{ name: 'n', from: 'integer', to: 'float' }],
      changed: [
        { name: 'z', rows: 1 },
        { name: 'n', rows: 1 },
      ],
    })
    expect(found.examples.changed).toEqual([
      {
        key: [2],
        cells: [
          { column: 'z', from: 6, to: 7 },
          { column: 'n', from: 2, to: 2.5 },
        ],
      },
    ])
  })

  test('of very wide tables whose columns lie elsewhere', async () => {
    const names = numbers(0, 700).map(at => `c${at}`)
    const text = (order: string[], change: boolean) =>
      `${order.join(',')}\n${numbers(0, 20)
        .map(row =>
          order
            .map(name => (change && row === 7 && name === 'c650' ? -1 : row * 1000 + Number(name.slice(1))))
            .join(','),
        )
        .join('\n')}\n`
    await workspace.import(workspace.file('g1.csv', text(names, false)), { name: 'g1' })
    await workspace.import(workspace.file('g2.csv', text(names.toReversed(), true)), { name: 'g2' })
    const found = await diff('g1', 'g2', ['c3'])
    expect(found.rows).toEqual({ same: 19, added: 0, removed: 0, changed: 1 })
    expect(found.columns.changed).toEqual([{ name: 'c650', rows: 1 }])
    expect((await diff('g1', 'g2')).rows).toEqual({ same: 19, added: 1, removed: 1, changed: 0 })
  }, 30_000)
})
