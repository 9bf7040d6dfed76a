import { type ClientLink, createORPCClient, ORPCError } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCLink as SocketLink } from '@orpc/client/websocket'
import { type Ref, readonly, ref } from 'vue'
import type { Engine } from '#contract'
import { bridge } from './bridge.ts'
import { engineLost, FailureError } from './failure.ts'

/** How the window stands with its engine. */
export type LinkState = 'connecting' | 'ready' | 'lost'

/** The window's one line to the engine. It heals by itself; what was under way fails with `engine-lost`. */
export interface Connection {
  readonly engine: Engine
  readonly state: Readonly<Ref<LinkState>>
  /** Counts up each time a line stands, so that streams and views know when to begin again. */
  readonly generation: Readonly<Ref<number>>
}

type Link = ClientLink<Record<never, never>>

/** One way to an engine: opens a line and says when it is cut. */
export interface Route {
  open(): Promise<{ link: Link; cut: Promise<void> }>
}

/** A call waits this long for a line before it fails, in milliseconds. */
const PATIENCE = 15_000
const RETRY_FROM = 250
const RETRY_TO = 4_000

/** Rejects as soon as the line is cut, also where the transport itself would wait for ever. */
function race<T>(answer: Promise<T>, cut: Promise<void>): Promise<T> {
  return new Promise((resolve, reject) => {
    answer.then(resolve, reject)
    cut.then(() => reject(new FailureError(engineLost)))
  })
}

/**
 * What a rejection means. The engine speaks in ORPCErrors, a caller who lets go has aborted its signal; any other
 * words are the transport's own for a line that broke under a call.
 */
function meaningOf(reason: unknown, signal: AbortSignal | undefined): unknown {
  const isSaid = reason instanceof ORPCError || reason instanceof FailureError
  return isSaid || signal?.aborted ? reason : new FailureError(engineLost)
}

/** Passes a stream on until the line is cut. */
async function* guarded(
  stream: AsyncIterable<unknown>,
  cut: Promise<void>,
  signal: AbortSignal | undefined,
): AsyncGenerator<unknown> {
  const steps = stream[Symbol.asyncIterator]()
  try {
    for (;;) {
      const step = await race(Promise.resolve(steps.next()), cut)
      if (step.done) return
      yield step.value
    }
  } catch (reason) {
    throw meaningOf(reason, signal)
  } finally {
    // not awaited: on a cut line nobody answers it
    steps.return?.()?.catch(() => {})
  }
}

const isStream = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value

/** @param route how a line is opened; default: the preload bridge, else a WebSocket to where the page came from */
export function connect(
  route: Route = window.edgewright?.connect ? bridgeRoute() : socketRoute(),
): Connection {
  const state = ref<LinkState>('connecting')
  const generation = ref(0)
  let line: Promise<{ link: Link; cut: Promise<void> }>

  async function open(): Promise<{ link: Link; cut: Promise<void> }> {
    for (let wait = RETRY_FROM; ; wait = Math.min(wait * 2, RETRY_TO)) {
      try {
        const opened = await route.open()
        state.value = 'ready'
        generation.value++
        opened.cut.then(() => {
          state.value = 'lost'
          line = open()
        })
        return opened
      } catch {
        state.value = 'lost'
        await new Promise(resolve => setTimeout(resolve, wait))
      }
    }
  }
  line = open()

  const patience = () =>
    new Promise<never>((_, reject) => setTimeout(() => reject(new FailureError(engineLost)), PATIENCE))

  const link: Link = {
    async call(path, input, options) {
      const { link, cut } = state.value === 'ready' ? await line : await Promise.race([line, patience()])
      try {
        const answer = await race(Promise.resolve(link.call(path, input, options)), cut)
        return isStream(answer) ? guarded(answer, cut, options.signal) : answer
      } catch (reason) {
        const meaning = meaningOf(reason, options.signal)
        // a transport may hear of its end before the line does: who asks then finds the state true to the words
        if (meaning !== reason) await Promise.race([cut, new Promise(resolve => setTimeout(resolve))])
        throw meaning
      }
    },
  }
  return {
    // the contract decides the types; the link is the one place where they meet the wire
    engine: createORPCClient(link) as unknown as Engine,
    state: readonly(state),
    generation: readonly(generation),
  }
}

/** Electron: the preload script hands over a port for each engine that was started. */
function bridgeRoute(): Route {
  let cutNow: (() => void) | undefined
  let back: (() => void) | undefined
  bridge().onEngine?.(told => {
    if (told === 'lost') cutNow?.()
    else back?.()
  })
  let opened = false
  return {
    async open() {
      // after a loss the bridge says when there is an engine again; a cap, should that word get lost
      if (opened)
        await Promise.race([
          new Promise<void>(resolve => {
            back = resolve
          }),
          new Promise(resolve => setTimeout(resolve, RETRY_TO)),
        ])
      const port = await portFromBridge()
      opened = true
      const cut = new Promise<void>(resolve => {
        cutNow = resolve
        port.addEventListener('close', () => resolve())
      })
      const link = new PortLink({ port })
      port.start()
      return { link, cut }
    },
  }
}

/** The port as the bridge's answer, or as the window message that follows it. */
function portFromBridge(): Promise<MessagePort> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => done(() => reject(new FailureError(engineLost))), PATIENCE)
    const done = (then: () => void) => {
      clearTimeout(late)
      window.removeEventListener('message', heard)
      then()
    }
    const heard = (event: MessageEvent) => {
      const port = event.ports[0]
      if (event.source === window && port) done(() => resolve(port))
    }
    window.addEventListener('message', heard)
    bridge()
      .connect?.()
      .then(
        port => port instanceof MessagePort && done(() => resolve(port)),
        () => done(() => reject(new FailureError(engineLost))),
      )
  })
}

/** A browser: the shell that served the page also answers on `/rpc`; the session cookie opens it. */
function socketRoute(): Route {
  return {
    open: () =>
      new Promise((resolve, reject) => {
        const address = new URL('/rpc', location.href)
        address.protocol = address.protocol.replace('http', 'ws')
        const websocket = new WebSocket(address)
        // as a Blob each message would be read on its own time, and answers could overtake each other
        websocket.binaryType = 'arraybuffer'
        const link = new SocketLink({ websocket })
        const cut = new Promise<void>(cut => websocket.addEventListener('close', () => cut()))
        websocket.addEventListener('open', () => resolve({ link, cut }))
        websocket.addEventListener('close', () => reject(new FailureError(engineLost)))
      }),
  }
}
