import { Plan, type SearchKind } from '#contract'
import { readLayers } from './planLayers.ts'

/** One value for a trainer or a program as it is typed: itself, several to try, or a range to draw from. */
export interface SpaceRow {
  name: string
  kind: 'value' | 'list' | 'range'
  /** The value, or values with commas between them. */
  text: string
  from: number | null
  to: number | null
  /** Draws as many from 0.001 to 0.01 as from 0.01 to 0.1. */
  log: boolean
  /** Whole numbers only. */
  integer: boolean
  /** How many values of the range a grid takes. */
  steps: number | null
}

export type Search = SearchKind | 'none'

/** What a range is in a plan. */
interface Range {
  min: number
  max: number
  log?: boolean
  integer?: boolean
  step?: number
  steps?: number
}
const isRange = (value: unknown): value is Range =>
  typeof value === 'object' && value !== null && ('min' in value || 'max' in value)

/** Fields of a plan that are not worth trying or that say what the data is. */
const FIXED = new Set(['weights', 'time', 'group', 'backbone'])
/** Fields whose values are whole numbers. */
const WHOLE = new Set(['epochs', 'batch', 'patience', 'seed', 'warmup', 'window', 'size'])

/** Names that a search over a trainer may vary. */
export const searchable = (uses: readonly string[], own: readonly string[]): string[] => [
  ...uses.filter(name => !FIXED.has(name)),
  ...own,
]

/** How a value can be given in each kind of search. */
export const kindsIn = (search: Search, name = ''): SpaceRow['kind'][] => {
  if (search === 'none') return ['value']
  return isNumeric(name) ? ['list', 'range', 'value'] : ['list', 'value']
}

const blank = { text: '', from: null, to: null, log: false, integer: false, steps: null }
const FIRST: Record<string, Partial<SpaceRow> & { list?: string }> = {
  learningRate: { kind: 'range', from: 0.0001, to: 0.01, log: true, list: '0.0003, 0.001, 0.003' },
  dropout: { kind: 'range', from: 0, to: 0.5, list: '0, 0.2, 0.4' },
  layers: { list: '64, 100-50, 100-70-50-25' },
  batch: { list: '32, 64, 128' },
  schedule: { list: 'constant, cosine' },
  classWeights: { list: 'none, balanced' },
  flip: { list: 'true, false' },
  size: { list: '32, 64' },
  window: { list: '12, 24, 48' },
  cell: { list: 'convolution, gru' },
}

/** A row to begin with, for a name in a kind of search. @param own whether it is no field of a plan */
export function rowFor(name: string, search: Search, own = false): SpaceRow {
  const { list = '', ...first } = FIRST[name] ?? {}
  const row = { ...blank, name, integer: own || WHOLE.has(name) }
  if (search === 'none') return { ...row, kind: 'value' }
  if (search !== 'grid' && first.kind === 'range') return { ...row, ...first, kind: 'range' }
  return { ...row, kind: 'list', text: list }
}

/** What is tried where a search begins. */
export const firstSpace = (search: Search, names: readonly string[]): SpaceRow[] =>
  ['learningRate', 'layers'].filter(name => names.includes(name)).map(name => rowFor(name, search))

/** The same rows in another kind of search: of a range, a grid takes a few values. */
export const rowsIn = (rows: readonly SpaceRow[], search: Search): SpaceRow[] =>
  rows.map(row =>
    search === 'grid' && row.kind === 'range' && row.steps === null ? { ...row, steps: 3 } : row,
  )

/** How a plan's values stand in the form. */
export const rowsOf = (hparams: Record<string, unknown>, search: Search): SpaceRow[] =>
  Object.entries(hparams).map(([name, value]): SpaceRow => {
    // What the fields cannot say stands as it was written.
    if (isRange(value) && value.step === undefined && search !== 'none') {
      const { min, max, log = false, integer = false, steps = null } = value
      return { ...blank, name, kind: 'range', from: min, to: max, log, integer, steps }
    }
    const integer = WHOLE.has(name)
    if (Array.isArray(value) && search !== 'none')
      return { ...blank, name, kind: 'list', integer, text: value.map(each => shown(name, each)).join(', ') }
    return { ...blank, name, kind: 'value', integer, text: shown(name, value) }
  })

