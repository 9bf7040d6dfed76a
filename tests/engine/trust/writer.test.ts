import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fail } from '../../../main/engine/kit/index.ts'
import { openSiteWriter } from '../../../main/engine/trust/index.ts'
import { DAY, failing, openStand, planOf, targetOf } from './stand.ts'

describe('a site that publishes', () => {
  test('makes its repository at first use, and a device finds what is vouched for', async () => {
    const { writer, device, sink } = await openStand()
    expect(await writer.state()).toEqual([])
    await writer.publish([
      ...planOf('plan 1'),
      {
        role: 'model-birds-1f0c9a',
        targets: [targetOf('models/birds-1f0c9a/1/float32', 'manifest', { version: 1 })],
      },
    ])
    expect([...sink.files.keys()].sort()).toEqual([
      '1.model-birds-1f0c9a.json',
      '1.root.json',
      '1.site.json',
      '1.snapshot.json',
      '1.targets.json',
      'timestamp.json',
    ])
    const trusted = await device().refresh()
    expect(await trusted.target('site/plan')).toEqual(targetOf('site/plan', 'plan 1'))
    expect(await trusted.target('models/birds-1f0c9a/1/float32')).toEqual(
      targetOf('models/birds-1f0c9a/1/float32', 'manifest', { version: 1 }),
    )
    expect(await trusted.target('models/birds-1f0c9a/2/float32')).toBeNull()
    expect(trusted.roles.map(({ role, threshold, keys }) => [role, threshold, keys.length])).toEqual([
      ['root', 2, 3],
      ['timestamp', 1, 1],
      ['snapshot', 1, 1],
      ['targets', 1, 1],
      ['site', 1, 1],
      ['model-birds-1f0c9a', 1, 1],
    ])
  })

  test('signs for a year, a week online and 90 days on sticks', async () => {
    const days = async (lane: 'online' | 'stick') => {
      const { writer, clock } = await openStand({ lane })
      const states = await writer.publish(planOf('plan'))
      return Object.fromEntries(
        states.map(({ role, expires }) => [role, (Date.parse(expires) - clock.now) / DAY]),
      )
    }
    expect(await days('online')).toEqual({ root: 365, targets: 365, site: 365, snapshot: 7, timestamp: 7 })
    expect(await days('stick')).toEqual({ root: 365, targets: 365, site: 365, snapshot: 90, timestamp: 90 })
  })
})

