import { create } from '@bufbuild/protobuf'
import { fail } from '../kit/index.ts'
import { withoutIdleControls } from './functions/effects.ts'
import { reached } from './functions/flatten.ts'
import type { Held } from './functions/handles.ts'
import { inlineFunctions, stepOfNode, toNodes } from './functions/index.ts'
import { callOf, openLibrary } from './functions/library.ts'
import { Values } from './functions/values.ts'
import { type FunctionDefLibrary, FunctionDefLibrarySchema } from './gen/function_pb.ts'
import { constant, type Graph, type GraphNode, placeOf, type Tensor, withoutUnused } from './graph.ts'
import { holdsTable, tableFailure } from './tables.ts'
import { isReference, isVariable, variableName } from './variables.ts'

/** What {@link freeze} did, in figures. */
export interface FreezeReport {
  /** Variables that became constants. */
  variables: number
  /** Bytes of those constants. */
  bytes: number
  /** Nodes the outputs do not need, dropped. */
  dropped: number
}

/** What changes a variable of TF1. */
const CHANGES = /^(Assign|Scatter(Add|Sub|Mul|Div|Min|Max|Update|Nd.+)$|Apply|SparseApply|CountUpTo)/

/**
 * Variables to constants, as TensorFlow's `convert_variables_to_constants_v2` does it: the handle (`VarHandleOp`, or
 * TF1's `VariableV2`) becomes a `Const` of the same name, reading it (`ReadVariableOp`) an `Identity`, gathering from it
 * a `GatherV2`, and what the outputs do not need is dropped. Handles are followed through loops, choices and their
 * functions. Handles of one variable, or of variables with one value in the file, share one constant.
 *
 * @throws Failure `unsupported-graph`, with the node, for a variable whose value is unknown or that the graph changes,
 * and for tables of words, which cannot be constants
 */
export function freeze(graph: Graph): { graph: Graph; report: FreezeReport } {
  const flat = withoutCalls(graph)
  const table = flat.nodes.find(holdsTable)
  if (table) throw tableFailure(table, flat.nodes)
  const { nodes, held, bytes, variables } = withConstants(flat)
  const functions = openLibrary(flat.library)
  const values = new Values(functions)
  const read = values.read(nodes.map(stepOfNode), held)
  const frozen = withoutUnused({
    ...flat,
    nodes: withoutIdleControls([...toNodes(read.steps).values()].map(withoutPlace)),
    variables: new Map(),
  })
  return {
    graph: withLibrary(frozen, flat.library, values),
    report: { variables, bytes, dropped: Math.max(0, graph.nodes.length - frozen.nodes.length) },
  }
}

function withoutCalls(graph: Graph): Graph {
  const needed = withoutUnused(graph)
  const functions = openLibrary(graph.library)
  return needed.nodes.some(node => callOf(node, functions)) ? inlineFunctions(graph) : needed
}

/** Every variable as one constant, named as the first of its handles; what read another handle reads that one. */
function withConstants(graph: Graph) {
  const held = new Map<string, Held>()
  const references = new Map<string, GraphNode>()
  const first = new Map<Tensor, string>()
  const renamed = new Map<string, string>()
  let bytes = 0
  const made = graph.nodes.flatMap((node): GraphNode[] => {
    if (!isVariable(node)) return [node]
    const value = graph.variables.get(variableName(node))
    if (!value) throw unknownValue(node)
    if (isReference(node)) references.set(node.name, node)
    else {
      const same = first.get(value)
      if (same !== undefined) {
        renamed.set(node.name, same)
        return []
      }
      first.set(value, node.name)
      held.set(node.name, { name: node.name, dtype: value.dtype, shape: value.shape })
    }
    bytes += value.data.byteLength
    return [{ ...constant(node.name, value, node.controls), origin: node.origin ?? { node: node.name } }]
  })
  const nodes = made.map(node => plain(redirect(node, renamed), references))
  return { nodes, held, bytes, variables: held.size + references.size }
}

function redirect(node: GraphNode, renamed: Map<string, string>): GraphNode {
  if (renamed.size === 0) return node
  return {
    ...node,
    inputs: node.inputs.map(input => ({ ...input, node: renamed.get(input.node) ?? input.node })),
    controls: node.controls.map(name => renamed.get(name) ?? name),
  }
}

/** A node that took a reference to a variable takes its value. */
function plain(node: GraphNode, references: Map<string, GraphNode>): GraphNode {
  const source = references.get(node.inputs[0]?.node ?? '')
  if (node.op.startsWith('Ref') && node.op !== 'RefVariable')
    return { ...node, op: node.op.slice('Ref'.length) }
  if (!source) return node
  if (CHANGES.test(node.op))
    throw fail(
      'unsupported-graph',
      `"${node.name}" (${node.op}) does more with the variable "${source.name}" than read it.`,
      'Freeze the part of the graph that predicts, not the one that trains.',
      placeOf(node),
    )
  if (node.op === 'IsVariableInitialized')
    return {
      ...constant(node.name, { dtype: 'bool', shape: [], data: Uint8Array.of(1) }, node.controls),
      ...(node.origin && { origin: node.origin }),
    }
  return node
}

const unknownValue = (node: GraphNode) =>
  fail(
    'unsupported-graph',
    `The value of the variable "${node.name}" is not known.`,
    'Freeze the model together with its trained weights.',
    placeOf(node),
  )

/** Which nodes share a device is said by names of nodes, some of which are gone. */
function withoutPlace(node: GraphNode): GraphNode {
  if (!('_class' in node.attrs)) return node
  const { _class, ...attrs } = node.attrs
  return { ...node, attrs }
}

/** Functions written anew stand beside those that stayed as they were; what nobody names any more is dropped. */
function withLibrary(graph: Graph, before: FunctionDefLibrary | undefined, values: Values): Graph {
  const { library: _, ...rest } = graph
  if (!before) return rest
  const all = openLibrary(before)
  for (const made of values.made.values()) all.set(made.signature?.name ?? '', made)
  const kept = reached(graph.nodes, all)
  return kept.length === 0 ? rest : { ...rest, library: create(FunctionDefLibrarySchema, { function: kept }) }
}
