/** A cell of SQL, the name it gets, and the relation it is read from. */
export interface CellOf {
  from: string
  sql: string
  as: string
}

/** SQL of a relation with these cells, which may lie in several relations of the same rows: their numbers join them. */
export function rowsOf(cells: CellOf[]): string {
  const files = [...new Set(cells.map(({ from }) => from))]
  const several = files.length > 1
  const each = files.map(file => {
    const mine = cells.filter(({ from }) => from === file).map(({ sql, as }) => `${sql} AS ${as}`)
    return `(SELECT ${[...mine, ...(several ? ['file_row_number'] : [])].join(', ')} FROM ${file})`
  })
  return several
    ? `(SELECT * FROM ${each.reduce((joined, next) => `${joined} JOIN ${next} USING (file_row_number)`)})`
    : (each[0] as string)
}
