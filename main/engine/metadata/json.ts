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
import { plain, shortestFloat } from '../protobuf/index.ts'
import { registry } from './registry.ts'
import { kindOf } from './words.ts'

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
  changeFloats(schema, json, shortestFloat)
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
    const value = (typeof json === 'string' ? parseText(json) : structuredClone(json)) as JsonValue
    changeFloats(schema, value, nearestFloat)
    return parse(schema, value, { registry })
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

/** The 32-bit float that a number stands for; a number beyond them stays, for the parser to refuse. */
function nearestFloat(value: number): number {
  const nearest = Math.fround(value)
  return Number.isFinite(nearest) ? nearest : value
}

type Change = (value: number) => number

/** The deepest nesting that protobuf parsers allow. */
const DEEPEST = 100

/** Changes the 32-bit floats in the JSON of a message, in place; what does not fit the message stays as it is. */
function changeFloats(schema: DescMessage, json: JsonValue, change: Change, depth = 0): void {
  if (json === null || typeof json !== 'object' || Array.isArray(json) || depth > DEEPEST) return
  const type = json['@type']
  const held = typeof type === 'string' ? registry.getMessage(type.slice(type.lastIndexOf('/') + 1)) : schema
  for (const field of held?.fields ?? [])
    if (field.message || field.scalar === ScalarType.FLOAT)
      for (const name of new Set([field.name, field.jsonName])) {
        const value = json[name]
        if (value === undefined || value === null) continue
        if (field.fieldKind === 'list' || field.fieldKind === 'map') {
          if (typeof value !== 'object') continue
          const items = value as JsonObject
          for (const [key, item] of Object.entries(items)) items[key] = changed(field, item, change, depth)
        } else json[name] = changed(field, value, change, depth)
      }
}

function changed(field: DescField, value: JsonValue, change: Change, depth: number): JsonValue {
  if (field.message) changeFloats(field.message, value, change, depth + 1)
  else if (typeof value === 'number') return change(value)
  return value
}
