import { existsSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import type { FileFormat, Hash, Name } from '#contract'
import { asName, canonicalJson, hashFile, hashOf } from '../../kit/index.ts'
import type { Session } from '../duck.ts'
import { identifyPictures } from '../images/identify.ts'
import { openPictures } from '../images/open.ts'
import { type OpenOptions, openSource, type Source } from '../sources/index.ts'
import { isPattern } from '../versions/gather.ts'
import { mending } from '../versions/mend.ts'
import { type BuildOptions, type Built, build } from './build.ts'
import { fingerprint } from './fingerprint.ts'
import { withoutEnding } from './formats.ts'
import { type Found, isAddress } from './look.ts'
import { openMany } from './many.ts'

/** The number of the way files are read. A change of types, splits or files below raises it: new versions come out. */
const READING_FORMAT = 1

/** Where data is: an absolute path, or an address as it is. */
export const placeOf = (file: string): string => (isAddress(file) ? file : resolve(file))

/** A name from a file's: without its endings, and without what a name may not hold. */
export function nameOf(file: string): Name {
  let stem = withoutEnding(basename(file))
  // A pattern is named by its words, or by the folder that it looks into.
  if (isPattern(file) && !existsSync(file)) {
    let place = file
    const words = (text: string) =>
      text.replaceAll(/[*?[\]{}!,]+/g, ' ').replaceAll(/^[^\p{L}]+|[^\p{L}\p{N}]+$/gu, '')
    stem = words(stem)
    while (!stem && dirname(place) !== place) {
      place = dirname(place)
      stem = words(basename(place))
    }
  }
  return asName(
    stem
      .replaceAll(/[^\p{L}\p{N} ._-]+/gu, ' ')
      .replace(/^[^\p{L}\p{N}]+/u, '')
      .replaceAll(/ +/g, ' ')
      .trim()
      .slice(0, 80) || 'data',
  )
}

/** The hash of what is read and how. */
export const readingOf = (source: Hash, format: FileFormat, rest: Record<string, unknown> = {}): Hash =>
  hashOf(canonicalJson({ reading: READING_FORMAT, source, format, ...rest }))

/** What is read, by its content. */
export interface Identified {
  hash: Hash
  bytes: number
  /** What had to be read to know that, so that it need not be read again. */
  opened?: Source
}

/**
 * The hash of all that is read: of one file its bytes, of several the list of theirs in their order, of a database's
 * answer its rows.
 */
export async function identify(
  found: Found,
  session: Session,
  options: OpenOptions & {
    /** The file is only looked at: what tells it apart quickly is enough. */
    quick?: boolean
  },
): Promise<Identified> {
  if (found.format === 'postgres')
    return (await import('../sources/postgres.ts')).openPostgres(found, session, options)
  const { signal } = options
  if (found.images) return identifyPictures(found.images, signal, options.tell)
  // What SQLite has written and not yet put into the file lies in a log beside it.
  const log = `${found.path}-wal`
  const paths = found.files?.map(({ path }) => path) ?? [found.path]
  if (found.format === 'sqlite' && existsSync(log) && statSync(log).size) paths.push(log)
  const hashes: Hash[] = []
  const identity = options.quick ? fingerprint : hashFile
  for (const path of paths) hashes.push(await identity(path, signal))
  const [only] = hashes
  if (only && !found.files && hashes.length === 1) return { hash: only, bytes: found.bytes }
  return { hash: hashOf(canonicalJson(hashes)), bytes: found.bytes }
}

/** Reads a file, or several as one table, into a folder. */
export async function readFile(
  found: Found,
  session: Session,
  options: BuildOptions,
  signal?: AbortSignal,
  opened?: Source,
): Promise<Built & Pick<Source, 'tables'>> {
  const { folder, tell, head } = options
  const open: OpenOptions = { folder, tell, signal, head: head?.rows }
  const built = async (source: Source) => ({
    ...(await build(session, source, options)),
    tables: source.tables,
  })
  const source = opened ?? (found.images && (await openPictures(found.images, session, open)))
  const { result, notes } =
    source || found.files
      ? { result: await built(source ?? (await openMany(found.files ?? [], session, open))), notes: [] }
      : await mending(found, { folder, tell, signal }, async reading =>
          built(await openSource(reading, session, open)),
        )
  return { ...result, notes: [...found.notes, ...notes, ...result.notes] }
}
