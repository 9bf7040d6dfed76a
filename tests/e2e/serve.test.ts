import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { basename, join, sep } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { buildWindow } from '../../main/build.ts'
import { type Served, serveWorkbench } from '../../main/shell/serve.ts'
import { connectOverWebSocket } from '../../main/transport/index.ts'
import { temporaryFolder } from '../contract/house.ts'

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

describe('the workbench that is served to a browser', () => {
  const folder = temporaryFolder()
  const workspace = join(folder.path, 'Birds')
  let served: Served
  let cookie: string

  /** By hand, because a browser's fetch would not lie about its host and its origin. */
  const ask = (
    path: string,
    {
      method = 'GET',
      headers = {},
      body,
    }: { method?: string; headers?: OutgoingHttpHeaders; body?: Buffer } = {},
  ): Promise<Answer> =>
    new Promise((done, failed) => {
      const asked = request(
        { host: '127.0.0.1', port: served.port, path, method, headers, agent: false },
        answer => {
          const parts: Buffer[] = []
          answer.on('data', part => parts.push(part))
          answer.on('end', () =>
            done({
              status: answer.statusCode ?? 0,
              headers: answer.headers,
              body: Buffer.concat(parts).toString(),
            }),
          )
        },
      )
      asked.on('error', failed)
      asked.end(body)
    })

  const origin = () => `http://127.0.0.1:${served.port}`
  const socket = (headers: Record<string, string> = { cookie, origin: origin() }) =>
    new WebSocket(`ws://127.0.0.1:${served.port}/rpc`, { headers })
  const refusal = (one: WebSocket) =>
    new Promise<string>(done => {
      one.on('error', error => done(error.message))
      one.on('open', () => done('it was let in'))
    })
  const uploads = () => join(workspace, 'tmp', 'uploads')

  beforeAll(async () => {
    process.env.EDGEWRIGHT_HOME = join(folder.path, 'home')
    await buildWindow()
    served = await serveWorkbench({ workspace })
  })
  afterAll(async () => {
    await served?.close()
    delete process.env.EDGEWRIGHT_HOME
    folder.remove()
  })

  test('lets nobody in without a token', async () => {
    for (const path of ['/', '/index.html', '/?token=', '/?token=wrong', '/assets/x.js'])
      expect(await ask(path)).toMatchObject({ status: 403, body: expect.stringContaining('Press Enter') })
    expect(await refusal(socket({ origin: origin() }))).toMatch(/403/)
  })

  test('lets one browser in with a token, once', async () => {
    const address = new URL(served.address())
    expect(address.origin).toBe(origin())
    const path = `${address.pathname}${address.search}`
    const entered = await ask(path)
    expect(entered).toMatchObject({ status: 303, headers: { location: '/' } })
    const header = entered.headers['set-cookie']?.[0] ?? ''
    expect(header).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/)
    cookie = header.split(';')[0] as string
    expect((await ask(path)).status).toBe(403)
    expect(await ask(path, { headers: { cookie } })).toMatchObject({ status: 303 })

    const page = await ask('/', { headers: { cookie } })
    expect(page).toMatchObject({ status: 200, headers: { 'x-content-type-options': 'nosniff' } })
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self';")
    expect(page.body).toContain('<title>Edgewright</title>')
    const script = page.body.match(/src="([^"]+\.js)"/)?.[1] as string
    expect((await ask(script, { headers: { cookie } })).headers['cache-control']).toContain('immutable')
    expect((await ask('/training', { headers: { cookie } })).body).toBe(page.body)
  })

  test('serves the page and nothing outside it', async () => {
    for (const path of [
      '/../package.json',
      '/..%2f..%2fpackage.json',
      '/%2e%2e/main/index.cjs',
      '/assets/gone.js',
    ])
      expect((await ask(path, { headers: { cookie } })).status).toBe(404)
    expect((await ask('/', { method: 'POST', headers: { cookie } })).status).toBe(405)
  })

  test('does not answer under a name that was pointed at this computer', async () => {
    for (const host of ['evil.example', `evil.example:${served.port}`, '127.0.0.1.evil.example'])
      expect((await ask('/', { headers: { cookie, host } })).status).toBe(421)
    expect(await refusal(socket({ cookie, host: 'evil.example', origin: 'http://evil.example' }))).toMatch(
      /403/,
    )
  })

  test('does not answer pages of other sites, also with the cookie', async () => {
    for (const foreign of ['http://evil.example', 'null', 'http://127.0.0.1:1'])
      expect(await refusal(socket({ cookie, origin: foreign }))).toMatch(/403/)
    expect(await refusal(socket({ cookie }))).toMatch(/403/)
    const put = await ask('/files?name=x.csv', {
      method: 'PUT',
      headers: { cookie, origin: 'http://evil.example' },
      body: Buffer.from('a'),
    })
    expect(put.status).toBe(403)
  })

  test('answers several tabs at once', async () => {
    const tabs = [socket(), socket()]
    const answers = await Promise.all(tabs.map(tab => connectOverWebSocket(tab).workspace.show({})))
    expect(answers.map(one => one.path)).toEqual([workspace, workspace])
    expect(answers[0]?.engine.process).toBe(served.enginePid)
    for (const tab of tabs) tab.close()
  })

  test('takes files under any name, and keeps them in the workspace', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251))
    for (const [name, kept] of [
      ['birds.csv', 'birds.csv'],
      ['../../../etc/passwd', 'passwd'],
      ['C:\\data\\my birds.csv', 'my birds.csv'],
      ['..', 'file-'],
      ['con.csv', 'file-con.csv'],
      ['a\u0000b|c.csv', 'a_b_c.csv'],
      [`${'ä'.repeat(300)}.csv`, `${'ä'.repeat(116)}.csv`],
    ] as const) {
      const answer = await ask(`/files?name=${encodeURIComponent(name)}`, {
        method: 'PUT',
        headers: { cookie, origin: origin() },
        body: bytes,
      })
      expect(answer.status).toBe(200)
      const { path } = JSON.parse(answer.body) as { path: string }
      expect(basename(path)).toBe(kept)
      expect(path.startsWith(uploads() + sep)).toBe(true)
      expect(readFileSync(path).equals(bytes)).toBe(true)
    }
  })

  test('refuses files without a name, without a session, and those the disk has no room for', async () => {
    const put = (path: string, headers: OutgoingHttpHeaders = { cookie }) =>
      ask(path, { method: 'PUT', headers, body: Buffer.from('a,b\n') })
    expect(JSON.parse((await put('/files?name=')).body)).toMatchObject({ code: 'bad-input' })
    expect((await put('/files?name=x.csv', {})).status).toBe(403)
    const before = readdirSync(uploads()).length
    const huge = await new Promise<Answer>((done, failed) => {
      const asked = request(
        {
          host: '127.0.0.1',
          port: served.port,
          path: '/files?name=huge.csv',
          method: 'PUT',
          headers: { cookie, 'content-length': 1e17 },
        },
        answer => {
          let body = ''
          answer.on('data', part => {
            body += part
          })
          answer.on('end', () => {
            asked.destroy()
            done({ status: answer.statusCode ?? 0, headers: answer.headers, body })
          })
        },
      )
      asked.on('error', failed)
      asked.write('a,b\n')
    })
    expect(huge.status).toBe(507)
    expect(JSON.parse(huge.body)).toMatchObject({ code: 'disk-full', remedy: expect.stringMatching(/Free/) })
    expect(readdirSync(uploads())).toHaveLength(before)
  })

  test('keeps nothing of a file that broke off', async () => {
    const before = readdirSync(uploads()).length
    await new Promise<void>(done => {
      const asked = request({
        host: '127.0.0.1',
        port: served.port,
        path: '/files?name=half.csv',
        method: 'PUT',
        headers: { cookie, 'content-length': 1_000_000 },
      })
      asked.on('error', () => done())
      asked.write('a,b\n', () => setTimeout(() => asked.destroy(new Error('pulled the plug')), 100))
    })
    await expect.poll(() => readdirSync(uploads()).length).toBe(before)
  })

  test('an engine that is killed is started again, and nothing is lost', async () => {
    const file = join(folder.path, 'birds.csv')
    writeFileSync(file, 'species,height\ncrow,40\ngull,50\nowl,60\n')
    const first = socket()
    const engine = connectOverWebSocket(first)
    await engine.dataset.import({ file, name: 'birds' as never })
    await expect
      .poll(async () => (await engine.dataset.list({})).datasets.length, { timeout: 20_000 })
      .toBe(1)
    const pid = served.enginePid as number
    const closed = new Promise<number>(done => first.once('close', done))
    process.kill(pid, 'SIGKILL')
    expect(await closed).toBe(1012)

    const second = socket()
    const again = connectOverWebSocket(second)
    expect((await again.dataset.list({})).datasets).toHaveLength(1)
    expect((await again.workspace.show({})).readOnly).toBe(false)
    expect(served.enginePid).not.toBe(pid)
    second.close()
  })

  test('a port that is taken and a workspace that is none are said in a sentence', async () => {
    await expect(serveWorkbench({ workspace, port: served.port })).rejects.toMatchObject({
      failure: { code: 'port-taken', message: `Another program uses port ${served.port}.` },
    })
    await expect(serveWorkbench({ workspace: join(folder.path, 'birds.csv') })).rejects.toMatchObject({
      failure: { code: 'unreadable-file' },
    })
  })
})
