import { readFile } from 'node:fs/promises'
import { protocol, type Session } from 'electron'
import { pageFile } from '../shell/pages.ts'
import { securityHeaders } from '../shell/policy.ts'

/** Where the page lives. A scheme of its own gives it an origin that no file and no web site shares. */
export const PAGE_ORIGIN = 'app://edgewright'

/** Must be called before the app is ready. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ])
}

/**
 * Answers `app://edgewright/…` with the files of the built page and nothing else.
 * @param root folder of the built page
 */
export function servePage(session: Session, root: string): void {
  const found = (method: string, address: string) => {
    const url = new URL(address)
    return url.host === 'edgewright' && (method === 'GET' || method === 'HEAD')
      ? pageFile(root, url.pathname)
      : null
  }
  const headersOf = (type: string) => ({ ...securityHeaders(), 'content-type': type })

  // Electron 25 and later.
  if ('handle' in session.protocol) {
    session.protocol.handle('app', async request => {
      const file = found(request.method, request.url)
      if (!file) return new Response('Not found', { status: 404, headers: headersOf('text/plain') })
      return new Response(await readFile(file.path), { headers: headersOf(file.type) })
    })
    return
  }
  const older = session.protocol as unknown as {
    registerBufferProtocol(
      scheme: string,
      handler: (
        request: { method: string; url: string },
        answer: (response: { statusCode: number; data: Buffer; headers: Record<string, string> }) => void,
      ) => void,
    ): void
  }
  older.registerBufferProtocol('app', async (request, answer) => {
    const file = found(request.method, request.url)
    if (!file)
      return answer({ statusCode: 404, data: Buffer.from('Not found'), headers: headersOf('text/plain') })
    answer({ statusCode: 200, data: await readFile(file.path), headers: headersOf(file.type) })
  })
}
