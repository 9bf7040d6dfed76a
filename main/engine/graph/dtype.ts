import { DataType as Code } from './gen/types_pb.ts'
import type { DataType, TensorData } from './graph.ts'

interface Kind {
  code: number
  /** Bytes per element, 0 where there is no data here. */
  bytes: number
  view?: (buffer: ArrayBuffer) => TensorData
}

const u8 = (buffer: ArrayBuffer) => new Uint8Array(buffer)
const u16 = (buffer: ArrayBuffer) => new Uint16Array(buffer)
const i32 = (buffer: ArrayBuffer) => new Int32Array(buffer)

const KINDS: Record<DataType, Kind> = {
  float32: { code: Code.DT_FLOAT, bytes: 4, view: buffer => new Float32Array(buffer) },
  float64: { code: Code.DT_DOUBLE, bytes: 8, view: buffer => new Float64Array(buffer) },
  float16: { code: Code.DT_HALF, bytes: 2, view: u16 },
  bfloat16: { code: Code.DT_BFLOAT16, bytes: 2, view: u16 },
  int8: { code: Code.DT_INT8, bytes: 1, view: buffer => new Int8Array(buffer) },
  int16: { code: Code.DT_INT16, bytes: 2, view: buffer => new Int16Array(buffer) },
  int32: { code: Code.DT_INT32, bytes: 4, view: i32 },
  int64: { code: Code.DT_INT64, bytes: 8, view: buffer => new BigInt64Array(buffer) },
  uint8: { code: Code.DT_UINT8, bytes: 1, view: u8 },
  uint16: { code: Code.DT_UINT16, bytes: 2, view: u16 },
  uint32: { code: Code.DT_UINT32, bytes: 4, view: buffer => new Uint32Array(buffer) },
  uint64: { code: Code.DT_UINT64, bytes: 8, view: buffer => new BigUint64Array(buffer) },
  bool: { code: Code.DT_BOOL, bytes: 1, view: u8 },
  qint8: { code: Code.DT_QINT8, bytes: 1, view: buffer => new Int8Array(buffer) },
  quint8: { code: Code.DT_QUINT8, bytes: 1, view: u8 },
  qint32: { code: Code.DT_QINT32, bytes: 4, view: i32 },
  complex64: { code: Code.DT_COMPLEX64, bytes: 0 },
  complex128: { code: Code.DT_COMPLEX128, bytes: 0 },
  string: { code: Code.DT_STRING, bytes: 0 },
  resource: { code: Code.DT_RESOURCE, bytes: 0 },
  variant: { code: Code.DT_VARIANT, bytes: 0 },
}

const NAMES = new Map(Object.entries(KINDS).map(([name, kind]) => [kind.code, name as DataType]))

/** Number of a type in TensorFlow's `types.proto`. */
export const codeOf = (dtype: DataType): Code => KINDS[dtype].code as Code

/** Name of a type, or undefined for one that is not dealt with here. */
export const dtypeOf = (code: number): DataType | undefined => NAMES.get(code)

export const bytesPerElement = (dtype: DataType): number => KINDS[dtype].bytes

/** The elements that lie in a buffer, little-endian; undefined for types without elements here. */
export const viewOf = (dtype: DataType, buffer: ArrayBuffer): TensorData | undefined =>
  KINDS[dtype].view?.(buffer)

/** Little-endian bytes as elements; the bytes are copied, since they seldom lie on an element's boundary. */
export function elementsOf(dtype: DataType, bytes: Uint8Array): TensorData | undefined {
  // Not `bytes.slice()`: on a Node Buffer that is a view on the same memory.
  return viewOf(dtype, new Uint8Array(bytes).buffer)
}
