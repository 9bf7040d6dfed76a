import type { Server } from 'node:http'
import { fail } from '../engine/kit/index.ts'

/**
 * Lets a server answer at a port, 0 for any free one.
 * @returns the address to ask it at from this machine, `http://127.0.0.1:8501`
 * @throws Failure `port-taken`, `no-permission`, `bad-input` for an address that is not this machine's
 */
export function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EADDRINUSE')
        reject(
          fail(
            'port-taken',
            `Another program uses the port ${port}.`,
            'Choose another port, or 0 for any free one.',
            { cause },
          ),
        )
      else if (cause.code === 'EACCES')
        reject(
          fail(
            'no-permission',
            `This user may not listen on the port ${port}.`,
            'Choose a port from 1024 on, or 0 for any free one.',
            { cause },
          ),
        )
      else if (cause.code === 'EADDRNOTAVAIL' || cause.code === 'ENOTFOUND')
        reject(
          fail('bad-input', `"${host}" is no address of this machine.`, 'Use 127.0.0.1 or 0.0.0.0.', {
            cause,
          }),
        )
      else reject(cause)
    })
    server.listen(port, host, () => {
      const bound = server.address()
      const number = bound && typeof bound === 'object' ? bound.port : port
      const shown =
        host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
      resolve(`http://${shown}:${number}`)
    })
  })
}
