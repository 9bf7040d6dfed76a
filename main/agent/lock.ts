import { rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fail, hashOf } from '../engine/kit/index.ts'

/** A name that only one process can hold, and that ends with its process, also after `kill -9`. */
function socketOf(folder: string): { path: string; file: boolean } {
  const name = `edgewright-${hashOf(folder).slice(0, 24)}`
  if (process.platform === 'win32') return { path: `\\\\.\\pipe\\${name}`, file: false }
  if (process.platform === 'linux') return { path: `\0${name}`, file: false }
  return { path: join(tmpdir(), `${name}.sock`), file: true }
}

const listen = (path: string) =>
  new Promise<Server | null>((resolve, reject) => {
    const server = createServer(socket => socket.destroy())
    server.once('error', error =>
      (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? resolve(null) : reject(error),
    )
    server.listen(path, () => resolve(server))
  })

const answers = (path: string) =>
  new Promise<boolean>(resolve => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

/**
 * Takes a state folder for this process.
 * @throws Failure `workspace-locked` while another agent has it
 */
export async function lockState(folder: string): Promise<{ release(): void }> {
  const { path, file } = socketOf(folder)
  let server = await listen(path)
  if (!server && file && !(await answers(path))) {
    // Left by a process that was killed; only a socket in a folder stays behind.
    rmSync(path, { force: true })
    server = await listen(path)
  }
  if (!server)
    throw fail(
      'workspace-locked',
      `This device already runs: another agent uses the state folder ${folder}.`,
      'Stop that one first, or give this one a state folder of its own.',
    )
  server.unref()
  const held = server
  return { release: () => void held.close() }
}
