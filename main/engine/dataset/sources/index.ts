import type { Session } from '../duck.ts'
import type { Found } from '../look.ts'
import { openCsv } from './csv.ts'
import { openJson } from './json.ts'
import { openParquet } from './parquet.ts'
import type { Source } from './source.ts'

export { fileLiteral } from './fileLiteral.ts'
export type { Settled, Source } from './source.ts'

/**
 * Opens a file by what it was found to be.
 * @param head only its first rows are wanted, so no more need to be looked at for names
 */
export async function openSource(found: Found, session: Session, head: boolean): Promise<Source> {
  if (found.format === 'parquet') return openParquet(found, session)
  if (found.format === 'jsonl') return openJson(found, session, head)
  return openCsv(found)
}
