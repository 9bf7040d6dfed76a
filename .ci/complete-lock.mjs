/**
 * Completes package-lock.json after `npm install --package-lock-only` in a place whose registry does not serve the
 * packages of every platform: npm leaves those out and `npm ci` then refuses the lock everywhere. Each missing optional
 * platform package gets an entry with its exact version and the system it is for; npm fetches it only there.
 */
import { readFileSync, writeFileSync } from 'node:fs'

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))

/** The system in a name such as `cli-linux-arm64-musl` or `oxide-win32-x64-msvc`. */
function systemOf(name) {
  const [, os, cpu, abi] =
    name.match(/-(darwin|linux|win32|android|freebsd|wasm32)-(arm64|x64|arm|ia32|wasi)(?:-(\w+))?$/) ?? []
  if (!os) throw new Error(`${name} does not say which system it is for`)
  if (os === 'wasm32') return { cpu: ['wasm32'] }
  const libc = os !== 'linux' ? {} : { libc: [abi === 'musl' ? 'musl' : 'glibc'] }
  return { os: [os], cpu: [cpu], ...libc }
}

const added = []
for (const entry of Object.values(lock.packages))
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`
    const known = Object.keys(lock.packages).some(place => place === path || place.endsWith(`/${path}`))
    if (known || !/^\d/.test(version)) continue
    lock.packages[path] = {
      version,
      ...systemOf(name),
      ...(entry.dev ? { dev: true } : {}),
      license: entry.license,
      optional: true,
    }
    added.push(`${name}@${version}`)
  }

const { '': root, ...rest } = lock.packages
lock.packages = {
  '': root,
  ...Object.fromEntries(Object.entries(rest).sort(([a], [b]) => a.localeCompare(b, 'en'))),
}
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
console.log(added.length ? `Added ${added.length}: ${added.join(', ')}` : 'Nothing was missing.')
