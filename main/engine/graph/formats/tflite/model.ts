import type { Origin } from '../../graph.ts'
import type { FlatTable } from './readTable.ts'

/** Element types of TFLite tensors (`TensorType` in TensorFlow Lite's schema.fbs). */
export type LiteType =
  | 'float32'
  | 'float16'
  | 'int32'
  | 'uint8'
  | 'int64'
  | 'string'
  | 'bool'
  | 'int16'
  | 'complex64'
  | 'int8'
  | 'float64'
  | 'complex128'
  | 'uint64'
  | 'resource'
  | 'variant'
  | 'uint32'
  | 'uint16'
  | 'int4'
  | 'bfloat16'
  | 'int2'
  | 'uint4'

/** `real = (q - zeroPoint) * scale`: one pair for the tensor, or one for each index along `axis`. */
export interface LiteQuantization {
  scale: number[]
  zeroPoint: number[]
  /** `quantized_dimension`; 0 and without meaning where there is one pair. */
  axis: number
}

/** A value of a model: a constant where it has `data`, else what the model takes or computes. */
export interface LiteTensor {
  name: string
  type: LiteType
  /** Sizes by axis; where `signature` says -1 the size that the file was made with, usually 1. */
  shape: number[]
  /** `shape_signature`: -1 where a size is open. Absent where all are known. */
  signature?: number[]
  /** The constant's elements as they lie in the file, little-endian. Absent for what is computed. */
  data?: Uint8Array
  quantization?: LiteQuantization
  isVariable?: boolean
  /** False where not even the rank is known, or the file is too old to say so; scalars and others have it. */
  hasRank?: false
  /** What else the file says of the tensor, by field of schema.fbs (`sparsity`, ...); written back as it was. */
  carried?: FlatTable
  origin?: Origin
}

/**
 * Fields of an operator's options by their name in schema.fbs: `{ padding: 'SAME', stride_w: 2 }`; enums by name. What
 * is left out means what schema.fbs says; the reader puts in every plain field, but none where the file has no options.
 */
export type LiteOptions = Record<string, number | bigint | boolean | string | number[] | Uint8Array>

/** One operation on tensors. */
export interface LiteOperator {
  /** Name in `BuiltinOperator`: `CONV_2D`; `CUSTOM` for those with a `customCode`; `BUILTIN_300` for a newer one. */
  op: string
  customCode?: string
  /** Version of the operator. The writer of a file sets the lowest that is true: see `lowestVersion`. */
  version: number
  /** Indices of tensors; -1 for an optional one that is left out. */
  inputs: number[]
  outputs: number[]
  options: LiteOptions
  /** The table that the options are of, or its number in a newer schema, where it is not the operator's usual one. */
  optionsTable?: string | number
  /** Bytes of a custom operator's options, carried along unchanged. */
  customOptions?: Uint8Array
  /** Scratch tensors of recurrent operators. */
  intermediates?: number[]
  /** What else the file says of the operator, by field of schema.fbs; written back as it was. */
  carried?: FlatTable
  origin?: Origin
}

/** Tensors and the operators between them, in the order in which they run; the first of a model is the model. */
export interface LiteSubgraph {
  name: string
  tensors: LiteTensor[]
  operators: LiteOperator[]
  inputs: number[]
  outputs: number[]
}

/** `SignatureDef`: how callers name the inputs and outputs of a subgraph. */
export interface LiteSignature {
  key: string
  subgraph: number
  inputs: { name: string; tensor: number }[]
  outputs: { name: string; tensor: number }[]
}

/** A TensorFlow Lite model: everything that a `.tflite` file says. It is never changed in place. */
export interface LiteModel {
  description: string
  subgraphs: LiteSubgraph[]
  signatures: LiteSignature[]
  /** Named buffers: `min_runtime_version`, `TFLITE_METADATA`, `CONVERSION_METADATA`. */
  metadata: { name: string; data: Uint8Array }[]
  /** What follows the flatbuffer in the file (a zip with labels, by the metadata's rules); carried along. */
  trailing?: Uint8Array
}
