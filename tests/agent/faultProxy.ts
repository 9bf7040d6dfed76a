import { connect, createServer, type Server, type Socket } from 'node:net'

/** What happens to the bytes that come back. Places count bytes from the server, headers included. */
export type Fault =
  /** The connection is reset at this byte. */
  | { kind: 'drop'; at: number }
  /** The connection is closed properly at this byte, as if nothing more were to come. */
  | { kind: 'truncate'; at: number }
  /** Nothing comes any more from this byte on, and the connection stays. */
  | { kind: 'stall'; at: number }
  /** One bit of this byte is turned. */
  | { kind: 'corrupt'; at: number }
  /** So many bytes a second, one by one if need be. */
  | { kind: 'drip'; bytesPerSecond: number }
  /** The connection is not taken at all. */
  | { kind: 'refuse' }

/** A line between a device and a server that breaks where it is told to. */
export interface FaultProxy {
  address: string
  port: number
  /** Bytes that the server sent through it. */
  readonly received: number
  readonly connections: number
  /** Faults that came to pass. */
  readonly faults: number
  /**
   * What happens next, in order. Places count the bytes of all connections together, from now or from the fault before;
   * to refuse or to drip is for one connection. What is open is ended.
   */
  plan(...faults: (Fault | null)[]): Promise<void>
  /** A fault for each connection from now on. */
  always(fault: ((connection: number) => Fault | null) | null): void
  /** Ends what is open, as a line that is cut does. */
  cut(): void
  close(): Promise<void>
}

/**
 * A proxy of TCP between a client and a server on this machine.
 * @param to port of the server
 * @param host address of this machine where the line begins
 */
export async function openFaultProxy(to: number, host = '127.0.0.1'): Promise<FaultProxy> {
  const sockets = new Set<Socket>()
  let planned: (Fault | null)[] = []
  let standing: ((connection: number) => Fault | null) | null = null
  let received = 0
  let connections = 0
  let faults = 0
  /** Bytes since the fault before. */
  let line = 0

  /** A fault of a whole connection, where that is what comes next. */
  const takeWhole = (): Fault | null => {
    const [next] = planned
    const isWhole = next === null || next?.kind === 'refuse' || next?.kind === 'drip'
    return isWhole ? (planned.shift() ?? null) : null
  }

  const server: Server = createServer(client => {
    const own = standing?.(connections) ?? takeWhole()
    connections++
    keep(client)
    if (own?.kind === 'refuse') {
      faults++
      return client.resetAndDestroy()
    }
    const upstream = connect(to, '127.0.0.1')
    keep(upstream)
    client.on('data', data => upstream.write(data))
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.end())
    let passed = 0
    let waiting = Promise.resolve()
    upstream.on('data', data => {
      upstream.pause()
      waiting = waiting.then(() => pass(data)).then(() => void upstream.resume())
    })

    async function pass(data: Buffer): Promise<void> {
      if (own?.kind === 'drip') {
        if (passed === 0) faults++
        passed += data.length
        return drip(data, own.bytesPerSecond)
      }
      const fault = own ?? planned[0] ?? null
      const from = own ? passed : line
      passed += data.length
      line += data.length
      if (!fault || !('at' in fault) || fault.at >= from + data.length) return write(data)
      if (own && fault.at < from) return write(data)
      const inside = Math.max(0, fault.at - from)
      faults++
      if (!own) {
        planned.shift()
        line = 0
      }
      if (fault.kind === 'corrupt') {
        const changed = Buffer.from(data)
        changed[inside] = (changed[inside] as number) ^ 1
        return write(changed)
      }
      if (inside > 0) write(data.subarray(0, inside))
      if (fault.kind === 'stall') return new Promise(resolve => client.once('close', () => resolve()))
      upstream.destroy()
      if (fault.kind === 'truncate') client.end()
      // What was written is let through first, then the line breaks.
      else setTimeout(() => client.resetAndDestroy(), 20)
    }

    async function drip(data: Buffer, bytesPerSecond: number): Promise<void> {
      const step = Math.max(1, Math.floor(bytesPerSecond / 20))
      for (let at = 0; at < data.length && !client.destroyed; at += step) {
        write(data.subarray(at, at + step))
        await new Promise(resolve => setTimeout(resolve, (1000 * step) / bytesPerSecond))
      }
    }

    function write(data: Buffer): void {
      received += data.length
      if (!client.destroyed) client.write(data)
    }
  })

  function keep(socket: Socket): void {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }

  await new Promise<void>(resolve => server.listen(0, host, resolve))
  const { port } = server.address() as { port: number }
  return {
    address: `http://${host}:${port}`,
    port,
    get received() {
      return received
    },
    get connections() {
      return connections
    },
    get faults() {
      return faults
    },
    async plan(...next) {
      for (const socket of sockets) socket.destroy()
      // Until both sides know.
      await new Promise(resolve => setTimeout(resolve, 20))
      planned = next
      line = 0
    },
    always(fault) {
      standing = fault
    },
    cut() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
