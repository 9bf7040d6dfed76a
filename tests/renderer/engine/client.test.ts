import { RPCLink } from '@orpc/client/message-port'
import { eventIterator, oc } from '@orpc/contract'
import { implement, ORPCError } from '@orpc/server'
import { RPCHandler } from '@orpc/server/message-port'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Connection, connect, failureOf, type Route } from '../../../renderer/engine/index.ts'

const tiny = {
  dataset: {
    list: oc.input(z.object({ wait: z.boolean().optional() })).output(z.string()),
    remove: oc.input(z.object({ name: z.string().min(3) })).output(z.string()),
  },
  jobs: { watch: oc.input(z.object({})).output(eventIterator(z.number())) },
}

/** An engine that can die: each line goes to a life of its own over a real message channel. */
function mortal() {
  const os = implement(tiny)
  const ports: MessagePort[] = []
  const cuts: (() => void)[] = []
  let life = 0
  let alive = true
  const route: Route = {
    async open() {
      if (!alive) throw new Error('no engine')
      const born = ++life
      const { port1, port2 } = new MessageChannel()
      ports.push(port1, port2)
      const router = os.router({
        dataset: {
          list: os.dataset.list.handler(({ input }) => (input.wait ? new Promise(() => {}) : `life ${born}`)),
          remove: os.dataset.remove.handler(() => {
            throw new ORPCError('FAILURE', {
              data: { code: 'read-only', message: 'It is open elsewhere.', remedy: 'Close it there.' },
            })
          }),
        },
        jobs: {
          watch: os.jobs.watch.handler(async function* ({ signal }) {
            yield born
            await new Promise<void>(resolve => signal?.addEventListener('abort', () => resolve()))
          }),
        },
      })
      new RPCHandler(router).upgrade(port1)
      port1.start()
      port2.start()
      return { link: new RPCLink({ port: port2 }), cut: new Promise<void>(cut => cuts.push(cut)) }
    },
  }
  return {
    route,
    die() {
      alive = false
      cuts.at(-1)?.()
    },
    rise() {
      alive = true
    },
    close() {
      for (const port of ports) port.close()
    },
  }
}

const until = async (holds: () => boolean) => {
  for (let i = 0; i < 400 && !holds(); i++) await new Promise(resolve => setTimeout(resolve, 10))
  expect(holds()).toBe(true)
}
const failing = async (call: Promise<unknown>) => {
  try {
    return await call
  } catch (reason) {
    return failureOf(reason)
  }
}

describe('the line to the engine', () => {
  let engine: ReturnType<typeof mortal>
  const lists = (connection: Connection, input: object = {}) =>
    (connection.engine as unknown as { dataset: { list(i: object): Promise<string> } }).dataset.list(input)
  afterEach(() => engine.close())

  test('a call made before there is a line waits for it', async () => {
    engine = mortal()
    const connection = connect(engine.route)
    expect(connection.state.value).toBe('connecting')
    expect(await lists(connection)).toBe('life 1')
    expect(connection.state.value).toBe('ready')
  })

  test('what is under way when the engine dies fails in words, and the next call reaches the next engine', async () => {
    engine = mortal()
    const connection = connect(engine.route)
    await lists(connection)
    const pending = failing(lists(connection, { wait: true }))
    await new Promise(resolve => setTimeout(resolve, 20))
    engine.die()
    expect(await pending).toMatchObject({ code: 'engine-lost' })
    await until(() => connection.state.value === 'lost')
    const waiting = lists(connection)
    engine.rise()
    expect(await waiting).toBe('life 2')
    expect(connection.generation.value).toBe(2)
  })

  test('a stream ends with the engine instead of hanging', async () => {
    engine = mortal()
    const connection = connect(engine.route)
    const jobs = (
      connection.engine as unknown as { jobs: { watch(i: object): Promise<AsyncIterable<number>> } }
    ).jobs
    const seen: number[] = []
    const listening = failing(
      (async () => {
        for await (const life of await jobs.watch({})) {
          seen.push(life)
          engine.die()
        }
      })(),
    )
    expect(await listening).toMatchObject({ code: 'engine-lost' })
    expect(seen).toEqual([1])
  })

  test('a line that breaks in words of its own is a lost engine, a caller that lets go is not', async () => {
    engine = mortal()
    const link = {
      call: async (_: unknown, __: unknown, { signal }: { signal?: AbortSignal }) => {
        if (signal) await new Promise(resolve => signal.addEventListener('abort', resolve))
        throw new Error('Cannot send message, WebSocket is not open.')
      },
    }
    const connection = connect({ open: async () => ({ link, cut: new Promise(() => {}) }) })
    expect(await failing(lists(connection))).toMatchObject({ code: 'engine-lost' })
    const stop = new AbortController()
    const left = connection.engine.dataset.list({}, { signal: stop.signal })
    await Promise.resolve()
    stop.abort()
    await expect(left).rejects.toThrow('Cannot send message')
  })

  test('a failure of the engine arrives as data, and a refused input in words', async () => {
    engine = mortal()
    const connection = connect(engine.route)
    expect(await failing(connection.engine.dataset.remove({ name: 'strikes' }))).toEqual({
      code: 'read-only',
      message: 'It is open elsewhere.',
      remedy: 'Close it there.',
    })
    expect(await failing(connection.engine.dataset.remove({ name: 'no' }))).toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(/^name: /),
    })
  })
})
