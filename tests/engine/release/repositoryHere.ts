import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { afterEach } from 'vitest'
import { listen } from '../../../main/engine/kit/index.ts'
import { type DoorOptions, repositoryDoor } from '../../../main/engine/publishing/offer/index.ts'

const endings: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

/** Does it when the test is over. */
export const atEnd = (end: () => void | Promise<void>) => void endings.push(end)

export function folderHere(): string {
  const folder = mkdtempSync(join(tmpdir(), 'edgewright-release-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export const TOKEN = 'the-token'

/** The app's server over a folder, on a free port. */
export async function serveHere(folder: string, options?: DoorOptions) {
  const server = createAdaptorServer({ fetch: repositoryDoor(folder, TOKEN, options).fetch }) as Server
  const port = await listen(server, 0, '127.0.0.1')
  atEnd(() => {
    server.closeAllConnections()
    return new Promise<void>(resolve => void server.close(() => resolve()))
  })
  return { address: `http://127.0.0.1:${port}`, port, server }
}

/** The code of the failure something ends with, or `nothing`. */
export async function saysOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return 'nothing'
  } catch (error) {
    return (error as { failure?: { code: string } }).failure?.code ?? String(error)
  }
}
