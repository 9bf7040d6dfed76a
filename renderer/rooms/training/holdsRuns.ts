/** What an entry of a dropped folder is called and holds; a `FileSystemEntry` is one. */
export interface DroppedEntry {
  name: string
  fullPath: string
  isFile: boolean
  isDirectory: boolean
  createReader?: () => {
    readEntries(done: (entries: DroppedEntry[]) => void, failed: (why: unknown) => void): void
  }
}

/** Names that TensorBoard's writers give: `events.out.tfevents.1700000000.host.1.0.v2`. */
const EVENTS = /(^|\.)tfevents\./
/** Entries that are looked at before a folder counts as something else. */
const MOST = 4000

/** What a drop could bring in as runs, by names alone. */
export type Brings = 'events' | 'mlflow' | null

/** By the name of one file: an event file or not. */
export const isEventFile = (name: string): boolean => EVENTS.test(name)

function childrenOf(entry: DroppedEntry): Promise<DroppedEntry[]> {
  const reader = entry.createReader?.()
  if (!reader) return Promise.resolve([])
  return new Promise(resolve => {
    const all: DroppedEntry[] = []
    const next = () =>
      reader.readEntries(
        some => {
          all.push(...some)
          if (some.length === 0 || all.length > MOST) resolve(all)
          else next()
        },
        () => resolve(all),
      )
    next()
  })
}

/**
 * Looks into dropped folders for event files, or for the folder of an MLflow store: runs with `meta.yaml` beside
 * `metrics` or `params`. Nothing is read but names.
 */
export async function holdsRuns(entries: readonly DroppedEntry[]): Promise<Brings> {
  let seen = 0
  let level = [...entries]
  while (level.length > 0 && seen < MOST) {
    const below: DroppedEntry[] = []
    for (const entry of level) {
      if (++seen > MOST) return null
      if (entry.isFile && isEventFile(entry.name)) return 'events'
      if (!entry.isDirectory) continue
      const children = await childrenOf(entry)
      const names = new Set(children.map(child => child.name))
      if (names.has('meta.yaml') && (names.has('metrics') || names.has('params'))) return 'mlflow'
      below.push(...children)
    }
    level = below
  }
  return null
}
