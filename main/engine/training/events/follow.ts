import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { openDecoder } from './decode.ts'
import type { EventSink } from './event.ts'
import { type Damage, readRecords } from './records.ts'

/** What was read of event files so far. */
export interface Followed {
  files: number
  bytes: number
  events: number
  damages: (Damage & { file: string })[]
}

/** Reads files that may still be written to. */
export interface Follower {
  /**
   * Reads what has come since the last time, of files that are new, too.
   * @param pause called again and again, so that what was collected can be put away
   */
  read(options?: { signal?: AbortSignal | undefined; pause?(): void }): Promise<Followed>
}

/** TensorBoard takes a file for one of events by its name. */
export const isEventFile = (path: string): boolean =>
  basename(path).includes('tfevents') && !path.endsWith('.profile-empty')

/** A folder of event files, by the name that TensorBoard gives it: its path below the one that was opened, or `.`. */
export interface EventRun {
  name: string
  folder: string
  files: string[]
}

/**
 * The runs in an event file or a folder: each folder with event files is one, however deep, in the order of their names.
 * Files in one folder follow each other by name, which begins with the time at which they were begun.
 */
export function eventRuns(path: string): EventRun[] {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory())
    return isEventFile(path) ? [{ name: '.', folder: dirname(path), files: [path] }] : []
  const folders = new Map<string, string[]>()
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && isEventFile(entry.name))
      folders.set(entry.parentPath, [...(folders.get(entry.parentPath) ?? []), entry.name])
  return [...folders]
    .map(([folder, files]) => ({
      name: relative(path, folder).split(sep).join('/') || '.',
      folder,
      files: files.sort().map(file => join(folder, file)),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * Follows event files: what is there is read, in their order, and each later time what was added.
 * @param files asked anew each time
 * @param sinkOf who hears what a file says
 */
export function followEvents(files: () => string[], sinkOf: (file: string) => EventSink): Follower {
  const known = new Map<string, { at: number | null; decode(record: Buffer): void }>()
  const all: Followed = { files: 0, bytes: 0, events: 0, damages: [] }
  return {
    async read({ signal, pause } = {}) {
      for (const file of files()) {
        let state = known.get(file)
        if (!state) {
          state = { at: 0, decode: openDecoder(sinkOf(file)) }
          known.set(file, state)
          all.files++
        }
        if (state.at === null) continue
        const { decode, at: from } = state
        const damaged = (damage: Damage) => void all.damages.push({ ...damage, file })
        state.at = await readRecords(file, from, {
          signal,
          pause,
          damaged,
          record(bytes, at) {
            try {
              decode(bytes)
              all.events++
            } catch {
              damaged({ at, says: 'A record holds no event and was passed over.' })
            }
          },
        })
        all.bytes += (state.at ?? statSync(file).size) - from
      }
      return all
    },
  }
}
