import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { withoutPassword } from '../../../main/engine/dataset/files/address.ts'
import { STORES } from '../../../main/engine/dataset/remote/secrets.ts'
import { download } from '../../../main/engine/dataset/remote/web.ts'
import { failureOf, listening, openWorkspace, type Workspace } from './workspace.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

let workspace: Workspace
let answer: Answer
let asked: IncomingMessage[] = []
const sockets = new Set<Socket>()
const server = createServer((request, response) => {
  asked.push(request)
  answer(request, response)
})
server.on('connection', socket => sockets.add(socket))
let origin = ''

beforeAll(async () => {
  workspace = openWorkspace()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  server.close()
  await workspace.close()
})
beforeEach(() => {
  asked = []
})
const leftovers = () => workspace.leftovers().filter(path => path.startsWith('tmp'))
afterEach(() => expect(leftovers()).toEqual([]))

const rows = (count: number) =>
  `id,city\n${Array.from({ length: count }, (_, at) => `${at},Köln`).join('\n')}\n`
const give =
  (body: string | Buffer, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response.writeHead(200, headers).end(body)

describe('a file at an address is imported like one on the disk', () => {
  test('and the lineage knows the address, without what is secret in it', async () => {
    answer = give(rows(50))
    const address = `${origin.replace('//', '//me:hush@')}/a/cities.csv?token=hush&v=2#part`
    const version = await workspace.import(address)
    expect(version).toMatchObject({ dataset: 'cities', rows: 50, source: { format: 'csv' } })
    expect(version.source.path).toBe(`${origin.replace('//', '//me@')}/a/cities.csv?v=2`)
    expect(asked[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:hush').toString('base64')}`)
    expect(JSON.stringify(version)).not.toContain('hush')
    // The same bytes are the same version, wherever they come from.
    const again = await workspace.import(workspace.file('cities.csv', rows(50)))
    expect(again.id).toBe(version.id)
  })

  test('packed, by the name that the other side gives, and through other addresses', async () => {
    answer = ({ url }, response) => {
      if (url === '/start') response.writeHead(302, { location: '/next?id=1' }).end()
      else
        give(gzipSync(rows(9)), { 'content-disposition': 'attachment; filename="../../nine.csv.gz"' })(
          {} as never,
          response,
        )
    }
    expect(await workspace.import(`${origin}/start`)).toMatchObject({ dataset: 'nine', rows: 9 })
  })

  test('looked at, computed of and compared by its text; asked for once where it says what it is', async () => {
    answer = ({ headers }, response) =>
      headers['if-none-match'] === '"one"'
        ? void response.writeHead(304).end()
        : give(rows(20), { etag: '"one"' })({} as never, response)
    const address = `${origin}/looked.csv`
    const seen = await workspace.dataset.door.inspect({ file: address } as never, listening)
    expect(seen).toMatchObject({ format: 'csv', head: { total: 20 } })
    const { subject, name } = await workspace.dataset.subjectOf(address)
    expect(name).toBe('looked')
    for (const as of [undefined, 'text'] as const) {
      const table = await workspace.dataset.open(address, { as })
      expect(table).toMatchObject({ title: 'looked.csv', name: 'looked' })
      if (!as) expect(table.subject).toBe(subject)
      const session = await table.session()
      expect(await session.rows(`SELECT count(*) AS n FROM ${table.groups[0]?.from}`)).toEqual([{ n: 20 }])
      session.close()
      table.close()
    }
    expect(asked.filter(({ headers }) => !headers['if-none-match'])).toHaveLength(1)
    // A changed file is fetched anew.
    answer = give(rows(21), { etag: '"two"' })
    expect((await workspace.dataset.subjectOf(address)).subject).not.toBe(subject)
    await workspace.import(address)
  })

  test('a download that breaks off goes on where it stopped', async () => {
    const whole = Buffer.from(rows(30_000))
    answer = ({ headers }, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
      const about = { etag: '"x"', 'content-length': String(whole.length - from) }
      if (from)
        response.writeHead(206, {
          ...about,
          'content-range': `bytes ${from}-${whole.length - 1}/${whole.length}`,
        })
      else response.writeHead(200, about)
      const to = Math.min(whole.length, from + 150_000)
      response.write(whole.subarray(from, to), () =>
        to < whole.length ? response.destroy() : response.end(),
      )
    }
    expect(await workspace.import(`${origin}/broken.csv`)).toMatchObject({ rows: 30_000 })
    expect(asked.length).toBeGreaterThan(1)
    expect(asked.slice(1).every(({ headers }) => headers['if-range'] === '"x"')).toBe(true)
  })

  test('one that changed meanwhile begins anew, and one that cannot go on, too', async () => {
    const [old, next] = [rows(30_000), rows(40_000)]
    answer = (_, response) => {
      if (asked.length === 1) {
        response.writeHead(200, { etag: '"old"', 'content-length': String(old.length) })
        response.write(old.slice(0, 100_000), () => response.destroy())
      } else give(next, { etag: '"new"' })({} as never, response)
    }
    expect(await workspace.import(`${origin}/changed.csv`)).toMatchObject({ rows: 40_000 })
  })

  test('a server that is busy for a moment is asked again', async () => {
    answer = (_, response) => void (asked.length < 3 ? response.writeHead(503).end() : response.end(rows(3)))
    expect(await workspace.import(`${origin}/busy.csv`)).toMatchObject({ rows: 3 })
  })
})

describe('what cannot be fetched is said in a sentence', () => {
  test.each<[string, Answer, string, RegExp]>([
    [
      'nothing there',
      (_, response) => void response.writeHead(404).end(),
      'not-found',
      /There is nothing at/,
    ],
    [
      'no permission',
      (_, response) => void response.writeHead(403).end(),
      'no-permission',
      /not give this file/,
    ],
    ['always busy', (_, response) => void response.writeHead(503).end(), 'unreachable', /cannot answer now/],
    [
      'an odd answer',
      (_, response) => void response.writeHead(418).end(),
      'unreachable',
      /answered with 418/,
    ],
    ['nothing in it', give(''), 'empty-data', /is empty/],
    ['a page', give('\n<!DOCTYPE html><title>Log in</title>'), 'unreadable-file', /web page/],
    ['no table', give(Buffer.from([0, 1, 2, 3, 0, 5])), 'unreadable-file', /binary data/],
    [
      'a circle',
      ({ url }, response) => void response.writeHead(302, { location: `${url}x` }).end(),
      'unreachable',
      /without an end/,
    ],
    [
      'a way to the disk',
      (_, response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      'unreachable',
      /not on the web/,
    ],
    [
      'a way to nowhere',
      (_, response) => void response.writeHead(301).end(),
      'unreachable',
      /not on the web/,
    ],
    [
      'fewer bytes than told, each time',
      (_, response) => {
        response.writeHead(200, { 'content-length': '1000' })
        response.write('a,b\n1,2\n', () => response.destroy())
      },
      'unreachable',
      /broke off/,
    ],
    ['no HTTP', ({ socket }) => void socket.end('nonsense\r\n\r\n'), 'unreachable', /web server|broke off/],
    [
      'more bytes than any disk holds',
      (_, response) => void response.writeHead(200, { 'content-length': '900000000000000' }).write('a'),
      'disk-full',
      /larger than the free space/,
    ],
  ])('%s', async (_, how, code, says) => {
    answer = how
    const failure = await failureOf(workspace.import(`${origin}/trouble.csv`))
    expect(failure).toMatchObject({ code, message: expect.stringMatching(says) })
    expect(failure.remedy).not.toBe('')
  })

  test('a body without an end is left at what the disk has room for', async () => {
    answer = (_, response) => {
      response.writeHead(200)
      const more = () => response.write(Buffer.alloc(1 << 16, 'x'), error => error || setImmediate(more))
      more()
    }
    const path = workspace.file('endless', '')
    const failure = await failureOf(download(`${origin}/endless.csv`, path, { most: 5 << 20 }))
    expect(failure).toMatchObject({ code: 'disk-full' })
  })

  test('a server that falls silent is left after a while', async () => {
    answer = (_, response) => void response.writeHead(200, { 'content-length': '100' }).write('a,b\n')
    const failure = await failureOf(
      download(`${origin}/silent.csv`, workspace.file('silent', ''), { patience: 60 }),
    )
    expect(failure).toMatchObject({ code: 'unreachable', message: expect.stringContaining('broke off') })
  })

  test('nobody listens', async () => {
    const gone = createServer()
    await new Promise<void>(resolve => gone.listen(0, '127.0.0.1', resolve))
    const { port } = gone.address() as AddressInfo
    await new Promise(resolve => gone.close(resolve))
    const failure = await failureOf(workspace.import(`http://127.0.0.1:${port}/x.csv`))
    expect(failure).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('does not answer'),
    })
  })

  test('it stops when it is told to', async () => {
    answer = (_, response) => void response.writeHead(200).write('a,b\n')
    const control = new AbortController()
    const going = workspace.dataset.subjectOf(`${origin}/stop.csv`, control.signal)
    setTimeout(() => control.abort(new Error('enough')), 50)
    await expect(going).rejects.toThrow('enough')
  })

  test('a password is not carried to another site', async () => {
    answer = ({ url }, response) =>
      url === '/first'
        ? void response
            .writeHead(302, { location: `${origin.replace('127.0.0.1', 'localhost')}/second` })
            .end()
        : give(rows(2))({} as never, response)
    await workspace.import(`${origin.replace('//', '//me:hush@')}/first`, { name: 'carried' })
    expect(asked.map(({ headers }) => headers.authorization !== undefined)).toEqual([true, false])
  })
})

describe('object stores', () => {
  test('a store whose extension is not here says so, and how to get it', async () => {
    const failure = await failureOf(workspace.import('az://container/x.csv'))
    expect(failure).toMatchObject({
      code: 'unsupported',
      remedy: expect.stringContaining('--install-extension'),
    })
  })

  test('who asks comes out of the environment, quoted', () => {
    const env = {
      AWS_ACCESS_KEY_ID: "o'key",
      AWS_SECRET_ACCESS_KEY: 's',
      AWS_ENDPOINT_URL: 'http://localhost:9000',
    }
    expect(STORES['s3:']?.secret(env)).toBe(
      "CREATE OR REPLACE SECRET store (TYPE s3, KEY_ID 'o''key', SECRET 's', ENDPOINT 'localhost:9000', USE_SSL 'false', URL_STYLE 'path')",
    )
    for (const kind of Object.values(STORES)) expect(kind.secret({})).toBe(null)
  })

  test('what is secret in an address is not shown', () => {
    expect(
      withoutPassword('https://me:pw@host/x.csv?X-Amz-Signature=a&X-Amz-Credential=b&sig=c&page=2'),
    ).toBe('https://me@host/x.csv?page=2')
  })
})
