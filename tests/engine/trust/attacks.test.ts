import { beforeAll, describe, expect, test } from 'vitest'
import type { Hash } from '#contract'
import { fail } from '../../../main/engine/kit/index.ts'
import type { Keyring } from '../../../main/engine/trust/index.ts'
import { forge, infoOf, type Loose, resign, signAs, troubled } from './forge.ts'
import { DAY, failing, newRing, openStand, planOf, type Stand, targetOf } from './stand.ts'

/**
 * The attacks that the specification lists (TUF 1.0.31, 1.5.2), each against a device that knows version 2 of the
 * repository. After each of them it trusts what it trusted, and follows again once the attack is over.
 */
let keyring: Keyring
let known: Stand
let old: ReturnType<Stand['copy']>

beforeAll(async () => {
  keyring = await newRing()
  known = await openStand({ keyring })
  await known.writer.publish([
    ...planOf('plan 1'),
    { role: 'model-a', targets: [targetOf('models/a/1/int8', 'one')] },
  ])
  old = known.copy()
  await known.writer.publish([
    ...planOf('plan 2'),
    { role: 'model-a', targets: [targetOf('models/a/2/int8', 'two')] },
    { role: 'model-b', targets: [targetOf('models/b/1/int8', 'b')] },
  ])
})

const NEWEST = targetOf('', 'plan 2').hash

/**
 * A device that knows the newest, then sees the repository that the attacker made of it.
 * @param stolen the attacker signed a newer timestamp: what came before it is old from then on
 */
async function attack(change: (files: Map<string, Uint8Array>) => void, stolen = false) {
  const copy = known.copy()
  const now = { at: known.clock.now }
  const device = known.device({ source: copy, now: () => now.at })
  await (await device.refresh()).target('models/a/2/int8')
  change(copy.files)
  const failure = await failing(device.refresh())
  expect((await device.current()?.target('site/plan'))?.hash).toBe(NEWEST)
  expect(failure.message).toMatch(/\.$/)
  expect(failure.remedy).not.toBe('')
  if (stolen) return failure
  copy.files.clear()
  for (const [name, bytes] of known.sink.files) copy.files.set(name, bytes)
  expect((await (await device.refresh()).target('site/plan'))?.hash).toBe(NEWEST)
  return failure
}

const evil = () => 'f'.repeat(64) as Hash

describe('arbitrary software', () => {
  test.each([
    ['timestamp.json', 'unsigned'],
    ['2.snapshot.json', 'tampered'],
    ['2.site.json', 'tampered'],
  ])('%s signed by somebody else', async (name, code) => {
    const stranger = await newRing()
    const copy = known.copy()
    const forged = forge(copy.files, name, part => (part.version += 1), stranger, [stranger.key('site').id])
    const device = known.device({ source: copy })
    copy.files.set(name, forged)
    const target = async () => (await device.refresh()).target('site/plan')
    expect(await failing(target())).toMatchObject({ code })
  })

  test('a root of a stranger', async () => {
    const stranger = await openStand()
    await stranger.writer.ensure()
    const root = forge(stranger.sink.files, '1.root.json', part => (part.version = 2), stranger.keyring)
    expect(await attack(files => files.set('2.root.json', root))).toMatchObject({ code: 'unsigned' })
  })

  test('the key of one model vouches for no other one and not for the plan', async () => {
    const copy = known.copy()
    const role = forge(
      copy.files,
      '2.model-a.json',
      part => {
        part.version = 3
        part.targets['models/c/1/int8'] = { length: 1, hashes: { sha256: evil() } }
        part.targets['site/plan'] = { length: 1, hashes: { sha256: evil() } }
      },
      keyring,
    )
    copy.files.set('3.model-a.json', role)
    resign(copy.files, keyring, 3, { 'model-a.json': infoOf(3, role) })
    const trusted = await known.device({ source: copy }).refresh()
    expect(await trusted.target('models/c/1/int8')).toBeNull()
    expect((await trusted.target('site/plan'))?.hash).toBe(NEWEST)
  })

  test('unsigned files', async () => {
    const bare = (files: Map<string, Uint8Array>, name: string) => {
      const { signed } = JSON.parse(Buffer.from(files.get(name) ?? []).toString())
      files.set(name, Buffer.from(JSON.stringify({ signed: { ...signed, version: 3 }, signatures: [] })))
    }
    expect(await attack(files => bare(files, 'timestamp.json'))).toMatchObject({ code: 'unsigned' })
  })
})

