import { basename } from 'node:path'
import { fail } from '../../kit/index.ts'
import { readRecords } from '../../metadata/index.ts'
import type { Session } from '../duck.ts'
import type { Found } from '../files/look.ts'
import { bytesOf } from '../files/text.ts'
import { bytesCell } from './bytes.ts'
import { type Feature, readExample } from './example.ts'
import type { OpenOptions, Source } from './source.ts'
import { listed, Staging } from './staging.ts'

/** Several values of a feature as JSON text. Texts that are not UTF-8 become base64, all of one list alike. */
function listText(feature: Feature): { text: string; packed: boolean } {
  if (feature.kind === 'integer') return { text: `[${feature.values.join(',')}]`, packed: false }
  if (feature.kind === 'float') return { text: JSON.stringify(feature.values), packed: false }
  const cells = feature.values.map(bytesCell)
  const packed = cells.some(({ kind }) => kind === 'bytes')
  const texts = packed
    ? feature.values.map(value =>
        Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64'),
      )
    : cells.map(({ value }) => value)
  return { text: JSON.stringify(texts), packed }
}

/**
 * TFRecord of `tf.Example` (tensorflow.org/tutorials/load_data/tfrecord): each feature is a column, whichever record it
 * first comes in. A feature of one value is that value, one of several a JSON list; a column that has a list anywhere is
 * all lists. Columns are in order of their names, since a record has its features in no order.
 */
export async function openTfrecord(
  found: Found,
  session: Session,
  { folder, head, signal, tell }: OpenOptions,
): Promise<Source> {
  const name = `"${basename(found.path)}"`
  const staging = new Staging(session, folder)
  const columns = new Map<string, number>()
  const packed = new Set<string>()
  const lists = new Set<string>()
  const source = bytesOf(found.path, found.compression)
  for await (const record of readRecords(source, { what: name })) {
    signal?.throwIfAborted()
    let features: Map<string, Feature>
    try {
      features = readExample(record)
    } catch (cause) {
      throw fail(
        'unreadable-file',
        `Record ${staging.rows + 1} of ${name} is no tf.Example; nothing was kept.`,
        'Choose a TFRecord file of tf.Example messages.',
        { cause },
      )
    }
    for (const [feature, list] of features) {
      let at = columns.get(feature)
      if (at === undefined) {
        at = staging.column(feature)
        columns.set(feature, at)
      }
      const [value] = list.values
      if (list.values.length > 1) {
        const { text, packed: isPacked } = listText(list)
        if (isPacked) packed.add(feature)
        lists.add(feature)
        staging.set(at, 'list', text)
      } else if (value instanceof Uint8Array) {
        const cell = bytesCell(value)
        staging.set(at, cell.kind, cell.value)
      } else if (value !== undefined) staging.set(at, list.kind === 'float' ? 'float' : 'integer', value)
    }
    await staging.end()
    if (staging.rows === head) break
    if (staging.rows % 4096 === 0) tell?.(null, `reading record ${staging.rows.toLocaleString('en')}`)
  }
  source.destroy()
  const made = await staging.finish('by name')
  if (!made) throw fail('empty-data', `${name} has no records.`, 'Choose a file that holds records.')
  const notes = [...made.notes]
  if (lists.size)
    notes.push(
      `${lists.size} ${lists.size === 1 ? 'column has' : 'columns have'} several values in a record and ${lists.size === 1 ? 'is' : 'are'} kept as JSON lists: ${listed([...lists])}.`,
    )
  if (packed.size) notes.push(`Lists of bytes that are not text are kept as base64: ${listed([...packed])}.`)
  return { ...made, notes }
}
