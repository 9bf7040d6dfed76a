import { fail } from '../../../../kit/index.ts'
import { inlineFunctions } from '../../../functions/index.ts'
import {
  byName,
  type Endpoint,
  type Graph,
  type GraphNode,
  placeOf,
  portName,
  portOf,
  withoutUnused,
} from '../../../graph.ts'
import type { LiteModel } from '../model.ts'
import { withLowestVersions } from '../versions.ts'
import { Builder } from './builder.ts'
import { Facts, fixedShapes, type Sizes } from './facts.ts'
import { finish, type Lowered } from './finish.ts'
import { fuse } from './fusions/index.ts'
import { LOWERINGS } from './ops/index.ts'
import { Refusal, UnknownShape } from './refusal.ts'
import { hasLoops, unroll } from './unroll/index.ts'
import { grouped, type Refused, type Unsupported, unsupported } from './unsupported.ts'

export type { Range } from './draft.ts'
export type { Sizes } from './facts.ts'
export type { Lowered } from './finish.ts'
export type { Unsupported } from './unsupported.ts'

/** How a graph becomes a model of TensorFlow Lite. */
export interface LowerOptions extends Sizes {
  /** What the file says it is. */
  name?: string
}

/**
 * A frozen graph as a TensorFlow Lite model, in float: TensorFlow's operations as builtin operators, put together as
 * TensorFlow's own converter does it (batch normalization, biases and activations into convolutions and products,
 * paddings, GELU and its like out of their formulas). Constants are computed, loops of a known number of rounds are
 * unrolled, and every operator and tensor says the node that it comes from. An open batch becomes 1; it stays open in
 * the shape's signature where the model works for any size.
 *
 * @throws Failure `unsupported-graph` that names all nodes without a form in TensorFlow Lite at once, `bad-input` where
 * an input needs a fixed shape
 */
export const toLite = (graph: Graph, options: LowerOptions = {}): LiteModel =>
  lower(graph, options, false).model

/**
 * As {@link toLite}, without the rounding of fake quantization in a model that was trained for it: what it says of the
 * ranges of tensors stands beside the model instead, for making an 8-bit one.
 */
export const toLiteWithRanges = (graph: Graph, options: LowerOptions = {}): Lowered =>
  lower(graph, options, true)

/** What stands in the way of {@link toLite}, by operation; empty where nothing does. */
export const unsupportedOps = (graph: Graph, options: Sizes = {}): Unsupported[] =>
  grouped(translate(graph, options, false).refused)

function lower(graph: Graph, options: LowerOptions, rangesOnly: boolean): Lowered {
  const { builder, refused, inputs } = translate(graph, options, rangesOnly)
  if (refused.length > 0) throw unsupported(refused)
  const isOpen = options.batch === undefined && builder.fixedBy === undefined
  if (!isOpen) needSizes(graph, options)
  // A model for one size only says so throughout.
  if (!isOpen && options.batch === undefined) return lower(graph, { ...options, batch: 1 }, rangesOnly)
  fuse(builder.draft)
  const about = { name: options.name ?? 'Edgewright', isOpen }
  const { model, ranges } = finish(builder.draft, inputs, graph.outputs, about)
  return { model: withLowestVersions(model), ranges }
}

/** Sizes other than the batch cannot be taken for 1 where the model is made for one size. */
function needSizes(graph: Graph, options: LowerOptions): void {
  for (const { name, key, shape } of graph.inputs) {
    if (options.shapes?.[name] ?? options.shapes?.[key ?? '']) continue
    const axis = shape?.findIndex((size, i) => i > 0 && size < 0) ?? -1
    if (axis > 0)
      throw fail(
        'bad-input',
        `The input "${key ?? name}" has an open size at axis ${axis}, and the model computes with it.`,
        'Give this input a fixed shape.',
        { node: name },
      )
  }
}

