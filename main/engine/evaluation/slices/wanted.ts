import { Filter } from '#contract'
import { fail } from '../../kit/index.ts'
import { crossName, crossOf, MOST_CROSSED, slicesOf } from './columns.ts'
import { conditionsOf, type Expression, filterOf, parseExpression, rowsOf } from './expression.ts'
import type { EvaluatedRows, Found } from './slice.ts'
import { NONE_FIT } from './versionRows.ts'

/** One thing that was asked for as slices, understood. */
export type Asked =
  | { kind: 'column'; name: string }
  | { kind: 'cross'; names: string[] }
  | { kind: 'filter'; name: string; where: Filter }
  | { kind: 'expression'; name: string; expression: Expression }

/** The columns whose slices are asked for, in words. */
export const byWords = (asked: readonly Asked[]): string[] => [
  ...new Set(
    asked.flatMap(each =>
      each.kind === 'column' ? [each.name] : each.kind === 'cross' ? [crossName(...each.names)] : [],
    ),
  ),
]

/** @throws Failure bad-input for a column that the data lack */
export function askedColumn(
  { title, columns }: Pick<EvaluatedRows, 'title' | 'columns'>,
  name: string,
): Asked {
  if (!columns.some(column => column.name === name))
    throw fail(
      'bad-input',
      `${title} has no column "${name}" to slice by.`,
      `Choose from its columns: ${columns
        .slice(0, 20)
        .map(column => column.name)
        .join(', ')}${columns.length > 20 ? ', …' : ''}.`,
    )
  return { kind: 'column', name }
}

/**
 * Understands what a person wrote as `--slice`: see `SliceText`.
 * @throws Failure bad-input that says what is not understood
 */
export function asked(data: Pick<EvaluatedRows, 'title' | 'columns' | 'saved'>, text: string): Asked {
  const { columns, saved } = data
  const has = (name: string) => columns.some(column => column.name === name)
  const words = text.trim()
  if (has(words)) return { kind: 'column', name: words }
  const kept = saved.find(slice => slice.name === words)
  if (kept) return { kind: 'filter', name: kept.name, where: kept.where }
  if (words.startsWith('[')) return { kind: 'filter', name: words, where: filterIn(words) }
  for (const sign of ['*', '×', ' x ']) {
    const names = words.split(sign).map(name => name.trim().replace(/^([`"])(.*)\1$/, '$2'))
    if (names.length > 1 && names.length <= MOST_CROSSED && names.every(has)) return { kind: 'cross', names }
  }
  if (/^[\p{L}\p{N}_ .-]+$/u.test(words) && !/\b(is|in|contains|between)\b/i.test(words))
    return askedColumn(data, words)
  const expression = parseExpression(words, columns)
  const where = filterOf(expression)
  return where ? { kind: 'filter', name: words, where } : { kind: 'expression', name: words, expression }
}

function filterIn(text: string): Filter {
  try {
    return Filter.min(1).parse(JSON.parse(text))
  } catch {
    throw fail(
      'bad-input',
      'The slice begins like a filter in JSON and is none.',
      'Write it as [{"column":"age","is":"range","values":[30,null]}].',
    )
  }
}

/** The rows of what was asked for. */
export async function findSlices(
  rows: EvaluatedRows,
  wanted: readonly Asked[],
  minRows: number,
  signal: AbortSignal,
): Promise<Found> {
  const found: Found = { slices: [], leftOut: [] }
  const add = ({ slices, leftOut }: Found) => {
    found.slices.push(...slices)
    found.leftOut.push(...leftOut)
  }
  const filters = wanted.flatMap(each => (each.kind === 'filter' ? [each] : []))
  const fitting = await rows.fitting(
    filters.map(({ where }) => where),
    signal,
  )
  for (const [nth, { name, where }] of filters.entries()) {
    const fits = fitting[nth] as Uint32Array | string
    if (typeof fits === 'string') found.leftOut.push({ column: null, name, why: fits })
    else found.slices.push({ name, column: null, where, rows: fits })
  }
  for (const each of wanted) {
    if (each.kind !== 'expression') continue
    const { name, expression } = each
    const fits = await rows.fitting(
      conditionsOf(expression).map(condition => [condition]),
      signal,
    )
    const trouble = fits.find(fit => typeof fit === 'string' && fit !== NONE_FIT) as string | undefined
    if (trouble !== undefined) {
      found.leftOut.push({ column: null, name, why: trouble })
      continue
    }
    const mine = selected(rowsOf(expression, rows.numbers.length, fits.map(marked)[Symbol.iterator]()))
    if (mine.length) found.slices.push({ name, column: null, where: [], expression: name, rows: mine })
    else found.leftOut.push({ column: null, name, why: NONE_FIT })
  }
  const names = wanted.flatMap(each =>
    each.kind === 'column' ? [each.name] : each.kind === 'cross' ? each.names : [],
  )
  const columns = new Map((await rows.read([...new Set(names)], signal)).map(column => [column.name, column]))
  const done = new Set<string>()
  for (const each of wanted) {
    const key = each.kind === 'column' || each.kind === 'cross' ? (byWords([each])[0] as string) : ''
    if (!key || done.has(key)) continue
    done.add(key)
    const mine = (each.kind === 'cross' ? each.names : [key]).flatMap(name => columns.get(name) ?? [])
    if (mine[1]) add(crossOf(mine, minRows))
    else if (mine[0]) add(slicesOf(mine[0], minRows))
  }
  return found

  function marked(fits: Uint32Array | string): Uint8Array {
    const marks = new Uint8Array(rows.numbers.length)
    if (typeof fits !== 'string') for (const row of fits) marks[row] = 1
    return marks
  }
}

function selected(marks: Uint8Array): Uint32Array {
  const rows: number[] = []
  for (let row = 0; row < marks.length; row++) if (marks[row]) rows.push(row)
  return Uint32Array.from(rows)
}
