import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Failure, TargetSpec } from '#contract'
import { FailureError } from '../../../../main/engine/kit/index.ts'
import { dataVolume } from '../../../../main/engine/training/targets/docker/deliver.ts'
import { openLine } from '../../../../main/engine/training/targets/docker/line.ts'
import type { SavedTarget } from '../../../../main/engine/training/targets/target.ts'
import { ENGINES, inMemory, nodeImage, openDocker, specOf, unless } from './places.ts'
import { listener, scriptFolder, trainFolder } from './work.ts'

const away = { signal: new AbortController().signal }
const { skip, hint } = unless(ENGINES.every(({ spec }) => spec))
const slow = { timeout: 90_000 }

async function failureOf(running: Promise<unknown>): Promise<Failure> {
  const error = await running.then(
    () => null,
    error => error,
  )
  if (!(error instanceof FailureError))
    throw new Error(`it did not fail as expected: ${error}`, { cause: error })
  const { failure } = error
  expect(failure.message).toMatch(/\S/)
  expect(failure.remedy).toMatch(/\S/)
  return failure
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'edgewright-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let count = 0
const fresh = () => join(folder, `failing-${++count}`)

describe('an address that leads nowhere', () => {
  const check = async (spec: Partial<TargetSpec>, memory = inMemory()) => {
    const whole = {
      name: 'x',
      kind: 'docker',
      address: null,
      key: null,
      cert: null,
      atOnce: 1,
      paused: false,
    }
    const [first] = await openDocker({ ...whole, ...spec } as TargetSpec, memory).check(away.signal)
    return first
  }

  test('is told for what it is', async () => {
    expect(await check({ address: `unix://${join(folder, 'none.sock')}` })).toMatchObject({
      ...{
        name: 'reachable',
        state: 'failed',
        says: expect.stringMatching(/^No container engine answers at/),
      },
      remedy: expect.stringMatching(/Start Docker/),
    })
    writeFileSync(join(folder, 'certs'), '')
    expect(await check({ kind: 'docker-tls', address: 'tcp://127.0.0.1:1', cert: folder })).toMatchObject({
      state: 'failed',
      says: expect.stringMatching(/ca\.pem cannot be read/),
    })
    const key = ssh2.utils.generateKeyPairSync('ed25519').private
    const keyFile = join(folder, 'key')
    writeFileSync(keyFile, key, { mode: 0o600 })
    expect(await check({ kind: 'docker-ssh', address: 'ssh://me@127.0.0.1:1', key: keyFile })).toMatchObject({
      state: 'failed',
      says: expect.stringMatching(/cannot be reached \(nothing listens there\)/),
    })
    expect(
      await check({ kind: 'docker-ssh', address: 'ssh://me@box', key: join(folder, 'no') }),
    ).toMatchObject({
      says: expect.stringMatching(/cannot be read/),
    })
    writeFileSync(join(folder, 'nokey'), 'hello')
    expect(
      await check({ kind: 'docker-ssh', address: 'ssh://me@box', key: join(folder, 'nokey') }),
    ).toMatchObject({
      says: expect.stringMatching(/no private key/),
    })
  })

  test('is refused where it is no address of its kind', () => {
    for (const [kind, address] of [
      ['docker', 'tcp://box:2376'],
      ['docker', 'unix://'],
      ['docker-tls', 'ssh://box'],
      ['docker-tls', 'box'],
      ['docker-ssh', 'http://box'],
      ['docker-ssh', 'ssh://'],
    ] as const)
      expect(() => openDocker({ ...anySpec, kind, address }), address).toThrow(/is no address of a/)
  })
  const anySpec = { name: 'x', address: null, key: null, cert: null, atOnce: 1, paused: false }

  test('is told where it may not be used', async () => {
    const path = join(folder, 'closed.sock')
    const server = createServer().listen(path)
    await once(server, 'listening')
    chmodSync(path, 0)
    // Root may use every socket, so it asks as somebody else.
    const isRoot = process.geteuid?.() === 0
    if (isRoot) process.seteuid?.(65_534)
    try {
      expect(await check({ address: `unix://${path}` })).toMatchObject({
        says: expect.stringMatching(/may not be used by this person/),
      })
    } finally {
      if (isRoot) process.seteuid?.(0)
      server.close()
    }
  })

  test('shows another key than before and is refused, in words', async () => {
    const keyFile = join(folder, 'mine')
    writeFileSync(keyFile, ssh2.utils.generateKeyPairSync('ed25519').private, { mode: 0o600 })
    const memory = inMemory()
    let port = 0
    for (const says of [/no container engine answers/i, /another key than before/]) {
      const server = new ssh2.Server(
        { hostKeys: [ssh2.utils.generateKeyPairSync('ed25519').private] },
        client => {
          client.on('error', () => {})
          client.on('authentication', ask =>
            ask.method === 'publickey' ? ask.accept() : ask.reject(['publickey']),
          )
          client.on('openssh.streamlocal' as 'request', (_, refuse) => refuse?.())
        },
      )
      await new Promise<void>(done => server.listen(port, '127.0.0.1', done))
      port = (server.address() as { port: number }).port
      const spec = { kind: 'docker-ssh' as const, address: `ssh://me@127.0.0.1:${port}`, key: keyFile }
      expect(await check(spec, memory)).toMatchObject({ state: 'failed', says: expect.stringMatching(says) })
      expect(memory.kept.hostKey).toMatch(/^SHA256:/)
      await new Promise<void>(done => server.close(() => done()))
    }
  })
})

describe.skipIf(skip)(`an engine that refuses${hint}`, () => {
  test('a stranger over TLS, and is refused by who trusts another authority', slow, async () => {
    const tls = specOf('docker-tls')
    const stranger = join(tls.cert as string, 'stranger')
    const mixed = mkdtempSync(join(folder, 'mixed-'))
    for (const [from, name] of [
      [tls.cert as string, 'ca.pem'],
      [stranger, 'cert.pem'],
      [stranger, 'key.pem'],
    ] as const)
      writeFileSync(join(mixed, name), readFileSync(join(from, name)))
    const run = (cert: string, address = tls.address) =>
      failureOf(openDocker({ ...tls, cert, address }).run(trainFolder(fresh()), listener().options))
    expect(await run(stranger)).toMatchObject({
      ...{ code: 'no-permission', message: expect.stringMatching(/not signed by the authority in ca\.pem/) },
    })
    expect(await run(mixed)).toMatchObject({
      ...{
        code: 'no-permission',
        message: expect.stringMatching(/refused the certificate of this computer/),
      },
    })
  })

  test('a key that it does not know', slow, async () => {
    const key = join(folder, 'unknown')
    writeFileSync(key, ssh2.utils.generateKeyPairSync('ed25519').private, { mode: 0o600 })
    const target = openDocker({ ...specOf('docker-ssh'), key })
    expect(await failureOf(target.run(trainFolder(fresh()), listener().options))).toMatchObject({
      ...{ code: 'no-permission', message: expect.stringMatching(/refused the key of root/) },
    })
  })
})

describe.skipIf(skip)(`a run in a container says why it failed${hint}`, () => {
  let target: SavedTarget
  let image: string
  beforeAll(async () => {
    target = openDocker(specOf('docker'))
    image = await nodeImage(target)
  }, 120_000)
  const run = (source: string, wants = {}, more = {}) => {
    const { heard, options } = listener({ wants })
    return {
      heard,
      failed: failureOf(target.run(scriptFolder(fresh(), image, source, more), options)),
    }
  }

  test('too little memory', slow, async () => {
    const { failed } = run('const all = []; for (;;) all.push(Buffer.alloc(2 ** 22, 1))', { memoryMb: 64 })
    expect(await failed).toMatchObject({
      code: 'training-failed',
      message: expect.stringMatching(/needed more memory than the 64 MB/),
      remedy: expect.stringMatching(/--memory-mb/),
    })
  })

  test('an exit code, with the last lines', slow, async () => {
    const { failed, heard } = run('console.log("one"); console.error("two, and why"); process.exit(3)')
    expect((await failed).message).toMatch(/exit code 3.*two, and why/s)
    expect(heard.lines.map(({ text, level }) => [text, level])).toEqual(
      expect.arrayContaining([
        ['one', 'info'],
        ['two, and why', 'error'],
      ]),
    )
  })

  test('no such image', slow, async () => {
    const { failed } = run('', {}, { image: 'localhost:1/none/such:9' })
    expect(await failed).toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/^The image localhost:1\/none\/such:9 is not on this target/),
    })
  })

  test('no such program in the image', slow, async () => {
    const { failed } = run('', {}, { command: ['/bin/nothing-here'] })
    expect((await failed).message).toMatch(/nothing-here|not found/)
  })

  test('no GPU, before anything is sent', slow, async () => {
    const { failed, heard } = run('', { gpus: 'all' })
    expect(await failed).toMatchObject({
      ...{ code: 'unsupported', message: expect.stringMatching(/no GPU driver/) },
      remedy: expect.stringMatching(/NVIDIA Container Toolkit/),
    })
    expect(heard.steps).not.toContain('sending the data')
  })

  test('a full disk that the program writes to', slow, async () => {
    const { failed } = run(
      'import fs from "node:fs"; fs.writeFileSync("/dev/shm/x", Buffer.alloc(2 ** 22))',
      { shmMb: 1 },
    )
    expect(await failed).toMatchObject({
      code: 'disk-full',
      message: expect.stringMatching(/ENOSPC|no space/),
    })
  })

  test('a full disk that the data do not fit on', slow, async () => {
    const data = new Uint8Array(3 * 2 ** 20).fill(count + 65)
    const name = dataVolume(createHash('sha256').update(data).digest('hex'))
    const { docker } = openLine(specOf('docker'), inMemory())
    await docker.createVolume({
      Name: name,
      Driver: 'local',
      DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' },
    })
    try {
      expect(await run('', {}, { data }).failed).toMatchObject({
        ...{ code: 'disk-full', message: expect.stringMatching(/disk of the target is full/) },
      })
    } finally {
      await docker.getVolume(name).remove()
    }
  })

  test('and leaves no container and no volume of its own behind', slow, async () => {
    const { docker } = openLine(specOf('docker'), inMemory())
    const filters = { label: ['edgewright.run'] }
    // Other tests may train on the same engine meanwhile.
    const own = ({ Labels }: { Labels: Record<string, string> }) =>
      Labels['edgewright.run']?.startsWith('failing-')
    expect((await docker.listContainers({ all: true, filters })).filter(own)).toEqual([])
    expect((await docker.listVolumes({ filters })).Volumes.filter(own)).toEqual([])
  })
})
