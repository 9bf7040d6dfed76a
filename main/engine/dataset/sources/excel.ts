import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { readSheet, SheetNotFoundError } from 'read-excel-file/node'
import { fail } from '../../kit/index.ts'
import type { Session } from '../duck.ts'
import { isData } from '../files/dialect.ts'
import type { Found } from '../files/look.ts'
import type { OpenOptions, Source } from './source.ts'
import { Staging } from './staging.ts'
import { isPart } from './workbook.ts'
import { plainZip, readEntry, zipDirectory } from './zip.ts'

type CellValue = string | number | boolean | Date | null

const DAY = 86_400_000
/** Excel counts days from here, so a time of day alone is a moment of that day. */
const NO_DAY = Date.UTC(1899, 11, 30)

/** A moment as a cell. Excel's fractions of a day come a little short of the second that they mean. */
function setMoment(staging: Staging, at: number, date: Date): void {
  let time = date.getTime()
  if (((time % 1000) + 1000) % 1000 === 999) time++
  if (time >= NO_DAY && time < NO_DAY + DAY && time !== NO_DAY)
    staging.set(
      at,
      'text',
      new Date(time)
        .toISOString()
        .slice(11, 23)
        .replace(/\.000$/, ''),
    )
  else if (time % DAY === 0) staging.set(at, 'date', time / DAY)
  else staging.set(at, 'timestamp', BigInt(time) * 1000n)
}

function setCell(staging: Staging, at: number, value: CellValue): void {
  if (value === null || value === '') return
  if (value instanceof Date) setMoment(staging, at, value)
  else if (typeof value === 'number')
    staging.set(at, Number.isSafeInteger(value) ? 'integer' : 'float', value)
  else if (typeof value === 'boolean') staging.set(at, 'boolean', value)
  else staging.set(at, 'text', value)
}

const isEmpty = (value: CellValue | undefined) => value === null || value === undefined || value === ''
const textOf = (value: CellValue | undefined): string =>
  isEmpty(value) ? '' : value instanceof Date ? value.toISOString().slice(0, 10) : String(value)

/** The parts of a workbook that are read, each checked against the directory, as an archive that holds no surprise. */
function partsOf(path: string): { name: string; bytes: Buffer }[] {
  const entries = zipDirectory(path)?.filter(isPart) ?? []
  return entries.map(entry => ({ name: entry.name, bytes: readEntry(path, entry) }))
}

/** The names of the sheets; the reader tells them where it is asked for one that cannot be. */
async function sheetsOf(workbook: Buffer): Promise<string[]> {
  try {
    await readSheet(streamOf(workbook), '\u0000')
  } catch (error) {
    if (error instanceof SheetNotFoundError) return (error as unknown as { sheets: string[] }).sheets
    throw error
  }
  return []
}
const streamOf = (workbook: Buffer) => Readable.from([workbook])

/** How many cells of a sheet hold an error such as #DIV/0!, by its place among the sheets. */
function errorsOf(parts: { name: string; bytes: Buffer }[], nth: number): number {
  const text = (name: RegExp) => parts.find(part => name.test(part.name))?.bytes.toString() ?? ''
  const id = [...text(/^xl\/workbook\d*\.xml$/i).matchAll(/<(?:\w+:)?sheet\s[^>]*?\br:id="([^"]*)"/g)][
    nth
  ]?.[1]
  const relation = [...text(/^xl\/_rels\/workbook\d*\.xml\.rels$/i).matchAll(/<Relationship\s[^>]*>/g)]
    .map(([tag]) => tag)
    .find(tag => tag.includes(`Id="${id}"`))
  const target = /\bTarget="\/?(?:xl\/)?([^"]*)"/.exec(relation ?? '')?.[1]
  const sheet = parts.find(({ name }) => name === `xl/${target}`)?.bytes
  let count = 0
  for (let at = sheet?.indexOf(' t="e"') ?? -1; sheet && at >= 0; at = sheet.indexOf(' t="e"', at + 6))
    count++
  return count
}

/** A sheet of an Excel workbook (.xlsx): its first row that is not empty names the columns; formulas have their values. */
export async function openExcel(
  found: Found,
  session: Session,
  { folder, head, signal, tell }: OpenOptions,
): Promise<Source> {
  const name = `"${basename(found.path)}"`
  tell?.(null, 'reading the workbook')
  let sheets: string[]
  let rows: CellValue[][]
  let errors = 0
  let sheet = ''
  try {
    const parts = partsOf(found.path)
    const workbook = plainZip(parts)
    sheets = await sheetsOf(workbook)
    const { table } = found.ask
    const nth = table === undefined ? 0 : sheets.indexOf(table)
    sheet = sheets[nth] ?? ''
    if (!sheet) {
      const list = sheets.slice(0, 10).join(', ')
      throw sheets.length
        ? fail('not-found', `${name} has no sheet "${table}".`, `Choose one of its sheets: ${list}.`)
        : fail('empty-data', `${name} has no sheets.`, 'Choose a workbook that holds rows.')
    }
    rows = (await readSheet(streamOf(workbook), nth + 1)) as CellValue[][]
    errors = errorsOf(parts, nth)
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof Error && 'failure' in cause) throw cause
    // The reader calls itself for each piece of a sheet, so that a very large one outgrows the stack; other errors of range are damage.
    if (cause instanceof RangeError && cause.message.includes('call stack'))
      throw fail(
        'too-wide',
        `The sheet "${sheet}" of ${name} is too large to be read as a workbook; nothing was kept.`,
        'Save the sheet as CSV and import that.',
        { cause },
      )
    throw fail(
      'unreadable-file',
      `The Excel workbook ${name} is damaged; nothing was kept.`,
      'Open it and save it anew as .xlsx or CSV, and import that.',
      { cause },
    )
  }
  signal?.throwIfAborted()
  const filled = rows.filter(row => !row.every(isEmpty))
  const [first, ...rest] = filled
  const empty = () =>
    fail('empty-data', `The sheet "${sheet}" of ${name} has no rows.`, 'Choose a sheet that holds rows.')
  if (!first) throw empty()
  const notes: string[] = []
  const record = (row: CellValue[]) => ({ fields: row.map(textOf), line: 0 })
  const hasHeader = !rest.length || !isData(record(first), rest.slice(0, 100).map(record))
  const body = hasHeader ? rest : filled
  if (!body.length) throw empty()
  if (!hasHeader) notes.push('The sheet has no header; its columns are named by position.')
  const begin = rows.indexOf(first)
  const last = rows.indexOf(body.at(-1) as CellValue[])
  const between = last - begin + 1 - filled.length
  if (between) notes.push(`${between} empty ${between === 1 ? 'row was' : 'rows were'} left out.`)
  if (errors)
    notes.push(
      `${errors} ${errors === 1 ? 'cell holds' : 'cells hold'} an error such as #DIV/0!; they are kept as missing.`,
    )
  const staging = new Staging(session, folder)
  const columns = first.flatMap((title, from) => {
    const isUsed = !isEmpty(title) || body.some(row => !isEmpty(row[from]))
    const text = hasHeader ? textOf(title).trim() : `column ${from + 1}`
    return isUsed ? [{ from, at: staging.column(text) }] : []
  })
  for (const row of body) {
    for (const { from, at } of columns) setCell(staging, at, row[from] ?? null)
    await staging.end()
    signal?.throwIfAborted()
    if (staging.rows === head) break
  }
  const source = (await staging.finish()) as Source
  return { ...source, tables: sheets, notes: [...notes, ...source.notes] }
}
