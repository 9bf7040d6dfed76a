import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/message-port'
import type { Router } from '@orpc/server'
import { RPCHandler } from '@orpc/server/message-port'
import type { Contract, Engine } from '#contract'

/** What a MessagePort, an Electron MessagePortMain and our channel over a child process have in common. */
export interface PortLike {
  on(event: 'message' | 'close', listener: (event?: { data: unknown }) => void): void
  postMessage(data: unknown): void
}

/** Answers calls that come in by a port. A web MessagePort must be started by the caller. */
export function serveOverPort(
  router: Router<Contract, Record<never, never>>,
  port: PortLike | MessagePort,
): void {
  new RPCHandler(router).upgrade(port as never, { context: {} })
}

/** A client over a port. */
export const connectOverPort = (port: PortLike | MessagePort): Engine =>
  createORPCClient(new RPCLink({ port: port as never })) as unknown as Engine
