import { fail } from '../../../kit/index.ts'
import { attrOf, byName, type Graph, type GraphNode, portOf } from '../../graph.ts'
import type { OpenOptions, Signature } from '../format.ts'
import { endpointOf } from '../graphdef/ends.ts'

/** Parts of a graph that only train, save or report. */
const TRAINING =
  /^(Resource)?(Sparse)?Apply|^Resource(Scatter|Sparse)|^Assign|^Scatter(Add|Sub|Update)$|^(Save|Restore|Merge|Sharded)(V2|Slices?|V2Checkpoints|dFilename)?$|Summary|^Queue|^Assert$|^NoOp$|^(Is|Var)\w*Initialized/
const SCOPES = /(^|\/)(gradients|save|report_uninitialized_variables)(_\d+)?\//
const SILENT = new Set([
  'Const',
  'VarHandleOp',
  'VariableV2',
  'Variable',
  'ReadVariableOp',
  'Placeholder',
  'PlaceholderWithDefault',
])

/**
 * Where data enters and leaves a graph whose file has no signature: at its placeholders, and at what nothing reads
 * once the parts that train, save and start it are put aside.
 * @throws Failure `not-found` for a chosen name that is not in the graph, or when nothing is left
 */
export function endsOfTraining(graph: Graph, { outputs }: OpenOptions): Signature & { notes: string[] } {
  const nodes = byName(graph)
  const known = [...graph.inputs, ...graph.outputs]
  const names = outputs ?? unread(graph)
  if (names.length === 0)
    throw fail(
      'not-found',
      'The graph names no outputs, and none of its results depends on its inputs.',
      'Say which operations are the outputs.',
    )
  const ends = names.map(name => endpointOf(name, nodes, known))
  const needed = ancestors(
    ends.map(end => portOf(end.name).node),
    nodes,
  )
  const inputs = graph.nodes
    .filter(node => needed.has(node.name) && isInput(node))
    .map(node => endpointOf(node.name, nodes, known))
  return {
    name: 'serving_default',
    inputs,
    outputs: ends,
    notes: outputs
      ? []
      : [`The file names no outputs; taken were ${names.map(name => `"${name}"`).join(', ')}.`],
  }
}

/** A default of a single value is a switch of training, such as the rate of dropout; it stays as it is. */
function isInput(node: GraphNode): boolean {
  if (node.op !== 'PlaceholderWithDefault') return node.op.startsWith('Placeholder')
  const shape = attrOf(node, 'shape', 'shape')
  return shape === undefined || shape.length > 0
}

function unread(graph: Graph): string[] {
  const isTraining = ({ name, op }: GraphNode) => TRAINING.test(op) || SCOPES.test(name)
  const predicting = graph.nodes.filter(node => !isTraining(node))
  const read = new Set(predicting.flatMap(node => node.inputs.map(input => input.node)))
  const fed = descendants(graph)
  return predicting
    .filter(({ name, op }) => !read.has(name) && !SILENT.has(op) && fed.has(name))
    .map(({ name }) => name)
}

function ancestors(from: string[], nodes: Map<string, GraphNode>): Set<string> {
  const found = new Set<string>()
  const open = [...from]
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue
    found.add(name)
    for (const input of nodes.get(name)?.inputs ?? []) open.push(input.node)
  }
  return found
}

/** What depends on data that is fed. */
function descendants(graph: Graph): Set<string> {
  const readers = new Map<string, string[]>()
  for (const { name, inputs } of graph.nodes) for (const input of inputs) addTo(readers, input.node, name)
  const found = new Set<string>()
  const open = graph.nodes.filter(isInput).map(({ name }) => name)
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue
    found.add(name)
    for (const reader of readers.get(name) ?? []) open.push(reader)
  }
  return found
}

function addTo(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
