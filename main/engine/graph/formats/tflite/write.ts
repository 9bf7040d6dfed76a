import { createHash } from 'node:crypto'
import { fail } from '../../../kit/index.ts'
import type { LiteModel, LiteOperator, LiteSignature, LiteSubgraph, LiteTensor } from './model.ts'
import { UniqueNames } from './names.ts'
import type { FlatTable } from './readTable.ts'
import { OPTIONS_OF } from './schema/operators.ts'
import { numberIn, table } from './schema.ts'
import { minRuntimeVersion } from './versions.ts'
import { FlatWriter } from './writeTable.ts'
import { placeTrailing } from './zip.ts'

/** Data lies at multiples of this, so that a runtime can use the file where it lies in memory. */
const ALIGNMENT = 16

/** Offsets in a FlatBuffer end here; what lies beyond is named by its place in the file (version 3c of the schema). */
const FLATBUFFER_LIMIT = 2 ** 31 - 1

/**
 * A model as the bytes of a `.tflite` file, in pieces: the tables, then the constants as they are, so that they need
 * not be copied to be written. Equal constants are written once. Each model gets a signature, `serving_default` where
 * it has none, and says the lowest version of the runtime that knows its operators.
 *
 * @throws Failure `unsupported-graph` for an operator whose options are of a newer schema than ours
 */
export function tflitePieces(model: LiteModel, limit = FLATBUFFER_LIMIT): Uint8Array[] {
  const near = pieces(model, false)
  const fits = lengthOf(near) <= limit
  const all = fits ? near : pieces(model, true)
  return model.trailing ? [...all, placeTrailing(model.trailing, lengthOf(all))] : all
}

/** @param beyond whether the data's places are given in the manner that knows no limit, which old runtimes cannot read */
function pieces(model: LiteModel, beyond: boolean): Uint8Array[] {
  const data = new DataList()
  const root = modelTable(model, data, beyond)
  const places = new Map<FlatTable, number>()
  const writer = new FlatWriter((type, value, fromEnd) => {
    if (type === 'Buffer') places.set(value, fromEnd)
  })
  const head = writer.finish('Model', root, 'TFL3')
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const list = [head]
  let end = head.length
  const add = (bytes: Uint8Array) => {
    list.push(bytes)
    end += bytes.length
  }
  const buffers = root.buffers as FlatTable[]
  data.list.forEach((bytes, i) => {
    const at = head.length - (places.get(buffers[i + 1] as FlatTable) as number)
    // In front of a list stands its length; the first byte of the data itself is the aligned one.
    const prefix = beyond ? 0 : 4
    add(new Uint8Array((ALIGNMENT - ((end + prefix) % ALIGNMENT)) % ALIGNMENT))
    if (beyond) {
      view.setBigUint64(slotOf(view, at, 'offset'), BigInt(end), true)
      view.setBigUint64(slotOf(view, at, 'size'), BigInt(bytes.length), true)
    } else {
      const slot = slotOf(view, at, 'data')
      view.setUint32(slot, end - slot, true)
      add(new Uint8Array(Uint32Array.of(bytes.length).buffer))
    }
    add(bytes)
  })
  return list
}

const lengthOf = (list: Uint8Array[]): number => list.reduce((sum, bytes) => sum + bytes.length, 0)

/** A model as a `.tflite` file; see `tflitePieces`. */
export function writeTflite(model: LiteModel): Uint8Array {
  const list = tflitePieces(model)
  const file = new Uint8Array(lengthOf(list))
  let at = 0
  for (const piece of list) {
    file.set(piece, at)
    at += piece.length
  }
  return file
}

/** Where in the file the field of a table lies. */
function slotOf(view: DataView, at: number, name: string): number {
  const shape = at - view.getInt32(at, true)
  const id = table('Buffer').fields.find(field => field.name === name)?.id as number
  return at + view.getUint16(shape + 4 + 2 * id, true)
}

/** The constants of a file, each kind of bytes once. Number 0 means: none. */
class DataList {
  readonly list: Uint8Array[] = []
  readonly #byLength = new Map<number, Map<string, number>>()
  readonly #waiting = new Map<number, number>()

