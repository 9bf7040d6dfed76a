import type { Inspection } from '#contract'
import { freeze, type Graph, hasKernel, unsupportedOps } from '../graph/index.ts'
import { FailureError } from '../kit/index.ts'

type Entry = Inspection['unsupported'][number]

/** So many nodes are named of each operation. */
const LISTED = 20

/** What freezing takes away: what variables are held and read with, and what only waits. */
const VARIABLES = new Set([
  'VarHandleOp',
  'ReadVariableOp',
  'VariableV2',
  'Variable',
  'RefVariable',
  'ResourceGather',
  'NoOp',
])

/**
 * The operations of a graph that stand in the way of something, with where they stand and what can still be done.
 * @param isLite for a model that came as TFLite, and need not become it
 * @returns also, in one sentence, why the graph cannot be frozen, where it cannot
 */
export function unsupportedIn(graph: Graph, isLite: boolean): { unsupported: Entry[]; notes: string[] } {
  const entries = new Map<string, Entry>()
  const at = (op: string): Entry => {
    const known = entries.get(op) ?? { op, count: 0, nodes: [], layers: [], blocks: [] }
    entries.set(op, known)
    return known
  }
  const { frozen, notes, stuck } = frozenOr(graph)
  if (stuck) note(at(stuck.op), stuck.nodes, stuck.layers, 'freeze')
  const isOurs = (op: string) => frozen === null && VARIABLES.has(op)
  const whole = frozen ?? graph
  if (!isLite)
    for (const { op, nodes, layers } of unsupportedOps(whole))
      if (!isOurs(op)) note(at(op), nodes, layers, 'tflite')
  const without = new Map<string, { nodes: string[]; layers: string[] }>()
  for (const { op, name, origin } of whole.nodes) {
    if (hasKernel(op) || isOurs(op)) continue
    const held = without.get(op) ?? { nodes: [], layers: [] }
    without.set(op, held)
    held.nodes.push(origin?.node ?? name)
    if (origin?.layer) held.layers.push(origin.layer)
  }
  for (const [op, { nodes, layers }] of without) note(at(op), nodes, layers, 'run')
  const unsupported = [...entries.values()].map(entry => ({ ...entry, still: stillOf(entry) }))
  return { unsupported, notes }
}

/** Adds what an operation blocks; where it stands is the same for all that it blocks. */
function note(
  entry: Entry,
  nodes: readonly string[],
  layers: readonly string[],
  blocks: Entry['blocks'][number],
): void {
  entry.blocks.push(blocks)
  if (nodes.length <= entry.count) return
  entry.count = nodes.length
  entry.nodes = nodes.slice(0, LISTED)
  entry.layers = [...new Set(layers)].slice(0, LISTED)
}

function stillOf({ blocks }: Entry): string {
  if (blocks.includes('freeze'))
    return 'The graph can be looked at; take outputs before it, or inputs behind it, to freeze the rest.'
  if (blocks.includes('tflite'))
    return 'The graph can be frozen, transformed and written as a GraphDef; take outputs before it for TensorFlow Lite.'
  return 'The graph can be frozen, transformed and converted; TensorFlow Lite runs it on a device.'
}

/** The graph with constants, or in one sentence why it has none, and the node that is to blame. */
function frozenOr(graph: Graph): {
  frozen: Graph | null
  notes: string[]
  stuck: { op: string; nodes: string[]; layers: string[] } | null
} {
  try {
    return { frozen: freeze(graph).graph, notes: [], stuck: null }
  } catch (error) {
    if (!(error instanceof FailureError)) throw error
    const { message, remedy, node: name } = error.failure
    const node = graph.nodes.find(each => each.name === name || each.origin?.node === name)
    const same = graph.nodes.filter(({ op }) => op === node?.op)
    return {
      frozen: null,
      notes: [`${message} ${remedy}`],
      stuck: node
        ? {
            op: node.op,
            nodes: same.map(each => each.origin?.node ?? each.name),
            layers: same.flatMap(each => each.origin?.layer ?? []),
          }
        : null,
    }
  }
}
