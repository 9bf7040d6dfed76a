import { createServer, request } from 'node:http'
import { connect, type Socket } from 'node:net'

export interface Line {
  /** Where the other server answers below a prefix. */
  address: string
  /** Uploads that went through. */
  uploads(): number
  /** Breaks all connections and takes none until it is mended. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

/** What stands before a dashboard in many places: a prefix of the path, and a line that is lost at times. */
export async function openProxy(to: string, prefix = '/clusters/one'): Promise<Line> {
  const { hostname, port } = new URL(to)
  const sockets = new Set<Socket>()
  let broken = false
  let uploads = 0
  const pathOf = (url: string | undefined) =>
    url?.startsWith(`${prefix}/`) ? url.slice(prefix.length) : null
  const server = createServer((asked, answer) => {
    const path = pathOf(asked.url)
    if (path === null) return void answer.writeHead(404).end('nothing here')
    if (asked.method === 'PUT') uploads++
    const { method, headers } = asked
    const further = request({ hostname, port, path, method, headers }, got => {
      answer.writeHead(got.statusCode ?? 500, got.headers)
      got.pipe(answer)
    })
    further.on('error', () => answer.destroy())
    asked.pipe(further)
  })
  server.on('connection', socket => {
    if (broken) return void socket.destroy()
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
  })
  server.on('upgrade', (asked, socket, head) => {
    const further = connect(Number(port), hostname, () => {
      const lines = asked.rawHeaders.map((text, i) => (i % 2 ? `${text}\r\n` : `${text}: `)).join('')
      further.write(`GET ${pathOf(asked.url)} HTTP/1.1\r\n${lines}\r\n`)
      further.write(head)
      further.pipe(socket).pipe(further)
    })
    sockets.add(further)
    further.on('error', () => socket.destroy()).on('close', () => socket.destroy())
    socket.on('error', () => further.destroy()).on('close', () => further.destroy())
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  return {
    address: `http://127.0.0.1:${(server.address() as { port: number }).port}${prefix}`,
    uploads: () => uploads,
    cut() {
      broken = true
      for (const socket of sockets) socket.destroy()
    },
    mend() {
      broken = false
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise(done => server.close(done))
    },
  }
}
