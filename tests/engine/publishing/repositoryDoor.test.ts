import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { afterEach, describe, expect, test } from 'vitest'
import { hashOf } from '../../../main/engine/kit/index.ts'
import { repositoryDoor } from '../../../main/engine/publishing/index.ts'
import {
  type DeviceReport,
  deviceIdOf,
  FORMAT,
  generateKey,
  openRepository,
  Pointer,
  pathOf,
  readEnvelope,
  seal,
} from '../../../main/engine/release/index.ts'
import { agentHere, MODEL } from '../../agent/agentHere.ts'
import { folder, publishTiny, tinyPlan } from '../../agent/tinyModel.ts'

const { key } = generateKey()
const other = generateKey().key
const TOKEN = 'let-me-in'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})
async function listening(server: Server): Promise<string> {
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`
}
async function hosted(at = folder()) {
  const address = await listening(createAdaptorServer({ fetch: repositoryDoor(at, TOKEN).fetch }) as Server)
  return { at, address, writable: address.replace('//', `//:${TOKEN}@`) }
}
const put = (address: string, path: string, body: string | Buffer, token: string | null = TOKEN) =>
  fetch(`${address}/${path}`, {
    method: 'PUT',
    body: body as never,
    headers: token ? { authorization: `Bearer ${token}` } : {},
  })

test('publishes over HTTP, a device follows over HTTP and reports back', async () => {
  const { address, writable, at } = await hosted()
  await publishTiny(writable, key, { version: 1 })
  const device = await agentHere(address)
  await device.serves(1)
  await publishTiny(writable, key, { version: 2 })
  await device.serves(2)
  await expect.poll(() => openRepository(address).devices()).toEqual([device.id])
  expect(existsSync(join(at, pathOf({ kind: 'device', id: device.id })))).toBe(true)
  // The same tree, byte for byte, is a repository in a folder.
  const fromFolder = await agentHere(at)
  await fromFolder.serves(2)
})

test('a device finishes an interrupted download where it broke off', async () => {
  const { at } = await hosted()
  const ballast = Buffer.alloc(3 << 20, 'weights ')
  await publishTiny(at, key, { version: 1, ballast })
  const behind = repositoryDoor(at, TOKEN)
  const blob = pathOf({ kind: 'blob', hash: hashOf(ballast) })
  const asked: (string | null)[] = []
  let sent = 0
  // Lets 1 MiB of that file through, then cuts the line, twice.
  const address = await listening(
    createServer(async (request, response) => {
      const answer = await behind.request(request.url ?? '/', {
        method: request.method,
        headers: { range: request.headers.range ?? '' },
      })
      response.writeHead(answer.status, Object.fromEntries(answer.headers))
      const body = Buffer.from(await answer.arrayBuffer())
      if (!request.url?.includes(blob)) return response.end(body)
      asked.push(request.headers.range ?? null)
      const part = asked.length < 3 ? body.subarray(0, 1 << 20) : body
      sent += part.length
      response.write(part, () =>
        setTimeout(() => (asked.length < 3 ? response.destroy() : response.end()), 50),
      )
    }),
  )
  const device = await agentHere(address)
  await device.serves(1)
  expect(asked).toEqual([null, `bytes=${1 << 20}-`, `bytes=${2 << 20}-`])
  expect(sent).toBe(ballast.length)
}, 30_000)

test('a server that ignores ranges is asked anew and costs no wrong byte', async () => {
  const { at } = await hosted()
  const ballast = Buffer.alloc(1 << 20, 'weights ')
  await publishTiny(at, key, { version: 1, ballast })
  const behind = repositoryDoor(at, TOKEN)
  const blob = pathOf({ kind: 'blob', hash: hashOf(ballast) })
  let times = 0
  const address = await listening(
    createServer(async (request, response) => {
      const answer = await behind.request(request.url ?? '/', { method: request.method })
      const body = Buffer.from(await answer.arrayBuffer())
      response.writeHead(answer.status, Object.fromEntries(answer.headers))
      if (!request.url?.includes(blob) || ++times > 1) return response.end(body)
      response.write(body.subarray(0, 300_000), () => setTimeout(() => response.destroy(), 50))
    }),
  )
  const device = await agentHere(address)
  await device.serves(1)
  expect(times).toBe(2)
}, 30_000)

