import { basename } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { fail } from '../../kit/index.ts'
import { isText, shortOf } from './formats.ts'
import type { Found } from './found.ts'
import { RecordCutter } from './records.ts'
import { type Encoding, textOf } from './text.ts'

const count = (number: number, one: string, many: string) => `${number} ${number === 1 ? one : many}`

/** Said of a text that is not UTF-8. */
export const READ_AS_WINDOWS =
  'The file is not written in UTF-8; it was read as Windows-1252 (Western European). If letters look wrong, save it as UTF-8 and import it again.'

/** Thrown to leave a stream of records early. */
class Stop extends Error {}

/** The first line of a delimited text that does not fit its header, as a failure; null where there is none. */
export async function raggedLine(found: Found): Promise<Error | null> {
  if (!found.dialect) return null
  const { delimiter, header, names } = found.dialect
  let trouble: Error | null = null
  const cutter = new RecordCutter(delimiter, ({ fields, line }) => {
    if (fields.length === names.length) return
    trouble = fail(
      'ragged-rows',
      `Line ${line} of "${basename(found.path)}" has ${count(fields.length, 'value', 'values')} where the ${header ? 'header' : 'first line'} has ${count(names.length, header ? 'name' : 'value', header ? 'names' : 'values')}; nothing was kept.`,
      'Mend that line (a comma within a text needs quotation marks around the text) and import again.',
    )
    throw new Stop()
  })
  try {
    for await (const text of textOf(found.path, found.compression, found.encoding)) cutter.push(text)
  } catch (error) {
    if (trouble) return trouble
    throw error
  }
  const open = cutter.end()
  return open === null
    ? null
    : fail(
        'unreadable-file',
        `The quotation mark on line ${open} of "${basename(found.path)}" is never closed; nothing was kept.`,
        'Close it (a quotation mark within a text is written twice) and import again.',
      )
}

/** The first line that is no JSON, where each line should be. */
async function badJsonLine(found: Found): Promise<Error | null> {
  let number = 0
  const lines = createInterface({
    input: Readable.from(textOf(found.path, found.compression, found.encoding)),
    crlfDelay: Number.POSITIVE_INFINITY,
  })
  for await (const line of lines) {
    number++
    if (!line.trim()) continue
    if (number === 1 && line.trim().startsWith('[')) return null
    try {
      JSON.parse(line)
    } catch (cause) {
      return fail(
        'unreadable-file',
        `Line ${number} of "${basename(found.path)}" is not valid JSON; nothing was kept.`,
        'Mend that line, or write one JSON object a line or one array of objects, and import again.',
        { cause },
      )
    }
  }
  return null
}

/**
 * Looks through a text that could not be read for the reason.
 * @param found the file as it came; @param reading what was read of it
 * @param error what reading threw
 * @param mended it was mended before, so that cannot be the reason again
 * @returns how to read it after all, and what to tell of that
 * @throws Failure ragged-rows or unreadable-file, and `error` itself where it is no matter of the file
 */
export async function diagnose(
  found: Found,
  reading: Found,
  error: unknown,
  mended: boolean,
): Promise<{ mend: Encoding; note: string }> {
  const message = error instanceof Error ? error.message : String(error)
  const name = `"${basename(found.path)}"`
  if (!/^(Invalid|Invalid Input|Conversion|IO|Serialization|Binder|Out of Range) Error/.test(message))
    throw error
  if (!isText(found.format))
    throw fail(
      'unreadable-file',
      `The ${shortOf[found.format]} file ${name} is damaged; nothing was kept.`,
      'Copy or download it again.',
      { cause: error },
    )
  let ragged: Error | null
  try {
    ragged = found.format === 'jsonl' ? await badJsonLine(reading) : await raggedLine(reading)
  } catch (cause) {
    if (cause instanceof TypeError && !mended && reading.encoding !== 'windows-1252')
      return {
        mend: 'windows-1252',
        note: READ_AS_WINDOWS,
      }
    throw fail(
      'unreadable-file',
      `The file ${name} is damaged; nothing was kept.`,
      'Copy or download it again.',
      {
        cause,
      },
    )
  }
  if (ragged) throw ragged
  if (!mended && found.format !== 'jsonl')
    return { mend: found.encoding, note: 'The file mixes kinds of line ends; all were read as line ends.' }
  const [what = ''] = message.replace(/^[\w ]+ Error: /, '').split('\n')
  throw fail(
    'unreadable-file',
    `${name} could not be read: ${what.replaceAll(`"${found.path}"`, name).replaceAll(found.path, name)}`,
    'Mend the file, or save it anew as CSV, Parquet or JSON lines.',
    { cause: error },
  )
}
