import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listen } from '../../../main/engine/kit/index.ts'
import { repositoryDoor } from '../../../main/engine/publishing/offer/index.ts'
import { openSink } from '../../../main/engine/release/index.ts'
import { agentHere } from '../../agent/agentHere.ts'
import { atEnd, folderHere, TOKEN } from '../release/repositoryHere.ts'
import { house, MODEL } from './house.ts'
import { seenAt } from './seen.ts'

const before = process.env.EDGEWRIGHT_TOKEN
beforeEach(() => {
  process.env.EDGEWRIGHT_TOKEN = TOKEN
})
afterEach(() => {
  if (before === undefined) delete process.env.EDGEWRIGHT_TOKEN
  else process.env.EDGEWRIGHT_TOKEN = before
})

/** Another machine that holds the repository; its disk may be full from a number of writes on. */
async function machine() {
  const disk = { left: Number.POSITIVE_INFINITY }
  const door = repositoryDoor(folderHere(), TOKEN)
  const server = createAdaptorServer({
    fetch: (request: Request) => {
      if (request.method !== 'PUT') return door.fetch(request)
      if (disk.left-- > 0) return door.fetch(request)
      return Response.json({ error: 'No space is left.' }, { status: 507, headers: { connection: 'close' } })
    },
  }) as Server
  const port = await listen(server, 0, '127.0.0.1')
  atEnd(() => {
    server.closeAllConnections()
    return new Promise<void>(resolve => void server.close(() => resolve()))
  })
  return { address: `http://127.0.0.1:${port}`, disk }
}

test('a version goes to another machine and on to a device, in part first, then to all, and back', async () => {
  const { address } = await machine()
  const { publish, call } = house()
  expect(await publish({ to: address })).toMatchObject({ to: address, site: 'everyone', sequence: 1 })
  const agent = await agentHere(address)
  await agent.serves(1)
  const { rollout } = await publish({ to: address, version: 2, canary: 20 })
  expect(rollout).toMatchObject({ unit: 'inference', share: 0.2 })
  expect(await call.rollout({ model: MODEL })).toMatchObject({ stable: 1, rollout: { version: 2 } })
  expect(await call.promote({ model: MODEL })).toMatchObject({ stable: 2, rollout: null })
  await agent.serves(2)
  expect(await call.rollback({ model: MODEL })).toMatchObject({ stable: 1 })
  await agent.serves(1)
  expect((await call.sites()).sites).toMatchObject([{ repository: address, trouble: null }])
}, 60_000)

test('a second publisher is refused by the keys, one without the token by the server; readers see nothing of either', async () => {
  const { address } = await machine()
  const first = house()
  await first.publish({ to: address })
  const timestamp = () =>
    openSink(address)
      .metadata('everyone')
      .read('timestamp.json', 1 << 20)
  const was = await timestamp()
  await expect(house().publish({ to: address, version: 2 })).rejects.toMatchObject({
    failure: { code: 'bad-input', message: expect.stringContaining('root keys') },
  })
  for (const [token, words] of [
    ['wrong', 'with the token it was given'],
    ['', 'without a token'],
  ] as const) {
    process.env.EDGEWRIGHT_TOKEN = token
    await expect(house({ keys: first.keys }).publish({ to: address, version: 2 })).rejects.toMatchObject({
      failure: { code: 'no-permission', message: expect.stringContaining(words) },
    })
  }
  expect(await timestamp()).toEqual(was)
  // The token may stand in the address; it is written nowhere.
  const named = house({ keys: first.keys })
  const release = await named.publish({ to: address.replace('//', `//:${TOKEN}@`), version: 2 })
  expect(release).toMatchObject({ to: address, sequence: 2 })
  expect(JSON.stringify(await named.call.sites())).not.toContain(TOKEN)
})

test('a machine that is full at any write says so, readers see the old or the new, and the next try finishes', async () => {
  const { address, disk } = await machine()
  const { publish } = house()
  await publish({ to: address })
  for (let full = 0; ; full++) {
    const version = 2 + full
    disk.left = full
    const failure = await publish({ to: address, version }).then(
      () => null,
      error => error.failure,
    )
    disk.left = Number.POSITIVE_INFINITY
    if (!failure) {
      expect(full).toBeGreaterThan(7)
      break
    }
    expect(failure, `write ${full}`).toMatchObject({
      code: 'disk-full',
      message: expect.stringContaining('is full: No space is left.'),
    })
    // Until the timestamp was written, the last of all, nothing has changed for anyone.
    expect(await seenAt(address), `write ${full}`).toBe(version - 1)
    await publish({ to: address, version })
    expect(await seenAt(address)).toBe(version)
  }
}, 120_000)
