import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cell, DatasetVersion } from '#contract'
import { POSTGRES, type PostgresServer, startPostgres } from './postgresServer.ts'
import { failureOf, listening, openWorkspace, type Workspace } from './workspace.ts'

if (!POSTGRES) console.warn('skipped: reading PostgreSQL, because none is installed')

describe.skipIf(!POSTGRES)('PostgreSQL', () => {
  let server: PostgresServer
  let workspace: Workspace
  beforeAll(async () => {
    workspace = openWorkspace()
    server = await startPostgres()
    await server.run(`
      CREATE TYPE mood AS ENUM ('sad', 'glad');
      CREATE DOMAIN short AS text;
      CREATE TABLE kinds (
        i2 smallint, i4 int, i8 bigint, f4 real, f8 double precision, n numeric, n2 numeric(10,2), n0 numeric(30,0),
        b boolean, t text, c char(3), v varchar(9), d date, ts timestamp, tz timestamptz, tm time, iv interval,
        j json, jb jsonb, by bytea, bb bytea, ia int[], ta text[], ba boolean[], u uuid, m mood, s short, "T" text
      );
      INSERT INTO kinds VALUES
        (1, 2, 9223372036854775807, 0.1, 0.1, 12345678901234567890, 1.25, 123456789012345678901234567890, true, 'grün', 'ab',
         'x', '2020-01-31', '2020-01-31 12:30:15.25', '2020-01-31 12:30:00+02', '01:02:03', '1 day 2 hours', '{"a": [1]}',
         '{"b": null}', 'text', '\\xff00', '{1,NULL,3}', '{"a, b",NULL,"\\"q\\""}', '{t,f}',
         '00000000-0000-0000-0000-000000000001', 'glad', 'dom', 'upper'),
        (-1, NULL, 1, 'NaN', 'Infinity', 5, -3.5, 7, false, '', NULL, NULL, '1960-01-01', '-infinity', NULL, NULL, NULL,
         NULL, NULL, NULL, 'ab', '{}', '{{a,b},{c,d}}', NULL, NULL, NULL, NULL, NULL);
      CREATE TABLE numbers AS SELECT g AS id, g * 0.5 AS half, 'row ' || g AS name FROM generate_series(1, 30000) g;
      CREATE SCHEMA other;
      CREATE TABLE other.few AS SELECT 1 AS a;
      CREATE VIEW looked AS SELECT id FROM numbers WHERE id <= 3 ORDER BY id;
      CREATE TABLE nothing (a int);
      CREATE USER guest PASSWORD 'guest';
    `)
  }, 60_000)
  afterAll(async () => {
    await server.close()
    await workspace.close()
  })

  const rowsOf = async (version: DatasetVersion): Promise<Cell[][]> =>
    (await workspace.dataset.door.rows({ name: version.id, offset: 0, limit: 1000 } as never, listening)).rows

  test('values of all common types', async () => {
    const version = await workspace.import(server.address(), { table: 'kinds' })
    const [first, second] = await rowsOf(version)
    const kinds: Record<string, [string, Cell, Cell]> = {
      i2: ['integer', 1, -1],
      i4: ['integer', 2, null],
      i8: ['integer', '9223372036854775807', 1],
      f4: ['float', 0.1, null],
      f8: ['float', 0.1, null],
      n: ['integer', '12345678901234567890', 5],
      n2: ['float', 1.25, -3.5],
      n0: ['integer', '123456789012345678901234567890', 7],
      b: ['boolean', true, false],
      t: ['text', 'grün', ''],
      c: ['text', 'ab ', null],
      v: ['text', 'x', null],
      d: ['date', '2020-01-31', '1960-01-01'],
      ts: ['timestamp', '2020-01-31T12:30:15.25Z', null],
      tz: ['timestamp', '2020-01-31T10:30:00Z', null],
      tm: ['text', '01:02:03', null],
      iv: ['text', 'P1DT2H', null],
      j: ['text', '{"a": [1]}', null],
      jb: ['text', '{"b": null}', null],
      by: ['text', 'text', null],
      bb: ['text', '/wA=', 'YWI='],
      ia: ['text', '[1,null,3]', '[]'],
      ta: ['text', '["a, b",null,"\\"q\\""]', '[["a","b"],["c","d"]]'],
      ba: ['text', '[true,false]', null],
      u: ['text', '00000000-0000-0000-0000-000000000001', null],
      m: ['text', 'glad', null],
      s: ['text', 'dom', null],
      T: ['text', 'upper', null],
    }
    expect(version.columns).toEqual(Object.entries(kinds).map(([name, [type]]) => ({ name, type })))
    expect(first).toEqual(Object.values(kinds).map(([, cell]) => cell))
    expect(second).toEqual(Object.values(kinds).map(([, , cell]) => cell))
    expect(version.notes).toContain('Infinite dates of "ts" are kept as missing.')
  })

  test('a query is kept, the password is not', async () => {
    const query = 'SELECT id, half, name FROM numbers WHERE id > 29998 ORDER BY id DESC;'
    const logged: string[] = []
    const version = await workspace.job(job =>
      workspace.dataset.door.import(
        {
          file: server.address(),
          query,
          key: [],
          train: 1,
          eval: 0,
          test: 0,
          splitBy: 'hash',
          name: 'asked',
        } as never,
        { ...job, log: text => void logged.push(text), progress: (_, step) => void logged.push(step) },
      ),
    )
    expect(await rowsOf(version)).toEqual([
      [30000, 15000, 'row 30000'],
      [29999, 14999.5, 'row 29999'],
    ])
    expect(version.source).toMatchObject({
      path: `postgres://owner@127.0.0.1:${server.port}/postgres`,
      format: 'postgres',
      query,
    })
    expect(version.source.bytes).toBeGreaterThan(30)
    expect(JSON.stringify([version, logged])).not.toMatch(/se:cr|se%3Acr|cr@t|cr%40t/)
  })

  test('the same rows are the same version, others are another', async () => {
    const plan = { query: 'SELECT * FROM numbers WHERE id < 50 ORDER BY id', name: 'same' }
    const version = await workspace.import(server.address(), plan)
    expect((await workspace.import(server.address(), plan)).id).toBe(version.id)
    await server.run('UPDATE numbers SET half = -1 WHERE id = 7')
    const other = await workspace.import(server.address(), plan)
    expect(other.id).not.toBe(version.id)
    expect(other.number).toBe(2)
  })

  test('a table of another schema, a view, and more rows than come at once', async () => {
    expect(await rowsOf(await workspace.import(server.address(), { table: 'other.few' }))).toEqual([[1]])
    expect(await rowsOf(await workspace.import(server.address(), { table: 'looked' }))).toEqual([
      [1],
      [2],
      [3],
    ])
    expect((await workspace.import(server.address(), { table: 'public.numbers' })).rows).toBe(30_000)
  })

  test('looking into it lists its tables and shows the first rows', async () => {
    const seen = await workspace.dataset.door.inspect({ file: server.address(), table: 'numbers' }, listening)
    expect(seen).toMatchObject({
      format: 'postgres',
      tables: ['kinds', 'looked', 'nothing', 'numbers', 'other.few'],
      head: {
        columns: [
          { name: 'id', type: 'integer' },
          { name: 'half', type: 'float' },
          { name: 'name', type: 'text' },
        ],
      },
    })
    expect(seen.head.rows).toHaveLength(50)
  })

  test.each([
    [
      'no table and no query',
      {},
      'bad-input',
      /holds 5 tables; nothing says which/,
      /kinds, looked, nothing, numbers, other.few/,
    ],
    ['a table that is not there', { table: 'nope' }, 'not-found', /no table "nope"/, /kinds, looked/],
    ['a table without rows', { table: 'nothing' }, 'empty-data', /no rows/, /./],
    [
      'a query with a mistake',
      { query: 'SELEC 1' },
      'bad-input',
      /refuses the query: syntax error at or near "SELEC"/,
      /Mend/,
    ],
    [
      'a column that is not there',
      { query: 'SELECT x FROM numbers' },
      'bad-input',
      /column "x" does not exist/,
      /Mend/,
    ],
    [
      'a query that fails on its way',
      { query: 'SELECT 1 / (id - 500) FROM numbers' },
      'bad-input',
      /division by zero/,
      /./,
    ],
    [
      'a query that writes',
      { query: 'DELETE FROM numbers' },
      'bad-input',
      /would change the database/,
      /SELECT/,
    ],
    [
      'a function that writes',
      { query: "SELECT nextval('x') FROM (SELECT 1) a" },
      'bad-input',
      /does not exist/,
      /./,
    ],
    ['two queries', { query: 'SELECT 1; DROP TABLE numbers' }, 'bad-input', /multiple commands/, /./],
    ['both', { query: 'SELECT 1', table: 'numbers' }, 'bad-input', /both given/, /one of them/],
  ])('%s', async (_, plan, code, says, remedy) => {
    const failure = await failureOf(workspace.import(server.address(), plan))
    expect(failure).toMatchObject({
      code,
      message: expect.stringMatching(says),
      remedy: expect.stringMatching(remedy),
    })
    expect(JSON.stringify(failure)).not.toMatch(/se:cr|se%3Acr|cr@t|cr%40t/)
  })

  test.each([
    [
      'a wrong password',
      () => server.address('owner', 'wrong'),
      'no-permission',
      /refuses the user "owner" with this password/,
    ],
    [
      'a user without the right',
      () => server.address('guest', 'guest'),
      'bad-input',
      /holds 0 tables|holds \d tables/,
    ],
    [
      'a database that is not there',
      () => server.address('owner', undefined, 'nope'),
      'not-found',
      /no database "nope"/,
    ],
    [
      'a server that is not there',
      () => 'postgres://a:se%3Acret@127.0.0.1:1/x',
      'unreachable',
      /No database answers at 127.0.0.1:1/,
    ],
    [
      'a host that is not there',
      () => 'postgres://a:se%3Acret@nowhere.invalid/x',
      'unreachable',
      /No database answers/,
    ],
  ])('%s', async (_, address, code, says) => {
    const failure = await failureOf(workspace.import(address()))
    expect(failure).toMatchObject({ code, message: expect.stringMatching(says) })
    expect(JSON.stringify(failure)).not.toMatch(/wrong|cret|guest:/)
  })

  test('a table that may not be read', async () => {
    const failure = await failureOf(
      workspace.import(server.address('guest', 'guest'), { query: 'SELECT * FROM numbers' }),
    )
    expect(failure).toMatchObject({
      code: 'no-permission',
      message: expect.stringMatching(/permission denied/),
    })
  })

  test('it can be cancelled while the server thinks', async () => {
    const begun = performance.now()
    const failure = await failureOf(
      workspace.job(
        job =>
          workspace.dataset.door.import(
            {
              file: server.address(),
              query: 'SELECT pg_sleep(60)',
              key: [],
              train: 1,
              eval: 0,
              test: 0,
            } as never,
            job,
          ),
        job => setTimeout(() => job.cancel(), 300),
      ),
    )
    expect(failure.code).toBe('cancelled')
    expect(performance.now() - begun).toBeLessThan(5000)
  })
})

describe('addresses', () => {
  let workspace: Workspace
  beforeAll(() => {
    workspace = openWorkspace()
  })
  afterAll(() => workspace.close())

  test.each([
    [
      's3://bucket/x.parquet',
      'unsupported',
      /needs DuckDB's httpfs extension, which is not on this computer/,
    ],
    ['https://example.invalid/x.csv', 'unreachable', /example\.invalid cannot be found/],
    ['ftp://example.invalid/x.csv', 'bad-input', /Addresses that begin with ftp:\/\/ are not read/],
  ])('%s', async (address, code, says) => {
    const failure = await failureOf(workspace.import(address))
    expect(failure).toMatchObject({ code, message: expect.stringMatching(says) })
  })
})
