import {
  byName,
  canEvaluate,
  evaluate,
  type Graph,
  type GraphNode,
  inferShapes,
  portName,
  portOf,
  type Tensor,
  withoutIdleControls,
  withoutUnused,
} from '../../graph/index.ts'
import { flag } from './arguments.ts'
import { constantFrom, tensorOf, withoutShapes } from './draft.ts'
import { inOrder } from './order.ts'
import { count, type Pass } from './pass.ts'

/** A constant that came out larger than what it was computed from may have this many bytes... */
const LARGE = 10 * 2 ** 20
/** ...and all of them together may add this many to the graph. */
const GROWTH = 64 * 2 ** 20
/** A constant that replaces nodes which wait for something waits for it too, up to as many as this. */
const WAITS = 64

/** What would undo other passes: 8-bit weights are unpacked when the graph runs. */
const KEPT = new Set(['Dequantize'])

interface Folded {
  values: Tensor[]
  controls: readonly string[]
}

/**
 * Computes what depends on constants alone. The constant takes the name of the last node that it replaces, and further
 * outputs `name/port_1` and so on. Results that are much larger than what they come from (a `Fill`, a `Tile`) stay
 * computed, and so does the unpacking of 8-bit weights.
 */
export const foldConstants: Pass<{ folded: number }> = {
  name: 'fold_constants',
  title: 'Constants computed',
  about: 'Computes once what depends on constants alone, and drops what is not needed any more.',
  arguments: [
    {
      name: 'clear_output_shapes',
      about: 'false keeps the recorded shapes of outputs (_output_shapes); without it they are removed.',
      required: false,
    },
  ],
  run(graph, args = {}) {
    const clear = flag(args, 'clear_output_shapes', true)
    const source = withoutIdleControls(graph.nodes).map(node => (clear ? withoutShapes(node) : node))
    const { nodes, folded } = fold({ ...graph, nodes: source })
    const result = { ...graph, nodes }
    return {
      graph: graph.outputs.length > 0 ? withoutUnused(result) : result,
      report: { folded },
      note: folded > 0 ? `${count(folded, 'node')} computed` : 'nothing to compute',
    }
  },
}

function fold(graph: Graph): { nodes: GraphNode[]; folded: number } {
  const known = compute(graph)
  const outputs = graph.outputs.map(end => portOf(end.name))
  const ends = new Set(outputs.filter(({ port }) => port > 0).map(({ node }) => node))
  // The name of an output stays what it is, so what has an output by another port than 0 stays computed.
  const stays = (node: GraphNode) => node.op === 'Const' || ends.has(node.name) || !known.has(node.name)

  // A node is written as a constant where somebody that stays reads it; the others on the way just go.
  const read = new Map<string, Set<number>>()
  const reads = (node: string, port: number) => {
    const ports = read.get(node)
    if (ports) ports.add(port)
    else read.set(node, new Set([port]))
  }
  for (const node of graph.nodes) {
    if (!stays(node)) continue
    for (const input of node.inputs) reads(input.node, input.port)
    for (const name of node.controls) reads(name, 0)
  }
  for (const { node, port } of outputs) reads(node, port)
  if (outputs.length === 0) for (const name of unread(graph)) reads(name, 0)

  const names = new Set(graph.nodes.map(node => node.name))
  const renamed = new Map<string, string>()
  let folded = 0
  const nodes = graph.nodes.flatMap((node): GraphNode[] => {
    if (stays(node)) return [node]
    const { values, controls } = known.get(node.name) as Folded
    folded++
    return [...(read.get(node.name) ?? [])].map(port => {
      let name = node.name
      if (port > 0) {
        name = `${node.name}/port_${port}`
        while (names.has(name)) name += '_'
        names.add(name)
        renamed.set(portName({ node: node.name, port }), name)
      }
      return { ...constantFrom(name, values[port] as Tensor, node), controls: [...controls] }
    })
  })
  return { nodes: rewired(nodes, renamed), folded }
}

