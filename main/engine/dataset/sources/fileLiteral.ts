import { literal } from '../duck.ts'

/** A path as an SQL literal that names exactly one file: `*`, `?` and `[` in it are no patterns. */
export const fileLiteral = (path: string): string => literal(path.replaceAll(/[*?[]/g, '[$&]'))
