import { basename } from 'node:path'
import type { Doors } from '../../jobs/index.ts'
import { hashOf } from '../../kit/index.ts'
import type { Duck } from '../duck.ts'
import { type Bringer, brought } from '../remote/index.ts'
import { page } from '../rows/page.ts'
import { tableOfFile } from '../rows/table.ts'
import { look } from './look.ts'
import { nameOf, placeOf, readFile } from './reading.ts'

/** Rows that are shown of a file before it is imported. */
const HEAD_ROWS = 50
/** What is read of it to guess its types. */
const HEAD = { rows: 2000, columns: 512 }

type Inspect = Doors['dataset']['inspect']

/** The first rows of a file and what is in it, before it is imported. */
export function inspectFile(
  { file, format: wanted, table: one, query }: Parameters<Inspect>[0],
  { bringer, duck, signal }: { bringer: Bringer; duck: Duck; signal: AbortSignal },
): ReturnType<Inspect> {
  return brought(bringer, placeOf(file), { signal }, async ({ path, name }) => {
    const found = await look(path, wanted, { table: one, query })
    const { folder, drop } = duck.scratch()
    const session = await duck.session(signal)
    try {
      const built = await readFile(found, session, { split: null, folder, head: HEAD }, signal)
      const table = tableOfFile(
        { subject: hashOf(file), name: nameOf(name), title: basename(name) },
        built,
        duck,
        drop,
      )
      const head = await page(table, [], { offset: 0, limit: HEAD_ROWS, signal })
      const { format, bytes } = found
      return {
        format,
        tables: built.tables,
        files: found.files?.length ?? found.images?.list.length,
        bytes,
        width: built.width,
        head: { ...head, total: built.rows, offset: 0 },
      }
    } finally {
      session.close()
      drop()
    }
  })
}