describe('rollback', () => {
  test('of the whole repository', async () => {
    const failure = await attack(files => {
      for (const [name, bytes] of old.files) files.set(name, bytes)
    })
    expect(failure.code).toBe('tampered')
    expect(failure.message).toContain('1')
  })

  test('of the snapshot under a new timestamp', async () => {
    const failure = await attack(files => {
      const info = infoOf(1, files.get('1.snapshot.json') as Uint8Array)
      const change = (part: Loose) => {
        part.version = 3
        part.meta['snapshot.json'] = info
      }
      files.set('timestamp.json', forge(files, 'timestamp.json', change, keyring))
    })
    expect(failure.code).toBe('tampered')
  })

  test.each(['targets.json', 'site.json', 'model-a.json'])('of %s under a new snapshot', async name => {
    const failure = await attack(files => {
      resign(files, keyring, 3, { [name]: infoOf(1, files.get(`1.${name}`) as Uint8Array) })
    }, true)
    expect(failure.code).toBe('tampered')
  })

  test('a role that is gone from the snapshot', async () => {
    const failure = await attack(files => resign(files, keyring, 3, { 'model-a.json': null }), true)
    expect(failure.code).toBe('tampered')
  })
})

describe('freeze', () => {
  test.each([
    ['timestamp and snapshot', 8, /timestamp\) ended on 2026-11-29/],
    ['root', 400, /root\) ended on 2027-11-22/],
  ])('%s that ended: nothing is installed, and what is known stays', async (_, days, message) => {
    const { device, writer, clock, sink } = await openStand({ keyring })
    await writer.publish(planOf('plan 2'))
    const client = device()
    await client.refresh()
    clock.now += days * DAY
    const failure = await failing(client.refresh())
    expect(failure.code).toBe('expired')
    expect(failure.message).toMatch(message)
    expect(failure.remedy).toContain('set the clock')
    expect((await client.current()?.target('site/plan'))?.hash).toBe(NEWEST)
    if (sink.files.size) await writer.refreshOnline()
    expect((await (await client.refresh()).target('site/plan'))?.hash).toBe(NEWEST)
  })

  test('a plan that ended under a fresh timestamp', async () => {
    const copy = known.copy()
    const role = forge(
      copy.files,
      '2.site.json',
      part => {
        part.version = 3
        part.expires = '2026-11-01T00:00:00Z'
      },
      keyring,
    )
    copy.files.set('3.site.json', role)
    resign(copy.files, keyring, 3, { 'site.json': infoOf(3, role) })
    const device = known.device({ source: copy })
    const trusted = await device.refresh()
    const failure = await failing(trusted.target('site/plan'))
    expect(failure.code).toBe('expired')
    expect(failure.message).toContain('plan of the site (site) ended on 2026-11-01')
  })

  test('a clock of 1970 takes what is signed, one of 2036 nothing, and neither forgets', async () => {
    const clock = { now: 0 }
    const device = known.device({ now: () => clock.now })
    await device.refresh()
    clock.now = Date.UTC(2036, 0, 1)
    const failure = await failing(device.refresh())
    expect(failure).toMatchObject({ code: 'expired' })
    expect(failure.remedy).toContain('2036-01-01')
    expect((await device.current()?.target('site/plan'))?.hash).toBe(NEWEST)
  })
})

