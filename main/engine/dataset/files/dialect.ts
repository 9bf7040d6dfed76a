import { fail } from '../../kit/index.ts'
import { headRecords, type TextRecord } from './records.ts'

/** How a delimited text is written. */
export interface Dialect {
  delimiter: string
  /** The first record names the columns. */
  header: boolean
  /** Names, one a column, all different. */
  names: string[]
  notes: string[]
  /** A field of the first record goes over several lines. */
  breaks?: boolean
}

const DELIMITERS = [',', ';', '\t', '|']
const isNumber = (text: string) => /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(text)

/** Share of the records that have as many fields as the first one; 0 where the first one has a single field. */
function evenness(records: TextRecord[]): number {
  const width = records[0]?.fields.length ?? 0
  if (width < 2) return 0
  return records.filter(({ fields }) => fields.length === width).length / records.length
}

/**
 * Whether the first record is data already: numbers stand in it above numbers, and they are not the names of a
 * count (0, 1, 2 or years in a row).
 */
export function isData(first: TextRecord, rest: TextRecord[]): boolean {
  const numbers = first.fields.flatMap((field, at) => {
    const under = rest.map(({ fields }) => fields[at] ?? '').filter(value => value !== '')
    return isNumber(field) && under.length && under.every(isNumber) ? [Number(field)] : []
  })
  if (!numbers.length) return false
  const counts = numbers.every(
    (value, at) => Number.isInteger(value) && (at === 0 || value === (numbers[at - 1] ?? 0) + 1),
  )
  return (
    !(counts && numbers.length > 1) && !(numbers.length === 1 && /^(19|20)\d\d$/.test(String(numbers[0])))
  )
}

/** Makes names that are all there and all different, and says what was changed. */
export function settleNames(given: string[]): { names: string[]; notes: string[] } {
  const notes: string[] = []
  const used = new Set(given)
  const seen = new Set<string>()
  let empty = 0
  const fresh = (wish: (number: number) => string, from: number) => {
    let number = from
    while (used.has(wish(number)) || seen.has(wish(number))) number++
    return wish(number)
  }
  const names = given.map((name, at) => {
    let settled = name
    if (name === '') {
      empty++
      settled = fresh(number => (number === at ? `column ${at + 1}` : `column ${at + 1} (${number})`), at)
    } else if (seen.has(name)) {
      settled = fresh(number => `${name} ${number}`, 2)
      if (notes.length < 5)
        notes.push(`More than one column is called "${name}"; one of them is now "${settled}".`)
    }
    seen.add(settled)
    return settled
  })
  if (empty) notes.push(`${empty} ${empty === 1 ? 'column has' : 'columns have'} no name; named by position.`)
  return { names, notes }
}

/**
 * Finds the delimiter and the header of a delimited text.
 * @param prefer the delimiter that counts when several fit equally well
 */
export function dialectOf(text: string, whole: boolean, prefer: string): Dialect {
  const order = [prefer, ...DELIMITERS.filter(delimiter => delimiter !== prefer)]
  let best = { delimiter: prefer, records: headRecords(text, prefer, whole) }
  let bestShare = evenness(best.records)
  for (const delimiter of order.slice(1)) {
    if (!text.includes(delimiter)) continue
    const records = headRecords(text, delimiter, whole)
    const share = evenness(records)
    const wider = (records[0]?.fields.length ?? 0) > (best.records[0]?.fields.length ?? 0)
    if (share > bestShare || (share === bestShare && share > 0 && wider)) {
      best = { delimiter, records }
      bestShare = share
    }
  }
  const [first, ...rest] = best.records
  if (!first)
    throw fail(
      'too-wide',
      'The first line is longer than 2 million characters.',
      'Check that the file is a table with one row a line.',
    )
  const breaks = first.fields.some(field => /[\r\n]/.test(field)) ? { breaks: true } : {}
  if (rest.length && isData(first, rest.slice(0, 100))) {
    const names = first.fields.map((_, at) => `column ${at + 1}`)
    return {
      delimiter: best.delimiter,
      header: false,
      names,
      notes: [`The file has no header; its columns are named "column 1" to "column ${names.length}".`],
      ...breaks,
    }
  }
  const { names, notes } = settleNames(first.fields.map(name => name.replace(/^\ufeff/, '').trim()))
  return { delimiter: best.delimiter, header: true, names, notes, ...breaks }
}
