import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cell, Condition } from '#contract'
import { narrowed } from '../../../main/engine/dataset/index.ts'
import { csv, failureOf, listening, openWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
beforeAll(() => {
  workspace = openWorkspace()
})
afterAll(() => workspace.close())

type Ask = Partial<Parameters<Workspace['dataset']['door']['rows']>[0]>
const ask = (name: string, want: Ask) =>
  workspace.dataset.door.rows({ name, offset: 0, limit: 1000, ...want } as never, listening)
const only = async (name: string, where: unknown[]) =>
  (await ask(name, { where: where as Condition[] })).numbers

/** One column of each type; the cells as they cross. */
const COLUMNS = ['whole', 'float', 'yes', 'text', 'day', 'moment'] as const
const MOMENTS = [
  '2020-01-31T12:30:00Z',
  '2020-02-01T00:00:00Z',
  '1999-12-31T23:59:59.5Z',
  '2021-07-01T06:00:00Z',
]
const DAYS = ['2020-01-31', '2020-02-29', '1999-12-31', '2021-07-01']
const values: Record<(typeof COLUMNS)[number], fc.Arbitrary<Cell>> = {
  whole: fc.oneof(
    fc.integer({ min: -9, max: 9 }),
    fc.constantFrom('9007199254740993', '-9223372036854775807'),
  ),
  float: fc.constantFrom(-2.5, -1, 0, 0.1, 0.5, 1, 3.25, 12345.5),
  yes: fc.boolean(),
  text: fc.constantFrom('a', 'B', 'b', 'ab', 'grün', "it's", '😀', '\uffee', 'x%_'),
  day: fc.constantFrom(...DAYS),
  moment: fc.constantFrom(...MOMENTS),
}

const rank = (column: string, cell: Cell): bigint | number | string => {
  if (column === 'whole') return BigInt(cell as string)
  if (column === 'float' || column === 'yes') return Number(cell)
  if (column === 'day' || column === 'moment') return Date.parse(String(cell))
  // Code points, not the code units by which JavaScript compares.
  return [...String(cell)]
    .map(letter => (letter.codePointAt(0) as number).toString(16).padStart(6, '0'))
    .join('')
}

/** The plain rule that the SQL is held to. */
function fits(cell: Cell, { column, is, values, closed }: Required<Condition>): boolean {
  if (is === 'missing') return cell === null
  if (cell === null) return is === 'differs' || is === 'none-of'
  if (is === 'present') return true
  if (is === 'contains') return String(cell).toLowerCase().includes(String(values[0]).toLowerCase())
  const at = rank(column, cell)
  const any = values.some(value => value !== null && rank(column, value) === at)
  if (is === 'equals' || is === 'one-of') return any
  if (is === 'differs' || is === 'none-of') return !any
  const [low, high] = values as [Cell, Cell]
  if (low !== null && at < rank(column, low)) return false
  if (high === null) return true
  return closed ? at <= rank(column, high) : at < rank(column, high)
}

const row = fc.tuple(...COLUMNS.map(column => fc.option(values[column], { freq: 5 })))
const condition = fc.constantFrom(...COLUMNS).chain(column =>
  fc
    .constantFrom<Condition['is'][]>(
      'equals',
      'differs',
      'one-of',
      'none-of',
      'range',
      'contains',
      'missing',
      'present',
    )
    .chain(is => {
      const value = values[column]
      const list: fc.Arbitrary<Cell[]> =
        is === 'missing' || is === 'present'
          ? fc.constant([])
          : is === 'range'
            ? fc.tuple(fc.option(value), fc.option(value))
            : is === 'contains'
              ? fc.tuple(column === 'text' ? fc.constantFrom('A', 'ü', 'x%', '', "'") : value.map(String))
              : is === 'equals' || is === 'differs'
                ? fc.tuple(value)
                : fc.array(value, { minLength: 1, maxLength: 4 })
      return fc.record({
        column: fc.constant(column as string),
        is: fc.constant(is),
        values: list,
        closed: fc.boolean(),
      })
    }),
)

describe('filters', () => {
  test('give the rows that a plain reading of them gives', async () => {
    const rows = fc.sample(row, { numRuns: 400, seed: 4 })
    // Each type shows in at least one cell, so that it is found.
    rows.push([5, 0.25, true, 'plain', '2020-02-29', MOMENTS[0] as string])
    const path = workspace.file(
      'all.csv',
      csv([
        [...COLUMNS],
        ...rows.map(cells => cells.map(cell => (cell === null ? '' : String(cell)))),
      ]).replaceAll('""', ''),
    )
    const version = await workspace.import(path)
    expect(version.columns.map(({ type }) => type)).toEqual([
      'integer',
      'float',
      'boolean',
      'text',
      'date',
      'timestamp',
    ])
    await fc.assert(
      fc.asyncProperty(fc.array(condition, { minLength: 1, maxLength: 3 }), async where => {
        const expected = rows.flatMap((cells, at) =>
          where.every(each => fits(cells[COLUMNS.indexOf(each.column as never)] as Cell, each)) ? [at] : [],
        )
        const found = await ask('all', { where })
        expect(found.numbers).toEqual(expected)
        expect(found.total).toBe(expected.length)
      }),
      { numRuns: 150 },
    )
  }, 60_000)

  test('bounds between whole cells, months, seconds and integers beyond 2^53', async () => {
    await workspace.import(
      workspace.file(
        'b.csv',
        'n,d,t,ok\n1,2020-01-31,2020-01-31T00:00:01Z,true\n2,2020-02-01,2020-02-01T00:00:00Z,false\n9007199254740993,2020-03-01,2020-03-01T00:00:00Z,true\n',
      ),
    )
    const range = (column: string, values: Cell[], closed?: boolean) =>
      only('b', [{ column, is: 'range', values, closed }])
    expect(await range('n', [1.5, 2.5])).toEqual([1])
    expect(await range('n', [0.5, 2], true)).toEqual([0, 1])
    expect(await range('n', ['9007199254740992', '9007199254740994'])).toEqual([2])
    expect(await range('n', [1e300, null])).toEqual([])
    expect(await range('n', [-1e300, null])).toEqual([0, 1, 2])
    expect(await range('d', ['2020-02', '2020-03'])).toEqual([1])
    expect(await range('d', [Date.parse('2020-02-01') / 1000, null])).toEqual([1, 2])
    expect(await range('t', ['2020-01-31T01:00:02+01:00', null])).toEqual([1, 2])
    expect(await range('t', [-1e15, 1e15])).toEqual([0, 1, 2])
    expect(await range('ok', [0.5, 1], true)).toEqual([0, 2])
    expect(await only('b', [{ column: 'n', is: 'equals', values: [1.5] }])).toEqual([])
    expect(await only('b', [{ column: 'n', is: 'differs', values: [1.5] }])).toEqual([0, 1, 2])
  })

  test.each([
    [[{ column: 'x', is: 'missing', values: [] }], 'bad-input', /no column "x"/],
    [[{ column: 'n', is: 'equals', values: ['abc'] }], 'wrong-type', /"n" holds whole numbers/],
    [[{ column: 'n', is: 'equals', values: [true] }], 'wrong-type', /"n" holds whole numbers/],
    [[{ column: 'd', is: 'equals', values: ['2020-02-30'] }], 'wrong-type', /"d" holds dates/],
    [[{ column: 'ok', is: 'equals', values: [3] }], 'wrong-type', /"ok" holds true and false/],
    [[{ column: 't', is: 'range', values: ['now', null] }], 'wrong-type', /"t" holds times/],
    [[{ column: 'n', is: 'one-of', values: [] }], 'bad-input', /needs at least one value/],
    [[{ column: 'n', is: 'range', values: [1] }], 'bad-input', /needs two values/],
    [[{ column: 'n', is: 'missing', values: [1] }], 'bad-input', /needs no value/],
    [[{ column: 'n', is: 'equals', values: [null] }], 'wrong-type', /null is not of that kind/],
  ])('what cannot be asked is told: %j', async (where, code, says) => {
    const failure = await failureOf(ask('b', { where: where as Condition[] }))
    expect(failure.code).toBe(code)
    expect(failure.message).toMatch(says)
    expect(failure.remedy).toMatch(/\.$/)
  })
})

describe('views', () => {
  test('search looks into every cell, sort puts what is missing last, ties keep their order', async () => {
    await workspace.import(workspace.file('v.csv', 'a,b,c\n2,Grün,1.5\n,blau,\n1,GRÜN,2.5\n2,x1,3\n'))
    expect((await ask('v', { search: 'grü' })).numbers).toEqual([0, 2])
    expect((await ask('v', { search: '1' })).numbers).toEqual([0, 2, 3])
    expect((await ask('v', { search: '3.0' })).numbers).toEqual([])
    expect((await ask('v', { search: '%' })).numbers).toEqual([])
    expect((await ask('v', { sort: 'a' })).numbers).toEqual([2, 0, 3, 1])
    expect((await ask('v', { sort: 'a', descending: true })).numbers).toEqual([0, 3, 2, 1])
    expect((await ask('v', { sort: 'b', only: [3, 1, 99] })).rows).toEqual([
      [null, 'blau', null],
      [2, 'x1', 3],
    ])
    expect((await ask('v', { offset: 2, limit: 5 })).numbers).toEqual([2, 3])
    expect((await ask('v', { sort: 'a', offset: 9 })).rows).toEqual([])
    expect((await failureOf(ask('v', { sort: 'z' }))).code).toBe('bad-input')
  })

  test('split, filter and sort together', async () => {
    const lines = Array.from({ length: 2000 }, (_, at) => `${at},${(at * 7919) % 1000}`)
    const version = await workspace.import(workspace.file('s.csv', `id,v\n${lines.join('\n')}\n`))
    const plain = await ask('s', { split: 'eval' })
    const sorted = await ask('s', { split: 'eval', sort: 'v' })
    expect(plain.total).toBe(version.splits.eval)
    expect(new Set(sorted.numbers)).toEqual(new Set(plain.numbers))
    const values = sorted.rows.map(row => row[1] as number)
    expect(values).toEqual(values.toSorted((a, b) => a - b))
  })

  test('conditions, search and sorting in columns far apart', async () => {
    const names = Array.from({ length: 1100 }, (_, at) => `c${at}x`)
    const lines = Array.from({ length: 50 }, (_, row) =>
      names.map((_, at) => (at === 1099 ? `word${row % 5}` : (row * at) % 97)).join(','),
    )
    await workspace.import(workspace.file('far.csv', `${names.join(',')}\n${lines.join('\n')}\n`))
    const where: Condition[] = [
      { column: 'c1x', is: 'range', values: [10, 40] },
      { column: 'c600x', is: 'range', values: [50, null] },
      { column: 'c1099x', is: 'one-of', values: ['word1', 'word2'] },
    ]
    const expected = Array.from({ length: 50 }, (_, row) => row).filter(
      row => row >= 10 && row < 40 && (row * 600) % 97 >= 50 && [1, 2].includes(row % 5),
    )
    expect((await ask('far', { where, columns: ['c1x'] })).numbers).toEqual(expected)
    expect((await ask('far', { where, search: 'word1', columns: ['c1099x', 'c0x'] })).numbers).toEqual(
      expected.filter(row => row % 5 === 1),
    )
    const sorted = await ask('far', { where, sort: 'c600x', descending: true, columns: ['c600x'] })
    expect(sorted.numbers).toEqual(expected.toSorted((a, b) => ((b * 600) % 97) - ((a * 600) % 97) || a - b))
    const read: Cell[][] = []
    for await (const batch of workspace.dataset.read(workspace.dataset.resolve('far'), {
      columns: ['c1x', 'c1099x'],
      where,
    }))
      for (let at = 0; at < batch.rows; at++) read.push(batch.columns.map(column => column[at] as Cell))
    expect(read).toEqual(expected.map(row => [row, `word${row % 5}`]))
    const table = await workspace.dataset.open('far', {})
    const narrow = await narrowed(table, where)
    expect(narrow.rows).toBe(expected.length)
    expect(narrow.subject).not.toBe(table.subject)
    expect((await failureOf(narrowed(table, [{ column: 'c1x', is: 'equals', values: [-1] }]))).code).toBe(
      'empty-data',
    )
  }, 60_000)

  test('a view that its first reader left is made for the next, and many views are kept in bounds', async () => {
    const gone = new AbortController()
    const first = workspace.dataset.door.rows(
      { name: 's', offset: 0, limit: 5, sort: 'id', descending: true } as never,
      { signal: gone.signal },
    )
    const second = ask('s', { sort: 'id', descending: true, limit: 5 })
    gone.abort()
    await first.catch(() => {})
    expect((await second).numbers).toEqual([1999, 1998, 1997, 1996, 1995])
    const pages = await Promise.all(
      Array.from({ length: 80 }, (_, at) =>
        ask('s', { where: [{ column: 'v', is: 'range', values: [at, null] }], limit: 1 }),
      ),
    )
    expect(pages.every(({ total }, at) => total === 2000 - at * 2)).toBe(true)
    const session = await (await workspace.dataset.open('s', {})).session()
    const [kept] = await session.rows<{ n: number }>(
      `SELECT count(*) AS n FROM duckdb_tables() WHERE table_name LIKE 'view_%'`,
    )
    session.close()
    expect(kept?.n).toBeLessThanOrEqual(33)
  })
})

describe('slices', () => {
  test('are saved, counted, used and removed', async () => {
    await workspace.import(workspace.file('p.csv', 'age,sex\n20,F\n30,M\n40,F\n'), { name: 'people' })
    const door = workspace.dataset.door
    const where: Condition[] = [{ column: 'sex', is: 'equals', values: ['F'] }]
    const saved = await door.saveSlice({ dataset: 'people', name: ' women ', where }, listening)
    expect(saved).toMatchObject({ dataset: 'people', name: 'women', where })
    expect((await door.slices({ name: 'people' }, listening)).slices).toMatchObject([
      { name: 'women', rows: 2 },
    ])
    expect(
      (await ask('people', { slice: 'women', where: [{ column: 'age', is: 'range', values: [25, null] }] }))
        .numbers,
    ).toEqual([2])
    expect(workspace.dataset.filterOf('people@1', 'women')).toEqual(where)
    const older = await door.saveSlice(
      { dataset: 'people', name: 'women', where: [...where, { column: 'age', is: 'equals', values: [40] }] },
      listening,
    )
    expect(older.id).toBe(saved.id)
    expect((await door.slices({ name: 'people' }, listening)).slices).toMatchObject([{ rows: 1 }])
    expect(
      (
        await failureOf(
          door.saveSlice(
            { dataset: 'people', name: 'x', where: [{ column: 'no', is: 'missing', values: [] }] },
            listening,
          ),
        )
      ).code,
    ).toBe('bad-input')
    const missing = await failureOf(ask('people', { slice: 'men' }))
    expect(missing).toMatchObject({ code: 'not-found', remedy: expect.stringContaining('women') })
    await door.removeSlice({ dataset: 'people', name: 'women' }, listening)
    expect((await door.slices({ name: 'people' }, listening)).slices).toEqual([])
    await door.saveSlice({ dataset: 'people', name: 'women', where }, listening)
    await door.remove({ name: 'people' }, listening)
    await workspace.import(workspace.file('p.csv', 'age\n20\n'), { name: 'people' })
    expect((await door.slices({ name: 'people' }, listening)).slices).toEqual([])
  })
})
