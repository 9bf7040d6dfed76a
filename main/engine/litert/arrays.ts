import { type LiteType, sizeOf, type TensorData } from '../graph/index.ts'

/** Elements of a tensor. bool is 0 and 1, float16 the 16 bits as they are. */
export type Elements = TensorData

type Maker = { new (buffer: ArrayBuffer): Elements; BYTES_PER_ELEMENT: number }

/** LiteRT's numbers of element types (`litert_model_types.h`), and what holds them here. */
const TYPES: [code: number, type: LiteType, array: Maker][] = [
  [1, 'float32', Float32Array],
  [2, 'int32', Int32Array],
  [3, 'uint8', Uint8Array],
  [4, 'int64', BigInt64Array],
  [6, 'bool', Uint8Array],
  [7, 'int16', Int16Array],
  [9, 'int8', Int8Array],
  [10, 'float16', Uint16Array],
  [11, 'float64', Float64Array],
  [13, 'uint64', BigUint64Array],
  [16, 'uint32', Uint32Array],
  [17, 'uint16', Uint16Array],
]

/** The type by LiteRT's number for it, or undefined for one that has no plain elements. */
export const typeOf = (code: number): LiteType | undefined => TYPES.find(([number]) => number === code)?.[1]

const ARRAYS = new Map(TYPES.map(([, type, array]) => [type, array]))
const arrayOf = (type: LiteType): Maker => ARRAYS.get(type) as Maker

/** Whether these are elements of that type. */
export const holds = (elements: Elements, type: LiteType): boolean => elements instanceof arrayOf(type)

/** The elements in bytes of their own. */
export const elementsOf = (type: LiteType, bytes: Uint8Array<ArrayBuffer>): Elements =>
  new (arrayOf(type))(bytes.buffer)

/** Zeros for a tensor of that shape. */
export const zeros = (type: LiteType, shape: number[]): Elements => {
  const array = arrayOf(type)
  return new array(new ArrayBuffer(sizeOf(shape) * array.BYTES_PER_ELEMENT))
}
