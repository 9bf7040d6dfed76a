import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Latency } from '#contract'
import type { MeasuringOptions } from '../../main/agent/measure/index.ts'
import { FILES, type Plan } from '../../main/agent/measure/plan.ts'
import { attr, type Graph, readGraphDef, writeGraphDef } from '../../main/engine/graph/index.ts'
import { runChild } from '../../main/engine/kit/index.ts'
import { readFile } from '../golden/graph/tflite/read.ts'
import { agentHere } from './agentHere.ts'
import { endlessModel } from './endless.ts'
import { publishTiny } from './publishHere.ts'
import { folder, tinyGraph, until } from './tinyModel.ts'

interface Answer {
  status: number
  body: Record<string, unknown> & { failure: { code: string; message: string; remedy: string } }
}

/** A device that answers, and measures under these terms. */
async function device(measure?: MeasuringOptions) {
  const repository = folder()
  await publishTiny(repository, { version: 1 })
  const here = await agentHere(repository, measure ? { measure } : {})
  await here.serves(1)
  const measured = async (
    body: Uint8Array | ReadableStream,
    {
      query = '',
      token,
      type = 'application/octet-stream',
      signal,
    }: {
      query?: string
      token?: string
      type?: string
      signal?: AbortSignal
    } = {},
  ): Promise<Answer> => {
    const answer = await fetch(here.url(`/v1/measure${query}`), {
      method: 'POST',
      headers: { 'content-type': type, ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: body as BodyInit,
      duplex: 'half',
      ...(signal ? { signal } : {}),
    } as RequestInit)
    return { status: answer.status, body: (await answer.json()) as Answer['body'] }
  }
  return { ...here, measured, folder: join(here.state, 'measuring') }
}

/** Processes that measure in this folder; null where the system does not tell. */
function measurers(folder: string): string[] | null {
  if (!existsSync('/proc/self/cmdline')) return null
  const { stdout } = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
  return stdout.split('\n').filter(line => line.includes('measurer') && line.includes(folder))
}

const refusal = (status: number, code: string, message: RegExp) => ({
  status,
  body: {
    error: expect.any(String),
    failure: { code, message: expect.stringMatching(message), remedy: expect.any(String) },
  },
})

describe('a model that is sent is timed', () => {
  test('a graph, float and 8-bit TFLite: as many runs as fit or as are asked for, and what the device is', async () => {
    const here = await device({})
    const models: [string, Uint8Array, RegExp][] = [
      ['graph', tinyGraph(), /TensorFlow\.js/],
      ['float', readFile('convnet_float'), /LiteRT/],
      ['int8', readFile('convnet_int8io'), /LiteRT/],
    ]
    for (const [name, model, runtime] of models) {
      const { status, body } = await here.measured(model)
      expect([name, status]).toEqual([name, 200])
      const latency = Latency.parse(body)
      expect(latency.runtime).toMatch(runtime)
      expect(latency.runs).toBeGreaterThanOrEqual(10)
      expect(latency.runs).toBeLessThanOrEqual(200)
      expect(latency.median).toBeGreaterThan(0)
      expect(latency.p95).toBeGreaterThanOrEqual(latency.median)
      // A process with a runtime in it, and no more than this machine has.
      expect(latency.peakBytes).toBeGreaterThan(30e6)
      expect(latency.peakBytes).toBeLessThan(latency.device.memoryBytes)
      expect(latency.device).toMatchObject({ platform: process.platform, arch: process.arch })
      console.info(
        `${name}: ${latency.runs} runs, median ${latency.median.toFixed(3)} ms, p95 ${latency.p95.toFixed(3)} ms, ${(latency.peakBytes / 1e6).toFixed(0)} MB`,
      )
    }
    expect((await here.measured(tinyGraph(), { query: '?runs=3' })).body).toMatchObject({ runs: 3 })
    expect(existsSync(here.folder)).toBe(false)
    expect((await here.report()).timeline.filter(({ event }) => event === 'Measured a model')).toHaveLength(4)
    // What was measured is served by nobody.
    expect((await here.get('/v1/models')).body).toEqual({ models: ['Bolt inspector'] })
  }, 60_000)

  test('one at a time; whoever goes away takes its process along, and predictions go on meanwhile', async () => {
    const here = await device({ seconds: 60 })
    const gone = new AbortController()
    const first = here.measured(endlessModel(), { signal: gone.signal }).catch(() => 'gone')
    await until(() => existsSync(join(here.folder, 'plan.json')), Boolean)
    expect(await here.measured(tinyGraph())).toMatchObject(refusal(429, 'in-use', /Another model/))
    await here.serves(1)
    gone.abort()
    expect(await first).toBe('gone')
    const { status } = await until(
      () => here.measured(tinyGraph(), { query: '?runs=1' }),
      answer => answer.status !== 429,
    )
    expect(status).toBe(200)
    expect(measurers(here.folder) ?? []).toEqual([])
  }, 60_000)

  test('a model that never ends is stopped in time, and the device still answers', async () => {
    const here = await device({ seconds: 3 })
    const began = performance.now()
    const answers = here.measured(endlessModel())
    await here.serves(1)
    expect(await answers).toMatchObject(
      refusal(422, 'unsupported-graph', /did not come to an end within 3 s/),
    )
    expect(performance.now() - began).toBeLessThan(15_000)
    expect(measurers(here.folder) ?? []).toEqual([])
    await here.serves(1)
    // The next one is looked at, whether it ends in time on this machine or not.
    expect(await here.measured(new Uint8Array())).toMatchObject(refusal(400, 'bad-input', /empty/))
  }, 60_000)

  test('a device that stops does not leave a model running', async () => {
    const here = await device({ seconds: 60 })
    const answers = here.measured(endlessModel()).catch(() => 'gone')
    await until(() => existsSync(join(here.folder, 'plan.json')), Boolean)
    await here.close()
    await answers
    await until(
      () => measurers(here.folder) ?? [],
      list => list.length === 0,
    )
  }, 60_000)
})

test('a process that nobody is left to stop ends itself, in the middle of a model that never ends', async () => {
  const work = folder()
  writeFileSync(join(work, FILES.model), endlessModel())
  writeFileSync(join(work, FILES.plan), JSON.stringify({ limit: 2000 } satisfies Plan))
  const ending = await runChild(
    fileURLToPath(new URL('../../main/agent/measure/measurer.ts', import.meta.url)),
    work,
    {
      signal: new AbortController().signal,
      told: () => {},
      line: () => {},
    },
  )
  expect(ending.killedBy ?? ending.code).toBe(process.platform === 'win32' ? 1 : 'SIGKILL')
}, 30_000)

describe('what is refused', () => {
  test('anything, where the technician did not allow it', async () => {
    const here = await device()
    const no = refusal(403, 'no-permission', /not allowed on this device/)
    expect(await here.measured(tinyGraph())).toMatchObject(no)
    expect(await here.get('/v1/measure')).toMatchObject(no)
    const { body } = await here.measured(tinyGraph())
    expect(body.failure.remedy).toContain('--measure')
  })

  test('who does not know the token', async () => {
    const here = await device({ token: 'open sesame' })
    expect(await here.measured(tinyGraph())).toMatchObject(refusal(403, 'no-permission', /needs a token\.$/))
    expect(await here.measured(tinyGraph(), { token: 'open barley' })).toMatchObject(
      refusal(403, 'no-permission', /another one/),
    )
    expect((await here.measured(tinyGraph(), { token: 'open sesame', query: '?runs=1' })).status).toBe(200)
  })

  test('what is no model, a model that is damaged, and one that cannot be run', async () => {
    const here = await device({})
    const lite = readFile('convnet_int8')
    const graph = readGraphDef(tinyGraph())
    const unknown: Graph = {
      ...graph,
      nodes: graph.nodes.map(node => (node.op === 'Softmax' ? { ...node, op: 'NeverHeardOf' } : node)),
    }
    const open: Graph = {
      ...graph,
      nodes: graph.nodes.map(node =>
        node.name === 'x' ? { ...node, attrs: { ...node.attrs, shape: attr.shape([-1, -1]) } } : node,
      ),
    }
    const garbage = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251)
    const tries: [string, Uint8Array, number, RegExp][] = [
      ['nothing', new Uint8Array(), 400, /empty/],
      ['garbage', garbage, 422, /./],
      ['a text', new TextEncoder().encode('{"instances": []}'), 422, /./],
      ['half a TFLite file', lite.subarray(0, lite.length >> 1), 422, /./],
      ['garbage behind the head', Uint8Array.from([...lite.subarray(0, 8), ...garbage]), 422, /./],
      ['half a graph', tinyGraph().subarray(0, 200), 422, /./],
      ['an operation that nobody knows', writeGraphDef(unknown), 422, /NeverHeardOf/],
      ['an open size', writeGraphDef(open), 422, /"x" has no fixed size/],
    ]
    for (const [name, body, status, says] of tries) {
      const answer = await here.measured(body)
      expect([name, answer.status, answer.body.failure.message]).toEqual([
        name,
        status,
        expect.stringMatching(says),
      ])
      expect(answer.body.failure.code).not.toBe('internal')
    }
    for (const query of ['?runs=0', '?runs=1.5', '?runs=201', '?runs=many', '?runs='])
      expect(await here.measured(tinyGraph(), { query })).toMatchObject(
        refusal(400, 'bad-input', /number of runs/),
      )
    // A page of another site could send this without being asked for.
    expect(await here.measured(tinyGraph(), { type: 'text/plain' })).toMatchObject(
      refusal(400, 'bad-input', /no model file/),
    )
    await here.serves(1)
  }, 60_000)

  test('a model that is too large, by what it says and by what comes', async () => {
    const here = await device({ mostBytes: 2e6 })
    expect((await here.get('/v1/measure')).body).toEqual({ mostBytes: 2e6 })
    expect(await here.measured(new Uint8Array(3e6))).toMatchObject(
      refusal(413, 'bad-input', /larger than the 2 MB/),
    )
    // A body that says no length and never ends.
    const { status, sent } = await new Promise<{ status: number; sent: number }>((resolve, reject) => {
      let sent = 0
      let status = 0
      const outgoing = request(
        here.url('/v1/measure'),
        { method: 'POST', headers: { 'content-type': 'application/octet-stream' } },
        incoming => {
          status = incoming.statusCode ?? 0
          incoming.resume()
        },
      )
      const more = () => {
        while (!outgoing.destroyed && outgoing.write(new Uint8Array(65_536))) sent += 65_536
      }
      outgoing.on('drain', more)
      outgoing.on('error', () => {})
      outgoing.on('close', () => resolve({ status, sent }))
      setTimeout(() => reject(new Error(`still taking after ${sent} bytes`)), 15_000).unref()
      more()
    })
    expect(status).toBe(413)
    expect(sent).toBeLessThan(100e6)
    expect(existsSync(here.folder)).toBe(false)
    await here.serves(1)
  }, 60_000)
})
