import { sizeOf } from '../../graph.ts'
import type {
  LiteModel,
  LiteOperator,
  LiteOptions,
  LiteQuantization,
  LiteSignature,
  LiteSubgraph,
  LiteTensor,
} from './model.ts'
import { damaged, FlatReader, type FlatTable, type FlatUnion } from './readTable.ts'
import { OPTIONS_OF } from './schema/operators.ts'
import { nameIn, numberIn } from './schema.ts'
import { bytesOf, typeNamed } from './types.ts'
import { readTrailing } from './zip.ts'

/** A buffer's bytes, or undefined where it says that there are none. */
type Buffers = (Uint8Array | undefined)[]

/**
 * Reads a `.tflite` file. The constants' elements are views on `bytes`, nothing is copied.
 *
 * @throws Failure `unreadable-file` for what is not such a file or damaged, `unsupported-graph` for one whose weights
 * lie in other files
 */
export function readTflite(bytes: Uint8Array): LiteModel {
  const reader = new FlatReader(bytes)
  const model = reader.root('TFL3', 'Model')
  if (model.version !== 3) throw damaged(`its version is ${model.version} where 3 is known`)
  if (tables(model.external_buffers).length > 0) throw damaged('its weights lie in another file')
  const buffers = tables(model.buffers).map(buffer => readBuffer(buffer, reader))
  const codes = tables(model.operator_codes)
  const subgraphs = tables(model.subgraphs).map(subgraph => readSubgraph(subgraph, buffers, codes, reader))
  if (subgraphs.length === 0) throw damaged('it holds no graph')
  const trailing = readTrailing(bytes)
  return {
    description: text(model.description),
    subgraphs,
    signatures: tables(model.signature_defs).map(signature => readSignature(signature, subgraphs)),
    metadata: tables(model.metadata).map(entry => ({
      name: text(entry.name),
      data: at(buffers, entry.buffer, 'metadata') ?? new Uint8Array(0),
    })),
    ...(trailing && { trailing }),
  }
}

/** Since version 3c large data may lie behind the tables, named by its place in the file. */
function readBuffer(buffer: FlatTable, reader: FlatReader): Uint8Array | undefined {
  const offset = whole(buffer.offset)
  if (offset > 1) return reader.slice(offset, whole(buffer.size))
  return buffer.data as Uint8Array | undefined
}

function readSubgraph(
  table: FlatTable,
  buffers: Buffers,
  codes: FlatTable[],
  reader: FlatReader,
): LiteSubgraph {
  const tensors = tables(table.tensors).map(tensor => readTensor(tensor, buffers))
  const inside = (list: number[], least = 0): number[] => {
    if (list.some(index => index < least || index >= tensors.length))
      throw damaged('an operator of it reads a tensor that is not there')
    return list
  }
  return {
    name: text(table.name),
    tensors,
    operators: tables(table.operators).map(operator => {
      const read = readOperator(operator, codes, reader)
      inside(read.inputs, -1)
      inside(read.outputs, -1)
      inside(read.intermediates ?? [], -1)
      return read
    }),
    inputs: inside(numbers(table.inputs)),
    outputs: inside(numbers(table.outputs)),
  }
}

function readTensor(table: FlatTable, buffers: Buffers): LiteTensor {
  const name = text(table.name)
  const type = typeof table.type === 'string' ? typeNamed(table.type) : undefined
  if (!type) throw damaged(`the tensor "${name}" is of a type that is not known (${table.type})`)
  if (whole(table.external_buffer) !== 0) throw damaged('its weights lie in another file')
  const shape = numbers(table.shape)
  if (shape.some(size => size < 0)) throw damaged(`the tensor "${name}" has a negative size`)
  const signature = numbers(table.shape_signature)
  if (signature.length > 0 && signature.length !== shape.length)
    throw damaged(`the tensor "${name}" has two shapes`)
  const tensor: LiteTensor = { name, type, shape }
  if (signature.some(size => size < 0)) tensor.signature = signature
  const data = constantOf(tensor, table, buffers)
  if (data) tensor.data = data
  const quantization = readQuantization(tensor, table.quantization as FlatTable | undefined)
  if (quantization) tensor.quantization = quantization
  if (table.is_variable) tensor.isVariable = true
  if (!table.has_rank) tensor.hasRank = false
  const carried = carriedOf(table, ['sparsity', 'variant_tensors'])
  const rest = carriedOf((table.quantization as FlatTable) ?? {}, ['min', 'max', 'details'])
  if (carried || rest) tensor.carried = { ...carried, ...(rest && { quantization: rest }) }
  return tensor
}