describe('what may be written', () => {
  test('nothing without the token, and the remedy says so', async () => {
    const { address, at } = await hosted()
    await expect(publishTiny(address, key, { version: 1 })).rejects.toMatchObject({
      failure: { code: 'no-permission', remedy: expect.stringContaining('EDGEWRIGHT_TOKEN') },
    })
    await expect(publishTiny(address.replace('//', '//:wrong@'), key, { version: 1 })).rejects.toMatchObject({
      failure: { code: 'no-permission' },
    })
    expect(readdirSync(at)).toEqual([])
  })

  test('no blob under another hash, no document by another key, no pointer to what is not there', async () => {
    const { address, writable, at } = await hosted()
    expect((await put(address, pathOf({ kind: 'blob', hash: hashOf('a') }), 'b')).status).toBe(400)
    expect((await put(address, pathOf({ kind: 'pointer', model: MODEL }), '{}')).status).toBe(400)
    await publishTiny(writable, key, { version: 1 })
    const path = pathOf({ kind: 'pointer', model: MODEL })
    const good = readEnvelope(readFileSync(join(at, path)), Pointer, 'it').signed
    const tries: [unknown, number][] = [
      [seal(good, key), 409],
      [seal({ ...good, sequence: 2 }, other), 400],
      [seal({ ...good, sequence: 2, model: 'Another' }, key), 400],
      [
        seal({ ...good, sequence: 2, description: { ...good.description, file: '9-float32.json' } }, key),
        400,
      ],
      ['x'.repeat(2 << 20), 400],
    ]
    for (const [body, status] of tries) expect((await put(address, path, body as string)).status).toBe(status)
    expect(readEnvelope(readFileSync(join(at, path)), Pointer, 'it').signed).toEqual(good)
    const description = `models/${MODEL}/1-float32.json`
    expect((await put(address, description, seal({ nothing: 1 }, key))).status).toBe(400)
    expect((await put(address, 'keys.json', '{}')).status).toBe(400)
    expect(readdirSync(at, { recursive: true }).filter(name => String(name).endsWith('.part'))).toEqual([])
  })

  test('another key finds the repository taken', async () => {
    const { writable } = await hosted()
    await publishTiny(writable, key, { version: 1 })
    await expect(publishTiny(writable, other, { version: 2 })).rejects.toMatchObject({
      failure: { code: 'no-permission', message: expect.stringContaining('another key') },
    })
  })

  test('a device only its own report, small and signed', async () => {
    const { address, at } = await hosted()
    const id = deviceIdOf(other)
    const report: DeviceReport = {
      type: 'device',
      format: FORMAT,
      id,
      key: other.spki,
      name: 'box',
      address: null,
      at: '2026-01-02T03:04:05.678Z',
      stopped: false,
      failure: null,
      models: [],
      timeline: [],
      runtime: { node: '24', platform: 'linux', backend: '', memoryBytes: 1 },
    }
    const path = pathOf({ kind: 'device', id })
    const send = async (body: string, to = path) => (await put(address, to, body, null)).status
    expect(await send(seal(report, other))).toBe(201)
    expect(await send(seal(report, key))).toBe(400)
    expect(await send(seal({ ...report, key: key.spki }, key))).toBe(400)
    expect(await send(seal(report, other), pathOf({ kind: 'device', id: 'ab'.repeat(12) }))).toBe(400)
    expect(await send(seal({ ...report, name: '' }, other))).toBe(400)
    expect(await send('x'.repeat(65 << 10))).toBe(400)
    expect(await send(JSON.stringify({ signed: report, signatures: [] }))).toBe(400)
    expect(readdirSync(join(at, 'devices'))).toEqual([`${id}.json`])
  })

  test('nothing outside the folder can be named', async () => {
    const { address, at } = await hosted()
    writeFileSync(join(at, 'secret.txt'), 'secret')
    writeFileSync(join(at, '.hidden.part'), 'secret')
    for (const path of [
      'secret.txt',
      '.hidden.part',
      '..%2f..%2fetc%2fpasswd',
      'models/..%2fkeys.json/current.json',
      'models/%2e%2e/keys.json',
      'devices/..%5c..%5cx.json',
      '%00',
      '%',
    ]) {
      expect([path, (await fetch(`${address}/${path}`)).status]).toEqual([path, 404])
      expect([path, (await put(address, path, 'x')).status]).toEqual([path, 400])
    }
  })
})

test('HEAD, ranges and listings', async () => {
  const { address, writable } = await hosted()
  const { files } = tinyPlan({ version: 1 })
  await publishTiny(writable, key, { version: 1 })
  const graph = files[0] as { hash: ReturnType<typeof hashOf>; bytes: number }
  const path = `${address}/${pathOf({ kind: 'blob', hash: graph.hash })}`
  const head = await fetch(path, { method: 'HEAD' })
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(graph.bytes)])
  const tail = await fetch(path, { headers: { range: `bytes=${graph.bytes - 5}-` } })
  expect([tail.status, (await tail.arrayBuffer()).byteLength]).toEqual([206, 5])
  expect((await fetch(path, { headers: { range: `bytes=${graph.bytes}-` } })).status).toBe(416)
  expect(await (await fetch(`${address}/devices`)).json()).toEqual({ devices: [] })
})
