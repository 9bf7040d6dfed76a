import { bytesCell } from './bytes.ts'
import type { Kind } from './kind.ts'
import { daysOf, microsOf } from './moments.ts'

/** A value of a column as a cell; null: it cannot be kept. */
export type CellOf = (text: string) => { kind: Kind; value: unknown } | null

const text: CellOf = value => ({ kind: 'text', value })
const integer: CellOf = value => ({ kind: 'integer', value: BigInt(value) })
const float: CellOf = value => ({ kind: 'float', value: Number(value) })

/** A number of any length: whole ones stay exact up to 38 digits. */
const numeric: CellOf = value => {
  if (!/^-?\d+$/.test(value)) return { kind: 'float', value: Number(value) }
  const digits = value.replace(/^-/, '').length
  if (digits <= 18) return { kind: 'integer', value: BigInt(value) }
  return digits <= 38 ? { kind: 'decimal', value } : { kind: 'float', value: Number(value) }
}

const date: CellOf = value => {
  if (/^-?infinity$/.test(value)) return null
  const days = daysOf(value)
  return days === null ? { kind: 'text', value } : { kind: 'date', value: days }
}
const timestamp: CellOf = value => {
  if (/^-?infinity$/.test(value)) return null
  const micros = microsOf(value)
  return micros === null ? { kind: 'text', value } : { kind: 'timestamp', value: micros }
}

/** Elements of an array as PostgreSQL writes it, `{1,NULL,"a, b",{2}}`, as a JSON list. */
export function arrayJson(value: string, isBare: boolean): string {
  const bounds = /^\[[^\]]*\](?:\[[^\]]*\])*=/.exec(value)?.[0].length ?? 0
  let out = ''
  for (let at = bounds; at < value.length; ) {
    const char = value[at] as string
    if (char === '{' || char === '}' || char === ',') {
      out += char === '{' ? '[' : char === '}' ? ']' : ','
      at++
    } else if (char === '"') {
      let word = ''
      for (at++; at < value.length && value[at] !== '"'; at++) {
        if (value[at] === '\\') at++
        word += value[at] ?? ''
      }
      at++
      out += JSON.stringify(word)
    } else {
      const word = /^[^,{}]*/.exec(value.slice(at))?.[0] ?? ''
      at += Math.max(1, word.length)
      if (word === 'NULL') out += 'null'
      else if (!isBare) out += JSON.stringify(word)
      else if (word === 't' || word === 'f') out += word === 't' ? 'true' : 'false'
      else out += /^-?(NaN|Infinity)$/.test(word) ? 'null' : word
    }
  }
  return out
}
const list =
  (isBare: boolean): CellOf =>
  value => ({ kind: 'list', value: arrayJson(value, isBare) })

/** By the object id of a type (pg_type.dat); all others are kept as their text. */
const byType: Record<number, { kind: Kind; cell: CellOf }> = {
  16: { kind: 'boolean', cell: value => ({ kind: 'boolean', value: value === 't' }) },
  17: { kind: 'bytes', cell: value => bytesCell(Buffer.from(value.slice(2), 'hex')) },
  20: { kind: 'integer', cell: integer },
  21: { kind: 'integer', cell: integer },
  23: { kind: 'integer', cell: integer },
  26: { kind: 'integer', cell: integer },
  700: { kind: 'float', cell: float },
  701: { kind: 'float', cell: float },
  1082: { kind: 'date', cell: date },
  1114: { kind: 'timestamp', cell: timestamp },
  1184: { kind: 'timestamp', cell: timestamp },
  1700: { kind: 'float', cell: numeric },
}
for (const oid of [1000, 1005, 1007, 1016, 1021, 1022, 1231]) byType[oid] = { kind: 'list', cell: list(true) }
for (const oid of [1001, 1002, 1009, 1014, 1015, 1041, 1115, 1182, 1183, 1185, 1187, 1270, 199, 2951, 3807])
  byType[oid] = { kind: 'list', cell: list(false) }

/**
 * How the values of a column become cells.
 * @param oid of its type
 * @param modifier of a numeric: its precision and scale, -1 where it has none
 */
export function readingOf(oid: number, modifier: number): { kind: Kind; cell: CellOf } {
  if (oid === 1700 && modifier >= 4) {
    const scale = (modifier - 4) & 0x7ff
    if (scale !== 0) return { kind: 'float', cell: float }
    return { kind: (modifier - 4) >> 16 > 18 ? 'decimal' : 'integer', cell: numeric }
  }
  return byType[oid] ?? { kind: 'text', cell: text }
}
