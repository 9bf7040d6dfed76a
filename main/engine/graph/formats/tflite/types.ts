import { sizeOf } from '../../graph.ts'
import type { LiteType } from './model.ts'

/** Bits of one element; 0 where elements are not of one size. */
const BITS: Record<LiteType, number> = {
  float32: 32,
  float16: 16,
  int32: 32,
  uint8: 8,
  int64: 64,
  string: 0,
  bool: 8,
  int16: 16,
  complex64: 64,
  int8: 8,
  float64: 64,
  complex128: 128,
  uint64: 64,
  resource: 0,
  variant: 0,
  uint32: 32,
  uint16: 16,
  int4: 4,
  bfloat16: 16,
  int2: 2,
  uint4: 4,
}

/** The type by its name in schema.fbs (`FLOAT32`), or undefined. */
export function typeNamed(name: string): LiteType | undefined {
  const type = name.toLowerCase()
  return type in BITS ? (type as LiteType) : undefined
}

/** Bytes that a tensor's elements take, those of less than 8 bits packed; undefined where only the data can tell. */
export function bytesOf(type: LiteType, shape: number[]): number | undefined {
  return BITS[type] === 0 ? undefined : Math.ceil((sizeOf(shape) * BITS[type]) / 8)
}
