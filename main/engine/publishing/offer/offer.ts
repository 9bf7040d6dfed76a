import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { networkInterfaces } from 'node:os'
import { listen } from '../../kit/index.ts'
import { openSink } from '../../release/index.ts'
import { openHint } from './hint.ts'
import type { DoorOptions } from './repositoryDoor.ts'

/** Offers one repository folder over HTTP at a time, from this process. */
export function openOffer(options: DoorOptions = {}) {
  let running: {
    folder: string
    host: string
    server: Server
    address: string
    token: string
    unhint(): Promise<void>
  } | null = null

  async function stop(): Promise<void> {
    if (!running) return
    const { server, unhint } = running
    running = null
    const shut = new Promise<void>(resolve => server.close(() => resolve()))
    server.closeAllConnections()
    await Promise.all([shut, unhint()])
  }

  return {
    stop,
    /**
     * @param host `0.0.0.0` for the whole network, which is then told of it by multicast DNS
     * @throws Failure `port-taken`, `no-permission`
     */
    async start(folder: string, port: number, host: string): Promise<{ address: string; token: string }> {
      const same = running?.folder === folder && running.host === host
      if (running && same && (port === 0 || new URL(running.address).port === String(port)))
        return { address: running.address, token: running.token }
      await stop()
      const token = randomBytes(24).toString('base64url')
      const [{ createAdaptorServer }, { repositoryDoor }] = await Promise.all([
        import('@hono/node-server'),
        import('./repositoryDoor.ts'),
      ])
      const server = createAdaptorServer({ fetch: repositoryDoor(folder, token, options).fetch }) as Server
      const number = await listen(server, port, host)
      const local = host === '127.0.0.1' || host === 'localhost'
      const unhint = local
        ? async () => {}
        : await openHint(
            number,
            await openSink(folder)
              .sites()
              .catch(() => []),
          )
      running = { folder, host, server, address: `http://${shown(host)}:${number}`, token, unhint }
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
