import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { Router } from '@orpc/server'
import { RPCHandler } from '@orpc/server/ws'
import type { WebSocket as NodeWebSocket } from 'ws'
import type { Contract, Engine } from '#contract'

/** Answers calls that come in by one WebSocket. Who may open it is for the server that accepted it to say. */
export function serveOverWebSocket(
  router: Router<Contract, Record<never, never>>,
  socket: NodeWebSocket,
): void {
  void new RPCHandler(router).upgrade(socket, { context: {} })
}

/** A client over a WebSocket, of a browser or of `ws`. */
export function connectOverWebSocket(socket: WebSocket | NodeWebSocket): Engine {
  if ('binaryType' in socket) socket.binaryType = 'arraybuffer'
  return createORPCClient(new RPCLink({ websocket: socket as never })) as unknown as Engine
}
