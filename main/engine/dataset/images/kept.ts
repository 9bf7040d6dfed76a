import type { Hash, Name } from '#contract'
import { fail } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import type { Session } from '../duck.ts'
import type { Table } from '../rows/table.ts'
import type { KeptVersion } from '../versions/versions.ts'
import type { KeptPictures } from './contents.ts'
import { type Facts, MEASURING } from './measure.ts'
import type { Keeping } from './open.ts'
import type { Picture } from './picture.ts'

const columnOf = (table: Table, name: string) => {
  const column = table.columns.find(each => each.name === name)
  const group = column && table.groups.find(({ columns }) => columns.includes(column))
  return column && group ? { from: group.from, c: column.physical } : null
}

/**
 * Lists the contents that the rows of a table name.
 * @param measuring how its rows were measured; 0: not all of them were
 */
export async function listContents(
  store: Store,
  table: Table,
  session: Session,
  measuring: number,
): Promise<KeptPictures> {
  const at = columnOf(table, 'blob')
  const parts: Buffer[] = []
  if (at)
    for await (const { columns } of session.stream(
      `SELECT DISTINCT ${at.c} FROM ${at.from} WHERE regexp_full_match(${at.c}, '[0-9a-f]{64}') ORDER BY 1`,
    ))
      parts.push(Buffer.from((columns[0] as string[]).join(''), 'hex'))
  return { list: store.blobs.put(Buffer.concat(parts)), measuring }
}

const FACTS = [
  'width',
  'height',
  'channels',
  'format',
  'brightness',
  'contrast',
  'sharpness',
  'hash',
  'problem',
] as const

/** What earlier versions know of these pictures. */
async function knownOf(tables: Table[], wanted: Set<Hash>, session: Session): Promise<Map<Hash, Facts>> {
  const known = new Map<Hash, Facts>()
  for (const table of tables) {
    const places = ['blob', ...FACTS].map(name => columnOf(table, name))
    // All columns of pictures lie in one group; a table that was mended otherwise is not asked.
    const [{ from } = { from: '' }] = places.flatMap(place => place ?? [])
    if (places.some(place => place?.from !== from)) continue
    const number = (name: (typeof FACTS)[number]) => !['format', 'hash', 'problem'].includes(name)
    const cells = FACTS.map((name, at) => {
      const c = places[at + 1]?.c
      return number(name) ? `CAST(${c} AS DOUBLE)` : c
    })
    for await (const { rows, columns } of session.stream(
      `SELECT ${[places[0]?.c, ...cells].join(', ')} FROM ${from} WHERE ${places[0]?.c} IS NOT NULL`,
    ))
      for (let row = 0; row < rows; row++) {
        const blob = columns[0]?.[row] as Hash
        if (!wanted.has(blob)) continue
        const facts = FACTS.map((name, at) => [name, columns[at + 1]?.[row] ?? null])
        known.set(blob, Object.fromEntries(facts) as Facts)
      }
  }
  return known
}

/** Versions that know most likely what is wanted of a dataset: its own newest ones first. */
export const measuredBefore = (versions: KeptVersion[], dataset: Name): KeptVersion[] =>
  versions
    .filter(({ pictures }) => pictures?.measuring === MEASURING)
    .toSorted(
      (a, b) =>
        Number(b.version.dataset === dataset) - Number(a.version.dataset === dataset) ||
        b.version.number - a.version.number,
    )
    .slice(0, 4)

/** What an import keeps of its pictures. */
export interface PictureKeeper extends Keeping {
  /** Bytes that were written, and bytes of those that were there. */
  readonly written: number
  readonly shared: number
  /** Puts back what was removed meanwhile, and makes all of it durable. */
  settle(signal: AbortSignal): Promise<void>
}

/**
 * Keeps the contents of pictures in the workspace, so that a dataset is whole when the workspace is copied.
 * @param made is filled with what was written, to be dropped where the import fails
 * @param earlier tables of versions that were measured in the same way
 */
export async function openKeeper(
  list: Picture[],
  { store, session, made, earlier }: { store: Store; session: Session; made: Hash[]; earlier: Table[] },
): Promise<PictureKeeper> {
  const wanted = new Set(list.flatMap(({ blob }) => blob ?? []))
  const known = await knownOf(earlier, wanted, session)
  const batch = store.blobs.batch()
  const seen = new Set<Hash>()
  let written = 0
  let shared = 0
  async function put({ file, blob }: Picture, bytes: Buffer | null): Promise<boolean> {
    if (!blob || store.blobs.has(blob)) return false
    if (bytes) return batch.put(blob, bytes)
    await store.blobs.putFile(file)
    return true
  }
  return {
    get written() {
      return written
    },
    get shared() {
      return shared
    },
    known: blob => known.get(blob),
    async keep(picture, bytes) {
      const { blob } = picture
      if (!blob || seen.has(blob)) return
      seen.add(blob)
      if (await put(picture, bytes)) {
        made.push(blob)
        written += picture.bytes
      } else shared += picture.bytes
    },
    async settle(signal) {
      for (const picture of list) {
        signal.throwIfAborted()
        const { blob } = picture
        if (!blob || !(await put(picture, null))) continue
        made.push(blob)
        if (!store.blobs.has(blob))
          throw fail(
            'unreadable-file',
            `"${picture.path}" was changed while it was being read; nothing was kept.`,
            'Import the pictures again when nothing writes to them.',
          )
      }
      batch.done()
    },
  }
}
