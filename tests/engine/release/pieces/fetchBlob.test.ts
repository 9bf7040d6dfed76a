import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nodeDisk } from '../../../../main/agent/disk/index.ts'
import { hashOf, seeded } from '../../../../main/engine/kit/index.ts'
import {
  fetchBlob,
  openSink,
  openSource,
  openThrottle,
  PIECE,
  readBlob,
  type WantedBlob,
} from '../../../../main/engine/release/index.ts'
import { sumsOf } from '../../../../main/engine/release/tree/contents.ts'
import { openFaultProxy } from '../../../agent/faultProxy.ts'
import { SimDisk } from '../../../agent/simDisk.ts'
import { noise } from '../delta/noise.ts'
import { atEnd, folderHere, saysOf, serveHere } from '../repositoryHere.ts'

const disk = nodeDisk
const BLOB = noise(5 * PIECE + 12_345, 1)
const sums = await sumsOf(BLOB)

async function servedBlob() {
  const folder = folderHere()
  await openSink(folder).putBlob(sums.hash, BLOB)
  const proxy = await openFaultProxy((await serveHere(folder)).port)
  atEnd(proxy.close)
  return { folder, proxy }
}

function wanted(address: string, more: Partial<WantedBlob> = {}): WantedBlob & { place: string } {
  const state = folderHere()
  return {
    source: openSource(address),
    ...sums,
    disk,
    partial: join(state, 'partial', sums.hash),
    place: join(state, 'blobs', sums.hash.slice(0, 2), sums.hash),
    patience: { pause: 1, tries: 3, piece: 5000 },
    ...more,
  }
}
const isWhole = (place: string) => readFileSync(place).equals(BLOB)

