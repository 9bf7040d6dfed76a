import { literal } from '../duck.ts'

/** Cells of one row group of a Parquet file; few enough for pages to come fast and for memory to stay flat. */
const ROW_GROUP_CELLS = 1 << 20
/** DuckDB cuts row groups at multiples of its vectors. */
const VECTOR = 2048

export type Compression = 'lz4_raw' | 'zstd'

const rowGroup = (columns: number) =>
  Math.min(30, Math.max(1, Math.floor(ROW_GROUP_CELLS / columns / VECTOR))) * VECTOR

/** SQL that writes a query's rows into a Parquet file, in their order. @param columns of the query */
export const copySql = (select: string, file: string, columns: number, compression: Compression): string =>
  `COPY (${select}) TO ${literal(file)} (FORMAT parquet, COMPRESSION ${compression}, ROW_GROUP_SIZE ${rowGroup(columns)})`
