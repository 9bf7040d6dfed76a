import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Session } from '../duck.ts'
import type { Found } from '../files/look.ts'
import { bytesOf } from '../files/text.ts'
import { openCsv } from './csv.ts'
import { openJson } from './json.ts'
import { openParquet } from './parquet.ts'
import type { OpenOptions, Source } from './source.ts'
import { openSqlite } from './sqlite.ts'
import { openTfrecord } from './tfrecord.ts'

export { fileLiteral } from './fileLiteral.ts'
export { type Kind, type Settled, settle, unite } from './kind.ts'
export type { OpenOptions, Source } from './source.ts'
export { listed, partsLiteral, slotOf } from './staging.ts'

/** Formats whose readers need the file as it was before it was packed. */
const UNPACKED = new Set(['parquet', 'arrow', 'sqlite'])

/** Opens a file by what it was found to be. Readers with large libraries are loaded when there is a file for them. */
export async function openSource(found: Found, session: Session, options: OpenOptions): Promise<Source> {
  if (found.compression !== 'none' && UNPACKED.has(found.format)) {
    const path = join(options.folder, 'unpacked')
    await pipeline(bytesOf(found.path, found.compression), createWriteStream(path), {
      signal: options.signal,
    })
    return openSource({ ...found, path, compression: 'none' }, session, options)
  }
  if (found.format === 'parquet') return openParquet(found, session)
  if (found.format === 'arrow') return (await import('./arrow.ts')).openArrow(found, session, options)
  if (found.format === 'excel') return (await import('./excel.ts')).openExcel(found, session, options)
  if (found.format === 'sqlite') return openSqlite(found, session, options)
  if (found.format === 'postgres') {
    const { openPostgres } = await import('./postgres.ts')
    return (await openPostgres(found, session, options)).opened
  }
  if (found.format === 'tfrecord') return openTfrecord(found, session, options)
  if (found.format === 'jsonl') return openJson(found, session, options.head !== undefined)
  return openCsv(found)
}
