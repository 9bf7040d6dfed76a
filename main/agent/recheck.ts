import { createHash, type Hash as Sum } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { Hash } from '#contract'
import { fail } from '../engine/kit/index.ts'
import { readJson, writeDurably } from './disk/index.ts'
import type { Parts } from './parts.ts'
import type { Installed } from './state/index.ts'

/** Milliseconds from the end of one check to the begin of the next. */
export const WEEK = 7 * 86_400_000
/** Bytes that are read at a time. */
const PART = 1 << 20

const Kept = z.object({
  /** When the last check came to its end, in milliseconds since 1970. */
  finished: z.number(),
  /** The last file that was found whole in the check that goes on; null: none goes on. */
  done: Hash.nullable(),
})
type Kept = z.infer<typeof Kept>

/** A file that is installed, and where it counts. */
interface Checked {
  hash: Hash
  /** Null: not known, as of what is small and read whole. */
  bytes: number | null
  name: string
  usedBy: { model: string; installed: Installed }[]
}

export interface Recheck {
  /** Reads a little, where a check is due and nothing else is under way. Never throws. */
  tick(): void
}

/**
 * Reads all that is installed once a week, a little at a time and never while a release is taken, since cards and disks
 * lose bits in silence. What is not what was signed any more is dropped and told; the next look at the repository fetches
 * it anew. What answers goes on: it is in memory. Where it was is kept in `recheck.json`, so that a device which is
 * started every day comes to an end, too.
 */
export function openRecheck(parts: Parts): Recheck {
  const { disk, blobs, keeper, lives, time } = parts
  const file = join(parts.folder, 'recheck.json')
  let kept = read()
  /** The file that is read now. */
  let open: { checked: Checked; sum: Sum; at: number } | null = null

  /** A time to come is of a clock that was wrong. */
  function read(): Kept | null {
    const found = Kept.safeParse(readJson(disk, file))
    return found.success && found.data.finished <= time.now() ? found.data : null
  }

  function keep(next: Kept): void {
    kept = next
    try {
      writeDurably(disk, file, JSON.stringify(next))
    } catch {
      // It begins anew after the next start; where the disk is in the way of more, that is told there.
    }
  }

  /** By their names, which is an order that a restart does not change. */
  function all(): Checked[] {
    const found = new Map<Hash, Checked>()
    const add = (hash: Hash, name: string, bytes: number | null, by: Checked['usedBy']) => {
      const known = found.get(hash) ?? { hash, bytes, name, usedBy: [] }
      found.set(hash, { ...known, usedBy: [...known.usedBy, ...by] })
    }
    if (keeper.state.plan) add(keeper.state.plan, 'the plan of the site', null, [])
    for (const { model, installed } of keeper.state.models)
      for (const each of installed) {
        const by = [{ model, installed: each }]
        add(each.manifest, 'the manifest', null, by)
        for (const { hash, name, bytes } of each.files) add(hash, `the file ${name}`, bytes, by)
      }
    return [...found.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1))
  }

  const isBusy = () =>
    lives.names().some(name => {
      const { busy, step } = lives.of(name)
      return busy !== null || step !== 'idle'
    })

  function tell({ hash, name, usedBy }: Checked): void {
    const [first] = usedBy
    const { failure } = fail(
      'tampered',
      `${name[0]?.toUpperCase()}${name.slice(1)}${first ? ` of ${first.model} v${first.installed.version}` : ''} on this device is damaged.`,
      'What answers goes on; it is fetched again as soon as that is possible.',
    )
    for (const { model } of usedBy) lives.of(model).failure = failure
    parts.note('error', 'Damaged', failure.message, {
      hash,
      failure,
      ...(first
        ? { model: first.model, version: first.installed.version, manifest: first.installed.manifest }
        : {}),
    })
  }

  function drop(checked: Checked): void {
    try {
      blobs.drop(checked.hash)
    } catch {
      // A disk that takes nothing: it is found again when it is needed.
    }
    tell(checked)
  }

  /** @returns whether it is what its name says; null where there is more to read */
  function readOn({ checked, sum, at }: NonNullable<typeof open>): boolean | null {
    const { hash, bytes } = checked
    if (bytes === null) return blobs.read(hash) !== null
    if (!blobs.has(hash, bytes)) return false
    const part =
      at < bytes ? disk.readPart(blobs.place(hash), at, Math.min(bytes, at + PART)) : new Uint8Array()
    if (!part || (part.length === 0 && bytes > 0)) return false
    sum.update(part)
    if (at + part.length < bytes) return null
    return sum.digest('hex') === hash
  }

  function step(): void {
    if (!open) {
      const done = kept?.done ?? null
      const checked = all().find(({ hash }) => done === null || hash > done)
      if (!checked) {
        keep({ finished: time.now(), done: null })
        return
      }
      open = { checked, sum: createHash('sha256'), at: 0 }
    }
    const { checked } = open
    let isWhole: boolean | null
    try {
      isWhole = readOn(open)
    } catch {
      // A disk that cannot read it any more has lost it.
      isWhole = false
    }
    if (isWhole === null) {
      open.at += PART
      return
    }
    open = null
    // It may have been forgotten while it was read.
    if (!isWhole && all().some(({ hash }) => hash === checked.hash)) drop(checked)
    keep({ finished: kept?.finished ?? time.now(), done: checked.hash })
  }

  return {
    tick() {
      // What is new here was read when it was installed; from then on weeks count, also over restarts.
      if (!kept) keep({ finished: time.now(), done: null })
      if (!kept) return
      const isDue = kept.done !== null || open !== null || time.now() - kept.finished >= WEEK
      if (!isDue || isBusy() || keeper.found === 'damaged') return
      step()
    },
  }
}