  add(bytes: Uint8Array): number {
    const known = this.#byLength.get(bytes.length)
    const waiting = this.#waiting.get(bytes.length)
    // The first of a length is not hashed until a second one comes: most large weights are alone.
    if (!known && waiting === undefined) {
      this.list.push(bytes)
      this.#waiting.set(bytes.length, this.list.length)
      return this.list.length
    }
    const hashes =
      known ?? new Map([[hashOf(this.list[(waiting as number) - 1] as Uint8Array), waiting as number]])
    this.#byLength.set(bytes.length, hashes)
    const hash = hashOf(bytes)
    const found = hashes.get(hash)
    if (found !== undefined) return found
    this.list.push(bytes)
    hashes.set(hash, this.list.length)
    return this.list.length
  }
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64')

function modelTable(model: LiteModel, data: DataList, beyond: boolean): FlatTable {
  const codes = new Map<string, { index: number; code: FlatTable }>()
  const codeOf = (operator: LiteOperator): number => {
    const key = `${operator.op} ${operator.version} ${operator.customCode ?? ''}`
    const known = codes.get(key) ?? { index: codes.size, code: codeTable(operator) }
    codes.set(key, known)
    return known.index
  }
  const subgraphs = model.subgraphs.map(subgraph => subgraphTable(subgraph, data, codeOf))
  const metadata = withRuntimeVersion(model).map(({ name, data: bytes }) => ({
    name,
    buffer: data.add(bytes),
  }))
  return {
    version: 3,
    operator_codes: [...codes.values()].map(({ code }) => code),
    subgraphs,
    ...(model.description && { description: model.description }),
    // Buffer 0 is the one of tensors without data. The others learn their place when all tables are written; these
    // values keep it free until then, since what means nothing would be left out.
    buffers: [{}, ...data.list.map(() => (beyond ? { offset: 2, size: 1 } : { data: new Uint8Array(0) }))],
    ...(metadata.length > 0 && { metadata }),
    signature_defs: signaturesOf(model).map(signatureTable),
  }
}

function codeTable({ op, version, customCode }: LiteOperator): FlatTable {
  const known = numberIn('BuiltinOperator', op)
  const code = known >= 0 ? known : Number(/^BUILTIN_(\d+)$/.exec(op)?.[1] ?? -1)
  if (code < 0) throw new Error(`TensorFlow Lite has no operator ${op}`)
  return {
    deprecated_builtin_code: Math.min(code, 127),
    builtin_code: code,
    version,
    ...(customCode !== undefined && { custom_code: customCode }),
  }
}

function subgraphTable(
  { name, tensors, operators, inputs, outputs }: LiteSubgraph,
  data: DataList,
  codeOf: (operator: LiteOperator) => number,
): FlatTable {
  return {
    ...(name && { name }),
    inputs,
    outputs,
    tensors: tensors.map(tensor => tensorTable(tensor, data)),
    operators: operators.map(operator => operatorTable(operator, codeOf(operator))),
  }
}

function tensorTable(tensor: LiteTensor, data: DataList): FlatTable {
  const { quantization: rest, ...carried } = tensor.carried ?? {}
  const { quantization } = tensor
  return {
    ...carried,
    name: tensor.name,
    type: tensor.type.toUpperCase(),
    shape: tensor.shape,
    ...(tensor.signature && { shape_signature: tensor.signature }),
    buffer: tensor.data ? data.add(tensor.data) : 0,
    is_variable: tensor.isVariable ?? false,
    has_rank: tensor.hasRank ?? true,
    ...((quantization || rest) && {
      quantization: {
        ...(rest as FlatTable | undefined),
        ...(quantization && {
          scale: quantization.scale,
          zero_point: quantization.zeroPoint,
          quantized_dimension: quantization.axis,
        }),
      },
    }),
  }
}

function operatorTable(operator: LiteOperator, index: number): FlatTable {
  return {
    ...operator.carried,
    opcode_index: index,
    inputs: operator.inputs,
    outputs: operator.outputs,
    ...optionsOf(operator),
    ...(operator.customOptions && { custom_options: operator.customOptions }),
    ...(operator.intermediates && { intermediates: operator.intermediates }),
  }
}

/** Options that say nothing are left out, unless that is their whole point: some runtimes look for an empty table. */
function optionsOf({ op, options, optionsTable, origin }: LiteOperator): FlatTable {
  const name = optionsTable ?? OPTIONS_OF[op]
  if (name === undefined) return {}
  if (typeof name === 'number')
    throw fail(
      'unsupported-graph',
      `The options of the operator ${op} are of a newer kind than is known here, so they cannot be written.`,
      'Update the program, or keep the file as it is.',
      origin,
    )
  if (Object.keys(options).length === 0 && table(name).fields.length > 0) return {}
  const union = numberIn('BuiltinOptions', name) > 0 ? 'builtin_options' : 'builtin_options_2'
  return { [union]: { table: name, value: options as FlatTable } }
}

const signatureTable = ({ key, subgraph, inputs, outputs }: LiteSignature): FlatTable => {
  const ends = (list: LiteSignature['inputs']) =>
    list.map(({ name, tensor }) => ({ name, tensor_index: tensor }))
  return { signature_key: key, subgraph_index: subgraph, inputs: ends(inputs), outputs: ends(outputs) }
}

/** The model's signatures, or one made from the first graph's inputs and outputs, with a name for each. */
export function signaturesOf({ signatures, subgraphs }: LiteModel): LiteSignature[] {
  const main = subgraphs[0]
  if (signatures.length > 0 || !main) return signatures
  const ends = (list: number[]) => {
    const names = new UniqueNames()
    return list.map(tensor => ({ name: names.of(main.tensors[tensor]?.name ?? ''), tensor }))
  }
  return [{ key: 'serving_default', subgraph: 0, inputs: ends(main.inputs), outputs: ends(main.outputs) }]
}

/** `min_runtime_version` is text in 16 bytes, filled up with zeros. */
function withRuntimeVersion(model: LiteModel): LiteModel['metadata'] {
  const name = 'min_runtime_version'
  const version = minRuntimeVersion(model)
  const others = model.metadata.filter(entry => entry.name !== name)
  if (version === undefined) return others
  const data = new Uint8Array(16)
  data.set(new TextEncoder().encode(version).subarray(0, 15))
  const at = model.metadata.findIndex(entry => entry.name === name)
  return at < 0 ? [{ name, data }, ...others] : others.toSpliced(at, 0, { name, data })
}