function translate(
  graph: Graph,
  sizes: Sizes,
  rangesOnly: boolean,
): { builder: Builder; refused: Refused[]; inputs: Endpoint[] } {
  const { graph: frozen, stuck } = flattened(graph, sizes)
  const facts = new Facts(frozen, sizes)
  const builder = new Builder(facts, rangesOnly)
  const refused: Refused[] = []
  const failed = new Set<string>()
  const attempt = (node: GraphNode, act: () => void) => {
    builder.at(node)
    try {
      act()
    } catch (thrown) {
      const isMisfit = thrown instanceof TypeError || thrown instanceof RangeError
      if (!(thrown instanceof Refusal) && !isMisfit) throw thrown
      // What only fails because of a node before it is not to blame.
      const follows = thrown instanceof UnknownShape && node.inputs.some(input => failed.has(input.node))
      failed.add(node.name)
      if (follows) return
      if (thrown instanceof Refusal) refused.push({ node, reason: thrown.message, remedy: thrown.remedy })
      else refused.push({ node, reason: 'its inputs and attributes do not fit together' })
    }
  }
  const nodes = byName(frozen)
  const given = new Set(frozen.inputs.map(input => portOf(input.name).node))
  const needed = neededNodes(frozen, facts, nodes, given)
  const read = new Set([...needed].flatMap(name => nodes.get(name)?.inputs.map(port => port.node) ?? []))
  for (const { name } of frozen.outputs) read.add(portOf(name).node)
  // Placeholders that nobody reads need not be something that a model can be given.
  const inputs = frozen.inputs.filter(
    ({ name }) => read.has(portOf(name).node) || builder.canHold(portOf(name)),
  )
  for (const { name } of inputs) {
    const port = portOf(name)
    const node = nodes.get(port.node)
    if (node) attempt(node, () => builder.draft.inputs.push(builder.result(node, port.port)))
  }
  checkNoCircle(facts.order, needed, given)
  for (const node of facts.order)
    if (needed.has(node.name)) attempt(node, () => lowerNode(builder, node, stuck.get(node.name)))
  for (const { name } of frozen.outputs) {
    const port = portOf(name)
    const node = nodes.get(port.node)
    if (node && refused.length === 0) attempt(node, () => builder.draft.deliver(builder.valueOf(port)))
  }
  return { builder, refused, inputs }
}

/** The graph without functions, loops and orders, as far as they can be written out. */
function flattened(graph: Graph, sizes: Sizes): { graph: Graph; stuck: Map<string, string> } {
  const inlined = graph.library?.function.length ? inlineFunctions(graph) : graph
  const plain = withoutUnused({
    ...inlined,
    nodes: inlined.nodes.map(node => (node.controls.length > 0 ? { ...node, controls: [] } : node)),
  })
  return hasLoops(plain) ? unroll(plain, fixedShapes(plain, sizes)) : { graph: plain, stuck: new Map() }
}

function lowerNode(builder: Builder, node: GraphNode, stuck: string | undefined): void {
  const lowering = Object.hasOwn(LOWERINGS, node.op) ? LOWERINGS[node.op] : undefined
  if (lowering) {
    lowering(builder, node)
    return
  }
  if (node.op === 'Placeholder') throw new Refusal('it is not among the inputs', 'Name it as an input.')
  if (stuck)
    throw new Refusal(
      stuck,
      'Give the model fixed sizes, so that loops are of a known length, or leave this part out.',
    )
  if (/Variable|VarHandle/.test(node.op)) throw new Refusal('it is a variable', 'Freeze the model first.')
  throw new Refusal('TensorFlow Lite has no operator for it')
}

/** An operation that waits for itself is no model; loops that are meant as such have been written out by now. */
function checkNoCircle(order: GraphNode[], needed: Set<string>, given: Set<string>): void {
  const done = new Set<string>()
  for (const node of order) {
    const waits =
      needed.has(node.name) && node.inputs.some(port => needed.has(port.node) && !done.has(port.node))
    if (waits && !given.has(node.name) && !/^(Merge|NextIteration)$/.test(node.op))
      throw fail(
        'unsupported-graph',
        `"${node.name}" (${node.op}) reads what it makes itself.`,
        'The file may be damaged; export the model again.',
        placeOf(node),
      )
    done.add(node.name)
  }
}

/** The nodes behind the outputs that must run: not inputs, and not what is known already. */
function neededNodes(
  graph: Graph,
  facts: Facts,
  nodes: Map<string, GraphNode>,
  given: Set<string>,
): Set<string> {
  const needed = new Set<string>()
  const open = graph.outputs.map(output => portOf(output.name))
  for (let port = open.pop(); port; port = open.pop()) {
    if (facts.constants.has(portName(port)) || needed.has(port.node) || given.has(port.node)) continue
    const node = nodes.get(port.node)
    if (!node) continue
    needed.add(node.name)
    // An operation that is not known stops the search no earlier: all that is behind it is looked at too.
    open.push(...node.inputs)
  }
  return needed
}