describe('fast forward', () => {
  test.each([2 ** 31 - 1, Number.MAX_SAFE_INTEGER])(
    'to version %d, and devices follow once keys are replaced',
    async version => {
      const stand = await openStand({ keyring: keyring.rehearsal() })
      await stand.writer.publish(planOf('plan 1'))
      resign(stand.sink.files, stand.keyring, version)
      const device = stand.device()
      await device.refresh()
      const failure = await failing(stand.writer.publish(planOf('plan 2')))
      expect(failure).toMatchObject({ code: 'tampered' })
      expect(failure.remedy).toContain('`publishing keys rotate`')
      await stand.writer.rotate('snapshot')
      await stand.writer.rotate('timestamp')
      const states = await stand.writer.publish(planOf('plan 2'))
      expect(Math.max(...states.map(state => state.version))).toBeLessThan(10)
      expect((await (await device.refresh()).target('site/plan'))?.hash).toBe(NEWEST)
    },
  )

  test('of the timestamp alone, on a mirror', async () => {
    const stand = await openStand({ keyring: keyring.rehearsal() })
    await stand.writer.publish(planOf('plan 1'))
    const mirror = stand.copy()
    const far = forge(mirror.files, 'timestamp.json', part => (part.version = 2 ** 31 - 1), stand.keyring)
    mirror.files.set('timestamp.json', far)
    const sources = { now: mirror as typeof stand.sink }
    const device = stand.device({ source: { read: (...all) => sources.now.read(...all) } })
    await device.refresh()
    sources.now = stand.sink
    expect(await failing(device.refresh())).toMatchObject({ code: 'tampered' })
    await stand.writer.rotate('timestamp')
    await stand.writer.publish(planOf('plan 2'))
    expect((await (await device.refresh()).target('site/plan'))?.hash).toBe(NEWEST)
  })

  test('of the timestamp alone, in the repository', async () => {
    const stand = await openStand({ keyring: keyring.rehearsal() })
    await stand.writer.publish(planOf('plan 1'))
    const { files } = stand.sink
    files.set(
      'timestamp.json',
      forge(files, 'timestamp.json', part => (part.version = 2 ** 31 - 1), stand.keyring),
    )
    const device = stand.device()
    await device.refresh()
    expect((await failing(stand.writer.publish(planOf('plan 2')))).remedy).toContain('--role timestamp')
    await stand.writer.rotate('timestamp')
    await stand.writer.publish(planOf('plan 2'))
    expect((await (await device.refresh()).target('site/plan'))?.hash).toBe(NEWEST)
  })
})

