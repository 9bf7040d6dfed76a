/** One record of a delimited text: its fields and the line it begins on (from 1). */
export interface TextRecord {
  fields: string[]
  line: number
}

/**
 * Cuts delimited text into records as RFC 4180 has it: fields in double quotes may hold delimiters, line ends and
 * doubled quotes. It never refuses anything, so it can say where a file goes wrong; reading the data itself is
 * DuckDB's work.
 */
export class RecordCutter {
  readonly #delimiter: string
  readonly #each: (record: TextRecord) => void
  #field = ''
  #fields: string[] = []
  #line = 1
  #begin = 1
  #state: 'start' | 'plain' | 'quoted' | 'quote-seen' = 'start'
  #quoteLine = 0
  #afterReturn = false

  constructor(delimiter: string, each: (record: TextRecord) => void) {
    this.#delimiter = delimiter
    this.#each = each
  }

  #endField(): void {
    this.#fields.push(this.#field)
    this.#field = ''
    this.#state = 'start'
  }

  #endRecord(): void {
    const blank = this.#fields.length === 0 && this.#state === 'start' && this.#field === ''
    this.#endField()
    if (!blank) this.#each({ fields: this.#fields, line: this.#begin })
    this.#fields = []
    this.#begin = this.#line
  }

  push(text: string): void {
    for (const char of text) {
      const isBreak = char === '\n' || char === '\r'
      if (isBreak) {
        // A return and a line feed together are one line end.
        if (char === '\n' && this.#afterReturn) {
          this.#afterReturn = false
          if (this.#state === 'quoted') this.#field += char
          continue
        }
        this.#line++
      }
      this.#afterReturn = char === '\r'
      if (this.#state === 'quoted') {
        if (char === '"') this.#state = 'quote-seen'
        else this.#field += char
      } else if (char === '"' && this.#state === 'start') {
        this.#state = 'quoted'
        this.#quoteLine = this.#line
      } else if (char === '"' && this.#state === 'quote-seen') {
        this.#field += char
        this.#state = 'quoted'
      } else if (char === this.#delimiter) this.#endField()
      else if (isBreak) this.#endRecord()
      else {
        this.#field += char
        this.#state = 'plain'
      }
    }
  }

  /** @returns the line of a quotation mark that was never closed, or null */
  end(): number | null {
    const open = this.#state === 'quoted' ? this.#quoteLine : null
    if (this.#fields.length || this.#field || this.#state !== 'start') this.#endRecord()
    return open
  }
}

/** The records at the beginning of a text. @param whole the text is all there is, so its last record counts */
export function headRecords(text: string, delimiter: string, whole: boolean, most = 1000): TextRecord[] {
  const records: TextRecord[] = []
  const cutter = new RecordCutter(delimiter, record => records.push(record))
  const STEP = 1 << 13
  let at = 0
  for (; at < text.length && records.length <= most; at += STEP) cutter.push(text.slice(at, at + STEP))
  if (at >= text.length && whole) cutter.end()
  return records.slice(0, most)
}
