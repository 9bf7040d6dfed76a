import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nodeDisk } from '../../../../main/agent/disk/index.ts'
import {
  fetchBlob,
  openSink,
  openSource,
  readManifest,
  readPieces,
  writeRelease,
} from '../../../../main/engine/release/index.ts'
import { noise } from '../delta/noise.ts'
import { atEnd, folderHere, saysOf } from '../repositoryHere.ts'

async function served(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  atEnd(() => {
    server.closeAllConnections()
    return new Promise<void>(resolve => void server.close(() => resolve()))
  })
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`
}

/** Any web server: files, pages in place of folders, no ranges, nothing is taken. */
const plain =
  (folder: string): RequestListener =>
  (request, answer) => {
    if (request.method !== 'GET') return void answer.writeHead(501).end()
    const path = join(folder, request.url ?? '')
    if (!existsSync(path)) return void answer.writeHead(404, { 'content-type': 'text/html' }).end('<p>no')
    if (statSync(path).isDirectory()) return void answer.writeHead(200).end('<ul><li>a page</ul>')
    createReadStream(path).pipe(answer.writeHead(200))
  }

test('a plain web server is enough for devices, and takes nothing', async () => {
  const folder = folderHere()
  const sink = openSink(folder)
  const written = await writeRelease(sink, {
    ...{
      model: 'Bolt',
      version: 1,
      variant: 'tflite-int8',
      createdAt: '2026-11-22T00:00:00Z',
      format: 'tflite',
    },
    files: [{ name: 'model.tflite', content: noise(2_000_000, 1) }],
  } as const)
  const address = await served(plain(folder))
  const source = openSource(address)
  expect(await source.sites()).toEqual([])
  await sink.metadata('everyone').write('timestamp.json', Buffer.from('{}'))
  expect(await source.sites()).toEqual(['everyone'])
  const [file] = (await readManifest(source, written)).files
  if (!file) throw new Error('no file')
  const place = join(folderHere(), 'whole')
  const pieces = await readPieces(source, file.blob)
  await fetchBlob({ source, ...file.blob, pieces, disk: nodeDisk, partial: `${place}.partial`, place })
  expect(statSync(place).size).toBe(2_000_000)
  const id = 'ab'.repeat(12)
  expect(await saysOf(source.putStatus(id, Buffer.from('{}')))).toBe('unsupported')
  expect(await saysOf(source.putBatch(id, 1, Buffer.from('x')))).toBe('unsupported')
  expect(await saysOf(openSink(address).putBlob(file.hash, Buffer.from('x')))).toBe('unsupported')
  expect(await openSink(address).devices()).toEqual([])
})

test.each<[string, RequestListener, string]>([
  [
    'without end',
    (_, answer) => {
      const junk = Buffer.alloc(1 << 16, 32)
      const more = () => void (answer.destroyed || answer.write(junk, more))
      more()
    },
    'tampered',
  ],
  [
    'in a circle',
    (request, answer) => void answer.writeHead(301, { location: request.url }).end(),
    'unreachable',
  ],
  ['that breaks off', (_, answer) => void answer.write('{', () => answer.destroy()), 'unreachable'],
  [
    'of an error',
    (_, answer) => void answer.writeHead(500).end(JSON.stringify({ error: 'x'.repeat(9000) })),
    'unreachable',
  ],
  ['that is forbidden', (_, answer) => void answer.writeHead(403).end('no'), 'no-permission'],
])('metadata %s is refused', async (_, answer, code) => {
  const source = openSource(await served(answer))
  expect(await saysOf(source.metadata('hall-3').read('timestamp.json', 16_000))).toBe(code)
})

test('a server that is not there is said to be', async () => {
  const source = openSource('http://127.0.0.1:9')
  expect(await saysOf(source.sites())).toBe('unreachable')
  expect(await saysOf(source.metadata('a').read('timestamp.json', 100))).toBe('unreachable')
})
