import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'

/** A feature of one example: its values are all of one kind. */
export type Feature =
  | { kind: 'bytes'; values: Uint8Array[] }
  | { kind: 'float'; values: number[] }
  | { kind: 'integer'; values: bigint[] }

/** The lists that a `Feature` may hold (tensorflow/core/example/feature.proto), by the number of their field. */
const KINDS = [null, 'bytes', 'float', 'integer'] as const

/** Begins a message or a packed list. @returns where it ends @throws RangeError where that is outside of `outer` */
function begin(reader: BinaryReader, wire: WireType, outer: number): number {
  if (wire !== WireType.LengthDelimited) throw new RangeError('a field is not of its type')
  const length = reader.uint32()
  const end = reader.pos + length
  if (end > outer) throw new RangeError('a message ends outside the one that holds it')
  return end
}

/** Reads the fields of a message up to its end. @param field gives false for a field that it does not know */
function fields(reader: BinaryReader, end: number, field: (number: number, wire: WireType) => boolean): void {
  while (reader.pos < end) {
    const [number, wire] = reader.tag()
    if (!field(number, wire)) reader.skip(wire, number)
  }
  if (reader.pos !== end) throw new RangeError('a field ends outside its message')
}

/** The values of one list; a number may be packed with others or stand alone. */
function readList(reader: BinaryReader, end: number, feature: Feature): void {
  fields(reader, end, (number, wire) => {
    if (number !== 1) return false
    if (feature.kind === 'bytes') {
      if (wire !== WireType.LengthDelimited) throw new RangeError('a field is not of its type')
      feature.values.push(reader.bytes())
      return true
    }
    const one = feature.kind === 'float' ? WireType.Bit32 : WireType.Varint
    const to = wire === one ? reader.pos + 1 : begin(reader, wire, end)
    if (feature.kind === 'float') while (reader.pos < to) feature.values.push(reader.float())
    else while (reader.pos < to) feature.values.push(BigInt(reader.int64()))
    if (wire !== one && reader.pos !== to) throw new RangeError('a value ends outside its list')
    return true
  })
}

function readFeature(reader: BinaryReader, end: number): Feature | null {
  let feature: Feature | null = null
  fields(reader, end, (number, wire) => {
    const kind = KINDS[number]
    if (!kind) return false
    // Of one list that comes in pieces all count, of several lists the last one.
    if (feature?.kind !== kind) feature = { kind, values: [] } as Feature
    readList(reader, begin(reader, wire, end), feature as Feature)
    return true
  })
  return feature
}

/**
 * The features of a `tf.Example` by their names, walked by hand since there are millions of them. A feature without a
 * list is left out.
 * @throws Error for what is none: another message, or no message at all
 */
export function readExample(record: Uint8Array): Map<string, Feature> {
  const features = new Map<string, Feature>()
  const reader = new BinaryReader(record)
  let known = record.length === 0
  fields(reader, record.length, (number, wire) => {
    if (number !== 1) throw new RangeError('an example has one field')
    known = true
    const end = begin(reader, wire, record.length)
    fields(reader, end, (number, wire) => {
      if (number !== 1) return false
      const to = begin(reader, wire, end)
      let name = ''
      let feature: Feature | null = null
      fields(reader, to, (number, wire) => {
        if (number === 1) {
          if (wire !== WireType.LengthDelimited) throw new RangeError('a name is no text')
          name = reader.string()
        } else if (number === 2) feature = readFeature(reader, begin(reader, wire, to))
        else return false
        return true
      })
      if (feature) features.set(name, feature)
      return true
    })
    return true
  })
  if (!known) throw new RangeError('an example has features')
  return features
}
