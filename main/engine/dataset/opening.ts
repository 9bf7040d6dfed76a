import { basename, resolve } from 'node:path'
import { fail } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import type { Duck } from './duck.ts'
import { fingerprint } from './files/fingerprint.ts'
import { isAddress, isFile, isReadable, look } from './files/look.ts'
import { identify, nameOf, placeOf, readFile, readingOf } from './files/reading.ts'
import { type Bringer, brought } from './remote/index.ts'
import { type Table, tableOf, tableOfFile } from './rows/table.ts'
import { openTexts } from './rows/textTable.ts'
import type { Versions } from './versions/versions.ts'

export interface Opening {
  /**
   * For statistics and validation: rows to be asked with SQL, of a version or of a file (a file that is there wins).
   * Must be closed.
   * @param options.as `text`: a delimited file comes as its bare texts, without types, and is read while it is asked
   * @throws Failure as import does
   */
  open(
    data: string,
    options: { as?: 'text'; signal?: AbortSignal; tell?(share: number | null, step: string): void },
  ): Promise<Table>
  /** What `open` would give as the subject and the name, without reading more than the file's bytes. */
  subjectOf(data: string, signal?: AbortSignal): Promise<Pick<Table, 'subject' | 'name'>>
}

/** Opens data by what a person calls it: a version of a dataset, or a file that is not imported. */
export function openOpening({
  store,
  duck,
  bringer,
  versions,
}: {
  store: Store
  duck: Duck
  bringer: Bringer
  versions: Versions
}): Opening {
  return {
    async open(data, { as, signal, tell }) {
      if (!isSource(data)) return tableOf(versionOrFile(data), store, duck)
      const { path, name: title, release } = await bringer.bring(placeOf(data), { signal, tell })
      const about = { name: nameOf(title), title: basename(title) }
      // What was fetched is there as long as the table is.
      const opened = (table: Table): Table => ({
        ...table,
        close() {
          table.close()
          release()
        },
      })
      try {
        const found = await look(path)
        if (as === 'text' && found.dialect) {
          const subject = readingOf(await fingerprint(path, signal), found.format, { as })
          return opened(await openTexts(found, { subject, ...about }, duck, { signal, tell }))
        }
        const { folder, drop } = duck.scratch()
        const session = await duck.session(signal)
        try {
          const options = { folder, signal, tell, quick: true }
          const { hash, opened: source } = await identify(found, session, options)
          const built = await readFile(found, session, { split: null, folder, tell }, signal, source)
          const subject = readingOf(hash, found.format)
          return opened(tableOfFile({ subject, ...about }, built, duck, drop))
        } catch (error) {
          drop()
          throw error
        } finally {
          session.close()
        }
      } catch (error) {
        release()
        throw error
      }
    },
    async subjectOf(data, signal) {
      if (!isSource(data)) {
        const { version } = versionOrFile(data)
        return { subject: version.id, name: version.dataset }
      }
      return brought(bringer, placeOf(data), { signal }, async ({ path, name }) => {
        const found = await look(path)
        const { folder, drop } = duck.scratch()
        const session = await duck.session(signal)
        try {
          const { hash } = await identify(found, session, { folder, signal, quick: true })
          return { subject: readingOf(hash, found.format), name: nameOf(name) }
        } finally {
          session.close()
          drop()
        }
      })
    },
  }

  /** Whether a text names data outside: a file that is there wins over a dataset, a folder or a pattern does not. */
  function isSource(data: string): boolean {
    if (isAddress(data) || isFile(resolve(data))) return true
    return !isKnown(data) && isReadable(resolve(data))
  }
  function isKnown(data: string): boolean {
    try {
      return Boolean(versions.resolve(data))
    } catch {
      return false
    }
  }

  /** A version by its name; where there is none and the text is a path, what is wrong with the path. */
  function versionOrFile(data: string) {
    try {
      return versions.resolve(data)
    } catch (error) {
      if (!/[\\/]|\.(csv|tsv|tab|txt|parquet|pq|json|jsonl|ndjson|gz|zst)$/i.test(data)) throw error
      throw fail('not-found', `There is no file and no dataset "${data}".`, 'Check the path or the name.')
    }
  }
}
