/**
 * Our client behind the command line of the public conformance suite for clients of The Update Framework (its
 * `CLIENT-CLI.md`): `node conformance.ts --metadata-dir DIR --metadata-url URL … init|refresh|download`.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fail, hashOf } from '../../../main/engine/kit/index.ts'
import { type MetadataSource, openTrustClient, type TrustStore } from '../../../main/engine/trust/index.ts'

const text = { type: 'string' } as const
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'metadata-dir': text,
    'metadata-url': text,
    'target-base-url': text,
    'target-dir': text,
    'target-name': { type: 'string', multiple: true },
  },
})
const folder = values['metadata-dir'] as string

/** Plain files, where the suite looks for them. */
const store: TrustStore = {
  load: () => ({
    files: new Map(
      readdirSync(folder)
        .filter(name => name.endsWith('.json'))
        .map(name => [decodeURIComponent(name.slice(0, -5)), readFileSync(join(folder, name))]),
    ),
  }),
  whole: () => null,
  save(files) {
    for (const [role, bytes] of files) writeFileSync(join(folder, `${encodeURIComponent(role)}.json`), bytes)
  },
}

async function fetchBytes(url: string, limit: number, signal?: AbortSignal): Promise<Uint8Array | null> {
  const response = await fetch(url, { signal: signal ?? null })
  if (response.status === 404 || response.status === 403) return null
  if (!response.ok || !response.body)
    throw fail('unreachable', `It answered ${response.status}.`, 'Try again.')
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body) {
    bytes += part.length
    if (bytes > limit) throw fail('tampered', 'It is too long.', 'Look where it comes from.')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const under = (base: string | undefined, name: string) => `${base?.replace(/\/$/, '')}/${name}`

const source: MetadataSource = {
  read: (name, limit, signal) => fetchBytes(under(values['metadata-url'], name), limit, signal),
}

async function download(): Promise<void> {
  const trusted = await client().refresh()
  for (const path of values['target-name'] ?? []) {
    const target = await trusted.target(path)
    if (!target) throw new Error(`${path} is not vouched for`)
    const place = join(values['target-dir'] as string, encodeURIComponent(path))
    if (existsSync(place) && hashOf(readFileSync(place)) === target.hash) continue
    const [, before = '', name = ''] = /^(.*\/)?([^/]*)$/.exec(path) ?? []
    const url = under(values['target-base-url'], `${before}${target.hash}.${name}`)
    const plain = under(values['target-base-url'], path)
    const bytes = (await fetchBytes(url, target.bytes)) ?? (await fetchBytes(plain, target.bytes))
    if (!bytes || bytes.length !== target.bytes || hashOf(bytes) !== target.hash)
      throw new Error('Wrong bytes')
    writeFileSync(place, bytes)
  }
}

const client = () =>
  openTrustClient({ store, source, roots: { kind: 'first-use' }, now: Date.now, limits: { file: 10_000 } })

try {
  const [command, root] = positionals
  if (command === 'init') {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'root.json'), readFileSync(root as string))
  } else if (command === 'refresh') await client().refresh()
  else await download()
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