/** An empty buffer is that of a computed tensor, as old converters wrote it, unless the tensor has no elements. */
function constantOf({ name, type, shape }: LiteTensor, table: FlatTable, buffers: Buffers) {
  if (table.buffer === 0) return undefined
  const data = at(buffers, table.buffer, `tensor "${name}"`)
  if (!data || (data.length === 0 && sizeOf(shape) !== 0)) return undefined
  const expected = bytesOf(type, shape)
  if (table.sparsity === undefined && expected !== undefined && expected !== data.length)
    throw damaged(`the tensor "${name}" does not hold as many values as its shape says`)
  return data
}

function readQuantization(
  { name, shape }: LiteTensor,
  table: FlatTable | undefined,
): LiteQuantization | undefined {
  const scale = numbers(table?.scale)
  if (!table || scale.length === 0) return undefined
  const given = numbers(table.zero_point)
  const axis = whole(table.quantized_dimension)
  const zeroPoint = given.length > 0 ? given : scale.map(() => 0)
  const fits = scale.length === 1 || shape[axis] === scale.length
  if (!fits || zeroPoint.length !== scale.length)
    throw damaged(`the tensor "${name}" has ${scale.length} scales where its shape asks for another number`)
  return { scale, zeroPoint, axis }
}

function readOperator(table: FlatTable, codes: FlatTable[], reader: FlatReader): LiteOperator {
  const code = at(codes, table.opcode_index, 'operator')
  const op = operatorName(code)
  const operator: LiteOperator = {
    op,
    version: whole(code.version),
    inputs: numbers(table.inputs),
    outputs: numbers(table.outputs),
    options: {},
  }
  if (op === 'CUSTOM') operator.customCode = text(code.custom_code)
  const options = (table.builtin_options ?? table.builtin_options_2) as FlatUnion | undefined
  if (options) {
    operator.options = options.value as LiteOptions
    if (options.table !== OPTIONS_OF[op]) operator.optionsTable = options.table
  }
  const offset = whole(table.large_custom_options_offset)
  const custom =
    offset > 1 ? reader.slice(offset, whole(table.large_custom_options_size)) : table.custom_options
  if (custom) operator.customOptions = custom as Uint8Array
  if (table.intermediates) operator.intermediates = numbers(table.intermediates)
  const carried = carriedOf(table, ['mutating_variable_inputs', 'debug_metadata_index'])
  if (carried?.debug_metadata_index === -1) delete carried.debug_metadata_index
  if (carried && Object.keys(carried).length > 0) operator.carried = carried
  return operator
}

/** Codes beyond 127 did not fit into the first field, so there are two of them; the larger one is meant. */
function operatorName(code: FlatTable): string {
  const { builtin_code: builtin } = code
  const number = typeof builtin === 'string' ? numberIn('BuiltinOperator', builtin) : whole(builtin)
  const meant = Math.max(number, whole(code.deprecated_builtin_code))
  return nameIn('BuiltinOperator', meant) ?? `BUILTIN_${meant}`
}

function readSignature(table: FlatTable, subgraphs: LiteSubgraph[]): LiteSignature {
  const key = text(table.signature_key)
  const subgraph = whole(table.subgraph_index)
  const { tensors } = at(subgraphs, subgraph, `signature "${key}"`)
  const ends = (list: FlatTable[]) =>
    list.map(end => {
      at(tensors, end.tensor_index, `signature "${key}"`)
      return { name: text(end.name), tensor: whole(end.tensor_index) }
    })
  return { key, subgraph, inputs: ends(tables(table.inputs)), outputs: ends(tables(table.outputs)) }
}

function carriedOf(table: FlatTable, fields: string[]): FlatTable | undefined {
  const found = fields.filter(field => table[field] !== undefined)
  return found.length > 0 ? Object.fromEntries(found.map(field => [field, table[field]])) : undefined
}

function at<T>(list: T[], index: FlatTable[string], what: string): T {
  if (typeof index !== 'number' || index < 0 || index >= list.length)
    throw damaged(`one ${what} of it names something that is not there`)
  return list[index] as T
}

const tables = (value: FlatTable[string]): FlatTable[] => (value ?? []) as FlatTable[]

const text = (value: FlatTable[string]): string => (typeof value === 'string' ? value : '')

function whole(value: FlatTable[string]): number {
  if (value === undefined) return 0
  if (typeof value !== 'number') throw damaged('a number of it is too large')
  return value
}

function numbers(value: FlatTable[string]): number[] {
  if (value === undefined) return []
  const list = value as (number | bigint)[]
  if (list.some(number => typeof number === 'bigint')) throw damaged('a number of it is too large')
  return list as number[]
}