describe('endless data and slow retrieval', () => {
  test.each([
    ['2.root.json', 64 * 1024],
    ['timestamp.json', 16 * 1024],
    ['3.snapshot.json', 1024 * 1024],
  ])('%s is asked for with a bound and not read beyond it', async (file, longest) => {
    const copy = known.copy()
    resign(copy.files, keyring, 3)
    const limits: number[] = []
    const source = troubled(copy, file, async limit => {
      limits.push(limit)
      return new Uint8Array(limit + 1)
    })
    expect(await failing(known.device({ source }).refresh())).toMatchObject({ code: 'tampered' })
    expect(limits).toHaveLength(1)
    expect(limits[0]).toBeLessThanOrEqual(longest)
  })

  test.each(['1.root.json', '2.root.json', 'timestamp.json', '2.snapshot.json', '2.targets.json'])(
    '%s that never comes ends after its time',
    async file => {
      const source = troubled(known.sink, file, () => new Promise(() => {}))
      const device = known.device({ source, limits: { file: 40 } })
      const failure = await failing(device.refresh())
      expect(failure.code).toBe('unreachable')
      expect(failure.message).toContain(file)
    },
  )

  test('files that each come late end after the time for all', async () => {
    const late = {
      read: async (name: string, limit: number) => {
        await new Promise(resolve => setTimeout(resolve, 60))
        return known.sink.read(name, limit)
      },
    }
    const device = known.device({ source: late, limits: { file: 500, all: 150 } })
    expect(await failing(device.refresh())).toMatchObject({ code: 'unreachable' })
  })

  test('a person may end it', async () => {
    const stop = new AbortController()
    const source = troubled(known.sink, 'timestamp.json', () => {
      stop.abort()
      return new Promise(() => {})
    })
    expect(await failing(known.device({ source }).refresh(stop.signal))).toMatchObject({ code: 'cancelled' })
  })

  test('what the line says is told as it is', async () => {
    const source = troubled(known.sink, '2.snapshot.json', async () => {
      throw fail('unreachable', 'The stick was pulled.', 'Plug it in.')
    })
    expect(await failing(known.device({ source }).refresh())).toMatchObject({
      message: 'The stick was pulled.',
    })
  })

  test.each([
    ['deep', '['.repeat(8000)],
    ['deep and closed', `${'['.repeat(8000)}${']'.repeat(8000)}`],
    [
      'many keys',
      JSON.stringify({
        signed: {
          _type: 'root',
          version: 2,
          spec_version: '1.0.31',
          expires: '2030-01-01T00:00:00Z',
          consistent_snapshot: true,
          roles: {},
          keys: Object.fromEntries(
            Array.from({ length: 600 }, (_, i) => [
              `k${i}`,
              { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: '' } },
            ]),
          ),
        },
        signatures: [],
      }),
    ],
    ['null', 'null'],
    ['a number', '7'],
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['prototypes', '{"__proto__":{"signed":{}},"signed":{"__proto__":{"_type":"root"}},"signatures":[]}'],
    ['a web page', '<!doctype html><title>Log in to this network</title>'],
  ])('a root of %s is refused at once', async (_, text) => {
    const start = performance.now()
    expect(await attack(files => files.set('2.root.json', Buffer.from(text)))).toMatchObject({
      code: 'tampered',
    })
    expect(performance.now() - start).toBeLessThan(5000)
  })

  test.each(['timestamp.json', '2.snapshot.json', '2.targets.json', '2.site.json', '1.root.json'])(
    'a torn or flipped %s is refused on a first start',
    async file => {
      for (const bytes of [
        known.sink.files.get(file)?.subarray(0, 200),
        flipped(known.sink.files.get(file)),
      ]) {
        const copy = known.copy()
        copy.files.set(file, bytes as Uint8Array)
        const device = known.device({ source: copy })
        const failure = await failing(device.refresh().then(trusted => trusted.target('site/plan')))
        expect(['tampered', 'unsigned']).toContain(failure.code)
      }
    },
  )
})

