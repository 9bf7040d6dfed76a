import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire'

export type HparamValue = string | number | boolean

/** What the hparams plugin keeps in the metadata of its tags (tensorboard/plugins/hparams/plugin_data.proto). */
export type HparamsData =
  | { kind: 'start'; values: Record<string, HparamValue> }
  | { kind: 'end'; status: number; at: number }
  | { kind: 'other' }

/** @throws RangeError where it is damaged */
export function readHparams(bytes: Uint8Array): HparamsData {
  const reader = new BinaryReader(bytes)
  let found: HparamsData = { kind: 'other' }
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag()
    if (field === 3) found = { kind: 'start', values: readStart(reader.bytes()) }
    else if (field === 4) found = readEnd(reader.bytes())
    else reader.skip(wire, field)
  }
  return found
}

function readStart(bytes: Uint8Array): Record<string, HparamValue> {
  const reader = new BinaryReader(bytes)
  const values: Record<string, HparamValue> = {}
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag()
    if (field !== 1) {
      reader.skip(wire, field)
      continue
    }
    const end = reader.uint32() + reader.pos
    let name = ''
    let value: HparamValue | null = null
    while (reader.pos < end) {
      const [inner, kind] = reader.tag()
      if (inner === 1) name = reader.string()
      else if (inner === 2) value = readValue(reader.bytes())
      else reader.skip(kind, inner)
    }
    if (value !== null && name !== '__proto__') values[name] = value
  }
  return values
}

/** A google.protobuf.Value that holds one plain value. */
function readValue(bytes: Uint8Array): HparamValue | null {
  const reader = new BinaryReader(bytes)
  let value: HparamValue | null = null
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag()
    if (field === 2) value = reader.double()
    else if (field === 3) value = reader.string()
    else if (field === 4) value = reader.bool()
    else reader.skip(wire, field)
  }
  return value
}

function readEnd(bytes: Uint8Array): HparamsData {
  const reader = new BinaryReader(bytes)
  let [status, at] = [0, 0]
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag()
    if (field === 1) status = reader.int32()
    else if (field === 2) at = reader.double()
    else reader.skip(wire, field)
  }
  return { kind: 'end', status, at }
}

/** The start of a trial, as the plugin keeps it. @param at seconds since 1970 */
export function writeStart(values: Record<string, HparamValue>, group: string, at: number): Uint8Array {
  const writer = new BinaryWriter()
  writer.uint32(tag(3, 2)).fork()
  for (const [name, value] of Object.entries(values)) {
    writer.uint32(tag(1, 2)).fork().uint32(tag(1, 2)).string(name)
    writer.uint32(tag(2, 2)).fork()
    if (typeof value === 'number') writer.uint32(tag(2, 1)).double(value)
    else if (typeof value === 'string') writer.uint32(tag(3, 2)).string(value)
    else writer.uint32(tag(4, 0)).bool(value)
    writer.join().join()
  }
  writer.uint32(tag(4, 2)).string(group)
  writer.uint32(tag(5, 1)).double(at)
  return writer.join().finish()
}

/** The end of a trial. @param status 1 where it succeeded, 2 where it failed, 0 where nobody knows */
export const writeEnd = (status: 0 | 1 | 2, at: number): Uint8Array =>
  new BinaryWriter()
    .uint32(tag(4, 2))
    .fork()
    .uint32(tag(1, 0))
    .int32(status)
    .uint32(tag(2, 1))
    .double(at)
    .join()
    .finish()

/** The key of a field; wire types: 0 varint, 1 eight bytes, 2 a length and as many bytes, 5 four bytes. */
export const tag = (field: number, wire: number): number => ((field << 3) | wire) >>> 0