/** Nodes that no other reads or waits for. */
function unread({ nodes }: Graph): string[] {
  const read = new Set(nodes.flatMap(node => [...node.inputs.map(input => input.node), ...node.controls]))
  return nodes.filter(node => !read.has(node.name)).map(node => node.name)
}

/** The nodes, reading the constants that second outputs became. */
function rewired(nodes: GraphNode[], renamed: Map<string, string>): GraphNode[] {
  if (renamed.size === 0) return nodes
  return nodes.map(node => {
    if (!node.inputs.some(input => input.port > 0)) return node
    const inputs = node.inputs.map(input => {
      const name = input.port > 0 ? renamed.get(portName(input)) : undefined
      return name === undefined ? input : { node: name, port: 0 }
    })
    return { ...node, inputs }
  })
}

/** The values of all nodes that depend on constants alone, as far as they may be kept. */
function compute(graph: Graph): Map<string, Folded> {
  const live = new Set(graph.inputs.map(end => portOf(end.name).node))
  const shapes = staticShapes(graph)
  const known = new Map<string, Folded>()
  let growth = 0
  for (const node of inOrder(graph)) {
    if (live.has(node.name)) continue
    const value = tensorOf(node)
    if (value) {
      known.set(node.name, { values: [value], controls: node.controls })
      continue
    }
    const shape = shapes(node)
    if (shape) {
      known.set(node.name, { values: [shape], controls: node.controls })
      continue
    }
    if (!canEvaluate(node.op) || KEPT.has(node.op) || node.inputs.length === 0) continue
    const sources = node.inputs.map(input => known.get(input.node))
    const inputs = node.inputs.map((input, i) => sources[i]?.values[input.port])
    if (inputs.some(input => input === undefined)) continue
    const controls = waits(node, sources as Folded[])
    if (!controls) continue
    const given = bytesOf(inputs as Tensor[])
    const values = evaluate(node, inputs as Tensor[], {
      bytes: Math.max(given, Math.min(LARGE, GROWTH - growth)),
    })
    if (!values) continue
    growth += Math.max(0, bytesOf(values) - given)
    known.set(node.name, { values, controls })
  }
  return known
}

/** Distinct memory behind some tensors; views of the same count once. */
const bytesOf = (tensors: Tensor[]): number =>
  [...new Set(tensors.map(tensor => tensor.data))].reduce((sum, data) => sum + data.byteLength, 0)

function waits(node: GraphNode, sources: Folded[]): readonly string[] | undefined {
  if (node.controls.length === 0 && sources.every(source => source.controls === sources[0]?.controls))
    return sources[0]?.controls ?? []
  const all = new Set([...node.controls, ...sources.flatMap(source => source.controls)])
  return all.size <= WAITS ? [...all] : undefined
}

/** `Shape`, `Size` and `Rank` of what has the same shape in every run, though its values are not known. */
function staticShapes(graph: Graph): (node: GraphNode) => Tensor | undefined {
  const asks = new Set(['Shape', 'Size', 'Rank'])
  if (!graph.nodes.some(node => asks.has(node.op))) return () => undefined
  // What is cut off at an input takes what it is given, and not what stands before it in the file.
  const nodes = byName(graph)
  const cut = graph.inputs.filter(end => nodes.get(portOf(end.name).node)?.op !== 'Placeholder')
  const inferred = inferShapes(graph, Object.fromEntries(cut.map(end => [end.name, end.shape])))
  return node => {
    const [input] = node.inputs
    if (!asks.has(node.op) || !input || !nodes.has(input.node)) return undefined
    const found = inferred.get(portName(input))
    const shape = found?.shape
    if (!found || !shape || (node.op !== 'Rank' && shape.some(size => size < 0))) return undefined
    // The values do not matter to the question, so none are made.
    const stand: Tensor = { dtype: found.dtype, shape, data: new Uint8Array(0) }
    return evaluate(node, [stand])?.[0]
  }
}
