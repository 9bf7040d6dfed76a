import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, realpathSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import type { Router } from '@orpc/server'
import { WebSocket, WebSocketServer } from 'ws'
import type { Contract, Engine } from '#contract'
import { connectOverWebSocket, serveOverWebSocket } from './websocket.ts'

/**
 * The socket of a workspace: a file that only this person can reach, or a named pipe on Windows. Its name is a hash,
 * because a socket's path may have no more than about 100 characters.
 */
function socketOf(workspace: string): string {
  const folder = existsSync(workspace) ? realpathSync(workspace) : resolve(workspace)
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 24)
  if (process.platform === 'win32') return `\\\\.\\pipe\\edgewright-${userInfo().username}-${name}`
  return join(tmpdir(), `edgewright-${process.getuid?.() ?? 0}`, `${name}.sock`)
}

/** A folder for sockets in a place that all may write to is only good if it is ours alone. */
function isOurs(folder: string): boolean {
  if (process.platform === 'win32') return true
  try {
    const { uid, mode } = statSync(folder)
    return uid === process.getuid?.() && (mode & 0o077) === 0
  } catch {
    return false
  }
}

/**
 * Lets other processes of this person call the engine of a workspace. The caller holds the workspace, so a socket that
 * is already there was left by a process that was killed. Null where no safe socket can be made.
 */
export async function listenLocally(
  router: Router<Contract, Record<never, never>>,
  workspace: string,
): Promise<{ idle(): Promise<void>; close(): Promise<void> } | null> {
  const socket = socketOf(workspace)
  if (process.platform !== 'win32') {
    mkdirSync(join(socket, '..'), { recursive: true, mode: 0o700 })
    if (!isOurs(join(socket, '..'))) return null
    rmSync(socket, { force: true })
  }
  const server = createServer((_request, response) => void response.writeHead(426).end())
  const sockets = new WebSocketServer({ server, maxPayload: 64 << 20 })
  sockets.on('connection', one => serveOverWebSocket(router, one))
  await new Promise<void>((done, failed) => {
    server.once('error', failed)
    server.listen(socket, done)
  })
  // It must not keep a process alive whose work is done.
  server.unref()
  return {
    /** Resolves when nobody else calls any more, and nobody can begin to: who comes later finds nobody here. */
    async idle() {
      const left = (one: { once(event: 'close', done: () => void): unknown }) =>
        new Promise<void>(done => one.once('close', done))
      const empty = async () => {
        while (sockets.clients.size > 0) await Promise.race([...sockets.clients].map(left))
      }
      await empty()
      server.close()
      // Who came between the last look and the closing of the door is served to the end.
      await empty()
    },
    close: () =>
      new Promise(done => {
        for (const one of sockets.clients) one.terminate()
        sockets.close()
        server.close(() => done())
      }),
  }
}

/** The engine that has this workspace open, or null when there is none. */
export async function connectLocally(
  workspace: string,
): Promise<{ engine: Engine; close(): Promise<void> } | null> {
  const path = socketOf(workspace)
  if (process.platform !== 'win32' && !(existsSync(path) && isOurs(join(path, '..')))) return null
  const socket = new WebSocket(`ws+unix://${path}:/`, { maxPayload: 64 << 20 })
  const opened = await new Promise<boolean>(done => {
    socket.once('open', () => done(true))
    socket.once('error', () => done(false))
  })
  if (!opened) return null
  return {
    engine: connectOverWebSocket(socket),
    close: () =>
      new Promise(done => {
        // The other side may have gone before.
        if (socket.readyState === WebSocket.CLOSED) return done()
        socket.once('close', () => done())
        socket.close()
      }),
  }
}
