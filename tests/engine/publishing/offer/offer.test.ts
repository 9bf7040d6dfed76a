import { mkdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { Bonjour } from 'bonjour-service'
import { describe, expect, test } from 'vitest'
import { hashOf } from '../../../../main/engine/kit/index.ts'
import { openHint } from '../../../../main/engine/publishing/offer/hint.ts'
import { checkSigned, HINT_TYPE, openOffer, QUOTA } from '../../../../main/engine/publishing/offer/index.ts'
import {
  type DeviceReport,
  deviceIdOf,
  FORMAT,
  generateKey,
  listReleases,
  newIdentity,
  openSink,
  openSource,
  recipientOf,
  seal,
  sealBatch,
  writeRelease,
} from '../../../../main/engine/release/index.ts'
import { openKeyring, openSiteWriter } from '../../../../main/engine/trust/index.ts'
import { noise } from '../../release/delta/noise.ts'
import { atEnd, folderHere, saysOf, serveHere, TOKEN } from '../../release/repositoryHere.ts'

const DEVICE = '0123456789abcdef01234567'
const BIG = noise(1 << 20, 1)

/** Has the form of a sealed batch, with nothing in it that could be opened. */
const whole = (content: Uint8Array) => {
  const body = Buffer.concat([Buffer.from('EDGEBACK1\n'), content])
  return Buffer.concat([body, Buffer.from(hashOf(body), 'hex')])
}

async function here(options?: Parameters<typeof serveHere>[1]) {
  const folder = folderHere()
  const { address, port } = await serveHere(folder, options)
  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${address}/${path}`, { headers })
  return { folder, address, port, get, sink: openSink(address, TOKEN) }
}

/** A request as it is, which `fetch` would tidy up. */
const raw = (port: number, path: string, method = 'GET', headers: Record<string, string> = {}) =>
  new Promise<number>((resolve, reject) =>
    request({ port, host: '127.0.0.1', path, method, headers }, answer => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
      .on('error', reject)
      .end(),
  )

describe('reading', () => {
  test('gives blobs whole and by single ranges, for ever the same', async () => {
    const { get, sink } = await here()
    const hash = hashOf(BIG)
    await sink.putBlob(hash, BIG)
    const path = `blobs/sha256/${hash}`
    const whole = await get(path)
    expect([whole.status, whole.headers.get('cache-control')]).toEqual([
      200,
      'public, max-age=31536000, immutable',
    ])
    expect(Buffer.from(await whole.arrayBuffer()).equals(BIG)).toBe(true)
    for (const [range, from, to] of [
      ['bytes=0-0', 0, 1],
      ['bytes=100-199', 100, 200],
      ['bytes=1048575-', BIG.length - 1, BIG.length],
      ['bytes=1000000-9999999', 1_000_000, BIG.length],
    ] as const) {
      const part = await get(path, { range })
      expect([part.status, part.headers.get('content-range')]).toEqual([
        206,
        `bytes ${from}-${to - 1}/${BIG.length}`,
      ])
      expect(Buffer.from(await part.arrayBuffer()).equals(BIG.subarray(from, to))).toBe(true)
    }
    // Several ranges, from the end, backwards, none at all: the whole, as RFC 9110 allows.
    for (const range of ['bytes=0-1,5-6', 'bytes=-5', 'bytes=9-3', 'lines=1-2', 'bytes=x-']) {
      const answer = await get(path, { range })
      expect([range, answer.status, (await answer.arrayBuffer()).byteLength]).toEqual([
        range,
        200,
        BIG.length,
      ])
    }
    const outside = await get(path, { range: `bytes=${BIG.length}-` })
    expect([outside.status, outside.headers.get('content-range')]).toEqual([416, `bytes */${BIG.length}`])
    expect((await get(path, { range: 'bytes=0-1', 'if-range': '"other"' })).status).toBe(200)
    const etag = whole.headers.get('etag') as string
    expect((await get(path, { 'if-none-match': etag })).status).toBe(304)
    const head = await fetch(`${sink.address}/${path}`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(BIG.length)])
  })

  test('has the timestamp asked for again, and nothing sent that is known', async () => {
    const { folder, get } = await here()
    const write = (text: string) =>
      openSink(folder).metadata('hall-3').write('timestamp.json', Buffer.from(text))
    await write('{"a":1}')
    const first = await get('tuf/hall-3/timestamp.json')
    expect(first.headers.get('cache-control')).toBe('no-cache')
    const etag = first.headers.get('etag') as string
    expect((await get('tuf/hall-3/timestamp.json', { 'if-none-match': `W/${etag}, "x"` })).status).toBe(304)
    await write('{"a":2}')
    const second = await get('tuf/hall-3/timestamp.json', { 'if-none-match': etag })
    expect(await second.json()).toEqual({ a: 2 })
  })

  test('leads nowhere but into the tree', async () => {
    const { folder, port } = await here()
    writeFileSync(join(folder, 'secret'), 'x')
    mkdirSync(join(folder, 'tuf/hall-3'), { recursive: true })
    writeFileSync(join(folder, 'tuf/hall-3/notes.txt'), 'x')
    for (const path of [
      '/secret',
      '/tuf/hall-3/notes.txt',
      '/../../etc/passwd',
      '/tuf/..%2f..%2fetc/timestamp.json',
      '/tuf/hall-3%2f..%2f..%2fsecret',
      '/tuf/%2e%2e/timestamp.json',
      '/blobs/sha256/..',
      '/%',
      '/%00',
      '/return/../secret',
    ])
      expect([path, await raw(port, path)]).toEqual([path, 404])
    expect(await raw(port, `/return/${DEVICE}-000001.edgeback`)).toBe(401)
    expect(await raw(port, '/return')).toBe(401)
  })
})

describe('publishing', () => {
  test('goes over HTTP with the real keys, and readers see it', async () => {
    const { sink, folder, address } = await here()
    const keyring = await openKeyring(folderHere())
    const site = (lane: 'online' | 'stick') =>
      openSiteWriter({ sink: sink.metadata('hall-3', lane), keyring, site: 'hall-3', lane })
    await site('online').ensure()
    const release = await writeRelease(sink, {
      model: 'Bolt',
      version: 1,
      variant: 'tflite-int8',
      createdAt: '2026-11-22T00:00:00Z',
      format: 'tflite',
      files: [{ name: 'model.tflite', content: noise(5000, 2) }],
    })
    const target = { path: 'site/plan', hash: release.hash, bytes: release.bytes, custom: {} }
    await site('online').publish([{ role: 'site', targets: [target] }])
    await site('online').publish([
      { role: 'model-bolt-123456', targets: [{ ...target, path: 'models/bolt-123456/1/int8' }] },
    ])
    await site('online').rotate('timestamp')
    await site('stick').ensure()
    expect(await openSource(address).sites()).toEqual(['hall-3'])
    expect(
      await openSiteWriter({
        sink: openSink(folder).metadata('hall-3'),
        keyring,
        site: 'hall-3',
        lane: 'online',
      }).targets('site'),
    ).toEqual([target])
    await listReleases(sink)
    const index = Buffer.from((await openSink(folder).readIndex()) ?? []).toString()
    expect(index).toContain(release.hash)
    expect(index).toContain('bolt-123456-1-int8')
  })

  test('by another key, or of what is not there, is refused', async () => {
    const { sink, folder } = await here()
    const keyring = await openKeyring(folderHere())
    const writer = openSiteWriter({ sink: sink.metadata('hall-3'), keyring, site: 'hall-3', lane: 'online' })
    await writer.ensure()
    await writer.publish([
      { role: 'site', targets: [{ path: 'site/plan', hash: hashOf('x'), bytes: 1, custom: {} }] },
    ])
    // Everything another person would send to the same place.
    const other = openSink(folderHere())
    const theirs = openSiteWriter({
      sink: other.metadata('hall-3'),
      keyring: await openKeyring(folderHere()),
      site: 'hall-3',
      lane: 'online',
    })
    await theirs.ensure()
    const put = async (name: string, as = name) =>
      saysOf(
        sink.metadata('hall-3').write(as, (await other.metadata('hall-3').read(name, 1e6)) as Uint8Array),
      )
    expect(await put('1.root.json')).toBe('already-there')
    expect(await put('1.root.json', '2.root.json')).toBe('bad-input')
    expect(await put('1.targets.json')).toMatch('bad-input')
    expect(await put('1.snapshot.json')).toMatch('bad-input')
    expect(await put('timestamp.json')).toMatch('bad-input')
    const mine = async (name: string) =>
      JSON.parse(Buffer.from((await openSink(folder).metadata('hall-3').read(name, 1e6)) ?? []).toString())
    const write = (name: string, value: unknown) =>
      saysOf(sink.metadata('hall-3').write(name, Buffer.from(JSON.stringify(value))))
    const timestamp = await mine('timestamp.json')
    const before = JSON.stringify(timestamp)
    timestamp.signed.version += 5
    expect(await write('timestamp.json', timestamp)).toBe('bad-input')
    expect(await write('timestamp.json', { signed: {}, signatures: [] })).toBe('bad-input')
    expect(await write('timestamp.json', 7)).toBe('bad-input')
    expect(await write('9.targets.json', await mine('1.targets.json'))).toBe('bad-input')
    expect(JSON.stringify(await mine('timestamp.json'))).toBe(before)
  })

  test('needs the token, and content that is what it says', async () => {
    const { address, sink } = await here()
    const content = noise(100, 3)
    for (const token of [undefined, 'wrong', `${TOKEN}x`]) {
      const without = openSink(address, token)
      expect(await saysOf(without.putBlob(hashOf(content), content))).toBe('no-permission')
      expect(await saysOf(without.writeIndex(Buffer.from('{}')))).toBe('no-permission')
      expect(await saysOf(without.metadata('a').write('1.root.json', Buffer.from('{}')))).toBe(
        'no-permission',
      )
      expect(await saysOf(without.batches())).toBe('no-permission')
      expect(await saysOf(without.removeBatch(DEVICE, 1))).toBe('no-permission')
    }
    expect(await saysOf(sink.putBlob(hashOf('x'), content))).toBe('bad-input')
    expect(await saysOf(sink.writeIndex(Buffer.from('{}')))).toBe('bad-input')
    for (const path of ['secret', 'blobs/sha256/abc', 'oci-layout', 'devices/x.json']) {
      const answer = await fetch(`${address}/${path}`, {
        method: 'PUT',
        body: 'x',
        headers: { authorization: `Bearer ${TOKEN}` },
      })
      expect([path, answer.status]).toEqual([path, 400])
    }
    expect(
      (
        await fetch(`${address}/index.json`, {
          method: 'DELETE',
          headers: { authorization: `Bearer ${TOKEN}` },
        })
      ).status,
    ).toBe(404)
  })
})

describe('what devices leave', () => {
  const reportOf = (key = generateKey().key, more: Partial<DeviceReport> = {}) => {
    const id = deviceIdOf(key)
    const report = {
      type: 'device',
      format: FORMAT,
      id,
      key: key.spki,
      name: 'box',
      address: null,
      at: '2026-11-22T00:00:00.000Z',
      stopped: false,
      failure: null,
      models: [],
      timeline: [],
      ...REST,
      ...more,
    }
    return { id, bytes: Buffer.from(seal(report, key)) }
  }
  const REST = { runtime: { node: 'v24', platform: 'linux', backend: 'wasm', memoryBytes: 1 } }

  test('is nothing under the name of another device', async () => {
    const { address, sink } = await here()
    const { id, bytes } = reportOf()
    const other = reportOf().id
    expect(await saysOf(openSource(address).putStatus(other, bytes))).toBe('bad-input')
    expect(await saysOf(openSource(address).putStatus(id, Buffer.from('{}')))).toBe('bad-input')
    expect(await saysOf(openSource(address).putStatus(id, noise(100_000, 4)))).toBe('bad-input')
    expect(await sink.devices()).toEqual([])
    await openSource(address).putStatus(id, bytes)
    expect(await sink.devices()).toEqual([id])
    expect(Buffer.from((await sink.status(id)) ?? []).equals(bytes)).toBe(true)
  })

  test('is taken in once, however often it is sent, and another one of its number is not', async () => {
    const { address, sink } = await here()
    const device = openSource(address)
    const batch = whole(noise(5000, 5))
    await device.putBatch(DEVICE, 1, batch)
    await device.putBatch(DEVICE, 1, batch)
    expect(await saysOf(device.putBatch(DEVICE, 1, whole(noise(5000, 6))))).toBe('already-there')
    await device.putBatch(DEVICE, 2, whole(noise(10, 7)))
    expect(await sink.batches()).toEqual([1, 2].map(sequence => ({ device: DEVICE, sequence })))
    expect(Buffer.from((await sink.batch(DEVICE, 1)) ?? []).equals(batch)).toBe(true)
    await sink.removeBatch(DEVICE, 1)
    expect(await sink.batches()).toHaveLength(1)
  })

  test('is refused without a name, empty, too long, or when enough waits', async () => {
    const { address } = await here({
      quota: { ...QUOTA, batch: 1000, device: 1500, all: 2000, batches: 3 },
      checkBatch: () => {},
    })
    const post = async (query: string, body: Uint8Array = noise(10, 1)) =>
      (await fetch(`${address}/v1/reports?${query}`, { method: 'POST', body: body as BodyInit })).status
    for (const query of [
      '',
      'device=x&sequence=1',
      `device=${DEVICE}`,
      `device=${DEVICE}&sequence=0`,
      `device=${DEVICE}&sequence=-1`,
      `device=..%2F..%2Fx&sequence=1`,
      `device=${DEVICE}&sequence=1e3`,
    ])
      expect([query, await post(query)]).toEqual([query, 400])
    const numbered = (sequence: number, id = DEVICE) => `device=${id}&sequence=${sequence}`
    expect(await post(numbered(1), new Uint8Array())).toBe(400)
    expect(await post(numbered(1), noise(1001, 1))).toBe(400)
    expect(await post(numbered(1), noise(900, 1))).toBe(201)
    expect(await post(numbered(2), noise(900, 1))).toBe(507)
    expect(await post(numbered(1, DEVICE.replace('0', 'f')), noise(1000, 1))).toBe(201)
    expect(await post(numbered(1, DEVICE.replace('0', 'e')), noise(200, 1))).toBe(507)
    expect(await post(numbered(2), noise(10, 1))).toBe(201)
    expect(await post(numbered(3), noise(10, 1))).toBe(201)
    expect(await post(numbered(4), noise(10, 1))).toBe(507)
    // One that was taken in is still that one.
    expect(await post(numbered(1), noise(900, 1))).toBe(200)
  })

  test('is looked at before it is kept', async () => {
    const { key } = generateKey()
    const publisher = await newIdentity()
    const id = deviceIdOf(key)
    const batchOf = (device: string, to: string) =>
      sealBatch(
        { format: 'edgewright-batch/1', site: 'hall-3', device, sequence: 1, records: [], samples: {} },
        key,
        to,
      )
    const { address, sink } = await here({ checkBatch: checkSigned(async () => [publisher]) })
    const device = openSource(address)
    const mine = await batchOf(id, await recipientOf(publisher))
    const foreign = await batchOf(id, await recipientOf(await newIdentity()))
    expect(await saysOf(device.putBatch(DEVICE, 1, mine))).toBe('bad-input')
    expect(await saysOf(device.putBatch(id, 2, mine))).toBe('bad-input')
    expect(await saysOf(device.putBatch(id, 1, mine.subarray(0, -1)))).toBe('bad-input')
    expect(await saysOf(device.putBatch(id, 1, foreign))).toBe('no-permission')
    expect(
      await saysOf(device.putBatch(DEVICE, 1, await batchOf(DEVICE, await recipientOf(publisher)))),
    ).toBe('bad-input')
    await device.putBatch(id, 1, mine)
    expect(await sink.batches()).toEqual([{ device: id, sequence: 1 }])
  })
})

describe('the offer', () => {
  test('starts, moves and stops', async () => {
    const offer = openOffer()
    atEnd(offer.stop)
    const folder = folderHere()
    const one = await offer.start(folder, 0, '127.0.0.1')
    expect(await offer.start(folder, 0, '127.0.0.1')).toEqual(one)
    expect((await (await fetch(one.address)).json()).repository).toBe('edgewright')
    const two = await offer.start(folderHere(), 0, '127.0.0.1')
    expect(two.token).not.toBe(one.token)
    await expect(fetch(one.address)).rejects.toThrow()
    await offer.stop()
    await expect(fetch(two.address)).rejects.toThrow()
  })

  test('is told on the local network', async () => {
    const loop = { interface: '127.0.0.1', bind: '0.0.0.0' }
    const unhint = await openHint(8600, ['hall-3'], loop)
    atEnd(unhint)
    const bonjour = new Bonjour(loop as never)
    atEnd(() => bonjour.destroy())
    const found = await new Promise<{ port: number; txt: Record<string, string> } | null>(resolve => {
      const timer = setTimeout(() => resolve(null), 5000)
      bonjour.find({ type: HINT_TYPE }, service => {
        clearTimeout(timer)
        resolve(service as never)
      })
    })
    expect(found?.port).toBe(8600)
    expect(found?.txt.sites).toBe('hall-3')
  })
})
