import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { findElectron, installedElectron } from '../../main/shell/findElectron.ts'

const modules = resolve(import.meta.dirname, '..', '..', 'node_modules')
let folder: string
/** A clone after `npm ci`: the electron package is there, its binary is not. */
let root: string
let server: Server | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edgewright-electron-'))
  root = join(folder, 'clone')
  mkdirSync(join(root, 'node_modules', 'electron'), { recursive: true })
  writeFileSync(join(root, 'package.json'), '{}')
  for (const file of ['package.json', 'install.js', 'checksums.json'])
    copyFileSync(join(modules, 'electron', file), join(root, 'node_modules', 'electron', file))
  for (const name of ['@electron', '@electron-internal'])
    symlinkSync(join(modules, name), join(root, 'node_modules', name), 'junction')
  vi.stubEnv('ELECTRON_OVERRIDE_DIST_PATH', undefined)
  vi.stubEnv('electron_config_cache', join(folder, 'cache'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  server?.closeAllConnections()
  server?.close()
  server = undefined
  rmSync(folder, { recursive: true, force: true })
})

/** A mirror of the release host, by the package's own setting. */
async function mirror(answer?: (method: string) => number): Promise<string[]> {
  const asked: string[] = []
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    // Without an answer: a host that takes the connection and says nothing.
    if (answer) response.writeHead(answer(request.method ?? '')).end('not an archive')
  })
  await new Promise<void>(ready => server?.listen(0, '127.0.0.1', ready))
  vi.stubEnv('ELECTRON_MIRROR', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  return asked
}

test('an Electron that is named is taken, and a wrong name is said', async () => {
  vi.stubEnv('ELECTRON_OVERRIDE_DIST_PATH', folder)
  expect(await findElectron(root, () => {})).toEqual({ why: expect.stringContaining(folder) })
  const names: Record<string, string> = {
    darwin: 'Electron.app/Contents/MacOS/Electron',
    win32: 'electron.exe',
  }
  const program = join(folder, names[process.platform] ?? 'electron')
  mkdirSync(dirname(program), { recursive: true })
  writeFileSync(program, '')
  expect(installedElectron(root)).toEqual({ electron: program })
})

describe('where Electron is not on the machine', () => {
  test('a host that refuses is noticed at once', async () => {
    vi.stubEnv('ELECTRON_MIRROR', 'http://127.0.0.1:9/')
    const from = Date.now()
    expect(await findElectron(root, () => {})).toEqual({ why: expect.stringContaining('cannot be reached') })
    expect(Date.now() - from).toBeLessThan(3000)
  })

  test('a host that says nothing is left after a few seconds', async () => {
    const asked = await mirror()
    const from = Date.now()
    expect(await findElectron(root, () => {})).toEqual({ why: expect.stringContaining('cannot be reached') })
    expect(Date.now() - from).toBeLessThan(5000)
    expect(asked).toEqual([expect.stringMatching(/^HEAD .*electron-v[\d.]+-\w+-\w+\.zip$/)])
  })

  test('a download that is not what it should be is refused', async () => {
    const asked = await mirror(() => 200)
    const said: string[] = []
    expect(await findElectron(root, line => said.push(line))).toEqual({
      why: 'Electron could not be fetched',
    })
    expect(said).toEqual(['Fetching Electron, once…'])
    expect(asked.some(one => one.startsWith('GET '))).toBe(true)
  })
})
