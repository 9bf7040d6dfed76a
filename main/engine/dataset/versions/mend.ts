import { basename, join } from 'node:path'
import { FailureError, fail } from '../../kit/index.ts'
import { diagnose, READ_AS_WINDOWS } from '../files/diagnose.ts'
import type { Found } from '../files/look.ts'
import { rewriteText } from '../files/text.ts'

export interface MendOptions {
  /** For the text that is written anew. */
  folder: string
  tell?(share: number | null, step: string): void
  signal?: AbortSignal
}

/**
 * Reads a file. Text that is not plain UTF-8 is written anew first; when reading fails, the file is looked through for
 * the reason: what can be mended is mended with a note, the rest is told with its line.
 * @param read may be called again with another state of the file
 */
export async function mending<T>(
  found: Found,
  { folder, tell, signal }: MendOptions,
  read: (reading: Found) => Promise<T>,
): Promise<{ result: T; notes: string[] }> {
  let reading = found
  let mended: string | null = null
  const plainly = async (encoding: Found['encoding'], note: string | null) => {
    const path = join(folder, 'text')
    tell?.(0, 'reading the text')
    try {
      await rewriteText({ ...found, encoding }, path, signal)
    } catch (cause) {
      if (!(cause instanceof RangeError || (cause instanceof TypeError && 'code' in cause))) throw cause
      throw fail(
        'wrong-encoding',
        `"${basename(found.path)}" is not text in UTF-8, UTF-16 or Windows-1252; nothing was kept.`,
        'Save it as UTF-8 and import it again.',
        { cause },
      )
    }
    reading = { ...found, path, compression: 'none', encoding: 'utf-8' }
    mended = note
  }
  if (found.encoding === 'windows-1252') await plainly(found.encoding, READ_AS_WINDOWS)
  else if (found.encoding !== 'utf-8') await plainly(found.encoding, null)
  for (;;) {
    try {
      const result = await read(reading)
      return { result, notes: mended ? [mended] : [] }
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof FailureError) throw error
      const { mend, note } = await diagnose(found, reading, error, mended !== null)
      await plainly(mend, note)
    }
  }
}
