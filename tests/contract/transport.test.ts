import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { Engine } from '#contract'
import {
  connectInMemory,
  connectLocally,
  connectOverPort,
  connectOverWebSocket,
  failureFrom,
  listenLocally,
  openChannel,
  serveOverPort,
  serveOverWebSocket,
} from '../../main/transport/index.ts'
import { openTestHouse, temporaryFolder } from './house.ts'
import { transportDoors } from './transportDoors.ts'

interface Wire {
  engine: Engine
  close(): Promise<void>
}

const wires: Record<string, (folder: string) => Promise<Wire>> = {
  'in memory': async folder => {
    const house = openTestHouse(folder, transportDoors)
    return { engine: connectInMemory(house.router), close: house.close }
  },
  'a message port': async folder => {
    const house = openTestHouse(folder, transportDoors)
    const { port1, port2 } = new MessageChannel()
    // A port of worker threads calls its listeners with the data itself; Electron's with an event, as here.
    const like = (port: typeof port1) => ({
      on: (event: 'message' | 'close', listener: (event?: { data: unknown }) => void) =>
        void port.on(event, (data: unknown) => listener({ data })),
      postMessage: (data: unknown) => port.postMessage(data),
    })
    serveOverPort(house.router, like(port1))
    return {
      engine: connectOverPort(like(port2)),
      close: async () => {
        port2.close()
        port1.close()
        await house.close()
      },
    }
  },
  'a child process': async folder => {
    const child = fork(new URL('./childEngine.ts', import.meta.url), [folder], {
      serialization: 'advanced',
      execArgv: [],
    })
    await once(child, 'message')
    const other = openChannel(child)
    const channel = openChannel(child)
    // A second window over the same pipe must not disturb the first.
    await connectOverPort(other).jobs.list({})
    other.close()
    return {
      engine: connectOverPort(channel),
      close: async () => {
        channel.close()
        const gone = once(child, 'exit')
        child.disconnect()
        await gone
      },
    }
  },
  'a WebSocket': async folder => {
    const house = openTestHouse(folder, transportDoors)
    const server = createServer()
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', socket => serveOverWebSocket(house.router, socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
    return {
      engine: connectOverWebSocket(socket),
      close: async () => {
        socket.terminate()
        sockets.close()
        server.close()
        await house.close()
      },
    }
  },
  'a local socket': async folder => {
    const house = openTestHouse(folder, transportDoors)
    const listening = await listenLocally(house.router, folder)
    const reached = await connectLocally(folder)
    if (!listening || !reached) throw new Error('no local socket here')
    return {
      engine: reached.engine,
      close: async () => {
        await reached.close()
        await listening.close()
        await house.close()
      },
    }
  },
}

test('a local socket closes where the engine went first', async () => {
  const folder = temporaryFolder()
  const house = openTestHouse(folder.path, transportDoors)
  const listening = await listenLocally(house.router, folder.path)
  const reached = await connectLocally(folder.path)
  expect(reached).not.toBeNull()
  await listening?.close()
  await new Promise(done => setTimeout(done, 50))
  await reached?.close()
  await house.close()
  folder.remove()
})

describe.each(Object.keys(wires))('over %s', name => {
  const folder = temporaryFolder()
  let wire: Wire | undefined
  const connect = async () => {
    wire = await (wires[name] as (folder: string) => Promise<Wire>)(folder.path)
    return wire.engine
  }
  // A bug is logged whole; here one is thrown on purpose.
  beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}))
  afterEach(async () => {
    vi.restoreAllMocks()
    await wire?.close()
    folder.remove()
  })

  test('a call is answered, also with megabytes of text', async () => {
    const engine = await connect()
    const { rows } = await engine.dataset.rows({ name: 'x', offset: 7, limit: 400 })
    expect(rows).toHaveLength(400)
    expect(rows[399]?.[0]).toBe(`406 ${'ü'.repeat(5000)}`)
  })

  test('input that the contract does not allow is refused at the door, with the field', async () => {
    const engine = await connect()
    const failure = failureFrom(await engine.dataset.rows({ name: 'x', limit: -1 }).catch(error => error))
    expect(failure.code).toBe('bad-input')
    expect(failure.message).toContain('limit')
  })

  test('expected trouble crosses as data, a bug as internal', async () => {
    const engine = await connect()
    expect(failureFrom(await engine.dataset.show({ name: 'x' }).catch(error => error))).toEqual({
      code: 'not-found',
      message: 'There is no dataset x.',
      remedy: 'Import it.',
    })
    expect(failureFrom(await engine.dataset.show({ name: 'bug' }).catch(error => error)).code).toBe(
      'internal',
    )
  })

  test('a stream tells many events, and its end is noticed on the other side', async () => {
    const engine = await connect()
    const stop = new AbortController()
    let events = 0
    for await (const _ of await engine.publishing.watch({}, { signal: stop.signal }))
      if (++events === 20) break
    stop.abort()
    const listening = async () => (await engine.dataset.rows({ name: 'x', limit: 1 })).total
    for (let i = 0; i < 100 && (await listening()) > 0; i++) await sleep(20)
    expect(events).toBe(20)
    expect(await listening()).toBe(0)
  })

  test('work becomes a job that tells its progress and fails in words', async () => {
    const engine = await connect()
    const changes = await engine.jobs.watch({})
    const job = await engine.statistics.compute({ data: 'x' })
    expect(job.status.state).toBe('queued')
    const steps: string[] = []
    for await (const change of changes) {
      if (change.status.state === 'running') steps.push(change.status.progress.step)
      if (change.status.state !== 'failed') continue
      expect(change.status.failure.message).toBe('There are no rows.')
      break
    }
    expect(steps.length).toBeGreaterThan(2)
    const { lines } = await engine.jobs.logs({ id: job.id })
    expect(lines.map(line => line.text)[0]).toBe('a line')
  })

  test('cancelled work lets go and says what was kept', async () => {
    const engine = await connect()
    const job = await engine.statistics.compute({ data: 'x' })
    await sleep(100)
    await engine.jobs.cancel({ id: job.id })
    let after = await engine.jobs.show({ id: job.id })
    for (let i = 0; i < 100 && after.status.state === 'running'; i++) {
      await sleep(20)
      after = await engine.jobs.show({ id: job.id })
    }
    expect(after.status).toEqual({ state: 'cancelled', kept: 'Nothing is kept; the data is not touched.' })
  })
})
