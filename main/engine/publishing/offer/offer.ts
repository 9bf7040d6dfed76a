import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { networkInterfaces } from 'node:os'
import { listen } from '../../kit/index.ts'

/** Offers one repository folder over HTTP at a time, from this process. */
export function openOffer() {
  let running: { folder: string; server: Server; address: string; token: string } | null = null

  async function stop(): Promise<void> {
    if (!running) return
    const { server } = running
    running = null
    const shut = new Promise<void>(resolve => server.close(() => resolve()))
    server.closeAllConnections()
    await shut
  }

  return {
    stop,
    /** @throws Failure `port-taken`, `no-permission` */
    async start(folder: string, port: number, host: string): Promise<{ address: string; token: string }> {
      if (running?.folder === folder && (port === 0 || new URL(running.address).port === String(port)))
        return { address: running.address, token: running.token }
      await stop()
      const token = randomBytes(24).toString('base64url')
      const [{ createAdaptorServer }, { repositoryDoor }] = await Promise.all([
        import('@hono/node-server'),
        import('./repositoryDoor.ts'),
      ])
      const server = createAdaptorServer({ fetch: repositoryDoor(folder, token).fetch }) as Server
      const number = await listen(server, port, host)
      running = { folder, server, address: `http://${shown(host)}:${number}`, token }
      return { address: running.address, token }
    },
  }
}

/** Where others reach this machine; the first address that is not its own loop. */
const shown = (host: string): string =>
  host !== '0.0.0.0'
    ? host
    : (Object.values(networkInterfaces())
        .flat()
        .find(each => each && !each.internal && each.family === 'IPv4')?.address ?? '127.0.0.1')
