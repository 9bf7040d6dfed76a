import { statSync } from 'node:fs'
import { fromJson } from '@bufbuild/protobuf'
import { FailureError, fail } from '../../../kit/index.ts'
import { dtypeOf } from '../../dtype.ts'
import type { AttrValue } from '../../gen/attr_value_pb.ts'
import { type GraphDef, GraphDefSchema } from '../../gen/graph_pb.ts'
import { type SignatureDef, SignatureDefSchema } from '../../gen/meta_graph_pb.ts'
import type { NodeDef } from '../../gen/node_def_pb.ts'
import {
  type Attr,
  type DataType,
  type Endpoint,
  type GraphNode,
  portName,
  portOf,
  type Tensor,
} from '../../graph.ts'
import type { Format, OpenOptions } from '../format.ts'
import { checkEdges, type Ends, endsOf } from '../graphdef/ends.ts'
import { opened } from '../graphdef/format.ts'
import { readNode, writeAttr } from '../graphdef/nodes.ts'
import { roomFor } from '../tensorProto.ts'
import { fillConstants } from './functions.ts'
import { withoutFused } from './fused.ts'
import { isObject, jsonOf, kindOf, type ModelJson, readModelJson, unreadable } from './manifest.ts'
import { readManifest } from './weights.ts'

/** A graph as TensorFlow.js' converter writes it: `model.json` and files with weights beside it. */
export const tfjsGraph: Format = {
  name: 'tfjs-graph',
  title: 'TensorFlow.js graph model',
  match: (path, head) => kindOf(path, head) === 'graph',
  async open(path, options) {
    const model = readModelJson(path)
    const def = parse(model.modelTopology)
    const { weights, bytes } = readManifest(path, model)
    const nodes = withoutFused(readNodes(def, weights))
    checkEdges(nodes)
    fillConstants(def.library, node => functionValue(node, weights))
    const graph = {
      nodes,
      ...signed(nodes, model, options),
      variables: new Map<string, Tensor>(),
      versions: { producer: def.versions?.producer ?? 0, minConsumer: def.versions?.minConsumer ?? 0 },
      library: def.library?.function.length ? def.library : undefined,
    }
    const whole = opened('tfjs-graph', graph, bytes + statSync(jsonOf(path)).size, options)
    if (!model.modelInitializer) return whole
    const note = 'The file holds an initializer (tables of words), which is not taken over.'
    return { ...whole, notes: [...whole.notes, note] }
  },
}

function parse(topology: unknown): GraphDef {
  try {
    return fromJson(GraphDefSchema, topology as Parameters<typeof fromJson>[1], { ignoreUnknownFields: true })
  } catch (cause) {
    throw unreadable('The graph in model.json cannot be read.', cause)
  }
}

/** The values of constants are not in the graph but among the weights, by the name of the node. */
function readNodes(def: GraphDef, weights: Map<string, Attr>): GraphNode[] {
  const room = roomFor()
  if (def.node.length === 0) throw unreadable('The graph in model.json holds no operations.')
  return def.node.map(item => {
    if (!item.name || !item.op) throw unreadable('An operation of the graph has no name or is of no kind.')
    const weight = item.op === 'Const' ? weights.get(item.name) : undefined
    if (item.op === 'Const' && !weight && isEmpty(item))
      throw unreadable(`The weight "${item.name}" is missing.`)
    if (weight) delete item.attr.value
    const node = readNode(item, room)
    return weight ? { ...node, attrs: { ...node.attrs, ...valueAttrs(weight, node) } } : node
  })
}

/** Of a constant in a function; one without a weight keeps what it has. */
function functionValue(item: NodeDef, weights: Map<string, Attr>) {
  const weight = weights.get(item.name)
  if (!weight) return undefined
  const { value } = valueAttrs(weight, readNode({ ...item, attr: { dtype: item.attr.dtype as AttrValue } }))
  return value && writeAttr(value)
}

function isEmpty({ attr }: NodeDef): boolean {
  const value = attr.value?.value
  if (value?.case !== 'tensor') return true
  const { dtype, tensorShape, $typeName, $unknown, versionNumber, ...values } = value.value
  return !Object.values(values).some(list => (list as ArrayLike<unknown>).length > 0)
}

/** TensorFlow.js has only float32 and int32; a constant that was of another type in TensorFlow becomes that again. */
function valueAttrs(weight: Attr, node: GraphNode): Record<string, Attr> {
  if (weight.kind !== 'tensor') return { value: weight }
  const wanted = node.attrs.dtype?.kind === 'type' ? node.attrs.dtype.value : weight.value.dtype
  const { dtype, shape, data } = weight.value
  const as = (type: DataType, to: Tensor['data']): Record<string, Attr> => ({
    dtype: { kind: 'type', value: type },
    value: { kind: 'tensor', value: { dtype: type, shape, data: to } },
  })
  if (wanted === 'int64' && dtype === 'int32')
    return as('int64', BigInt64Array.from(data as Int32Array, BigInt))
  if (wanted === 'float64' && dtype === 'float32')
    return as('float64', Float64Array.from(data as Float32Array))
  return as(dtype, data)
}

/** Inputs and outputs as asked, or as the file's signature says. */
function signed(
  nodes: GraphNode[],
  model: ModelJson,
  options: OpenOptions,
): { inputs: Endpoint[]; outputs: Endpoint[] } {
  const { inputs, outputs } = signatureOf(model)
  const names = (keys: Record<string, { name: string }>) => Object.values(keys).map(({ name }) => name)
  const told: Ends = { inputs: options.inputs, outputs: options.outputs }
  if (!told.inputs && Object.keys(inputs).length > 0) told.inputs = names(inputs)
  if (!told.outputs && Object.keys(outputs).length > 0) told.outputs = names(outputs)
  const ends = endsOf(nodes, told)
  const keyed = (found: Endpoint[], said: typeof inputs): Endpoint[] =>
    found.map(end => {
      const known = Object.entries(said).find(([, { name }]) => name === end.name)
      if (!known) return end
      const [key, { dtype, shape }] = known
      return {
        ...end,
        dtype: dtype ?? end.dtype,
        shape: end.shape ?? shape,
        ...(key !== end.name && { key }),
      }
    })
  return { inputs: keyed(ends.inputs, inputs), outputs: keyed(ends.outputs, outputs) }
}

type Said = Record<string, { name: string; dtype: DataType | undefined; shape: number[] | undefined }>

function signatureOf({ signature, userDefinedMetadata }: ModelJson): { inputs: Said; outputs: Said } {
  const older = isObject(userDefinedMetadata) ? userDefinedMetadata.signature : undefined
  let def: SignatureDef
  try {
    const json = (signature ?? older ?? {}) as Parameters<typeof fromJson>[1]
    def = fromJson(SignatureDefSchema, json, { ignoreUnknownFields: true })
  } catch (cause) {
    if (cause instanceof FailureError) throw cause
    throw fail(
      'unreadable-file',
      'The signature in model.json cannot be read.',
      'Convert the model again, or take the signature out of the file.',
      { cause },
    )
  }
  const side = (infos: SignatureDef['inputs']): Said =>
    Object.fromEntries(
      Object.entries(infos).flatMap(([key, { encoding, dtype, tensorShape }]) => {
        if (encoding.case !== 'name') return []
        const shape =
          !tensorShape || tensorShape.unknownRank
            ? undefined
            : tensorShape.dim.map(({ size }) => Number(size))
        return [[key, { name: portName(portOf(encoding.value)), dtype: dtypeOf(dtype), shape }]]
      }),
    )
  return { inputs: side(def.inputs), outputs: side(def.outputs) }
}
