import {
  type DescField,
  type DescMessage,
  type JsonObject,
  type JsonValue,
  type MessageShape,
  fromJson as parse,
  toJson as print,
  ScalarType,
} from '@bufbuild/protobuf'
import { fail } from '../kit/index.ts'
import { shortestFloat } from './text/literals.ts'
import { registry } from './text/registry.ts'
import { kindOf, plain } from './words.ts'

/**
 * A message in protobuf JSON as Python's `MessageToDict(message, preserving_proto_field_name=True)` gives it: the
 * names of the proto, 64-bit integers as strings, `"NaN"` and `"Infinity"` as strings, 32-bit floats by their shortest
 * decimal, nothing that is unset.
 * @throws `unsupported` for an `Any` of a type that is not known here, which this format has no form for
 */
export function toJson<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): JsonValue {
  let json: JsonValue
  try {
    json = print(schema, message, { registry, useProtoFieldName: true })
  } catch (error) {
    throw fail(
      'unsupported',
      `This cannot be written as JSON: ${plain(error)}.`,
      'Write it as .pbtxt or .pb instead.',
      { cause: error },
    )
  }
  shortenFloats(schema, json)
  return json
}

/** Whether a JSON text holds a whole number that JavaScript would round. */
const LONG_NUMBER = /[:[,\s]-?\d{16,}/

/**
 * Reads protobuf JSON, with the names of the proto or their camelCase form.
 * @param json a text, or what a text was parsed to
 * @param what how the text is called when it cannot be read, such as the name of its file
 * @throws `unreadable-file`
 */
export function fromJson<Desc extends DescMessage>(
  schema: Desc,
  json: string | JsonValue | object,
  what = 'The text',
): MessageShape<Desc> {
  try {
    const value = typeof json === 'string' ? parseText(json) : json
    return parse(schema, value as JsonValue, { registry })
  } catch (error) {
    throw fail(
      'unreadable-file',
      `${what} cannot be read as ${kindOf(schema)}: ${plain(error)}.`,
      'Choose a file of that kind, or write it again with the program that made it.',
      { cause: error },
    )
  }
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown
const asWritten: Reviver = (_, value, { source }) =>
  typeof value === 'number' && source !== undefined && /^-?\d{16,}$/.test(source) ? source : value

function parseText(text: string): unknown {
  // A long number stays the text it was, which protobuf JSON allows for every number.
  return LONG_NUMBER.test(text)
    ? JSON.parse(text, asWritten as Parameters<typeof JSON.parse>[1])
    : JSON.parse(text)
}

/** Writes the 32-bit floats of a message's JSON by their shortest decimal, in place. */
function shortenFloats(schema: DescMessage, json: JsonValue): void {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return
  const type = json['@type']
  const held = typeof type === 'string' ? registry.getMessage(type.slice(type.lastIndexOf('/') + 1)) : schema
  for (const field of held?.fields ?? []) {
    const value = json[field.name]
    if (value === undefined) continue
    if (field.scalar !== ScalarType.FLOAT && !field.message) continue
    if (field.fieldKind === 'list') {
      const list = value as JsonValue[]
      for (const [i, item] of list.entries()) list[i] = shortened(field, item)
    } else if (field.fieldKind === 'map') {
      const map = value as JsonObject
      for (const [key, item] of Object.entries(map)) map[key] = shortened(field, item)
    } else json[field.name] = shortened(field, value)
  }
}

function shortened(field: DescField, value: JsonValue): JsonValue {
  if (field.message) shortenFloats(field.message, value)
  return typeof value === 'number' ? shortestFloat(value) : value
}
