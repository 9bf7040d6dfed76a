import type { Server } from 'node:net'
import { fail } from './failure.ts'

/**
 * Lets a server answer at a port, 0 for any free one.
 * @returns the port
 * @throws Failure `port-taken`, `no-permission`, `bad-input` for an address that is not this machine's
 */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(troubleOf(cause, port, host)))
    server.listen(port, host, () => {
      const bound = server.address()
      resolve(bound && typeof bound === 'object' ? bound.port : port)
    })
  })
}

function troubleOf(cause: NodeJS.ErrnoException, port: number, host: string): Error {
  switch (cause.code) {
    case 'EADDRINUSE':
      return fail(
        'port-taken',
        `Another program uses the port ${port}.`,
        'Choose another port, or 0 for any free one.',
        { cause },
      )
    case 'EACCES':
      return fail(
        'no-permission',
        `This user may not listen on the port ${port}.`,
        'Choose a port from 1024 on, or 0 for any free one.',
        { cause },
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return fail('bad-input', `"${host}" is no address of this machine.`, 'Use 127.0.0.1 or 0.0.0.0.', {
        cause,
      })
    default:
      return cause
  }
}
