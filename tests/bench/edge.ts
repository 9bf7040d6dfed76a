import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as rest } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Hash } from '#contract'
import { nodeDisk } from '../../main/agent/disk/index.ts'
import { hashOf, seeded } from '../../main/engine/kit/index.ts'
import {
  applyPatch,
  type DeviceReport,
  deviceIdOf,
  FORMAT,
  fetchBlob,
  generateKey,
  makePatch,
  openSink,
  openSource,
  type Patch,
  PIECE,
  seal,
} from '../../main/engine/release/index.ts'
import { sumsOf } from '../../main/engine/release/tree/contents.ts'
import { openKeyring, openSiteWriter } from '../../main/engine/trust/index.ts'
import { type Fault, openFaultProxy } from '../agent/faultProxy.ts'
import { temporaryFolder } from '../contract/house.ts'
import { terminal } from '../e2e/terminal.ts'
import { noise } from '../engine/release/delta/noise.ts'
import { collected, fileOf } from '../engine/release/delta/parts.ts'
import { edgeFleet } from './edgeFleet.ts'
import { edgePredict } from './edgePredict.ts'
import { type Figure, figure, quantile } from './measure.ts'

const AGENTS = 1000
/** Seconds between two looks of an agent; in the field it is minutes. */
const EVERY = 10
const FOR = 20
const MODELS = fileURLToPath(new URL('./edgeModels.ts', import.meta.url))
const SERVER = fileURLToPath(new URL('./edgeServer.ts', import.meta.url))

/** What publishing to the edge promises: how short updates are, what a broken line wastes, how many may ask at once. */
export async function edge(): Promise<Figure[]> {
  const folder = temporaryFolder()
  try {
    return [
      ...(await patches(folder.path)),
      ...(await resumes(folder.path)),
      ...(await polls(join(folder.path, 'polled'))),
      ...(await edgeFleet(join(folder.path, 'fleet'))),
      ...(await edgePredict()),
    ]
  } finally {
    folder.remove()
  }
}

/** Updates of our own sample net, in whole numbers of 8 bits, and what a patch costs. */
async function patches(folder: string): Promise<Figure[]> {
  const models = join(folder, 'models')
  const said = await new Promise<string>((done, failed) =>
    execFile(process.execPath, [MODELS, models], { maxBuffer: 1 << 26 }, (error, out) =>
      error ? failed(error) : done(out.trim().split('\n').at(-1) ?? ''),
    ),
  )
  console.log(`  accuracy of the sample nets: ${said}`)
  const { json } = terminal(join(folder, 'home'), folder)
  for (const [name, quantize] of FORMS)
    await json(
      ...['optimization', 'convert', '--model', join(models, name), '--quantize', quantize],
      ...['--calibration', join(models, 'rows.npz'), '--out', join(models, `${name}-${quantize}.tflite`)],
      ...['--workspace', join(folder, 'workspace')],
    )
  const read = (name: string, quantize: string) => readFileSync(join(models, `${name}-${quantize}.tflite`))
  const share = async (name: string, quantize: string) => {
    const [old, next] = [read('base', quantize), read(name, quantize)]
    const patch = await makePatch(old, next)
    console.log(
      `  ${name}, ${quantize}: ${patch?.codec ?? 'whole'}, ${patch?.content.length} of ${next.length} bytes`,
    )
    return [(100 * (patch?.content.length ?? next.length)) / next.length]
  }

  const old = noise(8 << 20, 1)
  const steps = noise(old.length, 2)
  const next = old.map((value, i) => value + ((steps[i] as number) % 5) - 2)
  const encode: number[] = []
  const decode: number[] = []
  for (let turn = 0; turn < 3; turn++) {
    const began = performance.now()
    const { codec, content } = (await makePatch(old, next)) as Patch
    const made = performance.now()
    await collected(
      applyPatch({
        ...{ codec, patch: content, old: fileOf(old) },
        ...{ base: hashOf(old), hash: hashOf(next), bytes: next.length },
      }),
    )
    encode.push((made - began) / 1000)
    decode.push(performance.now() - made)
  }
  return [
    figure('full fine-tune, int8: share of the file that travels', '%', await share('tuned', 'int8'), 35),
    figure('retrained head, int8: share of the file that travels', '%', await share('head', 'int8'), 2),
    figure('full fine-tune, float32: share of the file', '%', await share('tuned', 'none')),
    figure('patch of 8 MiB of weights: made', 's', encode),
    figure('patch of 8 MiB of weights: applied', 'ms', decode),
  ]
}
const FORMS = [
  ['base', 'int8'],
  ['tuned', 'int8'],
  ['head', 'int8'],
  ['base', 'none'],
  ['tuned', 'none'],
] as const

