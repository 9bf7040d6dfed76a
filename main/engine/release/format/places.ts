import type { Hash } from '#contract'
import { SITE_NAME } from './names.ts'

/**
 * A file of a repository, by what it is. The tree is an OCI image layout (image-spec 1.1, `image-layout.md`) with the
 * metadata of each site beside it; the same in a folder, behind a web server and in a pack on a stick.
 */
export type RepositoryPlace =
  | { kind: 'layout' }
  | { kind: 'index' }
  /** Manifests, models, piece lists, patches, plans: everything that is named by its content. */
  | { kind: 'blob'; hash: Hash }
  /** Metadata of a site. `lane` tells the short-lived one that is served from the long-lived one that sticks carry. */
  | { kind: 'metadata'; site: string; lane: 'online' | 'stick'; file: string }
  /** How a device stands now, signed by it, replaced again and again. */
  | { kind: 'device'; id: string }
  /** What a device sends back, sealed for the publisher. */
  | { kind: 'batch'; device: string; sequence: number }

const METADATA = /^(?:[1-9]\d{0,9}\.(?:root|targets|snapshot|site|model-[a-z0-9-]{1,60})|timestamp)\.json$/

/** Where a file lies, relative to the repository, with `/`. */
export function pathOfPlace(place: RepositoryPlace): string {
  switch (place.kind) {
    case 'layout':
      return 'oci-layout'
    case 'index':
      return 'index.json'
    case 'blob':
      return `blobs/sha256/${place.hash}`
    case 'metadata':
      return `tuf/${place.site}${place.lane === 'stick' ? '.stick' : ''}/${place.file}`
    case 'device':
      return `devices/${place.id}.json`
    case 'batch':
      return `return/${place.device}-${String(place.sequence).padStart(6, '0')}.edgeback`
  }
}

/**
 * The other way: what a path means, or null for one that is none of ours. A server that only ever uses the answer's
 * `pathOfPlace` cannot be led out of its folder.
 */
export function placeOfPath(path: string): RepositoryPlace | null {
  if (path === 'oci-layout') return { kind: 'layout' }
  if (path === 'index.json') return { kind: 'index' }
  const blob = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(path)
  if (blob?.[1]) return { kind: 'blob', hash: blob[1] as Hash }
  const metadata = /^tuf\/([a-z0-9-]+)(\.stick)?\/([^/\\]+)$/.exec(path)
  if (metadata?.[1] && metadata[3]) {
    const [, site, stick, file] = metadata
    if (!SITE_NAME.test(site) || !METADATA.test(file)) return null
    return { kind: 'metadata', site, lane: stick ? 'stick' : 'online', file }
  }
  const device = /^devices\/([0-9a-f]{24})\.json$/.exec(path)
  if (device?.[1]) return { kind: 'device', id: device[1] }
  const batch = /^return\/([0-9a-f]{24})-(\d{6,12})\.edgeback$/.exec(path)
  if (batch?.[1] && batch[2]) return { kind: 'batch', device: batch[1], sequence: Number(batch[2]) }
  return null
}
