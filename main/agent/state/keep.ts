import { join } from 'node:path'
import { z } from 'zod'
import { Hash } from '#contract'
import { canonicalJson, fail, hashOf } from '../../engine/kit/index.ts'
import { readJson, writeDurably } from '../disk/index.ts'
import type { Disk } from '../ports.ts'
import { DeviceState, newState } from './form.ts'

const Copy = z.object({ generation: z.int().min(1), sha256: Hash, state: z.unknown() })

/** The state of a device: in memory, and twice on disk. */
export interface StateKeeper {
  readonly state: DeviceState
  /** `damaged`: both copies are; what runs is told by `current` alone. */
  readonly found: 'whole' | 'new' | 'damaged'
  /** Takes the new state for good before it returns. */
  write(next: DeviceState): void
  /** Goes on with this in memory alone, where the disk has lost it. */
  assume(next: DeviceState): void
}

const nameOf = (copy: number) => `state.${copy}.json`

/** The sum is of what stands there, not of what this agent knows of it: a later one may have kept more. */
function readCopy(disk: Disk, path: string): { generation: number; state: DeviceState } | null {
  const read = Copy.safeParse(readJson(disk, path))
  if (!read.success || hashOf(canonicalJson(read.data.state)) !== read.data.sha256) return null
  const state = DeviceState.safeParse(read.data.state)
  return state.success ? { generation: read.data.generation, state: state.data } : null
}

/**
 * Opens the state in a folder. Two checksummed copies are written in turns, always the older one, so that one is whole
 * whenever the power goes, also where a rename is not atomic.
 * @throws Failure `unsupported` for the state of an agent of the first kind
 */
export function openStateKeeper(disk: Disk, folder: string): StateKeeper {
  const paths = [0, 1].map(copy => join(folder, nameOf(copy))) as [string, string]
  const copies = paths.map(path => readCopy(disk, path))
  const present = paths.filter(path => disk.size(path) !== null)
  if (!present.length && disk.size(join(folder, 'current.json')) !== null)
    throw fail(
      'unsupported',
      `The state folder ${folder} is of an earlier Edgewright, whose form this one does not read; it was left as it is.`,
      'Give the device a new state folder: it fetches what it needs.',
    )
  const [first = null, second = null] = copies
  const newest = !first || (second && second.generation > first.generation) ? second : first
  let state = newest?.state ?? newState()
  let generation = newest?.generation ?? 0
  // Overwrites the damaged or the older one.
  let next = newest === first && first ? 1 : 0
  let found: StateKeeper['found'] = newest ? 'whole' : present.length ? 'damaged' : 'new'
  return {
    get state() {
      return state
    },
    get found() {
      return found
    },
    write(change) {
      const checked = DeviceState.parse(change)
      const copy = { generation: generation + 1, sha256: hashOf(canonicalJson(checked)), state: checked }
      writeDurably(disk, paths[next as 0 | 1], JSON.stringify(copy))
      state = checked
      generation++
      next = 1 - next
      found = 'whole'
    },
    assume(lost) {
      state = lost
    },
  }
}
