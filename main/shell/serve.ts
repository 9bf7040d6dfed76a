import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { type WebSocket, WebSocketServer } from 'ws'
import { FailureError, fail, failureOf, isSecret } from '../engine/kit/index.ts'
import { engineSource } from './clone.ts'
import { forkEngine } from './forkEngine.ts'
import { pageFile } from './pages.ts'
import { securityHeaders } from './policy.ts'
import { type OpenWorkspace, type Supervisor, superviseEngine } from './supervise.ts'
import { receiveFile } from './upload.ts'

/** The folder of package.json, from `main/shell/` as from `dist/main/` two folders up. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..')

export interface ServeOptions {
  /** Default: the one that was opened last. */
  workspace?: string
  /** 0 takes any free one. */
  port?: number
  /** Default 127.0.0.1: only this computer. */
  host?: string
}

/** The workbench, served to browsers on this computer. */
export interface Served {
  readonly workspace: string
  readonly readOnly: boolean
  readonly port: number
  /** Process id of the engine that is up now. */
  readonly enginePid: number | undefined
  /** A new address with a token that opens the workbench in one browser, once. */
  address(): string
  /** Resolves with the reason when the engine cannot be kept alive. */
  readonly ended: Promise<FailureError>
  close(): Promise<void>
}

/** Longest message that is taken from a page. Rows and tensors come by page, so this is plenty. */
const LONGEST_MESSAGE = 64 * 1024 * 1024

/** The value of a cookie in a request. */
function cookie(request: IncomingMessage, name: string): string {
  for (const part of request.headers.cookie?.split(';') ?? []) {
    const at = part.indexOf('=')
    if (part.slice(0, at).trim() === name) return part.slice(at + 1).trim()
  }
  return ''
}

/** Who may ask, and how a browser gets to be one who may. */
function openDoor(host: string) {
  const secret = randomBytes(32).toString('base64url')
  const tokens = new Set<string>()
  const names = new Set(['127.0.0.1', 'localhost', '[::1]', host])
  const cookieName = (port: number) => `edgewright-${port}`
  const hostname = (value: string | undefined) => value?.replace(/:\d+$/, '') ?? ''
  return {
    token(): string {
      const token = randomBytes(24).toString('base64url')
      tokens.add(token)
      return token
    },
    /** A web site whose name was pointed at this computer says its own name here, and is not answered. */
    knows: (request: IncomingMessage) => names.has(hostname(request.headers.host)),
    /** True for requests of our own page; those that a browser sends for other sites name them. */
    fromOurPage(request: IncomingMessage): boolean {
      const { origin } = request.headers
      return origin === undefined || origin === `http://${request.headers.host}`
    },
    isIn: (request: IncomingMessage, port: number) => isSecret(cookie(request, cookieName(port)), secret),
    /** Takes a token, which then is used up; the header that lets this browser in. */
    enter: (token: string, port: number): string | undefined =>
      tokens.delete(token) ? `${cookieName(port)}=${secret}; HttpOnly; SameSite=Strict; Path=/` : undefined,
  }
}

const words = (response: ServerResponse, status: number, text: string) =>
  response
    .writeHead(status, { ...securityHeaders(), 'content-type': 'text/plain; charset=utf-8' })
    .end(`${text}\n`)

/** Passes messages between a browser tab and the engine. */
function relay(socket: WebSocket, engine: Supervisor): void {
  const line = engine.line()
  socket.on('message', (data: Buffer, isBinary: boolean) =>
    line.send(isBinary ? new Uint8Array(data) : data.toString('utf8')),
  )
  socket.on('close', () => line.end())
  socket.on('error', () => socket.terminate())
  line.onData(data => socket.send(data as string | Uint8Array))
  // The page comes again by itself, and is let in when there is an engine.
  line.onEnd(() => socket.close(1012, 'The engine ended and is being started again.'))
}

/**
 * Serves the workbench on loopback: the built page, a WebSocket to the engine on `/rpc`, and `PUT /files?name=` for
 * files that a browser cannot name by their path. The engine is a process of its own and is started again when it ends.
 *
 * Let in is who brings a token of a printed address, which then is used up and exchanged for a session cookie.
 * Requests under a foreign name (DNS rebinding) or from another site's page are refused.
 * @throws Failure `port-taken`, `not-found` when the page is not built, and why a workspace cannot be opened
 */
