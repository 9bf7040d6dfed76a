/** One dropped file: its name relative to what was dropped, and its full path where the shell tells it. */
export interface DroppedFile {
  file: File
  name: string
  path?: string | undefined
}

/** What was dropped or chosen. A dropped folder with a path is one entry. */
export interface Dropped {
  files: DroppedFile[]
}

const entryFile = (entry: FileSystemFileEntry) =>
  new Promise<File>((resolve, reject) => entry.file(resolve, reject))

/* A reader answers at most a hundred entries at a time and says it is done with an empty answer. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (some.length === 0) return all
    all.push(...some)
  }
}

async function walk(entry: FileSystemEntry): Promise<DroppedFile[]> {
  if (entry.isFile) {
    const file = await entryFile(entry as FileSystemFileEntry)
    return [{ file, name: entry.fullPath.replace(/^\//, '') }]
  }
  const inside: DroppedFile[] = []
  for (const child of await entriesOf(entry as FileSystemDirectoryEntry)) inside.push(...(await walk(child)))
  return inside
}

/** Reads a drop. With paths known, folders stay whole; else they are walked. */
export async function readDrop(
  transfer: DataTransfer,
  pathOf?: (file: File) => string | undefined,
): Promise<Dropped> {
  // both lists die with the event, so they are taken before the first await
  const files = [...transfer.files]
  const entries = [...(transfer.items ?? [])]
    .map(item => item.webkitGetAsEntry?.() ?? null)
    .filter(entry => entry !== null)
  const withPath = files.map(file => ({ file, name: file.name, path: pathOf?.(file) }))
  if (withPath.length > 0 && withPath.every(file => file.path)) return { files: withPath }
  if (entries.length === 0) return { files: withPath }
  const walked: DroppedFile[] = []
  for (const entry of entries) walked.push(...(await walk(entry)))
  return { files: walked }
}
