import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf'
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'

/** How many fields of a message's bytes its schema knows, inner messages included, and how many it does not. */
export interface Census {
  known: number
  unknown: number
}

/** The deepest nesting that protobuf parsers allow. */
const DEEPEST = 100

/**
 * Counts the fields in a message's binary form without reading their values. The parser itself reads a known field
 * whatever wire type it has, so bytes that are no such message may pass it; here such a field counts as unknown.
 * @throws for bytes that are no protobuf message at all
 */
export function census(schema: DescMessage, bytes: Uint8Array): Census {
  const counts = { known: 0, unknown: 0 }
  countMessage(new BinaryReader(bytes), bytes.length, no => fieldsOf(schema).get(no), counts, 0)
  return counts
}

/** What a field holds as far as its bytes go: an inner message, or values of a wire type. */
type Kind = { inner: (no: number) => Kind | undefined } | { wire: WireType; packed: boolean }

function countMessage(
  reader: BinaryReader,
  end: number,
  kindOf: (no: number) => Kind | undefined,
  counts: Census,
  depth: number,
): void {
  if (depth > DEEPEST) throw new RangeError('nested too deep')
  while (reader.pos < end) {
    const [no, wire] = reader.tag()
    const kind = kindOf(no)
    if (kind && 'inner' in kind && wire === WireType.LengthDelimited) {
      counts.known++
      const stop = reader.uint32() + reader.pos
      if (stop > end) throw new RangeError('cut off')
      countMessage(reader, stop, kind.inner, counts, depth + 1)
      continue
    }
    const fits =
      kind && 'wire' in kind && (kind.wire === wire || (kind.packed && wire === WireType.LengthDelimited))
    if (fits) counts.known++
    else counts.unknown++
    reader.skip(wire, no)
  }
  if (reader.pos !== end) throw new RangeError('cut off')
}

const known = new WeakMap<DescMessage, Map<number, Kind>>()

function fieldsOf(schema: DescMessage): Map<number, Kind> {
  let fields = known.get(schema)
  if (!fields) {
    fields = new Map(schema.fields.map(field => [field.number, kindOfField(field)]))
    known.set(schema, fields)
  }
  return fields
}

function kindOfField(field: DescField): Kind {
  const value = kindOfValue(field)
  if (field.fieldKind !== 'map') return value
  const key = { wire: wireOf(field.mapKey), packed: false }
  return { inner: no => (no === 1 ? key : no === 2 ? value : undefined) }
}

function kindOfValue(field: DescField): Kind {
  const { message } = field
  if (message) return { inner: no => fieldsOf(message).get(no) }
  const wire = field.scalar === undefined ? WireType.Varint : wireOf(field.scalar)
  return { wire, packed: field.fieldKind === 'list' }
}

function wireOf(type: ScalarType): WireType {
  switch (type) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return WireType.LengthDelimited
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.Bit64
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return WireType.Bit32
    default:
      return WireType.Varint
  }
}
