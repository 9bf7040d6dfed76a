/** A cell of SQL, the name it gets, and the relation it is read from. */
export interface CellOf {
  from: string
  sql: string
  as: string
}

/** SQL of a relation with these cells, which may lie in several files of the same rows. */
export function rowsOf(cells: CellOf[]): string {
  const files = [...new Set(cells.map(({ from }) => from))]
  const each = files.map(file => {
    const mine = cells.filter(({ from }) => from === file).map(({ sql, as }) => `${sql} AS ${as}`)
    return `(SELECT ${mine.join(', ')} FROM ${file})`
  })
  return each.length === 1 ? (each[0] as string) : `(SELECT * FROM ${each.join(' POSITIONAL JOIN ')})`
}
