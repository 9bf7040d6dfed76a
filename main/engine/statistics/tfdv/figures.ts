import type { Session } from '../../dataset/index.ts'
import type { NumericStatistics } from '../../metadata/index.ts'
import type { Counted } from './count.ts'
import { Numeric } from './numeric.ts'
import { doubleOf, singleOf, wholeOf, wholeText } from './texts.ts'

/** How a feature's figures are made: of numbers, of texts, or of numbers that are names of categories. */
export type Manner = 'numbers' | 'texts' | 'categories'
export interface Measured {
  as: 'INT' | 'FLOAT' | 'STRING'
  manner: Manner
}

const MOST_RANKS = 1000

/** Rows with and without a value, and their weights. */
export interface Presence {
  rows: number
  present: number
  weight: number
  presentWeight: number
}

/** A value, and how many rows have it or what they weigh. */
export type Ranked = [value: string, count: number]

export interface TextFigures {
  unique: number
  /** Bytes of all values together. */
  bytes: number
  /** The most frequent values, those that are as frequent in descending order of their bytes. */
  ranks: Ranked[]
  weightedRanks: Ranked[]
}

/** Figures by the place of the part and the place of the feature: `figures.presence.get(key(part, feature))`. */
export interface Figures {
  presence: Map<string, Presence>
  numbers: Map<string, NumericStatistics>
  texts: Map<string, TextFigures>
}
export const key = (part: number, feature: number) => `${part} ${feature}`

const PLACES = { INT: 0, FLOAT: 1, STRING: 2 }
/** Where numbers are names of categories. */
const CATEGORIES = { INT: 3, FLOAT: 4, STRING: 2 }

/** What a fractional number is called: six digits, as C prints `%g`. */
const NAMED = `CASE WHEN isnan(x) THEN 'nan' WHEN isinf(x) THEN IF(x > 0, 'inf', '-inf') ELSE printf('%g', x) END`
/** Its length is that of the number as Python writes it; NaNs of both signs are two values. */
const WRITTEN = `CASE WHEN isnan(x) THEN 'nan' ELSE CAST(x AS VARCHAR) END`

/** All figures of the relation `parts`. */
export async function figuresOf(
  session: Session,
  { single, weight }: Counted,
  measured: Measured[],
  { tie, tell }: { tie: 'value' | 'text'; tell?(share: number | null, step: string): void },
): Promise<Figures> {
  const weighted = weight !== null
  const places = measured.map(
    ({ as, manner }, f) => `(${f}, ${(manner === 'categories' ? CATEGORIES : PLACES)[as]})`,
  )
  await session.run(
    `CREATE OR REPLACE TEMP TABLE measured AS SELECT * FROM (VALUES ${places.join(', ')}) AS t(f, r)`,
  )
  tell?.(null, 'measuring')
  const presence = await presenceOf(session)
  return {
    presence,
    numbers: await numbersOf(session, presence, { features: measured.length, single, weighted }),
    texts: await textsOf(session, { single, weighted, tie }),
  }
}

async function presenceOf(session: Session): Promise<Figures['presence']> {
  const found: Figures['presence'] = new Map()
  const stream = session.stream(
    `SELECT f::DOUBLE, p::DOUBLE, sum(n)::DOUBLE, COALESCE(sum(n) FILTER (v IS NOT NULL), 0)::DOUBLE, fsum(w), COALESCE(fsum(w) FILTER (v IS NOT NULL), 0)
     FROM parts GROUP BY f, p`,
  )
  for await (const { rows, columns } of stream) {
    const [f, p, all, present, weight, presentWeight] = columns as number[][]
    for (let at = 0; at < rows; at++)
      found.set(key(p?.[at] as number, f?.[at] as number), {
        rows: all?.[at] as number,
        present: present?.[at] as number,
        weight: weight?.[at] as number,
        presentWeight: presentWeight?.[at] as number,
      })
  }
  return found
}