describe('publishing again', () => {
  test('several roles change in one go, and nothing is written where nothing changed', async () => {
    const { writer, sink, device, clock } = await openStand()
    await writer.publish(planOf('plan 1'))
    const before = new Map(sink.files)
    await writer.publish(planOf('plan 1'))
    expect([...sink.files.keys()]).toEqual([...before.keys()])
    await writer.publish([
      ...planOf('plan 2'),
      { role: 'model-a', targets: [targetOf('models/a/1/int8', 'one'), targetOf('models/a/2/int8', 'two')] },
    ])
    await writer.publish([{ role: 'model-a', remove: ['models/a/1/int8'] }])
    expect(await writer.targets('model-a')).toEqual([targetOf('models/a/2/int8', 'two')])
    expect(await writer.targets('model-b')).toEqual([])
    clock.now += DAY / 2
    const trusted = await device().refresh()
    expect(await trusted.target('models/a/1/int8')).toBeNull()
    expect((await trusted.target('site/plan'))?.hash).toBe(targetOf('', 'plan 2').hash)
  })

  test('what is short-lived is signed anew after a day, the rest in the last quarter of its life', async () => {
    const { writer, clock, sink } = await openStand()
    await writer.publish(planOf('plan'))
    const versions = async () =>
      Object.fromEntries((await writer.refreshOnline()).map(({ role, version }) => [role, version]))
    clock.now += DAY / 2
    expect(await versions()).toEqual({ root: 1, targets: 1, site: 1, snapshot: 1, timestamp: 1 })
    clock.now += DAY
    expect(await versions()).toEqual({ root: 1, targets: 1, site: 1, snapshot: 2, timestamp: 2 })
    clock.now += 280 * DAY
    expect(await versions()).toEqual({ root: 2, targets: 2, site: 2, snapshot: 3, timestamp: 3 })
    expect(sink.files.has('2.root.json')).toBe(true)
  })

  test('two publishers at once lose none of their work', async () => {
    const { keyring, sink, device, clock } = await openStand()
    const slow = {
      ...sink,
      async read(...[name, limit]: Parameters<typeof sink.read>) {
        await new Promise(resolve => setTimeout(resolve, Math.random() * 2))
        return sink.read(name, limit)
      },
      async write(...[name, content, options]: Parameters<typeof sink.write>) {
        await new Promise(resolve => setTimeout(resolve, Math.random() * 2))
        await sink.write(name, content, options)
      },
    }
    const publish = (i: number) =>
      openSiteWriter({ sink: slow, keyring, site: 'mill', lane: 'online', now: () => clock.now }).publish([
        { role: `model-${i % 3}`, targets: [targetOf(`models/${i % 3}/${i}/int8`, `content ${i}`)] },
      ])
    await Promise.all(Array.from({ length: 6 }, (_, i) => publish(i)))
    const trusted = await device().refresh()
    for (let i = 0; i < 6; i++)
      expect(await trusted.target(`models/${i % 3}/${i}/int8`)).toEqual(
        targetOf(`models/${i % 3}/${i}/int8`, `content ${i}`),
      )
  })

  test('what depends on what is there is made anew on top of who was first: each counts once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(3), { minLength: 40, maxLength: 40 }), async delays => {
        const { keyring, sink, writer, clock } = await openStand()
        let at = 0
        const pause = () => new Promise(resolve => setTimeout(resolve, delays[at++ % delays.length]))
        const slow = {
          ...sink,
          async read(...[name, limit]: Parameters<typeof sink.read>) {
            if (name === 'timestamp.json') await pause()
            return sink.read(name, limit)
          },
          async write(...[name, content, options]: Parameters<typeof sink.write>) {
            if (/snapshot|timestamp|root/.test(name)) await pause()
            // As a server does it: a timestamp is never put back.
            const before = name === 'timestamp.json' && sink.files.get(name)
            const version = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString()).signed.version
            if (before && version(before) >= version(content)) throw fail('already-there', 'Too late.', '')
            await sink.write(name, content, options)
          },
        }
        let redone = 0
        const count = () =>
          openSiteWriter({
            sink: slow,
            keyring,
            site: 'mill',
            lane: 'online',
            now: () => clock.now,
          }).publish(async targets => {
            redone++
            const [there] = await targets('site')
            return [
              {
                role: 'site',
                targets: [targetOf('site/plan', 'plan', { count: Number(there?.custom.count ?? 0) + 1 })],
              },
            ]
          })
        await Promise.all(Array.from({ length: 6 }, count))
        expect((await writer.targets('site'))[0]?.custom).toEqual({ count: 6 })
        expect(redone).toBeGreaterThan(6)
      }),
      { numRuns: 5 },
    )
  })

  test('what cannot be done is said, and neither tried again nor begun', async () => {
    const { writer, sink } = await openStand()
    let asked = 0
    const failure = await failing(
      writer.publish(async () => {
        asked++
        throw fail('already-there', 'It is there.', 'Choose another.')
      }),
    )
    expect([failure.message, asked, sink.files.size]).toEqual(['It is there.', 1, 0])
  })

  test('a publisher who ends at any step leaves the old state or the new one, and the next one goes on', async () => {
    const first = await openStand()
    await first.writer.publish(planOf('old'))
    for (let step = 0; ; step++) {
      const copy = first.copy()
      let left = step
      const dying = {
        ...copy,
        async write(...[name, content, options]: Parameters<typeof copy.write>) {
          if (left-- === 0) throw new Error('ended')
          await copy.write(name, content, options)
        },
      }
      const now = () => first.clock.now + 300 * DAY
      const writerOn = (sink: typeof copy) =>
        openSiteWriter({ sink, keyring: first.keyring, site: 'mill', lane: 'online', now })
      const change = [
        ...planOf('new'),
        { role: 'model-a' as const, targets: [targetOf('models/a/1/x', 'a')] },
      ]
      let isDone = false
      try {
        await writerOn(dying).publish(change)
        isDone = true
      } catch (error) {
        expect(String(error)).toContain('ended')
      }
      const device = first.device({ source: copy })
      const plan = (await (await device.refresh()).target('site/plan'))?.hash
      expect([targetOf('', 'old').hash, targetOf('', 'new').hash]).toContain(plan)
      await writerOn(copy).publish([{ role: 'model-b', targets: [targetOf('models/b/1/x', 'b')] }])
      const after = await device.refresh()
      expect((await after.target('models/b/1/x'))?.bytes).toBe(1)
      if (isDone) {
        expect(step).toBeGreaterThan(5)
        expect((await after.target('site/plan'))?.hash).toBe(targetOf('', 'new').hash)
        break
      }
    }
  })

  test('what somebody changed in the repository is not signed again', async () => {
    const { writer, sink } = await openStand()
    await writer.publish(planOf('plan'))
    const forged = Buffer.from(sink.files.get('1.site.json') ?? [])
      .toString()
      .replace('"length":4', '"length":5')
    sink.files.set('1.site.json', Buffer.from(forged))
    const failure = await failing(writer.publish(planOf('plan 2')))
    expect(failure).toMatchObject({ code: 'tampered' })
    expect(failure.message).toContain('1.site.json')
  })

  test('a repository of other keys is left alone', async () => {
    const { sink, writer } = await openStand()
    await writer.publish(planOf('plan'))
    const other = await openStand()
    const stranger = openSiteWriter({ sink, keyring: other.keyring, site: 'mill', lane: 'online' })
    expect(await failing(stranger.publish(planOf('mine')))).toMatchObject({ code: 'bad-input' })
  })

  test('a number that is not whole cannot be signed', async () => {
    const { writer } = await openStand()
    const half = [{ role: 'site' as const, targets: [targetOf('site/plan', 'x', { share: 0.5 })] }]
    await expect(writer.publish(half)).rejects.toThrow(TypeError)
  })
})
