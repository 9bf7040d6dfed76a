import type { DescEnum, DescField, DescMessage, MessageShape, Registry } from '@bufbuild/protobuf'
import { fromBinary, ScalarType } from '@bufbuild/protobuf'
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect'
import type { Any } from '@bufbuild/protobuf/wkt'
import { floatLiteral, shortestFloat, stringLiteral } from './literals.ts'

/**
 * A message in the protobuf text format, byte for byte as Python's `text_format.MessageToString` and with it
 * TensorFlow Data Validation's `write_schema_text` writes it: fields by number, two spaces a level, maps by key, an
 * `Any` of a known type by its fields. A field that was set to its default is written where the format tells set from
 * unset. Unknown fields have no names and are left out.
 */
export function toText<Desc extends DescMessage>(
  schema: Desc,
  message: MessageShape<Desc>,
  registry?: Registry,
): string {
  const out: Out = { lines: [], registry }
  printMessage(reflect(schema, message), '', out)
  return out.lines.join('')
}

interface Out {
  lines: string[]
  /** Types that are shown by their fields where they lie inside an `Any`. */
  registry?: Registry
}

type Value = { scalar: ScalarType } | { enum: DescEnum } | { message: DescMessage }

function printMessage(message: ReflectMessage, indent: string, out: Out): void {
  if (message.desc.typeName === 'google.protobuf.Any' && printAny(message.message as Any, indent, out)) return
  // A map's entry is a message of its own: in proto3 its key and value are left out when they are zero or empty.
  const tellsUnset = message.desc.file.proto.syntax !== 'proto3'
  for (const field of message.sortedFields) {
    if (!message.isSet(field)) continue
    const name = nameOf(field)
    if (field.fieldKind === 'list') {
      const kind = kindOf(field)
      for (const item of message.get(field)) printField(name, kind, item, indent, out)
    } else if (field.fieldKind === 'map') {
      const entries = [...message.get(field)].sort(([a], [b]) => compareKeys(a as MapKey, b as MapKey))
      for (const [key, value] of entries) {
        out.lines.push(indent, name, ' {\n')
        if (tellsUnset || !isZero(key)) printField('key', { scalar: field.mapKey }, key, `${indent}  `, out)
        if (tellsUnset || !isZero(value)) printField('value', kindOf(field), value, `${indent}  `, out)
        out.lines.push(indent, '}\n')
      }
    } else printField(name, kindOf(field), message.get(field), indent, out)
  }
}

const isZero = (value: unknown) =>
  value === 0n || value === false || value === '' || Object.is(value, 0) || (value as Uint8Array).length === 0

/** What a value of this field, an item of this list or a value of this map is. */
function kindOf(field: DescField): Value {
  if (field.message) return { message: field.message }
  if (field.enum) return { enum: field.enum }
  return { scalar: field.scalar as ScalarType }
}

/** A group goes by the name of its type. */
function nameOf(field: DescField): string {
  const isGroup = field.message && field.fieldKind !== 'map' && field.delimitedEncoding
  return isGroup ? field.message.name : field.name
}

function printField(name: string, kind: Value, value: unknown, indent: string, out: Out): void {
  if ('message' in kind) {
    out.lines.push(indent, name, ' {\n')
    printMessage(value as ReflectMessage, `${indent}  `, out)
    out.lines.push(indent, '}\n')
    return
  }
  const literal =
    'enum' in kind
      ? (kind.enum.value[value as number]?.name ?? String(value))
      : scalarLiteral(kind.scalar, value)
  out.lines.push(indent, name, ': ', literal, '\n')
}

function scalarLiteral(type: ScalarType, value: unknown): string {
  switch (type) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return stringLiteral(value as string | Uint8Array)
    case ScalarType.FLOAT:
      return floatLiteral(shortestFloat(value as number))
    case ScalarType.DOUBLE:
      return floatLiteral(value as number)
    default:
      return String(value)
  }
}

type MapKey = string | number | bigint | boolean

function compareKeys(a: MapKey, b: MapKey): number {
  // Strings go by code point, which is the order of their UTF-8 and not that of JavaScript.
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return a < b ? -1 : a > b ? 1 : 0
}

/** Whether the `Any` could be written by the fields of what it holds. */
function printAny(any: Any, indent: string, out: Out): boolean {
  const slash = any.typeUrl.lastIndexOf('/')
  const desc = slash < 0 ? undefined : out.registry?.getMessage(any.typeUrl.slice(slash + 1))
  if (!desc) return false
  let held: MessageShape<DescMessage>
  try {
    held = fromBinary(desc, any.value)
  } catch {
    return false
  }
  out.lines.push(indent, `[${any.typeUrl}] {\n`)
  printMessage(reflect(desc, held), `${indent}  `, out)
  out.lines.push(indent, '}\n')
  return true
}
