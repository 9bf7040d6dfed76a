import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import type { DeviceDoor } from '../../../main/agent/door.ts'
import type { Measuring } from '../../../main/agent/measure/index.ts'
import { restDoor } from '../../../main/agent/rest/index.ts'
import type { TransformSpec } from '../../../main/engine/encoding/index.ts'
import { numberLabel, tinyGraph, transform as two } from '../tinyModel.ts'
import { type It, MODEL, releaseHere, servingHere } from './here.ts'

/** A model that takes one text. */
const one: TransformSpec = {
  ...two,
  features: [
    {
      kind: 'vocabulary',
      name: 'color',
      type: 'text',
      values: ['red', 'grün', 'blue'],
      other: false,
      missing: false,
    },
  ],
}

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** The door of a device that serves this release, and nothing else of a device. */
async function doorHere(it: It | null) {
  const { serving } = servingHere()
  if (it) {
    await serving.load(releaseHere({ ...it, golden: { instances: [{}] } }))
    serving.serve(MODEL, { primary: it.version, candidate: null })
  }
  const server: Server = createServer(
    restDoor({ token: 'token' } as DeviceDoor, serving, {} as Measuring),
  ).listen(0, '127.0.0.1')
  await new Promise(done => server.once('listening', done))
  closing.push(
    () => serving.close(),
    () => server.close(),
  )
  const { port } = server.address() as AddressInfo
  const ask = async (body: string | Uint8Array | object, headers: Record<string, string> = {}) => {
    const plain = typeof body === 'string' || body instanceof Uint8Array
    const answer = await fetch(
      `http://127.0.0.1:${port}/v1/models/${encodeURIComponent(MODEL)}:predict?signature=scores`,
      { method: 'POST', headers, body: plain ? (body as string) : JSON.stringify(body) },
    )
    return { status: answer.status, headers: answer.headers, body: await answer.json() }
  }
  return { serving, port, ask }
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('what a model takes may come', () => {
  test('without its name where it is the only one: as a value, a list of it, bytes, and in a column', async () => {
    const { ask } = await doorHere({
      ...{ version: 1, transform: one },
      ...{ label: numberLabel, graph: tinyGraph({ outputs: 1 }) },
    })
    const texts = ['red', 'grün', 'blue']
    const { body: wanted } = await ask({ instances: texts.map(color => ({ color })) })
    expect(new Set(wanted.predictions).size).toBe(3)
    for (const instances of [
      texts,
      texts.map(text => [text]),
      texts.map(text => ({ b64: base64(text) })),
      texts.map(text => ({ color: { b64: base64(text) } })),
      texts.map(text => ({ color: [text] })),
    ])
      expect((await ask({ instances })).body).toEqual(wanted)
    for (const inputs of [
      texts,
      texts.map(text => [text]),
      { color: texts },
      { color: texts.map(text => [text]) },
      { color: texts.map(text => ({ b64: base64(text) })) },
    ])
      expect((await ask({ inputs })).body).toEqual({ outputs: wanted.predictions })
    // One row, without a list around it.
    expect((await ask({ inputs: { color: 'blue' } })).body).toEqual({ outputs: [wanted.predictions[2]] })
  })

  test('as a number that is none, which is a value that nobody knows; the same word in a text stays', async () => {
    const { ask } = await doorHere({ version: 1 })
    const { body: wanted } = await ask({ instances: [{ weight: null, color: 'red' }] })
    for (const weight of ['NaN', 'Infinity', '-Infinity', '[NaN]'])
      expect(
        (await ask(`{"instances": [{"weight": ${weight}, "color": "red", "note": "-NaN \\" NaN"}]}`)).body,
      ).toEqual(wanted)
    expect((await ask('{"instances": [{"weight": NaN, "color": "red", "NaN": 1}]}')).body.error).toMatch(
      /"NaN", which the model does not know/,
    )
    expect((await ask('{"instances": [NaN, "NaN}')).body.error).toMatch(/not JSON/)
  })

  test('packed, and behind the mark of UTF-8', async () => {
    const { ask } = await doorHere({ version: 1 })
    const text = JSON.stringify({ instances: [{ weight: 11, color: 'red' }] })
    const wanted = await ask(text)
    expect(wanted.status).toBe(200)
    expect((await ask(`\uFEFF${text}`)).body).toEqual(wanted.body)
    expect((await ask(gzipSync(text), { 'content-encoding': 'gzip' })).body).toEqual(wanted.body)
  })

  test('by an address that names this device too, as it comes through a proxy', async () => {
    const { port, ask } = await doorHere({ version: 1 })
    const text = JSON.stringify({ instances: [{ weight: 11, color: 'red' }], signature_name: 'scores' })
    const said = await new Promise<string>((done, failed) => {
      const path = `http://device:${port}/v1/models/${encodeURIComponent(MODEL)}:predict`
      request({ port, method: 'POST', path }, async answer => done(String(await answer.toArray())))
        .on('error', failed)
        .end(text)
    })
    expect(JSON.parse(said)).toEqual((await ask(text)).body)
  })
})

describe('what is refused says why in "error", and in nothing else', () => {
  const instances = [{ weight: 11, color: 'red' }]
  const refused: [string, Parameters<Awaited<ReturnType<typeof doorHere>>['ask']>, number, RegExp][] = [
    [
      'bytes that are none',
      [{ instances: [{ weight: 1, color: { b64: 'é' } }] }],
      400,
      /"color" has a "b64" that/,
    ],
    [
      'bytes for a number',
      [{ instances: [{ weight: { b64: 'MQ==' }, color: 'red' }] }],
      400,
      /"weight" takes a/,
    ],
    [
      'two values for one',
      [{ instances: [{ weight: [1, 2], color: 'red' }] }],
      400,
      /"weight" takes a number/,
    ],
    ['a value without a name', [{ instances: [11] }], 400, /not an object/],
    ['another packing', [gzipSync('{}'), { 'content-encoding': 'br' }], 400, /packed as br/],
    ['no gzip', ['instances', { 'content-encoding': 'gzip' }], 400, /says that it is gzip/],
    [
      'a bomb',
      [gzipSync(Buffer.alloc(64 << 20, 32)), { 'content-encoding': 'gzip' }],
      413,
      /longer than 32 MB/,
    ],
  ]
  test('whatever is sent', async () => {
    const { ask } = await doorHere({ version: 1 })
    for (const [what, asked, status, says] of refused) {
      const answer = await ask(...asked)
      expect([what, answer.status]).toEqual([what, status])
      expect(answer.body).toEqual({ error: expect.stringMatching(says) })
      expect(answer.headers.get('content-type')).toBe('application/json')
    }
    expect((await ask({ instances })).status).toBe(200)
  })

  test('a model that is not there, and one that is not ready, which is to be asked again', async () => {
    const { ask, serving } = await doorHere(null)
    expect((await ask({ instances })).status).toBe(404)
    serving.stop(MODEL, null)
    const { status, headers, body } = await ask({ instances })
    expect([status, headers.get('retry-after')]).toEqual([503, '1'])
    expect(body).toEqual({ error: expect.stringContaining('not ready') })
  })

  test('a body that has no end is cut off', async () => {
    const { port, ask } = await doorHere({ version: 1 })
    const sent = await new Promise<{ status: number | undefined; bytes: number }>(done => {
      let status: number | undefined
      let bytes = 0
      const asked = request({ port, method: 'POST', path: `/v1/models/${encodeURIComponent(MODEL)}:predict` })
      const more = () => {
        bytes += 1 << 20
        if (!asked.destroyed) asked.write(Buffer.alloc(1 << 20, 32), () => setImmediate(more))
      }
      asked.on('response', answer => {
        status = answer.statusCode
        answer.resume()
      })
      asked.on('error', () => {})
      asked.on('close', () => done({ status, bytes }))
      more()
    })
    expect(sent.status).toBe(413)
    expect(sent.bytes).toBeLessThan(100 << 20)
    expect((await ask({ instances })).status).toBe(200)
  })
})
