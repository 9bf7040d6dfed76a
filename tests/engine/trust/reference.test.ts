import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type MetadataSource, memoryStore, openTrustClient } from '../../../main/engine/trust/index.ts'
import { openStand, planOf, scratch, targetOf } from './stand.ts'

const python = process.env.EDGEWRIGHT_TUF_PYTHON
if (!python && process.env.CI !== 'true')
  console.warn('python-tuf is not compared with: set EDGEWRIGHT_TUF_PYTHON (.ci/tuf.sh prints it)')

const script = join(import.meta.dirname, 'reference.py')
const run = (...args: string[]) => promisify(execFile)(python as string, [script, ...args])

describe.skipIf(!python && process.env.CI !== 'true')('the reference implementation', () => {
  let server: Server
  let url = ''
  let files: ReadonlyMap<string, Uint8Array> = new Map()

  beforeAll(async () => {
    if (!python)
      throw new Error('EDGEWRIGHT_TUF_PYTHON names no Python with python-tuf; .ci/tuf.sh prints one')
    server = createServer((request, response) => {
      const bytes = files.get(decodeURIComponent((request.url ?? '').slice(1)))
      response.writeHead(bytes ? 200 : 404).end(bytes)
    })
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => server?.close())

  test('verifies what we publish, through every kind of key replaced', { timeout: 120_000 }, async () => {
    const stand = await openStand()
    stand.clock.now = Date.now()
    files = stand.sink.files
    await stand.writer.publish([
      ...planOf('plan 1'),
      {
        role: 'model-birds-1f0c9a',
        targets: [targetOf('models/birds-1f0c9a/1/int8', 'manifest', { counter: 1 })],
      },
    ])
    const folder = scratch()
    writeFileSync(join(folder, 'first.json'), files.get('1.root.json') as Uint8Array)
    const verify = async () => {
      const paths = ['site/plan', 'models/birds-1f0c9a/1/int8', 'models/other/1/int8']
      const { stdout } = await run(
        'verify',
        url,
        join(folder, 'metadata'),
        join(folder, 'first.json'),
        ...paths,
      )
      return stdout.trim().split('\n')
    }
    const line = (path: string, content: string) => `${path} ${content.length} ${targetOf('', content).hash}`
    const said = (plan: string) => [
      line('site/plan', plan),
      line('models/birds-1f0c9a/1/int8', 'manifest'),
      'models/other/1/int8 none none',
    ]
    expect(await verify()).toEqual(said('plan 1'))
    for (const role of ['timestamp', 'snapshot', 'targets', 'site', 'model-birds-1f0c9a'] as const)
      await stand.writer.rotate(role)
    await stand.writer.rotate('root', 'backup')
    await stand.writer.publish(planOf('plan 2'))
    expect(await verify()).toEqual(said('plan 2'))
  })

  test('publishes what we verify, its root keys replaced three times', { timeout: 120_000 }, async () => {
    const folder = scratch()
    await run('publish', folder, '4')
    const source: MetadataSource = {
      async read(name) {
        try {
          return readFileSync(join(folder, name))
        } catch {
          return null
        }
      },
    }
    const device = openTrustClient({
      store: memoryStore(),
      source,
      roots: { kind: 'file', content: readFileSync(join(folder, '1.root.json')) },
      now: Date.now,
    })
    const trusted = await device.refresh()
    expect(trusted.roles[0]).toMatchObject({ role: 'root', version: 4, threshold: 2 })
    expect(await trusted.target('site/plan')).toEqual(targetOf('site/plan', 'plan of python', { n: 1 }))
  })
})
