import { bytesPerElement } from './dtype.ts'
import {
  attrOf,
  type DataType,
  type Endpoint,
  type Graph,
  type GraphNode,
  sizeOf,
  type Tensor,
} from './graph.ts'
import { isVariable, variableName } from './variables.ts'

/** What a page says about a graph without showing it. */
export interface Description {
  nodes: number
  /** How many nodes of each operation, most frequent first. */
  ops: { op: string; count: number }[]
  /** Constants with at least one value. */
  constants: number
  /** Bytes of all constants, which is nearly all of the file. */
  constantBytes: number
  /** Variables that the graph reads and whose values are known. */
  variables: number
  /** Trained values: those of variables, and of constants of more than one float or packed float. */
  parameters: number
  /** Bytes of variables and constants. */
  weightBytes: number
  /** Those bytes by element type, largest first. */
  bytesByType: { dtype: string; bytes: number }[]
  inputs: Endpoint[]
  outputs: Endpoint[]
}

/** Types that trained values have, 8-bit ones of quantized weights among them; wholes are shapes, axes and indices. */
const TRAINED = new Set<DataType>(['float32', 'float64', 'float16', 'bfloat16', 'int8', 'qint8', 'quint8'])

/** Counts nodes, constants and weights, in one walk over the graph. */
export function describe(graph: Graph): Description {
  const ops = new Map<string, number>()
  const types = new Map<string, number>()
  const variables = new Map<string, Tensor>()
  let [constants, constantBytes, parameters] = [0, 0, 0]
  const weigh = ({ dtype, shape }: Tensor): number => {
    const bytes = sizeOf(shape) * bytesPerElement(dtype)
    types.set(dtype, (types.get(dtype) ?? 0) + bytes)
    return bytes
  }
  for (const node of graph.nodes) {
    ops.set(node.op, (ops.get(node.op) ?? 0) + 1)
    const variable = variableOf(graph, node)
    // The same variable may be read through many handles.
    if (variable) variables.set(variable.name, variable.value)
    const value = node.op === 'Const' ? attrOf(node, 'value', 'tensor') : undefined
    if (!value) continue
    constants++
    constantBytes += weigh(value)
    const size = sizeOf(value.shape)
    if (size > 1 && TRAINED.has(value.dtype)) parameters += size
  }
  for (const value of variables.values()) {
    weigh(value)
    if (TRAINED.has(value.dtype)) parameters += sizeOf(value.shape)
  }
  return {
    nodes: graph.nodes.length,
    ops: ranked(ops).map(([op, count]) => ({ op, count })),
    constants,
    constantBytes,
    variables: variables.size,
    parameters,
    weightBytes: [...types.values()].reduce((sum, bytes) => sum + bytes, 0),
    bytesByType: ranked(types).map(([dtype, bytes]) => ({ dtype, bytes })),
    inputs: graph.inputs,
    outputs: graph.outputs,
  }
}

function variableOf(graph: Graph, node: GraphNode): { name: string; value: Tensor } | undefined {
  if (!isVariable(node)) return undefined
  const name = variableName(node)
  const value = graph.variables.get(name)
  return value && { name, value }
}

const ranked = (counts: Map<string, number>): [string, number][] =>
  [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
