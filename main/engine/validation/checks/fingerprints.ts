import { type Placed, placedColumns, relationOf, sampling, textOf } from './cells.ts'
import type { Subject } from './check.ts'

/** Wider rows are not compared as a whole. */
const WIDEST = 2048
const PAIRED_ROWS = 4000
const SHIFTS = 100
/** Comparisons of cells, at most. */
const MOST_COMPARED = 40_000_000
/** Pairs that must be left to say how a further column agrees among them. */
const TELLING = 50

/** Rows in short, and the chance that two of them are alike though neither is a copy. */
export interface Fingerprint {
  /** The column of the relation that has it. */
  as: 'h' | 'g' | 'f'
  chance: number
}

/** Every row of a table in short: a relation with `row`, `s` and a column for each fingerprint. */
export interface Fingerprints {
  table: string
  /** Of all columns. */
  whole: Fingerprint
  /** Of all columns but those that say which row it is and to which split it goes. */
  content: Fingerprint
  /** Of the content without the label; null where no label is known. */
  features: Fingerprint | null
}

const kept = new WeakMap<object, Promise<Fingerprints | null>>()

/** Made once in a session; null where there are no rows to compare, or too wide ones. */
export function fingerprints(subject: Subject): Promise<Fingerprints | null> {
  const there = kept.get(subject.session) ?? make(subject)
  kept.set(subject.session, there)
  return there
}

async function make(subject: Subject): Promise<Fingerprints | null> {
  const { table, session, label } = subject
  const columns = placedColumns(subject)
  const { key = [], splitBy, images } = table.version ?? {}
  const naming = new Set([...key, ...(splitBy ? [splitBy.column] : [])])
  const content = columns.filter(({ column }) => !naming.has(column.name))
  const features = content.filter(({ column }) => column.name !== label)
  if (!features.length || columns.length > WIDEST || table.rows < 2 || images) return null
  const target = content.find(({ column }) => column.name === label)
  const hashed = (some: readonly Placed[], as: string) =>
    [...new Set(some.map(({ group }) => group))].map((group, at) => ({
      group,
      sql: `hash(${some
        .filter(one => one.group === group)
        .map(({ column }) => column.physical)
        .join(', ')})`,
      as: `${as}${at}`,
    }))
  const parts = {
    f: hashed(features, 'f'),
    y: target ? hashed([target], 'y') : [],
    k: hashed(
      columns.filter(({ column }) => naming.has(column.name)),
      'k',
    ),
  }
  const named = (...some: { as: string }[][]) =>
    `hash(${some
      .flat()
      .map(({ as }) => as)
      .join(', ')})`
  await session.run(
    `CREATE OR REPLACE TEMP TABLE fingerprints AS SELECT "row", s, ${named(parts.f)} AS f, ${named(parts.f, parts.y)} AS g,
       ${named(parts.f, parts.y, parts.k)} AS h FROM ${relationOf([...parts.f, ...parts.y, ...parts.k])}`,
  )
  const chance = await chanceOf(subject, content)
  return {
    table: 'temp.fingerprints',
    whole: { as: 'h', chance: naming.size ? await chanceOf(subject, columns) : chance },
    content: { as: 'g', chance },
    features: target ? { as: 'f', chance: await chanceOf(subject, features) } : null,
  }
}

/** Columns beside which one is looked at, and in how many pairs. */
const [PARTNERS, PARTNERED] = [16, 20_000]
/** What may lie between the two ways of estimating a chance, where one column follows from several others. */
const BETWEEN = 20

/**
 * The chance that two rows are alike: columns are taken one after the other, those that agree most often first, each by
 * how often it agrees among the pairs of rows that agree in those before it. So columns that go together count once.
 * Copies agree in everything, so the same is estimated without pairs that agree in all other columns, too.
 */
