import { DataType as Code } from './gen/types_pb.ts'
import type { DataType, TensorData } from './graph.ts'

interface Kind {
  code: number
  /** Bytes per element, 0 where there is no data here. */
  bytes: number
  array?: new (buffer: ArrayBufferLike, at?: number, length?: number) => TensorData
}

const KINDS: Record<DataType, Kind> = {
  float32: { code: Code.DT_FLOAT, bytes: 4, array: Float32Array },
  float64: { code: Code.DT_DOUBLE, bytes: 8, array: Float64Array },
  float16: { code: Code.DT_HALF, bytes: 2, array: Uint16Array },
  bfloat16: { code: Code.DT_BFLOAT16, bytes: 2, array: Uint16Array },
  int8: { code: Code.DT_INT8, bytes: 1, array: Int8Array },
  int16: { code: Code.DT_INT16, bytes: 2, array: Int16Array },
  int32: { code: Code.DT_INT32, bytes: 4, array: Int32Array },
  int64: { code: Code.DT_INT64, bytes: 8, array: BigInt64Array },
  uint8: { code: Code.DT_UINT8, bytes: 1, array: Uint8Array },
  uint16: { code: Code.DT_UINT16, bytes: 2, array: Uint16Array },
  uint32: { code: Code.DT_UINT32, bytes: 4, array: Uint32Array },
  uint64: { code: Code.DT_UINT64, bytes: 8, array: BigUint64Array },
  bool: { code: Code.DT_BOOL, bytes: 1, array: Uint8Array },
  qint8: { code: Code.DT_QINT8, bytes: 1, array: Int8Array },
  quint8: { code: Code.DT_QUINT8, bytes: 1, array: Uint8Array },
  qint32: { code: Code.DT_QINT32, bytes: 4, array: Int32Array },
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

/** Bytes that an element takes; 0 for types without elements here. */
export const bytesPerElement = (dtype: DataType): number => KINDS[dtype].bytes

/** Whether a text is the name of an element type. */
export const isDataType = (name: string): name is DataType => Object.hasOwn(KINDS, name)

/** The elements that lie in a buffer, little-endian; undefined for types without elements here. */
export function viewOf(dtype: DataType, buffer: ArrayBuffer): TensorData | undefined {
  const { array } = KINDS[dtype]
  return array && new array(buffer)
}

/** Little-endian bytes as elements; the bytes are copied, since they seldom lie on an element's boundary. */
export function elementsOf(dtype: DataType, bytes: Uint8Array): TensorData | undefined {
  // Not `bytes.slice()`: on a Node Buffer that is a view on the same memory.
  return viewOf(dtype, new Uint8Array(bytes).buffer)
}

/** As {@link elementsOf}, but where the bytes lie, if they lie on an element's boundary. */
export function elementsIn(dtype: DataType, bytes: Uint8Array): TensorData | undefined {
  const { array, bytes: width } = KINDS[dtype]
  if (!array || bytes.byteOffset % width !== 0) return elementsOf(dtype, bytes)
  return new array(bytes.buffer, bytes.byteOffset, bytes.length / width)
}
