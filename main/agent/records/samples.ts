import { join } from 'node:path'
import type { Hash } from '#contract'
import { canonicalJson, hashOf } from '../../engine/kit/index.ts'
import { Sample } from '../../engine/release/index.ts'
import { readJson, writeDurably } from '../disk/index.ts'
import type { Disk } from '../ports.ts'

/** What goes first when room runs out. A person's button is the last to go. */
const ORDER: Sample['reason'][] = ['random', 'low-confidence', 'disagreement', 'button']
/** Bytes of one sample; a longer one is not kept. */
const LONGEST = 8 << 20

interface Kept {
  name: string
  reason: Sample['reason']
  hash: Hash
  bytes: number
}

/** Captured rows that wait for the publisher. */
export interface SampleStore {
  readonly bytes: number
  hashes(): Hash[]
  /**
   * Keeps a row, where it is not there yet.
   * @returns its hash, or null where it is there, or too long, or the disk takes nothing
   */
  add(sample: Sample): Hash | null
  read(hash: Hash): Sample | null
  remove(hash: Hash): void
  /** Drops the oldest random ones first until no more than so many bytes are left. @returns how many went, by reason */
  shrink(bytes: number): Record<string, number>
}

const NAME = /^\d{15}\.([a-z-]+)\.([0-9a-f]{64})\.json$/

/** Owns the folder `samples`, a file each: `<milliseconds>.<reason>.<hash>.json`, so that its order needs no index. */
export function openSampleStore(disk: Disk, folder: string): SampleStore {
  let kept: Kept[] = disk
    .list(folder)
    .sort()
    .flatMap(name => {
      const [, reason, hash] = NAME.exec(name) ?? []
      const bytes = disk.size(join(folder, name))
      return reason && hash && bytes !== null
        ? [{ name, reason: reason as Sample['reason'], hash: hash as Hash, bytes }]
        : []
    })
  const remove = (gone: Kept) => {
    disk.remove(join(folder, gone.name))
    kept = kept.filter(each => each !== gone)
  }
  const bytesOf = () => kept.reduce((sum, each) => sum + each.bytes, 0)

  return {
    get bytes() {
      return bytesOf()
    },
    hashes: () => kept.map(({ hash }) => hash),
    add(sample) {
      const text = canonicalJson(sample)
      const hash = hashOf(text)
      const bytes = Buffer.byteLength(text)
      if (bytes > LONGEST || kept.some(each => each.hash === hash)) return null
      const at = Math.max(0, Date.parse(sample.at) || 0)
      const name = `${String(at).padStart(15, '0')}.${sample.reason}.${hash}.json`
      try {
        disk.ensureFolder(folder)
        writeDurably(disk, join(folder, name), text)
      } catch {
        return null
      }
      kept.push({ name, reason: sample.reason, hash, bytes })
      return hash
    },
    read(hash) {
      const found = kept.find(each => each.hash === hash)
      const read = found && Sample.safeParse(readJson(disk, join(folder, found.name)))
      return read?.success && hashOf(canonicalJson(read.data)) === hash ? read.data : null
    },
    remove(hash) {
      const found = kept.find(each => each.hash === hash)
      if (found) remove(found)
    },
    shrink(most) {
      const dropped: Record<string, number> = {}
      const rank = ({ reason, name }: Kept) => `${ORDER.indexOf(reason)}${name}`
      const queue = kept.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))
      for (let left = bytesOf(); left > most && queue.length; ) {
        const gone = queue.shift() as Kept
        remove(gone)
        left -= gone.bytes
        dropped[gone.reason] = (dropped[gone.reason] ?? 0) + 1
      }
      return dropped
    },
  }
}
