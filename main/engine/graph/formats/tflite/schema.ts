import { ENUMS } from './schema/enums.ts'
import { OPTION_TABLES } from './schema/options.ts'
import { MODEL_TABLES } from './schema/tables.ts'

/** Plain types of schema.fbs by their bytes. */
export const WIDTHS = {
  bool: 1,
  byte: 1,
  ubyte: 1,
  short: 2,
  ushort: 2,
  int: 4,
  uint: 4,
  float: 4,
  long: 8,
  ulong: 8,
} as const

/** A number, by its name in schema.fbs. */
export type PlainType = keyof typeof WIDTHS

/** What a field holds: a number, text, another table, one of several tables, or a list of one of these. */
interface FieldType {
  kind: 'plain' | 'string' | 'table' | 'union'
  vector: boolean
  /** Plain type as it is stored, also of enums. */
  plain: PlainType
  /** Name of the enum, table or union. */
  of?: string
}

/** A field of a table. */
export interface Field extends FieldType {
  name: string
  /** Place in the table; of a union's type, which stands right before its value. */
  id: number
  /** What is meant where the field is left out: a number, or a name in the enum. */
  otherwise: number | boolean | string
}

/** A table of schema.fbs. */
export interface TableType {
  name: string
  fields: Field[]
}

const entries = (text: string): string[][] =>
  text
    .split(';')
    .map(entry => entry.trim().split(/\s+/))
    .filter(words => words[0])

const enums = new Map(entries(ENUMS).map(([name, ...values]) => [name as string, values]))

/** Enums that are not stored as one byte. */
const WIDE: Record<string, PlainType> = {
  BuiltinOperator: 'int',
  ReduceWindowFunction: 'int',
  StablehloPrecisionConfig: 'uint',
  StablehloComparisonDirection: 'uint',
  StablehloComparisonType: 'uint',
}

const UNIONS = new Set(['QuantizationDetails', 'SparseIndexVector', 'BuiltinOptions', 'BuiltinOptions2'])

function typeOf(text: string): FieldType {
  const vector = text.startsWith('[')
  const name = vector ? text.slice(1, -1) : text
  if (name in WIDTHS) return { kind: 'plain', vector, plain: name as PlainType }
  if (name === 'string') return { kind: 'string', vector, plain: 'uint' }
  if (UNIONS.has(name)) return { kind: 'union', vector, plain: 'ubyte', of: name }
  if (enums.has(name)) return { kind: 'plain', vector, plain: WIDE[name] ?? 'byte', of: name }
  return { kind: 'table', vector, plain: 'uint', of: name }
}

function fieldOf(text: string, id: number): Field {
  const [name = '', rest = ''] = text.split(':')
  const [type = '', given] = rest.split('=')
  const field = typeOf(type)
  const values = field.of === undefined ? undefined : enums.get(field.of)
  const none = field.plain === 'bool' ? given === 'true' : Number(given ?? 0)
  return { ...field, name, id, otherwise: values ? (given ?? values[0] ?? '') : none }
}

function tableOf([name = '', ...fields]: string[]): TableType {
  let id = 0
  return {
    name,
    fields: fields.map(text => {
      const field = fieldOf(text, id)
      id += field.kind === 'union' ? 2 : 1
      return field
    }),
  }
}

const tables = new Map(
  [...entries(MODEL_TABLES), ...entries(OPTION_TABLES)].map(entry => [entry[0] as string, tableOf(entry)]),
)

/** A table by its name in schema.fbs. */
export function table(name: string): TableType {
  const found = tables.get(name)
  if (!found) throw new Error(`schema.fbs has no table ${name}`)
  return found
}

/** The name of an enum's value, or undefined for one of a newer schema. */
export const nameIn = (of: string, value: number): string | undefined => enums.get(of)?.[value]

/** The number of an enum's value; -1 where it has none of this name. */
export const numberIn = (of: string, name: string): number => enums.get(of)?.indexOf(name) ?? -1