async function chanceOf({ table, session, signal }: Subject, columns: Placed[]): Promise<number> {
  const cells = columns.map(({ column, group }, at) => ({
    group,
    sql: `hash(${textOf(column)})`,
    as: `x${at}`,
  }))
  const seen = columns.map(() => new Map<string, number>())
  const listed: number[][] = columns.map(() => [])
  const selected = cells.map(({ as }) => `CAST(${as} AS VARCHAR)`).join(', ')
  for await (const batch of session.stream(
    `SELECT ${selected} FROM ${relationOf(cells)} WHERE ${sampling(table, PAIRED_ROWS)} ORDER BY hash("row", 'pairs')`,
  ))
    for (const [at, column] of batch.columns.entries()) {
      const codes = seen[at] as Map<string, number>
      for (const text of column as string[]) {
        const code = codes.get(text) ?? codes.size
        codes.set(text, code)
        listed[at]?.push(code)
      }
    }
  const codes = listed.map(column => Uint32Array.from(column))
  const rows = codes[0]?.length ?? 0
  if (rows < 2) return 0
  const most = Math.max(1, Math.floor(MOST_COMPARED / columns.length / rows))
  const pairs = rows * Math.min(SHIFTS, rows - 1, most)
  const partnered = Math.min(
    pairs,
    PARTNERED,
    Math.max(1000, Math.floor(MOST_COMPARED / PARTNERS / columns.length)),
  )
  const one = Uint32Array.from({ length: pairs }, (_, pair) => pair % rows)
  const other = Uint32Array.from(
    { length: pairs },
    (_, pair) => ((pair % rows) + 1 + Math.floor(pair / rows)) % rows,
  )
  const agree = (column: Uint32Array, pair: number): boolean =>
    column[one[pair] as number] === column[other[pair] as number]
  const differing = new Uint16Array(pairs)
  for (const column of codes)
    for (let pair = 0; pair < pairs; pair++)
      if (!agree(column, pair)) differing[pair] = (differing[pair] as number) + 1
  /** Among some pairs, and among those of them that differ in another column, how many agree. */
  const agreeing = (column: Uint32Array, some: ArrayLike<number>) => {
    const counted = { all: 0, hits: [] as number[], apart: 0, apartHits: 0 }
    for (let at = 0; at < some.length; at++) {
      const pair = some[at] as number
      const isHit = agree(column, pair)
      counted.all++
      if (isHit) counted.hits.push(pair)
      if ((differing[pair] as number) <= (isHit ? 0 : 1)) continue
      counted.apart++
      if (isHit) counted.apartHits++
    }
    return counted
  }
  const everyPair = Uint32Array.from({ length: pairs }, (_, pair) => pair)
  const rated = codes.map(column => {
    const { all, hits, apart, apartHits } = agreeing(column, everyPair)
    return {
      column,
      share: Math.max(hits.length, 0.5) / all,
      without: Math.max(apartHits, 0.5) / Math.max(1, apart),
    }
  })
  /** How often a column agrees beside the one of some others that it goes with most, in pairs that differ elsewhere. */
  const besides = ({ column, without }: (typeof rated)[number], others: Uint32Array[]): number => {
    let most = without
    for (const partner of others.slice(-PARTNERS)) {
      let [all, hits] = [0, 0]
      for (let pair = 0; pair < partnered; pair++) {
        if (!agree(partner, pair)) continue
        const isHit = agree(column, pair)
        if ((differing[pair] as number) <= (isHit ? 0 : 1)) continue
        all++
        if (isHit) hits++
      }
      if (all >= TELLING) most = Math.max(most, hits / all)
    }
    return most
  }
  const before: Uint32Array[] = []
  let left: ArrayLike<number> = everyPair
  let [chance, without] = [1, 1]
  for (const next of rated.sort((a, b) => b.share - a.share)) {
    signal.throwIfAborted()
    const { all, hits, apart, apartHits } = agreeing(next.column, left)
    chance *= hits.length >= 3 ? hits.length / all : Math.min(next.share, 3 / all)
    without *= apart >= TELLING && apartHits >= 3 ? apartHits / apart : besides(next, before)
    before.push(next.column)
    left = hits.length >= TELLING ? hits : left
  }
  return Math.min(chance, BETWEEN * without)
}

/** Whether so many are more than chance brings where so many are expected. */
export const isMore = (found: number, expected: number): boolean =>
  found > 0 && found > 3 * expected + 3 * Math.sqrt(expected)

/** So small a share of the rows does no harm. */
export const HARMLESS = 0.001
