import type { Cell, ColumnType } from '#contract'
import type { Batch } from '../duck.ts'

/** SQL of a kept cell in a form that crosses as it is: DOUBLE, VARCHAR or BOOLEAN. */
export function cellSql(type: ColumnType, wide: boolean, c: string): string {
  switch (type) {
    case 'text':
    case 'boolean':
      return c
    case 'integer':
      return wide ? `CAST(${c} AS VARCHAR)` : `CAST(${c} AS DOUBLE)`
    case 'float':
      return `CAST(${c} AS DOUBLE)`
    case 'date':
      return `CAST(${c} AS VARCHAR)`
    case 'timestamp':
      return `(replace(CAST(${c} AS VARCHAR), ' ', 'T') || 'Z')`
  }
}

/** Integers that a number holds exactly become numbers; the others stay text. */
export function narrow(batch: Batch, wide: readonly boolean[]): Batch {
  for (const [at, isWide] of wide.entries()) {
    if (!isWide) continue
    const column = batch.columns[at] as Cell[]
    batch.columns[at] = column.map(cell => {
      const value = Number(cell)
      return cell !== null && Number.isSafeInteger(value) ? value : cell
    })
  }
  return batch
}

/** SQL of a kept cell as text, for fingerprints and for searching: 5 and 5.0 are the same text. */
export const cellText = (type: ColumnType, sql: string): string => {
  if (type === 'text') return sql
  if (type !== 'float') return `CAST(${sql} AS VARCHAR)`
  return `(CASE WHEN ${sql} = trunc(${sql}) AND abs(${sql}) < 1e15 THEN CAST(CAST(${sql} AS BIGINT) AS VARCHAR) ELSE CAST(${sql} AS VARCHAR) END)`
}
