import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cell, Column } from '#contract'
import type { Sample } from '../release/index.ts'
import { pixelsOf, pngOf } from './picture.ts'
import type { Subject } from './subjects.ts'

/** A captured row and what a person said it is. */
export interface Labeled {
  id: string
  sample: Sample
  label: string | number
}

/** A file or folder to be imported. */
export interface Source {
  file: string
  format?: 'images' | 'jsonl'
  labels?: string
}

/** What a cell of a column becomes; what does not fit the column is missing. */
function cellOf(value: unknown, { type }: Column): Cell {
  if (value === null || value === undefined || value === '') return null
  switch (type) {
    case 'integer':
    case 'float': {
      const number = typeof value === 'boolean' ? Number.NaN : Number(value)
      return Number.isFinite(number) && (type === 'float' || Number.isInteger(number)) ? number : null
    }
    case 'boolean':
      return typeof value === 'boolean' ? value : /^(true|1)$/i.test(String(value))
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
}

/** Writes captured rows with their labels as lines of JSON, by the columns of a dataset. */
export function writeRows(
  folder: string,
  name: string,
  rows: readonly Labeled[],
  columns: readonly Column[],
  { label: { column: label } }: Subject,
): Source {
  const lines = rows.map(({ sample: { instance }, label: said }) => {
    const values = (instance ?? {}) as Record<string, unknown>
    return JSON.stringify(
      Object.fromEntries(
        columns.map(column => [
          column.name,
          cellOf(column.name === label ? said : values[column.name], column),
        ]),
      ),
    )
  })
  const file = join(folder, `${name}.jsonl`)
  writeFileSync(file, `${lines.join('\n')}\n`)
  return { file, format: 'jsonl' }
}

/** Writes captured pictures as PNG, with a table that says their labels. Those of another size are left out. */
export function writePictures(
  folder: string,
  name: string,
  rows: readonly Labeled[],
  image: NonNullable<Subject['image']>,
): { source: Source; written: Labeled[] } {
  const place = join(folder, name)
  mkdirSync(place, { recursive: true })
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
  const lines = ['path,label']
  const written: Labeled[] = []
  for (const row of rows) {
    const pixels = pixelsOf(row.sample.instance, image)
    if (!pixels) continue
    const file = `${row.id.slice(0, 16)}.png`
    writeFileSync(join(place, file), pngOf(pixels))
    lines.push(`${file},${quoted(String(row.label))}`)
    written.push(row)
  }
  const labels = join(place, 'labels.csv')
  writeFileSync(labels, `${lines.join('\n')}\n`)
  return { source: { file: place, format: 'images', labels }, written }
}
