import { type Hash, Hash as HashSchema, Name } from '#contract'

/** A file of a repository, by what it is. */
export type Place =
  | { kind: 'keys' }
  | { kind: 'index' }
  | { kind: 'pointer'; model: string }
  | { kind: 'description'; model: string; file: string }
  | { kind: 'blob'; hash: Hash }
  | { kind: 'device'; id: string }

/** Where a file lies, relative to the repository, with `/`. In an address each part is percent-encoded. */
export function pathOf(place: Place): string {
  switch (place.kind) {
    case 'keys':
      return 'keys.json'
    case 'index':
      return 'models.json'
    case 'pointer':
      return `models/${place.model}/current.json`
    case 'description':
      return `models/${place.model}/${place.file}`
    case 'blob':
      return `blobs/sha256/${place.hash.slice(0, 2)}/${place.hash}`
    case 'device':
      return `devices/${place.id}.json`
  }
}

/**
 * The other way: what a path means, or null for one that is none of ours. A server that only ever uses the answer's
 * `pathOf` cannot be led out of its folder.
 * @param path parts joined with `/`, decoded
 */
export function placeOf(path: string): Place | null {
  if (path === 'keys.json') return { kind: 'keys' }
  if (path === 'models.json') return { kind: 'index' }
  const device = /^devices\/([0-9a-f]{24})\.json$/.exec(path)
  if (device?.[1]) return { kind: 'device', id: device[1] }
  const blob = /^blobs\/sha256\/([0-9a-f]{2})\/([0-9a-f]{64})$/.exec(path)
  if (blob?.[2]) {
    const hash = HashSchema.parse(blob[2])
    return hash.startsWith(blob[1] ?? '-') ? { kind: 'blob', hash } : null
  }
  const document = /^models\/([^/\\]+)\/([a-z0-9][a-z0-9-]{0,80}\.json)$/.exec(path)
  const [, model, file] = document ?? []
  if (!model || !file || !Name.safeParse(model).success) return null
  return file === 'current.json' ? { kind: 'pointer', model } : { kind: 'description', model, file }
}
