import { bytesPerElement } from './dtype.ts'
import { attrOf, type Endpoint, type Graph, sizeOf } from './graph.ts'

/** What a page says about a graph without showing it. */
export interface Description {
  nodes: number
  /** How many nodes of each operation, most frequent first. */
  ops: { op: string; count: number }[]
  /** Constants with at least one value. */
  constants: number
  /** Bytes of all constants, which is nearly all of the file. */
  constantBytes: number
  /** Bytes of constants by element type, largest first. */
  bytesByType: { dtype: string; bytes: number }[]
  inputs: Endpoint[]
  outputs: Endpoint[]
}

export function describe(graph: Graph): Description {
  const ops = new Map<string, number>()
  const types = new Map<string, number>()
  let constants = 0
  for (const node of graph.nodes) {
    ops.set(node.op, (ops.get(node.op) ?? 0) + 1)
    const value = node.op === 'Const' ? attrOf(node, 'value', 'tensor') : undefined
    if (!value) continue
    constants++
    types.set(value.dtype, (types.get(value.dtype) ?? 0) + sizeOf(value.shape) * bytesPerElement(value.dtype))
  }
  return {
    nodes: graph.nodes.length,
    ops: ranked(ops).map(([op, count]) => ({ op, count })),
    constants,
    constantBytes: [...types.values()].reduce((sum, bytes) => sum + bytes, 0),
    bytesByType: ranked(types).map(([dtype, bytes]) => ({ dtype, bytes })),
    inputs: graph.inputs,
    outputs: graph.outputs,
  }
}

const ranked = (counts: Map<string, number>): [string, number][] =>
  [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
