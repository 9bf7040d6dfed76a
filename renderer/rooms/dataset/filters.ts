import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import { type Cell, type Condition, type DatasetVersion, Filter, Split } from '#contract'

/** What the row view was asked for: everything but the page. It stands whole in the address. */
export interface RowsAsked {
  where: Filter
  split?: Split | undefined
  /** The name of a saved slice. */
  slice?: string | undefined
  search?: string | undefined
  sort?: string | undefined
  descending?: boolean | undefined
  /** Rows by their numbers in the version, from 0. */
  only?: number[] | undefined
  /** The column that rows named by their numbers were chosen for, as by an anomaly. */
  column?: string | undefined
}

/** Name and number of a version, as the engine is asked for it: `strikes@2`. */
export const refOf = (version: Pick<DatasetVersion, 'dataset' | 'number'>): string =>
  `${version.dataset}@${version.number}`

const one = (value: LocationQuery[string] | undefined): string | undefined => {
  const first = Array.isArray(value) ? value[0] : value
  return first || undefined
}

/**
 * Reads what an address asks for. What cannot be read is left out, and said.
 * @returns `trouble`: a sentence for the person who followed the address, or null
 */
export function parseQuery(query: LocationQuery): { asked: RowsAsked; trouble: string | null } {
  const trouble: string[] = []
  const asked: RowsAsked = { where: [] }
  const where = one(query.where)
  if (where) {
    const read = Filter.safeParse(json(where))
    if (read.success) asked.where = read.data
    else trouble.push('its filter')
  }
  const split = one(query.split)
  if (split) {
    const read = Split.safeParse(split)
    if (read.success) asked.split = read.data
    else trouble.push('its split')
  }
  const only = one(query.only)
  if (only) {
    const numbers = only.split(',').map(text => (/^\d+$/.test(text.trim()) ? Number(text) : Number.NaN))
    if (numbers.every(Number.isSafeInteger) && numbers.length <= 10_000) {
      asked.only = numbers
      const column = one(query.column)
      if (column) asked.column = column
    } else trouble.push('its rows')
  }
  const search = one(query.search)
  const slice = one(query.slice)
  const sort = one(query.sort)
  if (search) asked.search = search
  if (slice) asked.slice = slice
  if (sort) {
    asked.sort = sort
    if (one(query.descending) === 'true') asked.descending = true
  }
  return {
    asked,
    trouble: trouble.length
      ? `This address could not be read whole: ${trouble.join(' and ')} was left out.`
      : null,
  }
}

/** The address of what is asked; `parseQuery` reads it back. `name` leads to another dataset. */
export function printQuery(asked: Partial<RowsAsked> & { name?: string | undefined }): LocationQueryRaw {
  return {
    ...(asked.name ? { name: asked.name } : {}),
    ...(asked.where?.length ? { where: JSON.stringify(asked.where) } : {}),
    ...(asked.split ? { split: asked.split } : {}),
    ...(asked.slice ? { slice: asked.slice } : {}),
    ...(asked.search ? { search: asked.search } : {}),
    ...(asked.only ? { only: asked.only.join(), ...(asked.column ? { column: asked.column } : {}) } : {}),
    ...(asked.sort ? { sort: asked.sort, ...(asked.descending ? { descending: 'true' } : {}) } : {}),
  }
}

/** What is asked as fields of the contract's `dataset.rows`. */
export const inputOf = (asked: RowsAsked) => ({
  ...(asked.where.length ? { where: asked.where } : {}),
  ...(asked.split ? { split: asked.split } : {}),
  ...(asked.slice ? { slice: asked.slice } : {}),
  ...(asked.search ? { search: asked.search } : {}),
  ...(asked.only ? { only: asked.only } : {}),
  ...(asked.sort ? { sort: asked.sort, ...(asked.descending ? { descending: true } : {}) } : {}),
})

/** True where rows are left out, by whatever means; the order of rows leaves none out. */
export const isNarrowed = (asked: RowsAsked): boolean =>
  asked.where.length > 0 || !!asked.split || !!asked.slice || !!asked.search || !!asked.only

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A cell in a sentence. */
export function cellWords(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return 'missing'
  if (cell === '') return 'empty text'
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no'
  if (typeof cell === 'number') return String(cell).replaceAll('-', '−')
  const text = cell.replace(/\s+/g, ' ')
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}

const list = (values: readonly Cell[]): string =>
  values.length > 3
    ? `${values.slice(0, 2).map(cellWords).join(', ')} or ${values.length - 2} others`
    : values
        .map(cellWords)
        .join(', ')
        .replace(/, ([^,]*)$/, ' or $1')

/** What a condition says of its column: "is Private or State-gov", "from 17 to 90", "is missing". */
export function conditionWords({ is, values, closed }: Condition): string {
  const [from = null, to = null] = values
  switch (is) {
    case 'equals':
      return `is ${cellWords(from)}`
    case 'differs':
      return `is not ${cellWords(from)}`
    case 'one-of':
      return values.length === 0 ? 'is none that exists' : `is ${list(values)}`
    case 'none-of':
      return values.length === 0 ? 'is anything' : `is not ${list(values)}`
    case 'contains':
      return `contains “${cellWords(from)}”`
    case 'missing':
      return 'is missing'
    case 'present':
      return 'is there'
    case 'range':
      if (from === null && to === null) return 'is there'
      if (to === null) return `is at least ${cellWords(from)}`
      if (from === null) return `is ${closed ? 'at most' : 'below'} ${cellWords(to)}`
      return `is from ${cellWords(from)} to ${closed ? '' : 'below '}${cellWords(to)}`
  }
}

/** A whole filter in one sentence: "age is from 17 to 90 and sex is Male". */
export const filterWords = (where: Filter): string =>
  where.map(condition => `${condition.column} ${conditionWords(condition)}`).join(' and ') || 'all rows'

/** The condition that keeps rows with this cell in this column, or those without. */
export function cellCondition(column: string, cell: Cell, wanted: boolean): Condition {
  if (cell === null) return { column, is: wanted ? 'missing' : 'present', values: [] }
  return { column, is: wanted ? 'equals' : 'differs', values: [cell] }
}

/** Adds a condition; the same one is not said twice, and of two single values of a column the newer one holds. */
export function withCondition(where: Filter, added: Condition): Filter {
  const isSame = (one: Condition) => JSON.stringify(one) === JSON.stringify(added)
  const isBeaten = (one: Condition) =>
    one.column === added.column && one.is === 'equals' && added.is === 'equals'
  return [...where.filter(one => !isSame(one) && !isBeaten(one)), added]
}