const flipped = (bytes: Uint8Array | undefined) => {
  const copy = Uint8Array.from(bytes ?? [])
  const at = copy.length >> 1
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

describe('mix and match, wrong software, malicious mirror', () => {
  test('a role file of another version under the right name', async () => {
    const failure = await attack(files => {
      resign(files, keyring, 3)
      files.set('3.snapshot.json', files.get('1.snapshot.json') as Uint8Array)
    }, true)
    expect(failure.code).toBe('tampered')
  })

  test('targets of one time with a snapshot of another', async () => {
    const copy = known.copy()
    copy.files.set('2.site.json', old.files.get('1.site.json') as Uint8Array)
    const trusted = await known.device({ source: copy }).refresh()
    expect(await failing(trusted.target('site/plan'))).toMatchObject({ code: 'tampered' })
  })

  test('a file that the metadata names and the mirror withholds', async () => {
    const failure = await attack(files => {
      resign(files, keyring, 3)
      files.delete('3.snapshot.json')
    }, true)
    expect(failure).toMatchObject({ code: 'not-found' })
    expect(failure.message).toContain('3.snapshot.json')
  })

  test.each([
    ['site', { site: 'dock', lane: 'online' as const }],
    ['lane', { site: 'mill', lane: 'stick' as const }],
  ])('the repository of another %s of the same publisher', async (_, place) => {
    const other = await openStand({ keyring, ...place })
    await other.writer.publish(planOf('other'))
    await other.writer.publish(planOf('other 2'))
    await other.writer.publish(planOf('other 3'))
    const failure = await attack(files => {
      for (const [name, bytes] of other.sink.files) files.set(name, bytes)
    })
    expect(failure.code).toMatch(/tampered|unsigned/)
    expect(await failing(known.device({ source: other.sink }).refresh())).toMatchObject({ code: 'unsigned' })
  })
})

describe('keys', () => {
  test('one root key of three is too few, and the same one twice is one', async () => {
    const [one, two] = ['this computer', 'backup'].map(name => keyring.key(name as 'backup').id) as [
      Hash,
      Hash,
    ]
    const root = (keys: Hash[]) =>
      forge(known.sink.files, '1.root.json', part => (part.version = 2), keyring, keys)
    expect(await attack(files => files.set('2.root.json', root([one])))).toMatchObject({ code: 'unsigned' })
    const twice = JSON.parse(Buffer.from(root([one])).toString())
    twice.signatures.push(twice.signatures[0])
    const doubled = Buffer.from(JSON.stringify(twice))
    expect(await attack(files => files.set('2.root.json', doubled))).toMatchObject({ code: 'tampered' })
    const copy = known.copy()
    copy.files.set('2.root.json', root([one, two]))
    await known.device({ source: copy }).refresh()
  })

  test('key ids that stand twice in a role', async () => {
    const root = JSON.parse(Buffer.from(known.sink.files.get('1.root.json') ?? []).toString())
    root.signed.version = 2
    root.signed.roles.root.keyids.push(root.signed.roles.root.keyids[0])
    const bytes = Buffer.from(JSON.stringify(root))
    expect(await attack(files => files.set('2.root.json', bytes))).toMatchObject({ code: 'tampered' })
  })

  test('a root that skips a version', async () => {
    const root = forge(known.sink.files, '1.root.json', part => (part.version = 3), keyring)
    expect(await attack(files => files.set('2.root.json', root))).toMatchObject({ code: 'tampered' })
  })

  test('what a revoked key signs is refused, from the first root without it', async () => {
    for (const role of ['timestamp', 'snapshot', 'targets', 'site'] as const) {
      const stand = await openStand({ keyring: keyring.rehearsal() })
      await stand.writer.publish(planOf('plan 1'))
      const stolen = stand.keyring.key(role).id
      const device = stand.device()
      await device.refresh()
      await stand.writer.rotate(role)
      expect(stand.keyring.key(role).id).not.toBe(stolen)
      await device.refresh()
      const copy = stand.copy()
      const name = [...copy.files.keys()].filter(file => file.endsWith(`${role}.json`)).at(-1) as string
      const next = JSON.parse(Buffer.from(copy.files.get(name) ?? []).toString()).signed
      next.version += 1
      const evilFile = signAs(next, [stolen], stand.keyring)
      if (role === 'timestamp') copy.files.set('timestamp.json', evilFile)
      else if (role === 'snapshot') {
        copy.files.set(`${next.version}.snapshot.json`, evilFile)
        const change = (part: Loose) => {
          part.version += 1
          part.meta['snapshot.json'] = infoOf(next.version, evilFile)
        }
        copy.files.set('timestamp.json', forge(copy.files, 'timestamp.json', change, stand.keyring))
      } else {
        copy.files.set(`${next.version}.${role}.json`, evilFile)
        resign(copy.files, stand.keyring, 9, { [`${role}.json`]: infoOf(next.version, evilFile) })
      }
      const attacked = stand.device({ source: copy, roots: { kind: 'first-use' } })
      const failure = await failing(attacked.refresh().then(trusted => trusted.target('site/plan')))
      expect(failure.code).toBe('unsigned')
    }
  })
})