/** Bytes that come twice for each break of the line. */
async function resumes(folder: string): Promise<Figure[]> {
  const content = noise(8 * PIECE + 1000, 3)
  const sums = await sumsOf(content)
  const served = join(folder, 'served')
  await openSink(served).putBlob(sums.hash, content)
  const server = await serve(served)
  const proxy = await openFaultProxy(Number(new URL(server.address).port))
  const random = seeded(5)
  try {
    const wastes: Record<string, number[]> = {}
    for (const kind of ['drop', 'truncate', 'stall', 'corrupt'] as const)
      for (let turn = 0; turn < 10; turn++) {
        const fault: Fault = { kind, at: Math.floor(random() * content.length) }
        await proxy.plan(fault)
        const [before, faults] = [proxy.received, proxy.faults]
        const state = join(folder, 'state', `${kind}-${turn}`)
        await fetchBlob({
          source: openSource(proxy.address),
          ...sums,
          disk: nodeDisk,
          partial: join(state, 'partial'),
          place: join(state, 'whole'),
          patience: { pause: 1, piece: 1000 },
        })
        if (proxy.faults !== faults + 1) throw new Error(`the line did not ${kind}`)
        // Counted on the line: headers too, and what was under way when it broke.
        wastes[kind] = [...(wastes[kind] ?? []), (proxy.received - before - content.length) / PIECE]
      }
    return Object.entries(wastes).map(([kind, values]) =>
      // A damaged piece is sent again whole, and its headers with it.
      figure(
        `bytes sent again after a ${kind}, the most of 10`,
        'MiB',
        [Math.max(...values)],
        kind === 'corrupt' ? undefined : 1,
      ),
    )
  } finally {
    await proxy.close()
    await server.stop()
  }
}

/** A thousand agents on one laptop: each looks for a new timestamp and leaves its signed report. */
async function polls(folder: string): Promise<Figure[]> {
  const sink = openSink(folder)
  const writer = openSiteWriter({
    sink: sink.metadata('hall-3'),
    keyring: await openKeyring(join(folder, '../keys')),
    site: 'hall-3',
    lane: 'online',
  })
  await writer.ensure()
  const server = await serve(folder)
  const http = new Agent({ keepAlive: true, maxSockets: AGENTS })
  const ask = (path: string, headers: Record<string, string>, body?: string) =>
    new Promise<{ status: number; etag: string }>((resolve, reject) =>
      request(`${server.address}/${path}`, { agent: http, method: body ? 'PUT' : 'GET', headers }, answer => {
        answer.resume()
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, etag: answer.headers.etag ?? '' }))
      })
        .on('error', reject)
        .end(body),
    )
  const looks: number[] = []
  const reports: number[] = []
  let failed = 0
  const random = seeded(9)
  const until = performance.now() + FOR * 1000

  async function agent(): Promise<void> {
    const { key } = generateKey()
    const id = deviceIdOf(key)
    let etag = ''
    await rest(random() * EVERY * 1000)
    while (performance.now() < until) {
      const began = performance.now()
      const look = await ask('tuf/hall-3/timestamp.json', etag ? { 'if-none-match': etag } : {})
      looks.push(performance.now() - began)
      if (look.status !== (etag ? 304 : 200)) failed++
      etag = look.etag
      const report = seal(reportOf(id as Hash, key.spki), key)
      const asked = performance.now()
      const left = await ask(`devices/${id}.json`, { 'content-type': 'application/json' }, report)
      reports.push(performance.now() - asked)
      if (left.status !== 201) failed++
      // A fifth of the time more or less, so that none come together for ever.
      await rest(EVERY * 1000 * (0.8 + 0.4 * random()))
    }
  }
  try {
    await Promise.all(Array.from({ length: AGENTS }, agent))
  } finally {
    http.destroy()
    await server.stop()
  }
  if (failed > 0) throw new Error(`${failed} of ${looks.length} looks went wrong`)
  return [
    figure(`${AGENTS} agents, one look each ${EVERY} s: p95`, 'ms', [quantile(looks, 0.95)], 200),
    figure(`${AGENTS} agents, one report each ${EVERY} s: p95`, 'ms', [quantile(reports, 0.95)], 200),
    figure('looks measured', 'looks', [looks.length]),
  ]
}

const reportOf = (id: string, key: string): DeviceReport =>
  ({
    ...{ type: 'device', format: FORMAT, id, key, name: 'box', address: null, at: new Date().toISOString() },
    ...{ stopped: false, failure: null, models: [], timeline: [] },
    runtime: { node: process.version, platform: 'linux', backend: 'wasm', memoryBytes: 1 << 27 },
  }) as DeviceReport

/** The app's server in a process of its own. */
async function serve(folder: string): Promise<{ address: string; stop(): Promise<void> }> {
  const child = spawn(process.execPath, [SERVER, folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()))
    child.once('close', () => reject(new Error('the server did not start')))
  })
  return {
    address,
    async stop() {
      child.stdin.end()
      await ended
    },
  }
}
