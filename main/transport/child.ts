import type { ChildProcess } from 'node:child_process'
import type { Router } from '@orpc/server'
import type { Contract } from '#contract'
import { type PortLike, serveOverPort } from './port.ts'

/**
 * One message between a parent and the engine's process. A parent may have many windows, so each has a channel of
 * its own number; it begins with its first message and ends with `close`. The process must be forked with
 * `serialization: 'advanced'`: JSON would break binary payloads.
 */
export type ChildMessage = { channel: number; data: unknown } | { channel: number; close: true }

const isMessage = (value: unknown): value is ChildMessage =>
  typeof value === 'object' && value !== null && typeof (value as ChildMessage).channel === 'number'

type Listener = (event?: { data: unknown }) => void

interface Channel {
  port: PortLike
  tell(event: 'message' | 'close', data?: unknown): void
}

function channel(send: (data: unknown) => void): Channel {
  const listeners: Record<'message' | 'close', Listener[]> = { message: [], close: [] }
  return {
    port: { on: (event, listener) => void listeners[event].push(listener), postMessage: send },
    tell(event, data) {
      for (const listener of listeners[event]) listener({ data })
    },
  }
}

/** In the engine's process: answers every channel that the parent opens. */
export function serveOverChild(
  router: Router<Contract, Record<never, never>>,
  self: NodeJS.Process = process,
): void {
  const channels = new Map<number, Channel>()
  self.on('message', (message: unknown) => {
    if (!isMessage(message)) return
    if ('close' in message) {
      channels.get(message.channel)?.tell('close')
      channels.delete(message.channel)
      return
    }
    let one = channels.get(message.channel)
    if (!one) {
      one = channel(data => {
        if (self.connected) self.send?.({ channel: message.channel, data } satisfies ChildMessage)
      })
      channels.set(message.channel, one)
      serveOverPort(router, one.port)
    }
    one.tell('message', message.data)
  })
  self.on('disconnect', () => {
    for (const one of channels.values()) one.tell('close')
    channels.clear()
  })
}

let channels = 0

/** In the parent: a port to the engine's process. `close` tells the engine that nobody listens any more. */
export function openChannel(child: ChildProcess): PortLike & { close(): void } {
  const number = ++channels
  const send = (message: ChildMessage) => {
    if (child.connected) child.send(message)
  }
  const one = channel(data => send({ channel: number, data }))
  const hear = (message: unknown) => {
    if (isMessage(message) && message.channel === number && 'data' in message)
      one.tell('message', message.data)
  }
  const end = () => {
    child.off('message', hear)
    one.tell('close')
  }
  child.on('message', hear)
  child.once('disconnect', end)
  return {
    ...one.port,
    close() {
      send({ channel: number, close: true })
      child.off('disconnect', end)
      end()
    },
  }
}
