import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { reportOf } from '../../../main/agent/report.ts'
import { sealReport } from '../../../main/agent/reporter.ts'
import { exportTo, ingest } from '../../../main/agent/sticks/index.ts'
import { seeded } from '../../../main/engine/kit/index.ts'
import {
  chainFaults,
  type DeviceRecord,
  openBatch,
  openReport,
  openSink,
} from '../../../main/engine/release/index.ts'
import { type Box, boxHere, handClock } from '../boxHere.ts'
import { each } from '../killing.ts'
import { MODEL, openPublisher } from '../publishHere.ts'
import { SimDisk } from '../simDisk.ts'
import { folder } from '../tinyModel.ts'

const request =
  ({ core }: Box) =>
  () =>
    sealReport(
      reportOf(core.parts, core, { name: 'line 3', address: null, stopped: false, trouble: null }),
      core.parts.identity.key,
    )
const take = (box: Box, file: string) => ingest(box.core, file, 'line 3', request(box))
const resultOn = (file: string) => readFileSync(join(dirname(file), 'RESULT.txt'), 'utf8')
const NOWHERE = '/nowhere'

function seededBytes(length: number): Uint8Array {
  const random = seeded(5)
  return Uint8Array.from({ length }, () => Math.floor(random() * 256))
}

describe('fault 15: sticks', () => {
  test('a box without a network gets its model, asks to be let in, and sends its records back; receipts end them', async () => {
    const publisher = await openPublisher({ site: 'hall-1' })
    await publisher.publish({ version: 1 })
    const box = await boxHere(new SimDisk(), NOWHERE)
    const first = await publisher.pack()
    expect(await take(box, first)).toMatch(
      /^line 3: Bolt inspector v1 active; .*asks to be approved with the code \d{4}-\d{4}/,
    )
    expect(box.version()).toBe(1)
    expect(resultOn(first)).toMatch(/^line 3: .*\[[0-9a-f]{8}\]\r\n$/)
    const { id, code } = box.core.parts.identity
    const asked = openReport(readFileSync(join(dirname(first), `enrol-${id}.req`)), id)
    expect(asked).toMatchObject({ name: 'line 3', site: 'hall-1', enrolled: false })

    await publisher.approve(asked)
    await publisher.publish({ version: 2 })
    const second = await publisher.pack()
    expect(await take(box, second)).toMatch(/v2 active, was v1/)
    expect(existsSync(join(dirname(second), `enrol-${id}.req`))).toBe(false)
    const [name] = readdirSync(join(dirname(second), 'return'))
    const { batch } = await openBatch(
      readFileSync(join(dirname(second), 'return', name as string)),
      publisher.keyring.reports().identities,
      'it',
    )
    expect(batch).toMatchObject({ site: 'hall-1', device: id })
    expect(batch.records.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['installed', 'switched']))
    expect(code).toMatch(/^\d{4}-\d{4}$/)

    // The same stick twice: nothing changes, and what is written is the same.
    const waiting = box.core.outbox.waiting()
    expect(await take(box, second)).toMatch(/v2 active(?!, was)/)
    expect(box.version()).toBe(2)
    expect(box.core.outbox.waiting().slice(0, waiting.length)).toEqual(waiting)
    const all: DeviceRecord[] = []
    for (const file of readdirSync(join(dirname(second), 'return')).sort())
      all.push(
        ...(
          await openBatch(
            readFileSync(join(dirname(second), 'return', file)),
            publisher.keyring.reports().identities,
            file,
          )
        ).batch.records,
      )
    expect(chainFaults(all, null)).toEqual([])

    await publisher.change(plan => {
      for (const device of plan.devices) device.received = all.at(-1)?.seq ?? 0
    })
    await take(box, await publisher.pack())
    expect(Math.min(...box.core.outbox.waiting())).toBeGreaterThan(all.at(-1)?.seq ?? 0)
  }, 60_000)

  test('a stick of another site, an older one and one that was cut off are told in clear words, and nothing changes', async () => {
    const publisher = await openPublisher({ site: 'hall-1' })
    await publisher.publish({ version: 1 })
    const old = await publisher.pack()
    await publisher.publish({ version: 2 })
    const box = await boxHere(new SimDisk(), NOWHERE)
    const newest = await publisher.pack()
    await take(box, newest)
    expect(box.version()).toBe(2)
    expect(await take(box, old)).toMatch(/stick v\d+ is older than this box v\d+; Bolt inspector v2 active/)
    // Fault 8: most often a forgotten stick, and maybe a replay; it counts as one.
    expect(
      box.core.log
        .after(0, 1000)
        .some(({ kind, body }) => kind === 'security' && body.event === 'Older stick'),
    ).toBe(true)
    const other = await openPublisher({ site: 'hall-2' })
    await other.publish({ version: 7 })
    const strange = await other.pack()
    await expect(take(box, strange)).rejects.toThrow(/for the site hall-2, and this device belongs to hall-1/)
    expect(resultOn(strange)).toContain('hall-2')
    const cut = join(folder(), 'cut.edgepack')
    copyFileSync(newest, cut)
    truncateSync(cut, 3000)
    await expect(take(box, cut)).rejects.toMatchObject({ failure: { code: 'tampered' } })
    await expect(take(box, '/nowhere/x.edgepack')).rejects.toMatchObject({ failure: { code: 'not-found' } })
    expect(box.version()).toBe(2)
  }, 60_000)

  test('half by the network, half by a stick; a stick pulled at any moment costs nothing', async () => {
    const publisher = await openPublisher({ site: 'hall-1' })
    const ballast = Buffer.alloc((3 << 20) + 17, 'ab')
    await publisher.publish({ version: 1, ballast })
    const file = await publisher.pack()
    const box = await boxHere(new SimDisk(), publisher.where)
    const source = openSink(publisher.where)
    let given = 0
    const broken: typeof source = {
      ...source,
      async blob(hash, from, to, signal) {
        const stream = await source.blob(hash, from, to, signal)
        if (!stream || to - from < 1 << 20) return stream
        return {
          from: stream.from,
          chunks: (async function* () {
            for await (const chunk of stream.chunks) {
              given += chunk.length
              // Gone for good after a piece and a half.
              if (given > 1.5 * (1 << 20)) return
              yield chunk
            }
          })(),
        }
      },
    }
    await box.look(broken)
    expect(box.version()).toBe(null)
    expect(box.core.parts.lives.of(MODEL).failure?.code).toBe('unreachable')
    expect(await take(box, file)).toMatch(/v1 active/)
    expect(box.version()).toBe(1)
    // The piece that had come was not read again.
    expect(box.core.parts.traffic.fetched).toBeLessThan(ballast.length - (1 << 20) + 20_000)
  }, 60_000)

  test('two sticks at once: the newer one counts, whichever comes first, and neither harms the other', async () => {
    const publisher = await openPublisher({ site: 'hall-1' })
    await publisher.publish({ version: 1, ballast: Buffer.alloc(200_000, 'one') })
    const older = await publisher.pack()
    await publisher.publish({ version: 2, ballast: Buffer.alloc(200_000, 'two') })
    const newer = await publisher.pack()
    for (const sticks of [
      [older, newer],
      [newer, older],
      [newer, newer],
    ]) {
      const disk = new SimDisk()
      const box = await boxHere(disk, NOWHERE)
      const said = await Promise.all(sticks.map(file => take(box, file)))
      expect(said).toHaveLength(2)
      expect(box.version()).toBe(2)
      expect(box.core.parts.lives.of(MODEL).failure).toBeNull()
      for (const file of sticks) expect(resultOn(file)).toMatch(/Bolt inspector v[12] active/)
      box.stop()
      const again = await boxHere(disk.copy(), NOWHERE)
      expect(again.version()).toBe(2)
      again.stop()
    }
  }, 60_000)

  test('a stick is pulled at 40 random moments while it is read: what runs goes on, and the stick is taken once it is back', async () => {
    const publisher = await openPublisher({ site: 'hall-1' })
    await publisher.publish({ version: 1 })
    const base = new SimDisk()
    const first = await boxHere(base, NOWHERE)
    await take(first, await publisher.pack())
    first.events.answered(MODEL, 1, 5)
    await first.core.trials.tick()
    first.stop()
    await publisher.publish({ version: 2, ballast: Buffer.from(seededBytes((2 << 20) + 999)) })
    const whole = await publisher.pack()
    const random = seeded(Number(process.env.EDGEWRIGHT_SEED ?? 20_261_122))
    const outcomes = { old: 0, new: 0 }
    const moments = Array.from({ length: 40 }, () => Math.floor(random() * random() * 40))
    await each(
      40,
      async round => {
        const disk = base.copy()
        const box = await boxHere(disk, NOWHERE)
        const mount = folder()
        const file = join(mount, 'SITE-hall-1.edgepack')
        copyFileSync(whole, file)
        const taking = take(box, file).catch(error => {
          expect(error.failure?.message, String(error)).toMatch(/^[^\n]+\.$/)
        })
        // The turn of the event loop at which it goes, with all that is open on it.
        for (let turns = moments[round - 1] ?? 0; turns > 0; turns--)
          await new Promise(resolve => setImmediate(resolve))
        truncateSync(file, Math.floor(random() * 3000))
        rmSync(mount, { recursive: true, force: true })
        await taking
        expect([1, 2]).toContain(box.version())
        outcomes[box.version() === 1 ? 'old' : 'new']++
        box.stop()
        const next = await boxHere(disk.copy(), NOWHERE)
        expect([1, 2]).toContain(next.version())
        mkdirSync(mount, { recursive: true })
        copyFileSync(whole, file)
        expect(await take(next, file)).toMatch(/v2 active/)
        expect(next.version()).toBe(2)
        next.stop()
      },
      10,
    )
    console.info(`pulled 40 times: ${outcomes.old} times the old version, ${outcomes.new} times the new one`)
    expect(outcomes.old).toBeGreaterThan(5)
  }, 60_000)

  test('fault 7: a stick whose 90 days are over installs nothing, names the date, and what runs goes on', async () => {
    const clock = handClock()
    const publisher = await openPublisher({ site: 'hall-1', now: () => clock.at })
    await publisher.publish({ version: 1 })
    const box = await boxHere(new SimDisk(), NOWHERE, { clock })
    await take(box, await publisher.pack())
    await publisher.publish({ version: 2 })
    const stick = await publisher.pack()
    clock.pass(91 * 86_400_000)
    await expect(take(box, stick)).rejects.toMatchObject({
      failure: { code: 'expired', message: expect.stringMatching(/ended on 2027-02-20/) },
    })
    expect(resultOn(stick)).toContain('2027-02-20')
    expect(box.version()).toBe(1)
    await take(box, await publisher.pack())
    expect(box.version()).toBe(2)
  })

  test('fault 6: a stick that takes nothing is read all the same, and its technician hears why nothing came back', async () => {
    const publisher = await openPublisher({ site: 'hall-1' })
    await publisher.publish({ version: 1 })
    const box = await boxHere(new SimDisk(), NOWHERE)
    await publisher.approve({ ...openReport(request(box)(), box.core.parts.identity.id), name: 'line 3' })
    const file = await publisher.pack()
    // Nothing can be made in it, as on a stick whose switch stands on read-only.
    writeFileSync(join(dirname(file), 'return'), 'in the way')
    mkdirSync(join(dirname(file), 'RESULT.txt'))
    expect(await take(box, file)).toMatch(/v1 active.*nothing could be written back: .+/)
    expect(box.version()).toBe(1)
    expect(box.core.outbox.waiting().length).toBeGreaterThan(0)
  })

  test('what an older stick carries is as good as what the network brings, for the plan that is known', async () => {
    const publisher = await openPublisher({ site: 'hall-1' })
    await publisher.publish({ version: 1 })
    const old = await publisher.pack()
    await publisher.change(plan => {
      plan.pollSeconds = 61
    })
    const box = await boxHere(new SimDisk(), publisher.where)
    const source = openSink(publisher.where)
    // Nothing but the plan comes through.
    await box.look({
      ...source,
      blob: async (hash, from, to) => {
        const { hash: plan } = (await box.core.parts.lanes.target('hall-1', 'site/plan')) ?? {}
        return hash === plan ? source.blob(hash, from, to) : null
      },
    })
    expect(box.core.parts.plan()).not.toBeNull()
    expect(box.version()).toBe(null)
    expect(await take(box, old)).toMatch(/is older than what this box has .*v1 active/)
  }, 60_000)
})

test('samples go by quota, the oldest random one first, and drops are counted', async () => {
  const publisher = await openPublisher()
  publisher.plan.capture.quotaBytes = 3000
  await publisher.publish({ version: 1 })
  const box = await boxHere(new SimDisk(), publisher.where)
  await box.look()
  const sample = (i: number, reason: 'random' | 'button') => ({
    model: MODEL,
    version: 1,
    instance: { text: `${i}`.padEnd(300, '.') },
    scores: [1],
    other: null,
    reason,
    at: new Date(Date.UTC(2026, 10, 22, 12, i)).toISOString(),
  })
  box.events.captured(sample(0, 'button'))
  for (let i = 1; i < 12; i++) box.events.captured(sample(i, 'random'))
  expect(box.core.samples.bytes).toBeLessThanOrEqual(3000)
  const records = box.core.log.after(0, 1000)
  const dropped = records.filter(({ kind }) => kind === 'dropped')
  expect(dropped.length).toBeGreaterThan(2)
  const button = records.find(({ kind, body }) => kind === 'sample' && body.reason === 'button')
  expect(box.core.samples.read(button?.body.hash as never)).not.toBeNull()
  await expect(exportTo(box.core, folder(), request(box))).resolves.toHaveLength(2)
})
