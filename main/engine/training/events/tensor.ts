import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { TYPES } from './event.ts'

/** A TensorProto whose elements are numbers or texts. */
export interface PlainTensor {
  shape: number[]
  numbers: number[]
  texts: string[]
}

/**
 * Reads a TensorProto (tensorflow/core/framework/tensor.proto) of numbers or texts, packed bytes or a list of values.
 * Other types come without elements.
 * @throws RangeError where it is damaged
 */
export function readTensor(bytes: Uint8Array): PlainTensor {
  const reader = new BinaryReader(bytes)
  let type = 0
  let shape: number[] = []
  let content: Uint8Array | null = null
  const numbers: number[] = []
  const texts: string[] = []
  const list = (wire: WireType, one: () => number) => {
    if (wire !== WireType.LengthDelimited) return void numbers.push(one())
    const end = reader.uint32() + reader.pos
    if (end > reader.len) throw new RangeError('A list goes past the end')
    while (reader.pos < end) numbers.push(one())
  }
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag()
    if (field === 1) type = reader.int32()
    else if (field === 2) shape = readShape(reader.bytes())
    else if (field === 4) content = reader.bytes()
    else if (field === 5) list(wire, () => reader.float())
    else if (field === 6) list(wire, () => reader.double())
    else if (field === 7 || field === 13) list(wire, () => reader.int32())
    else if (field === 8) texts.push(new TextDecoder().decode(reader.bytes()))
    else if (field === 10) list(wire, () => Number(reader.int64()))
    else if (field === 11) list(wire, () => Number(reader.bool()))
    else reader.skip(wire, field)
  }
  if (content) return { shape, numbers: packed(type, content), texts }
  if (type === TYPES.half || type === TYPES.bfloat16)
    return { shape, numbers: numbers.map(bits => narrow(type, bits)), texts }
  return { shape, numbers, texts }
}

function readShape(bytes: Uint8Array): number[] {
  const reader = new BinaryReader(bytes)
  const shape: number[] = []
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag()
    if (field !== 2) {
      reader.skip(wire, field)
      continue
    }
    const end = reader.uint32() + reader.pos
    let size = 0
    while (reader.pos < end) {
      const [inner, kind] = reader.tag()
      if (inner === 1) size = Number(reader.int64())
      else reader.skip(kind, inner)
    }
    shape.push(size)
  }
  return shape
}

function packed(type: number, bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const all = (width: number, one: (at: number) => number) =>
    Array.from({ length: Math.floor(bytes.length / width) }, (_, i) => one(i * width))
  switch (type) {
    case TYPES.float:
      return all(4, at => view.getFloat32(at, true))
    case TYPES.double:
      return all(8, at => view.getFloat64(at, true))
    case TYPES.int32:
      return all(4, at => view.getInt32(at, true))
    case TYPES.int64:
      return all(8, at => Number(view.getBigInt64(at, true)))
    case TYPES.bool:
      return all(1, at => view.getUint8(at))
    case TYPES.half:
    case TYPES.bfloat16:
      return all(2, at => narrow(type, view.getUint16(at, true)))
    default:
      return []
  }
}

const word = new DataView(new ArrayBuffer(4))

/** A float of 16 bits, by them. */
function narrow(type: number, bits: number): number {
  if (type === TYPES.bfloat16) {
    word.setUint32(0, (bits << 16) >>> 0)
    return word.getFloat32(0)
  }
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
}
