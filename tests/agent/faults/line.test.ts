import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { afterEach, expect, test } from 'vitest'
import { seeded } from '../../../main/engine/kit/index.ts'
import { repositoryDoor } from '../../../main/engine/publishing/offer/index.ts'
import { openSource, PIECE } from '../../../main/engine/release/index.ts'
import { type Box, boxHere, handClock, recording } from '../boxHere.ts'
import { type Fault, openFaultProxy } from '../faultProxy.ts'
import { each } from '../killing.ts'
import { MODEL, openPublisher } from '../publishHere.ts'
import { SimDisk } from '../simDisk.ts'

const endings: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

/** The publisher's own server over a folder, and the line to it at an address of this machine. */
async function offered(folder: string, host = '127.0.0.1') {
  const server = createAdaptorServer({ fetch: repositoryDoor(folder, 'token').fetch }) as Server
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const line = await openFaultProxy((server.address() as { port: number }).port, host)
  const stop = async () => {
    await line.close()
    server.closeAllConnections()
    await new Promise<void>(resolve => void server.close(() => resolve()))
  }
  endings.push(() => stop().catch(() => {}))
  return { line, stop, source: openSource(line.address) }
}

async function prove(box: Box): Promise<void> {
  box.events.answered(MODEL, box.version() ?? 0, 5)
  await box.core.trials.tick()
}

const noise = (bytes: number, seed: number) => {
  const random = seeded(seed)
  return Buffer.from(Uint8Array.from({ length: bytes }, () => Math.floor(random() * 256)))
}

/** A device that runs v1, proved. */
async function running(more: { ballast?: Buffer; site?: string } = {}) {
  const publisher = await openPublisher(more.site ? { site: more.site } : {})
  await publisher.publish({ version: 1, ...(more.ballast ? { ballast: more.ballast } : {}) })
  const disk = new SimDisk()
  const box = await boxHere(disk, publisher.where)
  await box.look()
  await prove(box)
  box.stop()
  return { publisher, disk }
}

test('fault 13 and 22: at each tenth the server goes and comes back at another port and address: a device goes on, and no drop costs more than 1 MiB', async () => {
  const { publisher, disk } = await running()
  const ballast = noise(4 * PIECE + 4321, 7)
  await publisher.publish({ version: 2, ballast })
  const plain = await offered(publisher.where)
  const whole = await boxHere(disk.copy(), publisher.where)
  await whole.look(plain.source)
  expect(whole.version()).toBe(2)
  const needed = plain.line.received
  expect(needed).toBeGreaterThan(ballast.length)
  // What a look costs that brings nothing.
  await whole.look(plain.source)
  const look = plain.line.received - needed
  expect(look).toBeLessThan(20_000)

  const extra: number[] = []
  await each(9, async tenth => {
    const sim = disk.copy()
    const before = await offered(publisher.where)
    await before.line.plan({ kind: 'drop', at: Math.floor((needed * tenth) / 10) })
    const cut = await boxHere(sim, publisher.where)
    // The line breaks once, and the server is gone then.
    const { source } = before
    await cut.look({
      ...source,
      async blob(...all) {
        if (before.line.faults > 0) {
          before.line.always(() => ({ kind: 'refuse' }))
          before.line.cut()
        }
        return source.blob(...all)
      },
    })
    expect(before.line.faults).toBeGreaterThan(0)
    expect(cut.version()).toBe(1)
    expect(cut.core.parts.lives.of(MODEL).failure?.code).toBe('unreachable')
    cut.stop()
    await before.stop()

    const after = await offered(
      publisher.where,
      process.platform === 'linux' ? `127.0.0.${1 + tenth}` : '127.0.0.1',
    )
    const next = await boxHere(sim.copy(), publisher.where)
    await next.look(after.source)
    expect(next.version(), `${tenth} tenths`).toBe(2)
    extra.push(before.line.received + after.line.received - needed - look)
    next.stop()
  })
  console.info(`sent again after a drop at each tenth of ${needed} bytes: ${extra.join(', ')}`)
  expect(Math.max(...extra)).toBeLessThanOrEqual(PIECE + 4096)
}, 120_000)

