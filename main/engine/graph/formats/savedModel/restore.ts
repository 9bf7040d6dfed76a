import { inlineFunctions } from '../../functions/index.ts'
import { attrOf, byName, type Graph, type GraphNode, portOf } from '../../graph.ts'
import { variableName } from '../../variables.ts'
import type { Part } from '../checkpoint/orderedCode.ts'
import type { Wanted } from '../checkpoint/stored.ts'

/**
 * Which tensor of the checkpoint each variable is, as the graph's own way to restore it says: a `RestoreV2` with a list of
 * names, each handed to an assignment (in TF2 all of them in a function, in TF1 under `save/`).
 * @param restoreOp the saver's node, such as `StatefulPartitionedCall_2` or `save/restore_all`
 * @returns by {@link variableName}; empty when the graph has no such node
 */
export function restoredBy(graph: Graph, restoreOp: string): Map<string, Wanted> {
  const { node: name } = portOf(restoreOp)
  if (!graph.nodes.some(node => node.name === name)) return new Map()
  const flat = inlineFunctions({
    ...graph,
    inputs: [],
    outputs: [{ name: restoreOp, dtype: 'string', shape: undefined }],
  })
  const nodes = byName(flat)
  const texts = new Map<string, string[]>()
  const found = new Map<string, Wanted>()
  for (const node of flat.nodes) {
    if (!node.op.startsWith('Assign') || node.inputs.length < 2) continue
    const variable = follow(node, 0, nodes)
    const wanted = restored(node, nodes, texts)
    if (variable && wanted) found.set(variableName(variable.node), wanted)
  }
  return found
}

/** Nodes between a variable and what is put into it. */
const LONGEST = 1000

/** The node that an input comes from, past what only hands it on. */
function follow(node: GraphNode, input: number, nodes: Map<string, GraphNode>) {
  let port = node.inputs[input]
  for (let i = 0; port && i < LONGEST; i++) {
    const source = nodes.get(port.node)
    if (!source) return undefined
    if (!['Identity', 'RefIdentity', 'Reshape'].includes(source.op)) return { node: source, port: port.port }
    port = source.inputs[0]
  }
  return undefined
}

const RESTORES = new Set(['RestoreV2', 'Restore', 'RestoreSlice'])

function restored(
  assign: GraphNode,
  nodes: Map<string, GraphNode>,
  texts: Map<string, string[]>,
): Wanted | undefined {
  const source = follow(assign, 1, nodes)
  if (!source || !RESTORES.has(source.node.op)) return undefined
  const textOf = (input: number) => {
    const node = follow(source.node, input, nodes)?.node
    if (!node) return undefined
    const read = texts.get(node.name) ?? stringsOf(node)
    texts.set(node.name, read)
    return read[source.port]
  }
  const key = textOf(1)
  return key === undefined ? undefined : { key, ...partIn(textOf(2)) }
}

function stringsOf(node: GraphNode): string[] {
  const value = node.op === 'Const' ? attrOf(node, 'value', 'opaque') : undefined
  if (value?.value.case !== 'tensor') return []
  const decoder = new TextDecoder()
  return value.value.value.stringVal.map(bytes => decoder.decode(bytes))
}

/** `10 20 0,5:-` is rows 0 to 4 of a tensor of shape [10, 20] (TensorFlow's `RestoreV2`, `shape_and_slices`). */
function partIn(text: string | undefined): { part?: Part } {
  const slices = text?.split(' ').at(-1)?.split(':')
  if (!text || !slices) return {}
  const axes = slices.map(slice => (slice === '-' ? [0, -1] : slice.split(',').map(Number)))
  return { part: { start: axes.map(([start]) => start ?? 0), size: axes.map(([, size]) => size ?? -1) } }
}
