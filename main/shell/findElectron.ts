import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** How long we look whether Electron's binary can be fetched, in ms. */
const LOOK = 3000

/** A whole download takes minutes on a slow line; one that takes longer than this has stalled. In ms. */
const DOWNLOAD = 15 * 60_000

/** The program of an Electron folder on this system. */
const program = (): string =>
  process.platform === 'darwin'
    ? 'Electron.app/Contents/MacOS/Electron'
    : process.platform === 'win32'
      ? 'electron.exe'
      : 'electron'

/** Either Electron's program, or why there is none. */
export type Found = { electron: string } | { why: string }

/** Electron as it lies here, without reaching out. `ELECTRON_OVERRIDE_DIST_PATH` is Electron's own way to name another. */
export function installedElectron(root: string): Found {
  const named = process.env.ELECTRON_OVERRIDE_DIST_PATH
  const folder = named || join(root, 'node_modules', 'electron', 'dist')
  const electron = join(folder, program())
  if (existsSync(electron)) return { electron }
  return {
    why: named
      ? `ELECTRON_OVERRIDE_DIST_PATH names ${named}, and there is no ${program()} in it`
      : 'Electron is not on this machine yet',
  }
}

/**
 * Where the electron package would fetch its binary from: asked of its own downloader, so that mirrors, versions and
 * caches are those of the package. Undefined when its cache has it.
 */
async function source(root: string): Promise<string | undefined> {
  const electron = createRequire(join(root, 'package.json')).resolve('electron/package.json')
  const { version } = JSON.parse(readFileSync(electron, 'utf8')) as { version: string }
  // As the package does it; the downloader is a part of it and not of us.
  const { downloadArtifact } = (await import(createRequire(electron).resolve('@electron/get'))) as {
    downloadArtifact(details: Record<string, unknown>): Promise<string>
  }
  let asked: string | undefined
  await downloadArtifact({
    version,
    artifactName: 'electron',
    platform: process.platform,
    arch: process.arch,
    cacheRoot: process.env.electron_config_cache,
    checksums: JSON.parse(readFileSync(join(dirname(electron), 'checksums.json'), 'utf8')),
    downloader: {
      async download(url: string) {
        asked = url
        throw new Error('Only the address was wanted.')
      },
    },
  }).catch(error => {
    if (!asked) throw error
  })
  return asked
}

/** Runs the package's own installer. */
function install(root: string): Promise<boolean> {
  const installer = createRequire(join(root, 'package.json')).resolve('electron/install.js')
  return new Promise(resolve => {
    const child = spawn(process.execPath, [installer], { stdio: 'inherit' })
    const stalled = setTimeout(() => child.kill(), DOWNLOAD)
    child.once('error', () => resolve(false))
    child.once('exit', code => {
      clearTimeout(stalled)
      resolve(code === 0)
    })
  })
}

/** Electron as it lies here, else fetched when its source answers within a few seconds, else why not. */
export async function findElectron(root: string, say: (line: string) => void): Promise<Found> {
  const there = installedElectron(root)
  if ('electron' in there || process.env.ELECTRON_OVERRIDE_DIST_PATH) return there
  let from: string | undefined
  try {
    from = await source(root)
  } catch {
    return { why: 'Electron is not among the installed packages' }
  }
  if (from) {
    try {
      const answer = await fetch(from, { method: 'HEAD', signal: AbortSignal.timeout(LOOK) })
      if (!answer.ok) throw new Error(`${answer.status}`)
    } catch {
      return { why: 'Electron is not on this machine yet, and the place it comes from cannot be reached' }
    }
    say('Fetching Electron, once…')
  }
  if (!(await install(root))) return { why: 'Electron could not be fetched' }
  return installedElectron(root)
}
