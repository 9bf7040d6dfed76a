/** How the wall is carried: calls, streams and cancel over four kinds of wire. No room is named here. */
export { type ChildMessage, openChannel, serveOverChild } from './child.ts'
export { failureFrom } from './failure.ts'
export { connectLocally, listenLocally } from './local.ts'
export { connectInMemory } from './memory.ts'
export { connectOverPort, type PortLike, serveOverPort } from './port.ts'
export { connectOverWebSocket, serveOverWebSocket } from './websocket.ts'
