import { closeSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { type FailureError, fail } from '../../kit/index.ts'
import type { Compression } from '../files/text.ts'
import { type ZipEntry, zipDirectory } from './zip.ts'

/**
 * The tables of a workbook may have so many bytes. Reading them takes six times as much memory, which nothing else would
 * be left of beyond that.
 */
const LARGEST_WORKBOOK = 384 << 20

const AS_XLSX = 'Open it and save it as .xlsx or CSV, and import that.'

/**
 * Checks that a ZIP archive is a workbook that can be read, without unpacking anything.
 * @throws Failure unreadable-file
 */
export function checkWorkbook(path: string, compression: Compression): void {
  const name = `"${basename(path)}"`
  const no = (what: string, remedy: string) => fail('unreadable-file', `${name} is ${what}.`, remedy)
  if (compression !== 'none') throw no('a ZIP archive that was packed again, not a table', 'Unpack it first.')
  const entries = zipDirectory(path)
  if (!entries) throw no('a damaged ZIP archive or Excel workbook, not a table', 'Copy or download it again.')
  const names = new Set(entries.map(entry => entry.name))
  if (names.has('xl/workbook.bin')) throw no('a binary Excel workbook (.xlsb)', AS_XLSX)
  if (names.has('content.xml') && names.has('mimetype'))
    throw no(
      'an OpenDocument file, not an Excel workbook',
      'Save the sheet as .xlsx or CSV, and import that.',
    )
  if (!names.has('[Content_Types].xml') || ![...names].some(entry => /^xl\/workbook\d*\.xml$/i.test(entry)))
    throw no(
      'a ZIP archive without an Excel workbook in it, not a table',
      'Unpack it and import what is in it.',
    )
  if (entries.some(({ encrypted }) => encrypted))
    throw no('protected with a password', 'Save it without a password and import that.')
  const unpacked = entries.filter(isPart).reduce((sum, entry) => sum + entry.unpacked, 0)
  if (unpacked > LARGEST_WORKBOOK)
    throw no(
      `a workbook of ${Math.round(unpacked / 2 ** 20)} MB when it is unpacked, which is too large to be read`,
      'Save its sheet as CSV and import that.',
    )
}

/** Whether an entry is a part that is read: sheets, texts, styles and what binds them. */
export const isPart = ({ name }: ZipEntry): boolean => /\.xml(\.rels)?$/i.test(name)

/**
 * What to say of an OLE2 file (MS-CFB): workbooks of before 2007 and those with a password come in one. The names of its
 * streams stand in its first directory sector.
 */
export function refuseOle2(path: string, compression: Compression): FailureError {
  const name = `"${basename(path)}"`
  const streams = compression === 'none' ? streamNames(path) : ''
  if (streams.includes('EncryptedPackage'))
    return fail(
      'unreadable-file',
      `${name} is protected with a password.`,
      'Save it without a password and import that.',
    )
  if (/Workbook|Book/.test(streams))
    return fail('unreadable-file', `${name} is an Excel workbook of the old kind (.xls).`, AS_XLSX)
  return fail('unreadable-file', `${name} is an Office document of the old kind, not a table.`, AS_XLSX)
}

function streamNames(path: string): string {
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(512)
    if (readSync(file, head, 0, 512, 0) < 512) return ''
    const sector = 2 ** Math.min(16, head.readUInt16LE(30))
    const directory = Buffer.alloc(4 * 4096)
    const count = readSync(file, directory, 0, directory.length, (head.readUInt32LE(48) + 1) * sector)
    return directory.subarray(0, count - (count % 2)).toString('utf16le')
  } finally {
    closeSync(file)
  }
}
