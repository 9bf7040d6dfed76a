import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { listen } from '../../kit/index.ts'
import type { Artifacts } from './artifacts.ts'
import type { Recorded } from './recorded.ts'
import type { Keeper } from './things.ts'
import { openTracked } from './tracked.ts'
import { trackingDoor } from './trackingDoor.ts'

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/**
 * A tracking server for programs on this computer, or in the container beside it.
 * @param tell hears everything that programs tell, in the order in which it was accepted
 * @returns its port
 * @throws Failure `port-taken`
 */
export async function serveTracking({
  port,
  host = '127.0.0.1',
  artifacts,
  tell,
  keeper,
}: {
  port: number
  host?: string
  artifacts: Artifacts
  tell(said: Recorded): void
  /** Default: nothing outlives the server. */
  keeper?: Keeper
}): Promise<{ port: number; close(): Promise<void> }> {
  const tracked = openTracked(tell, keeper)
  const door = trackingDoor(tracked, artifacts, host === '127.0.0.1' ? LOOPBACK : undefined)
  const server = createAdaptorServer({ fetch: door.fetch }) as Server
  const bound = await listen(server, port, host)
  // Whoever wants it to go on stays for it.
  if (host === '127.0.0.1') server.unref()
  return {
    port: bound,
    async close() {
      const shut = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeIdleConnections()
      const sure = setTimeout(() => server.closeAllConnections(), 1000)
      await shut
      clearTimeout(sure)
    },
  }
}
