import { statSync } from 'node:fs'
import { extname, resolve, sep } from 'node:path'

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.wasm': 'application/wasm',
}

/** A file of the built page. */
export interface PageFile {
  path: string
  type: string
  bytes: number
  /** Its name carries a hash of its content, so a browser may keep it for good. */
  lasting: boolean
}

/**
 * The file that answers a path of the page's address, or null. A path without an extension is an address inside the
 * page and gets the page itself. Nothing outside `root` can be reached, however the path is written.
 * @param root folder of the built page
 * @param pathname as in `URL.pathname`, still percent-encoded
 */
export function pageFile(root: string, pathname: string): PageFile | null {
  let name: string
  try {
    name = decodeURIComponent(pathname)
  } catch {
    return null
  }
  if (name.includes('\0') || name.includes('\\')) return null
  const base = resolve(root)
  const asked = resolve(base, `.${name.startsWith('/') ? name : `/${name}`}`)
  if (asked !== base && !asked.startsWith(base + sep)) return null
  const path = extname(asked) === '' ? resolve(base, 'index.html') : asked
  const type = types[extname(path).toLowerCase()]
  if (!type) return null
  const file = statSync(path, { throwIfNoEntry: false })
  if (!file?.isFile()) return null
  return { path, type, bytes: file.size, lasting: path.startsWith(resolve(base, 'assets') + sep) }
}