export async function serveWorkbench({
  workspace,
  port = 0,
  host = '127.0.0.1',
}: ServeOptions = {}): Promise<Served> {
  const pages = join(root, 'dist', 'renderer')
  if (!pageFile(pages, '/'))
    throw fail('not-found', 'The page of the workbench is not built yet.', 'Run: npm run build')

  const door = openDoor(host)
  const server = createServer((request, response) => {
    answer(request, response).catch(error => {
      console.error(error)
      if (response.headersSent) response.destroy()
      else words(response, 500, 'Something went wrong inside Edgewright.')
    })
  })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LONGEST_MESSAGE })
  await listen()
  const at = (server.address() as AddressInfo).port

  let tellEnd: (failure: FailureError) => void = () => {}
  const ended = new Promise<FailureError>(resolve => {
    tellEnd = resolve
  })
  const engine = superviseEngine(
    workspace,
    path => forkEngine(engineSource(root) ?? join(root, 'dist', 'main', 'engine.mjs'), path),
    { failed: failure => tellEnd(new FailureError(failure)) },
  )
  let opened: OpenWorkspace
  try {
    opened = await engine.ready()
  } catch (failure) {
    server.close()
    throw new FailureError(failure as ConstructorParameters<typeof FailureError>[0])
  }

  server.on('upgrade', async (request, socket, head) => {
    const path = new URL(request.url ?? '/', 'http://page').pathname
    if (
      path !== '/rpc' ||
      !door.knows(request) ||
      request.headers.origin === undefined ||
      !door.fromOurPage(request) ||
      !door.isIn(request, at)
    )
      return socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
    socket.on('error', () => socket.destroy())
    try {
      await engine.ready()
    } catch {
      return socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n')
    }
    sockets.handleUpgrade(request, socket, head, one => relay(one, engine))
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!door.knows(request))
      return void words(response, 421, 'This workbench answers on this computer only.')
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`)

    const token = url.searchParams.get('token')
    if (token !== null) {
      const header = door.enter(token, at)
      if (header || door.isIn(request, at))
        return void response
          .writeHead(303, {
            ...securityHeaders(),
            location: '/',
            'cache-control': 'no-store',
            ...(header ? { 'set-cookie': header } : {}),
          })
          .end()
    }
    if (!door.isIn(request, at))
      return void words(
        response,
        403,
        'This address was used already, or is not whole. Press Enter where Edgewright was started: it prints a new one.',
      )

    if (url.pathname === '/files' && request.method === 'PUT') {
      if (!door.fromOurPage(request))
        return void words(response, 403, 'Files are taken from the workbench only.')
      return receive(request, response, url.searchParams.get('name') ?? '')
    }
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return void words(response, 405, 'Only the page is read here.')
    const file = pageFile(pages, url.pathname)
    if (!file) return void words(response, 404, 'There is nothing here.')
    response.writeHead(200, {
      ...securityHeaders([`ws://${request.headers.host}`]),
      'content-type': file.type,
      'content-length': file.bytes,
      'cache-control': file.lasting ? 'public, max-age=31536000, immutable' : 'no-cache',
    })
    if (request.method === 'HEAD') return void response.end()
    // A browser that goes away in the middle is no trouble of ours.
    await pipeline(createReadStream(file.path), response).catch(() => {})
  }

  async function receive(request: IncomingMessage, response: ServerResponse, name: string): Promise<void> {
    const json = (status: number, body: unknown) =>
      response
        .writeHead(status, { ...securityHeaders(), 'content-type': 'application/json; charset=utf-8' })
        .end(JSON.stringify(body))
    try {
      if (opened.readOnly)
        throw fail(
          'read-only',
          'The workspace is open in another window, so it can only be looked at here.',
          'Do it in the other window, or close that one first.',
        )
      const path = await receiveFile(request, join(opened.workspace, 'tmp', 'uploads'), name)
      json(200, { path })
    } catch (error) {
      const failure = failureOf(error)
      if (failure.code === 'internal') console.error(error)
      json(failure.code === 'disk-full' ? 507 : failure.code === 'internal' ? 500 : 400, failure)
    }
  }

  function listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE')
          reject(
            fail(
              'port-taken',
              `Another program uses port ${port}.`,
              'Choose another one with --port, or --port 0 for any that is free.',
            ),
          )
        else if (error.code === 'EACCES')
          reject(fail('no-permission', `Port ${port} may not be used here.`, 'Choose one above 1023.'))
        else reject(error)
      })
      server.listen(port, host, resolve)
    })
  }

  return {
    workspace: opened.workspace,
    readOnly: opened.readOnly,
    port: at,
    get enginePid() {
      return engine.pid
    },
    address: () => `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${at}/?token=${door.token()}`,
    ended,
    async close() {
      server.close()
      for (const socket of sockets.clients) socket.close(1001, 'The workbench was closed.')
      server.closeAllConnections()
      await engine.close()
      for (const socket of sockets.clients) socket.terminate()
    },
  }
}
