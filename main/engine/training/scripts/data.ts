import { once } from 'node:events'
import { copyFileSync, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import type { Cell, Column, DatasetVersion, Filter, Hash, Split } from '#contract'
import type { DatasetRoom } from '../../dataset/index.ts'
import { ensureFolder } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import type { RowSource } from '../../transform/index.ts'

const SPLITS = ['train', 'eval', 'test'] as const

export type DataSource = RowSource & Partial<Pick<DatasetRoom, 'open'>>

interface Reading {
  where: Filter | undefined
  signal: AbortSignal
  /** @param share of the rows that were written */
  progress(share: number): void
}

/** The variable that names the data of a split. */
export const VARIABLE: Record<Split, string> = { train: 'TRAIN_DATA', eval: 'EVAL_DATA', test: 'TEST_DATA' }

/**
 * Writes the splits of a version as any program reads them: `train.csv`, `eval.csv` and `test.csv` with a header line,
 * missing cells empty and empty texts in quotes. Of pictures: a folder a split, in it a folder a class with the pictures
 * as they were imported, and beside it the same list as a table.
 * @param parquet also as `train.parquet` and so on
 * @returns what {@link VARIABLE} is of each split, relative to the folder, and how many rows it has
 */
export async function writeSplits(
  { dataset, store }: { dataset: DataSource; store: Store },
  version: DatasetVersion,
  { folder, under, label, parquet }: { folder: string; under: string; label: string; parquet: boolean },
  reading: Reading,
): Promise<Record<Split, { path: string; rows: number }>> {
  const place = ensureFolder(join(folder, under))
  const found = {} as Record<Split, { path: string; rows: number }>
  let done = 0
  for (const split of SPLITS) {
    const came = (rows: number) => {
      done += rows
      reading.progress(done / Math.max(1, version.rows))
    }
    const rows = version.images
      ? await writePictures({ dataset, store }, version, { place, split, label }, { ...reading, came })
      : await writeTable(dataset, version, { place, split }, { ...reading, came })
    found[split] = { path: version.images ? `${under}/${split}` : `${under}/${split}.csv`, rows }
  }
  if (parquet && !version.images) await alsoParquet(dataset, version, place, reading.signal)
  return found
}

type Coming = Reading & { came(rows: number): void }

async function writeTable(
  dataset: RowSource,
  version: DatasetVersion,
  { place, split }: { place: string; split: Split },
  { where, signal, came }: Coming,
): Promise<number> {
  const names = version.columns.map(({ name }) => name)
  const file = createWriteStream(join(place, `${split}.csv`))
  let rows = 0
  try {
    file.write(`${names.map(fieldOf).join(',')}\n`)
    for await (const batch of dataset.read(version, { columns: names, split, where, signal })) {
      const lines: string[] = []
      for (let row = 0; row < batch.rows; row++)
        lines.push(batch.columns.map(column => fieldOf((column as Cell[])[row] ?? null)).join(','))
      rows += batch.rows
      came(batch.rows)
      if (lines.length > 0 && !file.write(`${lines.join('\n')}\n`)) await once(file, 'drain', { signal })
    }
  } finally {
    file.end()
    await once(file, 'close')
  }
  return rows
}

/** A cell as RFC 4180 has it. */
function fieldOf(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  if (typeof cell !== 'string') return String(cell)
  return cell === '' || /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}

async function writePictures(
  { dataset, store }: { dataset: RowSource; store: Store },
  version: DatasetVersion,
  { place, split, label }: { place: string; split: Split; label: string },
  { where, signal, came }: Coming,
): Promise<number> {
  ensureFolder(join(place, split))
  const has = (name: string) => version.columns.some(column => column.name === name)
  const columns = ['blob', label, ...['path', 'format'].filter(has)]
  const file = createWriteStream(join(place, `${split}.csv`))
  file.write('file,label\n')
  let rows = 0
  try {
    for await (const batch of dataset.read(version, { columns, split, where, signal })) {
      const cell = (name: string, row: number) =>
        (batch.columns[columns.indexOf(name)] as Cell[] | undefined)?.[row]
      for (let row = 0; row < batch.rows; row++) {
        const blob = cell('blob', row)
        if (typeof blob !== 'string' || !store.blobs.has(blob as Hash)) continue
        const kind = String(cell(label, row) ?? '')
        const ending = endingOf(cell('path', row), cell('format', row))
        const path = `${split}/${safe(kind)}/${String(rows).padStart(7, '0')}${ending}`
        ensureFolder(join(place, split, safe(kind)))
        copyFileSync(store.blobs.path(blob as Hash), join(place, path))
        file.write(`${fieldOf(path)},${fieldOf(kind)}\n`)
        rows++
      }
      came(batch.rows)
    }
  } finally {
    file.end()
    await once(file, 'close')
  }
  return rows
}

/** A class as the name of a folder. */
const safe = (name: string): string => name.replace(/[/\\:*?"<>|\0]/g, '_').replace(/^\.+$/, '_') || '_'

const endingOf = (path: Cell | undefined, format: Cell | undefined): string =>
  /\.\w{1,5}$/.exec(String(path ?? ''))?.[0]?.toLowerCase() ??
  (typeof format === 'string' ? `.${format.toLowerCase().replace('jpeg', 'jpg')}` : '')

const TYPES: Record<Column['type'], string> = {
  integer: 'BIGINT',
  float: 'DOUBLE',
  boolean: 'BOOLEAN',
  text: 'VARCHAR',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
}

/** The tables that were written, once more as Parquet; where rows cannot be asked with SQL they are not. */
async function alsoParquet(
  dataset: DataSource,
  version: DatasetVersion,
  place: string,
  signal: AbortSignal,
): Promise<void> {
  if (!dataset.open) return
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
  const types = version.columns.map(({ name, type }) => `${quoted(name)}: ${quoted(TYPES[type])}`).join(', ')
  const table = await dataset.open(version.id, { signal })
  const session = await table.session(signal)
  try {
    for (const split of SPLITS) {
      const [from, to] = [join(place, `${split}.csv`), join(place, `${split}.parquet`)]
      await session.run(
        `COPY (SELECT * FROM read_csv(${quoted(from)}, header = true, columns = {${types}})) TO ${quoted(to)} (FORMAT parquet, COMPRESSION zstd)`,
      )
    }
  } finally {
    session.close()
    table.close()
  }
}