/** A value as it is typed: layers with - between them, words as they are, all else as JSON. */
function shown(name: string, value: unknown): string {
  if (name === 'layers' && Array.isArray(value)) return value.join('-') || 'none'
  if (typeof value === 'string' && valueIn('', value) === value && !/[,"[{]/.test(value)) return value
  return JSON.stringify(value)
}

/** The values with commas between them, those inside brackets and quotes left whole. */
function parts(text: string): string[] {
  const found = text.matchAll(/\s*("(?:\\.|[^"\\])*"|\[[^\]]*\]|\{[^}]*\}|[^,]+)/g)
  return [...found].map(([, part]) => part?.trim() ?? '').filter(Boolean)
}

function valueIn(name: string, text: string): unknown {
  const trimmed = text.trim()
  if (name === 'layers' && !trimmed.startsWith('[')) return readLayers(trimmed)
  try {
    return JSON.parse(trimmed)
  } catch {
    return trimmed
  }
}

const shape = Plan.shape as unknown as Record<string, { safeParse(value: unknown): { success: boolean } }>
/** Whether a field of the plan takes a value; what is no field is the trainer's own and known to the engine. */
const fits = (name: string, value: unknown, own: readonly string[]): boolean =>
  own.includes(name) || !shape[name] || shape[name].safeParse(value).success

/** Whether a name can have a range: fields of numbers, and all that is no field. */
const isNumeric = (name: string): boolean =>
  !shape[name] || [0.5, 8, 64].some(value => shape[name]?.safeParse(value).success)

export interface Space {
  hparams: Record<string, unknown>
  /** What is wrong with a row, by its place. */
  problems: Record<number, string>
  /** Whether there is anything to try. */
  varied: boolean
  /** Combinations of a grid. */
  combinations: number
}

/**
 * Reads the values. @param about the trainer's own names, which are no fields of a plan; with `program` no name is a field
 */
export function readSpace(
  rows: readonly SpaceRow[],
  search: Search,
  about: { own?: readonly string[]; program?: boolean } = {},
): Space {
  const own = about.program ? rows.map(({ name }) => name.trim()) : (about.own ?? [])
  const space: Space = { hparams: {}, problems: {}, varied: false, combinations: 1 }
  rows.forEach((row, at) => {
    if (search === 'none' && row.kind !== 'value') return
    const name = row.name.trim()
    const read = readRow(row, search, own)
    if (!name) space.problems[at] = 'Give it a name'
    else if (Object.hasOwn(space.hparams, name)) space.problems[at] = `${name} is here twice`
    else if ('problem' in read) space.problems[at] = read.problem
    else {
      const { value } = read
      space.hparams[name] = value
      if (search === 'none') return
      space.varied ||= isRange(value) || row.kind === 'list'
      if (row.kind === 'list') space.combinations *= (value as unknown[]).length
      else if (row.kind === 'range') space.combinations *= row.steps ?? 1
    }
  })
  return space
}

function readRow(
  { name, kind, text, from, to, log, integer, steps }: SpaceRow,
  search: Search,
  own: readonly string[],
): { value: unknown } | { problem: string } {
  const field = name.trim()
  if (kind === 'range') {
    if (from === null || to === null) return { problem: 'Give both ends' }
    if (from >= to) return { problem: 'Let the first be less than the second' }
    if (log && from <= 0) return { problem: 'A range by powers begins above 0' }
    const whole = integer || WHOLE.has(field)
    const wrong = [from, to].find(end => !fits(field, end, own) || (whole && !Number.isInteger(end)))
    if (wrong !== undefined) return { problem: `${wrong} is no value for it` }
    if (search === 'grid' && !(steps !== null && Number.isInteger(steps) && steps >= 2))
      return { problem: 'Say how many values of it a grid takes, 2 or more' }
    return {
      value: {
        ...{ min: from, max: to },
        ...(log && { log }),
        ...(whole && { integer: whole }),
        ...(search === 'grid' && { steps }),
      },
    }
  }
  const texts = kind === 'list' ? parts(text) : text.trim() ? [text] : []
  if (!texts.length)
    return { problem: kind === 'list' ? 'Give values with commas between them' : 'Give a value' }
  const values = texts.map(each => valueIn(field, each))
  const wrong = values.findIndex(value => !fits(field, value, own))
  if (wrong >= 0) return { problem: `${texts[wrong]} is no value for it` }
  if (kind === 'list') return { value: values }
  // In a search a list is choices, so that one value that is a list is the only choice.
  return { value: search !== 'none' && Array.isArray(values[0]) ? [values[0]] : values[0] }
}
