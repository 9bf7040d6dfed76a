import type { Cell } from '#contract'
import type { Session } from './duck.ts'
import type { Settled, Source } from './sources/index.ts'
import { isNoNumber, type Reading } from './types.ts'

const asText = (cell: string, kind: Source['cells']) =>
  kind === 'json' ? `(CAST(${cell} AS JSON) ->> '$')` : cell

/** Whether one value does not rule a reading out. */
function mayBe(reading: Reading, value: Cell, kind: Source['cells']): boolean {
  if (value === null) return true
  const raw = String(value)
  if (kind === 'text') return reading.looks.test(raw)
  const isQuoted = raw.startsWith('"')
  return isQuoted === Boolean(reading.quoted) && reading.looks.test(isQuoted ? JSON.parse(raw) : raw)
}

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
): Promise<{ settled: Settled; ambiguous: boolean }[]> {
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
  const tests = left.flatMap((readings, at) =>
    readings.map((reading, nth) => {
      const cell = cells[at] as string
      const isOther = kind === 'json' && reading.quoted ? ` AND starts_with(${cell}, '"')` : ''
      const fits = reading.fits(reading.quoted ? asText(cell, kind) : cell)
      const strange = `count_if(${cell} IS NOT NULL AND NOT coalesce(${fits}${isOther}, false)) AS s${at}_${nth}`
      if (reading.type !== 'float') return strange
      return `${strange}, count_if(${cell} IS NOT NULL AND NOT ${isNoNumber(cell)}) AS n${at}`
    }),
  )
  const [counts = {}] = tests.length
    ? await session.rows<Record<string, number>>(`SELECT ${tests.join(', ')} FROM ${from}`)
    : []
  return left.map((readings, at) => {
    const cell = cells[at] as string
    const text: Settled = { type: 'text', value: asText(cell, kind), lost: null }
    const fitting = readings.filter(
      (reading, nth) =>
        counts[`s${at}_${nth}`] === 0 && (reading.type !== 'float' || (counts[`n${at}`] ?? 0) > 0),
    )
    const [first] = fitting
    if (!first) return { settled: text, ambiguous: false }
    if (first.ambiguous && fitting.some(other => other !== first && other.ambiguous === first.ambiguous))
      return { settled: text, ambiguous: true }
    return {
      settled: {
        type: first.type,
        value: first.value(first.quoted ? asText(cell, kind) : cell),
        lost: first.type === 'float' ? isNoNumber(cell) : null,
      },
      ambiguous: false,
    }
  })
}