test('fault 3 and 4: each file of a repository, truncated, empty or with one bit flipped: the running version goes on, and follows once it is mended', async () => {
  const one = noise(PIECE + 2000, 1)
  const two = Buffer.from(one.map((value, i) => (i % 90 === 0 ? value + 1 : value)))
  const { publisher, disk } = await running({ ballast: one })
  const before = recording(publisher.where)
  await publisher.publish({ version: 2, ballast: two, bases: [one] })
  const isNews = (path: string) => {
    try {
      return !readFileSync(join(before, path)).equals(readFileSync(join(publisher.where, path)))
    } catch {
      return true
    }
  }
  const files = readdirSync(publisher.where, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(publisher.where.length + 1))
    .filter(isNews)
    .filter(path => !path.includes('.stick/') && path !== 'index.json')
  expect(files.length).toBeGreaterThan(10)
  const seen: Record<string, number> = {}
  let patched = 0
  await each(
    files.length * 3,
    async nth => {
      const path = files[Math.floor((nth - 1) / 3)] as string
      const change = (['half', 'flip', 'none'] as const)[nth % 3] as string
      const where = recording(publisher.where)
      const place = join(where, path)
      const good = readFileSync(place)
      const bad = Buffer.from(good)
      bad[bad.length >> 1] = (bad[bad.length >> 1] ?? 0) ^ 4
      writeFileSync(
        place,
        change === 'flip' ? bad : good.subarray(0, change === 'half' ? good.length >> 1 : 0),
      )
      const clock = handClock(Date.now())
      const box = await boxHere(disk.copy(), where, { clock })
      await box.look()
      // A patch that is damaged is left for the whole file, so that the device may be there already.
      expect([1, 2], `${path} ${change}`).toContain(box.version())
      const said = box.core.lookout.trouble ?? box.core.parts.lives.of(MODEL).failure
      if (box.version() === 1) {
        expect(['tampered', 'unsigned', 'unreachable'], `${path} ${change}: ${said?.message}`).toContain(
          said?.code,
        )
        expect(said?.message).toMatch(/^[^\n]+\.$/)
      }
      seen[`${box.version()}`] = (seen[`${box.version()}`] ?? 0) + 1
      writeFileSync(place, good)
      clock.pass(600_000)
      await box.look()
      expect(box.version(), `${path} was ${change}`).toBe(2)
      patched = Math.max(patched, box.core.parts.traffic.patched)
      box.stop()
    },
    13,
  )
  console.info(`${files.length} files, each damaged in 3 ways: ${JSON.stringify(seen)}`)
  expect(seen[1]).toBeGreaterThan(20)
  expect(patched).toBeGreaterThan(0)
}, 120_000)

test('fault 14: the file that a patch builds on rots on the device: the whole file is fetched instead', async () => {
  const one = noise(9000, 1)
  const two = Buffer.from(one.map((value, i) => (i % 90 === 0 ? value + 1 : value)))
  const { publisher, disk } = await running({ ballast: one })
  await publisher.publish({ version: 2, ballast: two, bases: [one] })
  const box = await boxHere(disk, publisher.where)
  const { hash } =
    box.core.parts.modelOf(MODEL).installed[0]?.files.find(({ name }) => name === 'ballast.bin') ?? {}
  disk.damage(box.core.parts.blobs.place(hash as never), bytes =>
    bytes.map((byte, i) => (i === 77 ? byte ^ 1 : byte)),
  )
  await box.look()
  expect(box.version()).toBe(2)
  expect(box.core.parts.traffic.patched).toBe(0)
})

test.each<[string, Fault]>([
  ['stalls', { kind: 'stall', at: 300 }],
  ['breaks', { kind: 'drop', at: 300 }],
  ['ends early', { kind: 'truncate', at: 300 }],
  ['turns a bit', { kind: 'corrupt', at: 700 }],
  ['is not there', { kind: 'refuse' }],
])(
  'fault 12: a line that %s keeps nothing from answering, is told in one sentence, and is followed again',
  async (_, fault) => {
    const { publisher, disk } = await running()
    await publisher.publish({ version: 2 })
    const { line } = await offered(publisher.where)
    const box = await boxHere(disk, publisher.where)
    line.always(() => fault)
    const looking = box.look(openSource(line.address))
    if (fault.kind === 'stall') setTimeout(() => line.cut(), 300)
    await looking
    expect(box.version()).toBe(1)
    const said = box.core.lookout.trouble
    expect(['unreachable', 'tampered', 'unsigned']).toContain(said?.code)
    expect(said?.message).toMatch(/^[^\n]+\.$/)
    line.always(null)
    line.cut()
    // What was open is found broken first.
    for (let again = 0; again < 5 && box.version() === 1; again++) await box.look(openSource(line.address))
    expect(box.version()).toBe(2)
  },
)
