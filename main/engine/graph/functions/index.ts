import { create } from '@bufbuild/protobuf'
import { fail } from '../../kit/index.ts'
import { type FunctionDefLibrary, FunctionDefLibrarySchema } from '../gen/function_pb.ts'
import {
  attr,
  type Endpoint,
  type Graph,
  type GraphNode,
  type Port,
  portName,
  portOf,
  withoutUnused,
} from '../graph.ts'
import { withoutIdleControls } from './effects.ts'
import { expand } from './expand.ts'
import { flattenFunctions } from './flatten.ts'
import { nameLayers } from './layers.ts'
import { checkCalls, openLibrary } from './library.ts'
import { hasOutputs, portIn, type Reference } from './reference.ts'
import type { Step } from './step.ts'

/**
 * Writes the bodies of functions in place of their calls (`PartitionedCall`, `StatefulPartitionedCall`, and TF1's calls
 * by operation name), calls of calls too. Nodes from a body are named `call/node`; each remembers the path of calls and
 * the layer it came from. `If` and `Case` with a constant index become the branch they take; other choices and loops
 * stay, with their functions, in which calls are written out as well. What the outputs do not need is dropped, the
 * functions of training and of other devices among it. An output that was the result of a call keeps its name.
 *
 * @throws Failure `unsupported-graph` for functions that call themselves, or each other so often that no computer could
 * hold them written out; `unreadable-file` when calls and functions do not belong together
 */
export function inlineFunctions(
  graph: Graph,
  library: FunctionDefLibrary | undefined = graph.library,
): Graph {
  const functions = openLibrary(library)
  const needed = withoutUnused(graph)
  checkCalls(needed.nodes, functions)
  const { steps, resolve } = expand(needed.nodes.map(stepOfNode), functions)
  const nodes = toNodes(steps)
  const ends = needed.outputs.flatMap(end => endOf(end, nodes, resolve))
  const flat = withoutUnused({
    ...needed,
    nodes: withoutGradientNodes(withoutIdleControls([...nodes.values(), ...ends.map(({ node }) => node)])),
    outputs: rename(needed.outputs, ends),
    library: undefined,
  })
  const scopes = new Map(steps.map(step => [step.name, step.scope]))
  for (const { node } of ends) scopes.set(node.name, node.op)
  const kept = flattenFunctions(flat.nodes, functions)
  return {
    ...flat,
    nodes: nameLayers(flat.nodes, scopes),
    ...(kept.length > 0 && { library: create(FunctionDefLibrarySchema, { function: kept }) }),
  }
}

/** A node of a graph as a step. */
export const stepOfNode = (node: GraphNode): Step => ({
  ...node,
  origin: node.origin ?? { node: node.name },
  scope: node.name,
})

/** Steps as nodes of a graph: names inside functions become ports. */
export function toNodes(steps: Step[]): Map<string, GraphNode> {
  const nodes = new Map(
    steps.map(({ scope: _, inputs: __, ...step }): [string, GraphNode] => [
      step.name,
      { ...step, inputs: [] },
    ]),
  )
  const called = new Map<string, string>()
  for (const { name, inputs } of steps) {
    const node = nodes.get(name) as GraphNode
    node.inputs = inputs.map(input => portOfReference(input, nodes, called))
  }
  return nodes
}

function portOfReference(
  reference: Reference,
  nodes: Map<string, GraphNode>,
  called: Map<string, string>,
): Port {
  if ('port' in reference) return reference
  const source = nodes.get(reference.node)
  if (!source)
    throw fail(
      'unreadable-file',
      `A function of the model reads from "${reference.node}", which is not in it.`,
      'The file may be cut off; export the model again.',
      { node: reference.node },
    )
  const port = portIn(source, reference)
  // TensorFlow's own operations are known; of another's outputs one has to be the only one that is read.
  const first = called.get(source.name) ?? reference.out
  called.set(source.name, first)
  if (port === undefined || (!hasOutputs(source.op) && first !== reference.out))
    throw fail(
      'unsupported-graph',
      `The order of the outputs of "${source.name}" (${source.op}) is not known.`,
      'Choose outputs that do not need it, or export the model without this operation.',
      { node: source.name },
    )
  return { node: source.name, port }
}

interface End {
  was: string
  node: GraphNode
}

/** An output that was the result of a call becomes a node of its own, named like the call where that can be. */
function endOf(
  end: Endpoint,
  nodes: Map<string, GraphNode>,
  resolve: (reference: Reference) => Reference,
): End[] {
  const port = portOf(end.name)
  if (nodes.has(port.node)) return []
  const source = portOfReference(resolve(port), nodes, new Map())
  let name = port.port === 0 ? port.node : `${port.node}/${port.port}`
  while (nodes.has(name)) name = `${name}_`
  const node: GraphNode = {
    name,
    op: 'Identity',
    inputs: [source],
    controls: [],
    device: '',
    attrs: { T: attr.type(end.dtype) },
    origin: { node: port.node },
  }
  return [{ was: end.name, node }]
}

function rename(outputs: Endpoint[], ends: End[]): Endpoint[] {
  const names = new Map(ends.map(({ was, node }) => [was, node.name]))
  return outputs.map(end => ({ ...end, name: names.get(end.name) ?? end.name }))
}

/** `IdentityN` only marks where a function with a gradient of its own ends; what reads it reads its inputs instead. */
function withoutGradientNodes(nodes: GraphNode[]): GraphNode[] {
  const marks = new Map(nodes.filter(isMark).map(node => [node.name, node]))
  if (marks.size === 0) return nodes
  const known = new Map<string, Port>()
  const through = (port: Port): Port => {
    const passed: string[] = []
    let current = port
    while (passed.length <= marks.size) {
      const at = portName(current)
      const next = known.get(at) ?? marks.get(current.node)?.inputs[current.port]
      if (!next) break
      passed.push(at)
      current = next
    }
    for (const at of passed) known.set(at, current)
    return current
  }
  return nodes.map(node => ({ ...node, inputs: node.inputs.map(through) }))
}

const isMark = ({ op, controls }: GraphNode): boolean => op === 'IdentityN' && controls.length === 0