async function numbersOf(
  session: Session,
  presence: Figures['presence'],
  { features, single, weighted }: { features: number; single: boolean; weighted: boolean },
): Promise<Figures['numbers']> {
  const nans = new Map<string, { rows: number; weight: number }>()
  for (const { f, p, n, w } of await session.rows<Record<'f' | 'p' | 'n' | 'w', number>>(
    `SELECT f, p, sum(n) AS n, fsum(w) AS w FROM parts JOIN measured USING (f)
     WHERE r = 1 AND contains(lower(v), 'nan') GROUP BY f, p`,
  ))
    nans.set(key(p, f), { rows: n, weight: w })
  const found: Figures['numbers'] = new Map()
  const begin = (at: string): Numeric => {
    const nan = nans.get(at) ?? { rows: 0, weight: 0 }
    const { present, presentWeight } = presence.get(at) as Presence
    return new Numeric({
      rows: present - nan.rows,
      weight: presentWeight - nan.weight,
      nan: nan.rows,
      weighted,
    })
  }
  const number = doubleOf('v')
  // Each column costs as much as the figures of its values do: part and feature come as one number.
  const stream = session.stream(
    `SELECT (p * ${features} + f)::DOUBLE AS place, x, n::DOUBLE${weighted ? ', w' : ''}
     FROM (SELECT f, p, ${single ? `CASE WHEN r = 1 THEN ${singleOf(number)} ELSE ${number} END` : number} AS x, n, w
       FROM parts JOIN measured USING (f) WHERE r < 2 AND v IS NOT NULL)
     ORDER BY place, x`,
  )
  let current = null as { place: number; at: string; numeric: Numeric } | null
  for await (const { rows, columns } of stream) {
    const [places, x, n, w] = columns as [number[], number[], number[], number[]?]
    for (let at = 0; at < rows; at++) {
      const place = places[at] as number
      if (current?.place !== place) {
        if (current) found.set(current.at, current.numeric.end())
        const name = key(Math.floor(place / features), place % features)
        current = { place, at: name, numeric: begin(name) }
      }
      current.numeric.push(x[at] as number, n[at] as number, w ? (w[at] as number) : 0)
    }
  }
  if (current) found.set(current.at, current.numeric.end())
  return found
}

async function textsOf(
  session: Session,
  { single, weighted, tie }: { single: boolean; weighted: boolean; tie: 'value' | 'text' },
): Promise<Figures['texts']> {
  const number = single ? singleOf(doubleOf('v')) : doubleOf('v')
  // Whole numbers that are categories are ranked by their value where they are as frequent, texts by their bytes.
  await session.run(`CREATE OR REPLACE TEMP VIEW words AS
    SELECT f, p, v, strlen(v) AS l, CAST(0 AS BIGINT) AS k, n, w FROM parts JOIN measured USING (f)
    WHERE r = 2 AND v IS NOT NULL
    UNION ALL
    SELECT f, p, t, strlen(t), k, CAST(sum(n) AS BIGINT), sum(w)
    FROM (SELECT f, p, ${wholeText('v')} AS t, ${tie === 'value' ? wholeOf('v') : '0'} AS k, n, w
      FROM parts JOIN measured USING (f) WHERE r = 3 AND v IS NOT NULL) GROUP BY f, p, t, k
    UNION ALL
    SELECT f, p, any_value(${NAMED}), any_value(strlen(t)), 0, CAST(sum(n) AS BIGINT), sum(w)
    FROM (SELECT f, p, x, n, w, isnan(x) AND contains(v, '-') AS negative, ${WRITTEN} AS t
      FROM (SELECT f, p, v, n, w, ${number} AS x
        FROM parts JOIN measured USING (f) WHERE r = 4 AND v IS NOT NULL))
    GROUP BY f, p, t, negative`)
  const found: Figures['texts'] = new Map()
  const totals = session.stream(
    'SELECT f::DOUBLE, p::DOUBLE, count(*)::DOUBLE, sum(l * n)::DOUBLE FROM words GROUP BY f, p',
  )
  for await (const { rows, columns } of totals) {
    const [f, p, unique, bytes] = columns as [number[], number[], number[], number[]]
    for (let at = 0; at < rows; at++)
      found.set(key(p[at] as number, f[at] as number), {
        unique: unique[at] as number,
        bytes: bytes[at] as number,
        ranks: [],
        weightedRanks: [],
      })
  }
  await rank('n::DOUBLE', '', 'ranks')
  // TFDV leaves out values that weigh less than 1 (its weighted frequency threshold).
  if (weighted) await rank('w', 'WHERE w >= 1', 'weightedRanks')
  return found

  async function rank(count: string, where: string, into: 'ranks' | 'weightedRanks'): Promise<void> {
    const ranks = session.stream(
      `SELECT f::DOUBLE, p::DOUBLE, t.v, t.c FROM
        (SELECT f, p, unnest(max({'c': ${count}, 'k': k, 'v': v}, ${MOST_RANKS})) AS t FROM words ${where} GROUP BY f, p)`,
    )
    for await (const { rows, columns } of ranks) {
      const [f, p, v, c] = columns as [number[], number[], string[], number[]]
      for (let at = 0; at < rows; at++)
        found.get(key(p[at] as number, f[at] as number))?.[into].push([v[at] as string, c[at] as number])
    }
  }
}
