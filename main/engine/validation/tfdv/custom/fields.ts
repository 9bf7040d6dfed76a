import { type FeatureNameStatisticsSchema, isFieldSet } from '../../../metadata/index.ts'

/** Kinds of scalars by protobuf's numbers for them. */
const DOUBLE = 1
const FLOAT = 2
const STRING = 9

type Description = typeof FeatureNameStatisticsSchema
type Field = Description['fields'][number]
type AnyMessage = Parameters<typeof isFieldSet>[0]

/** A message within the statistics, or the place of one that is not there. */
export class Part {
  readonly description: Description
  readonly message: AnyMessage | null
  constructor(description: Description, message: AnyMessage | null) {
    this.description = description
    this.message = message
  }
}

/** A named constant of the statistics, such as a type. */
export class Constant {
  readonly number: number
  readonly names: ReadonlyMap<string, number>
  constructor(number: number, names: ReadonlyMap<string, number>) {
    this.number = number
    this.names = names
  }
  get name(): string {
    for (const [name, number] of this.names) if (number === this.number) return name
    return String(this.number)
  }
}

export type Value = bigint | number | string | boolean | null | Constant | Part | Value[]

/**
 * A field of a message by its name in the proto, without regard to case: what is not set has its default, but a message
 * that is not set is null. `has_<field>` tells which. Undefined: there is no such field.
 */
export function fieldOf({ description, message }: Part, name: string): Value | undefined {
  const field = named(description, name)
  if (field) return valueIn(field, message)
  const asked = name.toLowerCase().startsWith('has_') ? named(description, name.slice(4)) : undefined
  const canTell = asked && (asked.fieldKind === 'message' || asked.oneof !== undefined)
  if (!canTell) return undefined
  return message && isFieldSet(message, asked)
}

const named = ({ fields }: Description, name: string): Field | undefined =>
  fields.find(field => field.name.toLowerCase() === name.toLowerCase())

function valueIn(field: Field, message: AnyMessage | null): Value | undefined {
  const raw = message && rawOf(field, message)
  switch (field.fieldKind) {
    case 'message':
      return new Part(field.message as Description, (raw ?? null) as AnyMessage | null)
    case 'list': {
      if (!message) return null
      const { listKind } = field
      if (listKind === 'message')
        return (raw as AnyMessage[]).map(one => new Part(field.message as Description, one))
      return listKind === 'scalar' ? (raw as unknown[]).map(plain) : undefined
    }
    case 'enum':
      return message
        ? new Constant(Number(raw ?? 0), new Map(field.enum.values.map(one => [one.name, one.number])))
        : null
    case 'scalar':
      return message ? plain(raw ?? field.getDefaultValue() ?? zeroOf(field)) : null
    default:
      return undefined
  }
}

function rawOf(field: Field, message: AnyMessage): unknown {
  const held = message as unknown as Record<string, unknown>
  if (!field.oneof) return held[field.localName]
  const one = held[field.oneof.localName] as { case?: string; value?: unknown }
  return one.case === field.localName ? one.value : undefined
}

/** What a scalar that is not chosen among several reads as. */
function zeroOf(field: Field & { fieldKind: 'scalar' }): Value {
  if (field.scalar === STRING) return ''
  return field.scalar === DOUBLE || field.scalar === FLOAT ? 0 : 0n
}

/** Whole numbers of 32 bits count as whole numbers too. */
const plain = (raw: unknown): Value =>
  typeof raw === 'bigint' || typeof raw === 'number' || typeof raw === 'string' || typeof raw === 'boolean'
    ? raw
    : null
