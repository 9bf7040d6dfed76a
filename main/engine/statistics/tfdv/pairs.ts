import type { Session, Table } from '../../dataset/index.ts'
import { fail } from '../../kit/index.ts'
import { type Counted, columnOf, textOf, weightOf } from './count.ts'
import { type CellOf, rowsOf } from './rows.ts'
import { type CountedAs, wholeText } from './texts.ts'

/** Columns that one query pairs with the label; a grouping tells no more than 63 apart. */
const AT_ONCE = 32
/** Whole numbers of a lift lie in 32 bits. */
const LARGEST = 2 ** 31

/** How many rows, and what they weigh (0 where nothing weighs them). */
export interface Many {
  rows: number
  weight: number
}

/** A value of a column: a text, or a whole number. */
export type Value = string | number

/** How often the values of a column are there together with those of another one, the label. */
export interface Pairs {
  /** Values of the label in ascending order: texts by their bytes. */
  labels: { value: Value; all: Many }[]
  /** Values of the column in ascending order; `with` has a place for each label, empty where they never meet. */
  values: { value: Value; all: Many; with: (Many | undefined)[] }[]
}

interface Counting {
  labels: Map<string, Many>
  values: Map<string, { all: Many; with: Map<string, Many> }>
}

const add = (to: Many, { rows, weight }: Many) => {
  to.rows += rows
  to.weight += weight
}

function into<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const there = map.get(key)
  if (there !== undefined) return there
  const made = make()
  map.set(key, made)
  return made
}

const none = (): Many => ({ rows: 0, weight: 0 })

/**
 * Counts how often each value of each column is there with each value of the label: of all rows (part 0) and of each
 * slice (from 1, as the table `slicing` says), in as few passes over the rows as can be.
 * @throws Failure too-wide where more pairs were to be told than `most`, wrong-type where a whole number is beyond 32 bits
 */
export async function countPairs(
  session: Session,
  table: Table,
  counted: Counted,
  label: { name: string; as: CountedAs },
  columns: { name: string; as: CountedAs }[],
  most: number,
): Promise<Map<number, Pairs[]>> {
  const texts = table.texts !== undefined
  const cell = ({ name, as }: { name: string; as: CountedAs }, to: string): CellOf => {
    const { column, from } = columnOf(table, name, 'pair')
    const text = texts ? `NULLIF(${column.physical}, '')` : textOf(column)
    return { from, sql: as === 'INT' ? wholeText(text) : text, as: to }
  }
  const shared: CellOf[] = [cell(label, 'y')]
  if (counted.weight !== null) {
    const place = columnOf(table, counted.weight, 'weigh the rows')
    const sql = await weightOf(session, place, texts, counted.single)
    shared.push({ from: place.from, sql, as: 'w' })
  }
  const keys = counted.slices.map((feature, at): CellOf => {
    const { column, from } = columnOf(table, counted.features[feature]?.name ?? '', 'slice by')
    return { from, sql: `COALESCE(${textOf(column)}, '')`, as: `k${at}` }
  })
  const found = new Map<number, Counting[]>()
  for (let from = 0; from < columns.length; from += AT_ONCE) {
    const some = columns.slice(from, from + AT_ONCE)
    const rows = rowsOf([...some.map((column, at) => cell(column, `x${at}`)), ...shared, ...keys])
    const sliced = keys.length
      ? `${rows} LEFT JOIN slicing USING (${keys.map(({ as }) => as).join(', ')})`
      : `(SELECT *, CAST(NULL AS INTEGER) AS p FROM ${rows})`
    const xs = some.map((_, at) => `x${at}`)
    const all = `${2n ** BigInt(xs.length) - 1n}`
    const stream = session.stream(
      `SELECT CAST(${xs.length - 1} - bit_count(${all} - grouping_id(${xs.join(', ')}) - 1) AS DOUBLE) AS at,
         COALESCE(p, 0)::DOUBLE, y, COALESCE(${xs.join(', ')}) AS x, count(*)::DOUBLE,
         ${counted.weight === null ? '0' : 'fsum(w)'}::DOUBLE
       FROM ${sliced} GROUP BY GROUPING SETS (${xs.map(x => `(p, y, ${x})`).join(', ')})`,
    )
    for await (const { rows: many, columns: cells } of stream) {
      const [at, p, y, x, n, w] = cells as [number[], number[], string[], string[], number[], number[]]
      for (let row = 0; row < many; row++) {
        const here = { rows: n[row] as number, weight: w[row] as number }
        // Every row is in the part of all rows, and in one more where it is in a slice.
        for (const part of p[row] ? [0, p[row] as number] : [0]) {
          const place = into(found, part, () => columns.map(emptyCounting))[from + (at[row] as number)]
          if (place) count(place, y[row] ?? null, x[row] ?? null, here)
        }
      }
    }
    for (const places of found.values()) {
      const pairs = places.reduce((sum, { labels, values }) => sum + labels.size * values.size, 0)
      if (pairs > most)
        throw fail(
          'too-wide',
          `The lift of "${label.name}" would have more than ${most.toLocaleString('en')} values.`,
          'Leave columns of many different values out of the schema, or choose a label of fewer values.',
        )
    }
  }
  return new Map(
    [...found].map(([part, places]) => [
      part,
      places.map((place, nth) => pairsOf(place, label, columns[nth] as { name: string; as: CountedAs })),
    ]),
  )
}

const emptyCounting = (): Counting => ({ labels: new Map(), values: new Map() })

function count({ labels, values }: Counting, y: string | null, x: string | null, here: Many): void {
  if (y !== null) add(into(labels, y, none), here)
  if (x === null) return
  const value = into(values, x, () => ({ all: none(), with: new Map<string, Many>() }))
  add(value.all, here)
  if (y !== null) add(into(value.with, y, none), here)
}

function pairsOf(
  { labels, values }: Counting,
  label: { name: string; as: CountedAs },
  column: { name: string; as: CountedAs },
): Pairs {
  const ys = inOrder([...labels.keys()], label)
  return {
    labels: ys.map(({ key, value }) => ({ value, all: labels.get(key) ?? none() })),
    values: inOrder([...values.keys()], column).map(({ key, value }) => {
      const found = values.get(key)
      return { value, all: found?.all ?? none(), with: ys.map(y => found?.with.get(y.key)) }
    }),
  }
}

/** Values in ascending order, as texts by their bytes or as whole numbers. */
function inOrder(keys: string[], { name, as }: { name: string; as: CountedAs }) {
  if (as === 'STRING') {
    const bytes = keys.map(key => ({ key, value: key as Value, bytes: Buffer.from(key) }))
    return bytes.sort((a, b) => Buffer.compare(a.bytes, b.bytes))
  }
  const numbers = keys.map(key => ({ key, value: Number(key) as Value }))
  if (numbers.some(({ value }) => (value as number) >= LARGEST || (value as number) < -LARGEST))
    throw fail(
      'wrong-type',
      `The column "${name}" holds whole numbers beyond 32 bits, which a lift cannot tell of.`,
      'Change its type in the schema, or leave the label out.',
    )
  return numbers.sort((a, b) => (a.value as number) - (b.value as number))
}