/** A server that does what it likes. */
async function hostile(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  atEnd(() => {
    server.closeAllConnections()
    return new Promise<void>(resolve => void server.close(() => resolve()))
  })
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`
}

describe('a blob', () => {
  test('comes whole from a folder and over HTTP', async () => {
    const { folder, proxy } = await servedBlob()
    for (const address of [folder, proxy.address]) {
      const want = wanted(address)
      expect(await fetchBlob(want)).toEqual({ received: BLOB.length, wasted: 0 })
      expect(isWhole(want.place)).toBe(true)
    }
    // One serves many pieces; a second may be opened before the first is free.
    expect(proxy.connections).toBeLessThanOrEqual(2)
  })

  test('that is empty, or one piece, needs no list of pieces', async () => {
    const folder = folderHere()
    for (const content of [new Uint8Array(), noise(10, 2), noise(PIECE, 3)]) {
      const hash = hashOf(content)
      await openSink(folder).putBlob(hash, content)
      const want = wanted(folder, { hash, bytes: content.length, pieces: null })
      await fetchBlob(want)
      expect(readFileSync(want.place).equals(content)).toBe(true)
    }
  })

  test('goes on after a drop at every tenth, and wastes at most a piece a drop', async () => {
    const { proxy } = await servedBlob()
    for (const kind of ['drop', 'truncate'] as const)
      for (let tenth = 1; tenth < 10; tenth += kind === 'drop' ? 1 : 4) {
        const want = wanted(proxy.address)
        await proxy.plan({ kind, at: Math.floor((BLOB.length * tenth) / 10) })
        const [before, faults] = [proxy.received, proxy.faults]
        const { wasted } = await fetchBlob(want)
        expect(isWhole(want.place)).toBe(true)
        expect(proxy.faults).toBe(faults + 1)
        expect(wasted).toBeLessThanOrEqual(PIECE)
        // On the line, too: headers and what was on its way.
        expect(proxy.received - before - BLOB.length).toBeLessThanOrEqual(PIECE + 4096)
      }
  })

  test('goes on where another process was killed, from another source', async () => {
    const { folder, proxy } = await servedBlob()
    const want = wanted(proxy.address, { patience: { tries: 1, pause: 1 } })
    await proxy.plan({ kind: 'drop', at: 3.5 * PIECE })
    expect(await saysOf(fetchBlob(want))).toBe('unreachable')
    const rest = await fetchBlob({ ...want, source: openSource(folder) })
    expect(rest.received).toBeLessThanOrEqual(BLOB.length - 3 * PIECE)
    expect(isWhole(want.place)).toBe(true)
  })

  test('with a turned bit in a piece has only that piece sent again', async () => {
    const { proxy } = await servedBlob()
    const want = wanted(proxy.address)
    await proxy.plan({ kind: 'corrupt', at: 2.5 * PIECE })
    const { received, wasted } = await fetchBlob(want)
    expect(isWhole(want.place)).toBe(true)
    expect(proxy.faults).toBe(1)
    expect(wasted).toBeLessThanOrEqual(PIECE + (1 << 18))
    expect(received).toBeLessThanOrEqual(BLOB.length + PIECE + (1 << 18))
  })

  test('that stalls or drips is given up in time', async () => {
    const { proxy } = await servedBlob()
    for (const fault of [
      { kind: 'stall', at: 0.5 * PIECE } as const,
      { kind: 'drip', bytesPerSecond: 2000 } as const,
    ]) {
      proxy.always(() => fault)
      const want = wanted(proxy.address, { patience: { pause: 1, tries: 2, piece: 150 } })
      const began = performance.now()
      expect(await saysOf(fetchBlob(want))).toBe('unreachable')
      expect(performance.now() - began).toBeLessThan(3000)
    }
    // A plan or a manifest, which is read in one go, too.
    proxy.always(() => ({ kind: 'drip', bytesPerSecond: 2000 }))
    const source = openSource(proxy.address)
    const blob = { hash: hashOf(BLOB), bytes: BLOB.length }
    await expect(readBlob(source, blob, undefined, 150)).rejects.toThrow(/in time/)
  })

  test('comes from a server that knows no ranges', async () => {
    let whole = 0
    const address = await hostile((_request, answer) => {
      whole++
      answer.writeHead(200, { 'content-length': BLOB.length })
      // The second answer breaks off.
      if (whole === 2) answer.write(BLOB.subarray(0, 2.5 * PIECE), () => answer.destroy())
      else answer.end(BLOB)
    })
    const want = wanted(address)
    await fetchBlob(want)
    expect(isWhole(want.place)).toBe(true)
    // Once to learn that it knows none, once that broke off, and once more.
    expect(whole).toBe(3)
  })

  test.each<[string, RequestListener, string]>([
    [
      'sends another range',
      (_, answer) => {
        answer.writeHead(206, { 'content-range': `bytes 77-${BLOB.length - 1}/${BLOB.length}` })
        answer.end(BLOB.subarray(77))
      },
      'unreachable',
    ],
    [
      'sends 206 without a range',
      (_, answer) => {
        answer.writeHead(206)
        answer.end(BLOB)
      },
      'unreachable',
    ],
    [
      'announces more than it sends',
      (_, answer) => {
        answer.writeHead(200, { 'content-length': BLOB.length })
        answer.write(BLOB.subarray(0, 1000), () => answer.destroy())
      },
      'unreachable',
    ],
    [
      'says it is short',
      (_, answer) => {
        answer.writeHead(206, { 'content-range': 'bytes 0-9/10', 'content-length': 10 })
        answer.end(BLOB.subarray(0, 10))
      },
      'unreachable',
    ],
    [
      'has only the beginning',
      (_, answer) => {
        answer.writeHead(416)
        answer.end()
      },
      'not-found',
    ],
    ['does not have it', (_, answer) => void answer.writeHead(404).end('no'), 'not-found'],
    ['is broken', (_, answer) => void answer.writeHead(503).end('no'), 'unreachable'],
    [
      'redirects in a circle',
      (request, answer) => void answer.writeHead(302, { location: request.url }).end(),
      'unreachable',
    ],
    [
      'redirects to a file of this machine',
      (_, answer) => void answer.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      'unreachable',
    ],
    [
      'sends other content without end',
      (_, answer) => {
        answer.writeHead(200)
        const junk = Buffer.alloc(1 << 18, 7)
        const more = () => {
          if (!answer.destroyed) answer.write(junk, more)
        }
        more()
      },
      'tampered',
    ],
  ])('from a server that %s is refused, and nothing comes to lie in its place', async (_, answer, code) => {
    const want = wanted(await hostile(answer))
    const before = process.memoryUsage().rss
    expect(await saysOf(fetchBlob(want))).toBe(code)
    expect(disk.size(want.place)).toBeNull()
    expect(process.memoryUsage().rss - before).toBeLessThan(128 << 20)
  })

  test('that is endless after its own length is taken and no more', async () => {
    let sent = 0
    const address = await hostile((_, answer) => {
      answer.writeHead(200)
      answer.write(BLOB)
      const junk = Buffer.alloc(1 << 18, 7)
      const more = () => {
        sent += junk.length
        if (!answer.destroyed && sent < 1 << 30) answer.write(junk, more)
      }
      more()
    })
    const want = wanted(address)
    expect((await fetchBlob(want)).received).toBeLessThanOrEqual(BLOB.length + PIECE + (1 << 18))
    expect(isWhole(want.place)).toBe(true)
    expect(sent).toBeLessThan(64 << 20)
  })

  test('follows a redirect of a bucket', async () => {
    const { proxy } = await servedBlob()
    const address = await hostile(
      (request, answer) => void answer.writeHead(307, { location: proxy.address + request.url }).end(),
    )
    const want = wanted(address)
    await fetchBlob(want)
    expect(isWhole(want.place)).toBe(true)
  })

  test('with hashes of other pieces is refused', async () => {
    const { folder } = await servedBlob()
    expect(await saysOf(fetchBlob(wanted(folder, { pieces: sums.pieces.slice(1) })))).toBe('tampered')
    expect(await saysOf(fetchBlob(wanted(folder, { pieces: null })))).toBe('tampered')
    expect(await saysOf(fetchBlob(wanted(folder, { pieces: sums.pieces.toReversed() })))).toBe('tampered')
    // Pieces that fit, of a file that is not the one that was signed.
    const other = wanted(folder, { hash: hashOf('other') })
    other.source = { address: 'x', blob: (_h, from, to) => openSource(folder).blob(sums.hash, from, to) }
    expect(await saysOf(fetchBlob(other))).toBe('tampered')
    expect(disk.size(other.place)).toBeNull()
  })

  test('has a piece sent again that the disk damaged in the meantime', async () => {
    const { folder, proxy } = await servedBlob()
    const want = wanted(proxy.address, { patience: { tries: 1, pause: 1 } })
    await proxy.plan({ kind: 'drop', at: 3.5 * PIECE })
    expect(await saysOf(fetchBlob(want))).toBe('unreachable')
    const data = readFileSync(join(want.partial, 'data'))
    data[PIECE + 5] = (data[PIECE + 5] as number) ^ 1
    writeFileSync(join(want.partial, 'data'), data)
    await fetchBlob({ ...want, source: openSource(folder) })
    expect(isWhole(want.place)).toBe(true)
  })

  test.each([new Uint8Array(), Uint8Array.of(1, 2, 3), noise(64, 9)])(
    'goes on with a damaged map as without one',
    async map => {
      const { folder } = await servedBlob()
      const want = wanted(folder)
      disk.ensureFolder(want.partial)
      writeFileSync(join(want.partial, 'map'), map)
      writeFileSync(join(want.partial, 'data'), noise(BLOB.length + 999, 10))
      await fetchBlob(want)
      expect(isWhole(want.place)).toBe(true)
    },
  )

  test('stops when it is told to, and keeps what it has', async () => {
    const { folder } = await servedBlob()
    const stop = new AbortController()
    const want = wanted(folder, { signal: stop.signal, progress: () => stop.abort() })
    await expect(fetchBlob(want)).rejects.toThrow()
    const { received } = await fetchBlob({ ...want, signal: undefined, progress: undefined })
    expect(received).toBeLessThan(BLOB.length)
    expect(isWhole(want.place)).toBe(true)
  })
})

test('a throttle holds a fetch to its rate', async () => {
  const folder = folderHere()
  const content = noise(300_000, 4)
  await openSink(folder).putBlob(hashOf(content), content)
  const throttle = openThrottle(400_000)
  const want = wanted(folder, { hash: hashOf(content), bytes: content.length, pieces: null, throttle })
  const began = performance.now()
  await fetchBlob(want)
  // What fits into the bucket passes at once: (300,000 - 100,000) / 400,000 a second.
  expect(performance.now() - began).toBeGreaterThan(450)
  expect(performance.now() - began).toBeLessThan(2500)
})

test('a power cut at every step of a fetch costs one piece at most and leaves nothing half', async () => {
  const folder = folderHere()
  const content = BLOB.subarray(0, 2 * PIECE + 10)
  const small = await sumsOf(content)
  await openSink(folder).putBlob(small.hash, content)
  const want = (on: SimDisk) => ({
    ...wanted(folder, small),
    disk: on,
    partial: '/partial/x',
    place: '/blobs/x',
  })
  const calm = new SimDisk()
  await fetchBlob(want(calm))
  const steps = calm.operations
  expect(steps).toBeGreaterThan(20)
  for (let at = 1; at <= steps; at++) {
    const sim = new SimDisk()
    sim.injected = { cutAt: at }
    let kept = 0
    const progress = (bytes: number) => {
      kept = bytes
    }
    await fetchBlob({ ...want(sim), progress }).catch(() => {})
    const after = sim.afterCut(seeded(at))
    const there = after.read('/blobs/x')
    if (there) expect(hashOf(there)).toBe(small.hash)
    else {
      const { received } = await fetchBlob(want(after))
      expect(received).toBeLessThanOrEqual(content.length - kept + PIECE)
      expect(hashOf(after.read('/blobs/x') as Uint8Array)).toBe(small.hash)
    }
  }
})

test('a small blob is read whole, or refused', async () => {
  const folder = folderHere()
  const content = noise(1000, 5)
  const hash = hashOf(content)
  await openSink(folder).putBlob(hash, content)
  const source = openSource(folder)
  expect(Buffer.from(await readBlob(source, { hash, bytes: 1000 })).equals(content)).toBe(true)
  expect(await saysOf(readBlob(source, { hash, bytes: 999 }))).toBe('tampered')
  expect(await saysOf(readBlob(source, { hash, bytes: 2 ** 40 }))).toBe('tampered')
  expect(await saysOf(readBlob(source, { hash: hashOf('x'), bytes: 1000 }))).toBe('not-found')
  writeFileSync(join(folder, 'blobs/sha256', hash), noise(1000, 6))
  expect(await saysOf(readBlob(source, { hash, bytes: 1000 }))).toBe('tampered')
})
