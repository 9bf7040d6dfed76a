import type { Cell } from '#contract'
import type { Session } from '../duck.ts'
import { type Settled, type Source, settle } from '../sources/index.ts'
import { isNoNumber, type Reading } from './types.ts'

/** SQL of a cell that was read, as text: of JSON, what stands between the quotes. */
export const asText = (cell: string, kind: Source['cells']) =>
  kind === 'json' ? `(CAST(${cell} AS JSON) ->> '$')` : cell

/** Whether one value does not rule a reading out. */
function mayBe(reading: Reading, value: Cell, kind: Source['cells']): boolean {
  if (value === null) return true
  const raw = String(value)
  if (kind === 'text') return reading.looks.test(raw)
  const isQuoted = raw.startsWith('"')
  return isQuoted === Boolean(reading.quoted) && reading.looks.test(isQuoted ? JSON.parse(raw) : raw)
}

/** How a column was found to be kept; `ambiguous`: as text, since two readings of it fit. */
export interface Inferred {
  settled: Settled
  ambiguous: boolean
}

/** Planning a query takes longer than in proportion to its columns, so many are asked for in several. */
const AT_ONCE = 128

/**
 * Finds the type of text columns from all their values.
 * @param from SQL of the relation
 * @param cells the columns, by their SQL names in it
 */
export async function inferTypes(
  session: Session,
  from: string,
  cells: string[],
  source: Source,
): Promise<Inferred[]> {
  const found: Inferred[] = []
  for (let at = 0; at < cells.length; at += AT_ONCE)
    found.push(...(await inferSome(session, from, cells.slice(at, at + AT_ONCE), source)))
  return found
}

async function inferSome(
  session: Session,
  from: string,
  cells: string[],
  source: Source,
): Promise<Inferred[]> {
  const kind = source.cells
  // The least, the greatest and any value rule out most readings before all rows are tried.
  const [hints = {}] = await session.rows<Record<string, Cell>>(
    `SELECT ${cells.map((c, at) => `min(${c}) AS lo${at}, max(${c}) AS hi${at}, any_value(${c}) AS any${at}`).join(', ')} FROM ${from}`,
  )
  const left = cells.map((_, at) => {
    const values = [`lo${at}`, `hi${at}`, `any${at}`].map(name => hints[name] ?? null)
    if (values[0] === null) return []
    return source.readings.filter(reading => values.every(value => mayBe(reading, value, kind)))
  })
  const found = cells.map((): Inferred | null => null)
  const textOf = (at: number): Settled => settle('text', asText(cells[at] as string, kind))
  // The narrowest reading that is left is tried on all rows, then the next one for those that it did not fit.
  for (;;) {
    const tries = left.flatMap((readings, at) => {
      if (found[at]) return []
      const [first] = readings
      if (!first) {
        found[at] = { settled: textOf(at), ambiguous: false }
        return []
      }
      const rivals = readings.filter(
        other => other === first || (first.ambiguous && other.ambiguous === first.ambiguous),
      )
      return [{ at, cell: cells[at] as string, rivals }]
    })
    if (!tries.length) return found as Inferred[]
    const tests = tries.flatMap(({ at, cell, rivals }) =>
      rivals.map((reading, nth) => {
        const isOther = kind === 'json' && reading.quoted ? ` AND starts_with(${cell}, '"')` : ''
        const fits = reading.fits(reading.quoted ? asText(cell, kind) : cell)
        const strange = `count_if(${cell} IS NOT NULL AND NOT coalesce(${fits}${isOther}, false)) AS s${at}_${nth}`
        // A column of nothing but "nan" is no column of numbers.
        const numbers = reading.type === 'float' ? `, count_if(NOT ${isNoNumber(cell)}) AS n${at}` : ''
        return strange + numbers
      }),
    )
    const [counts = {}] = await session.rows<Record<string, number>>(
      `SELECT ${tests.join(', ')} FROM ${from}`,
    )
    for (const { at, cell, rivals } of tries) {
      const fitting = rivals.filter((_, nth) => counts[`s${at}_${nth}`] === 0)
      const [first] = fitting
      if (!first || counts[`n${at}`] === 0)
        left[at] = left[at]?.filter(reading => !rivals.includes(reading)) ?? []
      else if (fitting.length > 1) found[at] = { settled: textOf(at), ambiguous: true }
      else
        found[at] = {
          settled: {
            type: first.type,
            kind: first.type,
            plain: cell,
            value: first.value(first.quoted ? asText(cell, kind) : cell),
            lost: first.type === 'float' ? isNoNumber(cell) : null,
          },
          ambiguous: false,
        }
    }
  }
}
