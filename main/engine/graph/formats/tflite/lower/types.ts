import type { DataType, Tensor, TensorData } from '../../../graph.ts'
import type { LiteType } from '../model.ts'
import { Refusal } from './refusal.ts'

const TYPES: Partial<Record<DataType, LiteType>> = {
  float32: 'float32',
  // TensorFlow Lite computes in 32 bits; a graph of mixed or double precision becomes one of that.
  float64: 'float32',
  float16: 'float32',
  bfloat16: 'float32',
  int8: 'int8',
  int16: 'int16',
  int32: 'int32',
  int64: 'int64',
  uint8: 'uint8',
  uint16: 'uint16',
  uint32: 'uint32',
  uint64: 'uint64',
  bool: 'bool',
  qint8: 'int8',
  quint8: 'uint8',
  qint32: 'int32',
  string: 'string',
}

/** The type that a tensor of the graph has in the model. */
export function liteType(dtype: DataType, name: string): LiteType {
  const type = TYPES[dtype]
  if (!type) throw new Refusal(`"${name}" is a handle (${dtype})`, 'Freeze the model first.')
  return type
}

/** A constant of the graph in the type that the model keeps it in. */
export function liteConstant(
  tensor: Tensor,
  name: string,
): { type: LiteType; shape: number[]; data: TensorData } {
  return { type: liteType(tensor.dtype, name), shape: tensor.shape, data: elements(tensor) }
}

function elements({ dtype, data }: Tensor): TensorData {
  if (dtype === 'float64') return Float32Array.from(data as Float64Array)
  if (dtype === 'float16') return new Float32Array(new Float16Array((data as Uint16Array).slice().buffer))
  if (dtype !== 'bfloat16') return data
  return new Float32Array(Uint32Array.from(data as Uint16Array, bits => bits << 16).buffer)
}

/** TensorFlow Lite's name of a type in the options of operators: `FLOAT32`. */
export const typeName = (type: LiteType): string => type.toUpperCase()
