import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  folderArtifacts,
  type Recorded,
  recordedIn,
  serveTracking,
} from '../../../../main/engine/training/mlflow/index.ts'
import { tellByMlflow, testWithMlflow } from './python.ts'

const script = join(import.meta.dirname, 'client.py')

let folder: string
let said: Recorded[]
let serving: Awaited<ReturnType<typeof serveTracking>>
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mlflow-'))
  said = []
  serving = await serveTracking({
    port: 0,
    artifacts: folderArtifacts(folder),
    tell: each => void said.push(each),
  })
})
afterEach(async () => {
  await serving?.close()
  rmSync(folder, { recursive: true, force: true })
})

const ask = (call: string, init: RequestInit = {}, base = '/api/2.0/mlflow/') =>
  fetch(`http://127.0.0.1:${serving.port}${base}${call}`, init)
const post = async (call: string, body: unknown) => {
  const answered = await ask(call, { method: 'POST', body: JSON.stringify(body) })
  return { status: answered.status, body: (await answered.json()) as Record<string, never> }
}

testWithMlflow("MLflow's own client is answered as by its server", async () => {
  const told = JSON.parse(await tellByMlflow(script, serving.port))
  expect(told).toEqual({
    experiments: ['Default', 'prices'],
    status: 'FINISHED',
    params: { rate: '0.1', units: '32', optimizer: 'adam' },
    accuracy: 0.5,
    bad: 'nan',
    tags: { team: 'blue', note: 'größer', a: '1', b: '2' },
    history: [
      [0, 1],
      [1, 1 / 2],
      [2, 1 / 3],
    ],
    files: ['files', 'hello.txt', 'some'],
    config: { k: [1, 2] },
    parent: true,
    refused: expect.stringContaining('Changing param values is not allowed'),
    all: ['batch', 'inner', 'outer'],
    good: ['outer'],
    ordered: ['inner', 'batch', 'outer'],
    like: ['outer'],
    pages: [2, 3],
    failed: 'FAILED',
    missing: true,
  })
  const begun = said.filter(each => each.kind === 'begun')
  expect(begun.map(({ name, experiment }) => [name, experiment])).toEqual([
    ['outer', 'prices'],
    ['inner', 'prices'],
    ['batch', 'prices'],
  ])
  expect(begun[1]?.parent).toBe(begun[0]?.run)
  expect(said.filter(each => each.kind === 'ended').map(({ status }) => status)).toEqual([
    'FINISHED',
    'FINISHED',
    'FAILED',
  ])
  const bytes = Object.fromEntries(
    said.flatMap(each => (each.kind === 'file' ? [[each.path.split('/').at(-1), each.bytes]] : [])),
  )
  expect(bytes).toEqual({ 'config.json': expect.any(Number), 'hello.txt': 5, 'big.bin': 2 ** 20 })
})

testWithMlflow('the recorder keeps all of it in lines, artifacts too', async () => {
  const program = fileURLToPath(
    new URL('../../../../main/engine/training/mlflow/recorder.ts', import.meta.url),
  )
  const port = serving.port
  await serving.close()
  const recorder = fork(program, [String(port)], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const lines: Recorded[] = []
  const read = createInterface({ input: recorder.stdout as NodeJS.ReadableStream })
  read.on('line', line => void lines.push(recordedIn(line) as Recorded))
  while (!(await ask('/health', {}, '').catch(() => null)))
    await new Promise(resume => setTimeout(resume, 50))
  await tellByMlflow(script, port)
  recorder.kill('SIGTERM')
  await Promise.all([once(recorder, 'exit'), once(read, 'close')])
  expect(lines.every(line => line !== null)).toBe(true)
  expect(lines.filter(({ kind }) => kind === 'begun')).toHaveLength(3)
  const pieces = lines.flatMap(line => (line.kind === 'piece' && line.path.endsWith('big.bin') ? [line] : []))
  expect(Buffer.concat(pieces.map(({ base64 }) => Buffer.from(base64, 'base64')))).toEqual(
    Buffer.from(Array.from({ length: 2 ** 20 }, (_, i) => i % 256)),
  )
  expect(
    lines.find(line => line.kind === 'points' && line.points.some(({ value }) => value === 'NaN')),
  ).toBeDefined()
})

describe('calls that cannot be answered', () => {
  test('say why, in the words of the protocol', async () => {
    expect(await post('runs/create', { experiment_id: '77' })).toMatchObject({
      status: 404,
      body: { error_code: 'RESOURCE_DOES_NOT_EXIST' },
    })
    expect(await post('runs/log-metric', { run_id: 'x', key: 'a', value: 1 })).toMatchObject({ status: 404 })
    expect(await post('runs/search', { experiment_ids: ['0'], filter: "metrics.a << 'x" })).toMatchObject({
      status: 400,
      body: { error_code: 'INVALID_PARAMETER_VALUE' },
    })
    expect(await post('gateway/anything', {})).toMatchObject({
      status: 404,
      body: { error_code: 'ENDPOINT_NOT_FOUND' },
    })
    expect(await post('constructor', {})).toMatchObject({ status: 404 })
    const broken = await ask('runs/create', { method: 'POST', body: '[1' })
    expect([broken.status, ((await broken.json()) as { error_code: string }).error_code]).toEqual([
      400,
      'INVALID_PARAMETER_VALUE',
    ])
    expect(said).toEqual([])
  })

  test('pages of a browser, and other names of this computer, are refused', async () => {
    const from = await ask('experiments/search', {
      method: 'POST',
      body: '{}',
      headers: { origin: 'http://evil.example' },
    })
    expect(from.status).toBe(403)
  })

  test('artifacts stay within their folder', async () => {
    writeFileSync(join(folder, '..', 'outside.txt'), 'secret')
    for (const path of ['..%2foutside.txt', 'a/..%2f..%2foutside.txt', '%2fetc%2fhostname', 'a%00b']) {
      const put = await ask(`artifacts/${path}`, { method: 'PUT', body: 'x' }, '/api/2.0/mlflow-artifacts/')
      expect(put.status, path).toBe(400)
      const got = await ask(`artifacts/${path}`, {}, '/api/2.0/mlflow-artifacts/')
      expect(got.status, path).toBe(400)
    }
    expect(readFileSync(join(folder, '..', 'outside.txt'), 'utf8')).toBe('secret')
    rmSync(join(folder, '..', 'outside.txt'))
    expect(existsSync(join(folder, 'a'))).toBe(false)
  })
})

test('numbers of 64 bits may be texts, and a batch of nothing changes nothing', async () => {
  const { body } = await post('runs/create', { experiment_id: '0', start_time: '1700000000000' })
  const { info } = body.run as unknown as { info: { run_id: string } }
  await post('runs/log-metric', {
    run_id: info.run_id,
    key: 'a',
    value: '-Infinity',
    step: '9007199254740991',
  })
  await post('runs/log-batch', { run_id: info.run_id })
  expect(said.map(({ kind }) => kind)).toEqual(['begun', 'points'])
  expect(said[1]).toMatchObject({ points: [{ key: 'a', step: 9007199254740991, value: '-Infinity' }] })
  const found = await (await ask(`metrics/get-history?run_id=${info.run_id}&metric_key=a`)).json()
  expect(found).toMatchObject({ metrics: [{ value: '-Infinity' }] })
})
