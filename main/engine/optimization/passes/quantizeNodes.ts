import {
  attr,
  attrOf,
  type Graph,
  type GraphNode,
  inferShapes,
  portName,
  portOf,
  withoutUnused,
} from '../../graph/index.ts'
import { fail } from '../../kit/index.ts'
import { type Arguments, number, texts } from './arguments.ts'
import { Draft, port } from './draft.ts'
import { convert, hoist } from './eightBit/fakeQuants.ts'
import { EIGHT_BIT, type EightBit } from './eightBit/operations.ts'
import { beside, dequantized, inEightBits, scalarOf, type Triple, triple } from './eightBit/values.ts'
import { inOrder } from './order.ts'
import { count, type Pass } from './pass.ts'

interface Range {
  min: number
  max: number
}

/**
 * Operations on floats as TensorFlow's operations on 8 bits, with the names of its `quantize_nodes`. Values stay in
 * 8 bits between them. Ranges that training left in the graph are used, else a fixed one (`fallback_min`), else each
 * run finds its own.
 *
 * Other than there, constants are brought to 8 bits here and not in each run, `AddV2` and `ConcatV2` are known too, and
 * a convolution that is dilated or has its channels first stays as it is instead of losing that.
 */
export const quantizeNodes: Pass<{ quantized: string[] }> = {
  name: 'quantize_nodes',
  title: '8-bit operations',
  about:
    'Replaces operations on floats by those on 8 bits, with a range found in each run or known from training.',
  arguments: [
    {
      name: 'input_min',
      about: 'Lowest value of the inputs, which are then fed in 8 bits; with input_max.',
      required: false,
    },
    { name: 'input_max', about: 'Highest value of the inputs.', required: false },
    {
      name: 'fallback_min',
      about: 'Lowest value of results whose range is not known; with fallback_max.',
      required: false,
    },
    { name: 'fallback_max', about: 'Highest value of such results.', required: false },
    {
      name: 'ignore_op',
      about: 'An operation to leave in floats; may be given several times.',
      required: false,
    },
  ],
  run(graph, args = {}) {
    const ignored = new Set(texts(args, 'ignore_op'))
    const fallback = rangeIn(args, 'fallback')
    const given = rangeIn(args, 'input')
    const start = given ? quantizedInputs(graph, given) : graph
    const draft = new Draft(start)
    for (const node of graph.nodes) hoist(draft, node)
    const stretches = stretched(start)
    const quantized: string[] = []
    for (const node of inOrder(draft.graph())) {
      if (convert(draft, node)) continue
      const eight = ignored.has(node.op) ? undefined : EIGHT_BIT[node.op]
      if (
        !eight ||
        attrOf(node, 'T', 'type') !== 'float32' ||
        eight.fits?.(node) === false ||
        stretches(node)
      )
        continue
      replace(draft, node, eight, fallback)
      quantized.push(node.name)
    }
    const made = draft.graph()
    return {
      graph: graph.outputs.length > 0 ? withoutUnused(made) : made,
      report: { quantized },
      note: `${count(quantized.length, 'node')} in 8 bits`,
    }
  },
}

function rangeIn(args: Arguments, prefix: string): Range | undefined {
  const [low, high] = [`${prefix}_min`, `${prefix}_max`]
  const given = [low, high].filter(name => texts(args, name).length > 0)
  if (given.length === 0) return undefined
  if (given.length === 1)
    throw fail('bad-input', `Only "${given[0]}" is given.`, `Give both "${low}" and "${high}", or neither.`)
  const range = { min: number(args, low, 0), max: number(args, high, 0) }
  if (range.min < range.max) return range
  throw fail('bad-input', `"${low}" is not below "${high}".`, 'Give the lowest and the highest value.')
}

/** The 8-bit kernels stretch a scalar or a vector over the other input, but no other shape. */
function stretched(graph: Graph): (node: GraphNode) => boolean {
  const shapes = inferShapes(graph)
  return node => {
    if (!['Add', 'AddV2', 'Mul'].includes(node.op)) return false
    const [a, b] = node.inputs.map(input => shapes.get(portName(input))?.shape)
    if (!a || !b) return false
    const inner = (short: number[], long: number[]) => short.length === 1 && short[0] === long.at(-1)
    return a.length > 0 && b.length > 0 && a.join() !== b.join() && !inner(a, b) && !inner(b, a)
  }
}

function replace(draft: Draft, node: GraphNode, eight: EightBit, fallback: Range | undefined): void {
  const plain = new Set(eight.plain.map(place => (place < 0 ? place + node.inputs.length : place)))
  const prefix = `${node.name}_eightbit`
  const values = new Map<number, Triple>()
  node.inputs.forEach((input, i) => {
    if (!plain.has(i)) values.set(i, inEightBits(draft, node, input, prefix))
  })
  const triples = [...values.values()]
  const data = node.inputs.map((input, i) => values.get(i)?.[0] ?? input)
  const front = eight.plainFirst
    ? [...data.filter((_, i) => plain.has(i)), ...data.filter((_, i) => !plain.has(i))]
    : data
  const ranges = eight.apart
    ? [...triples.map(each => each[1]), ...triples.map(each => each[2])]
    : triples.flatMap(each => [each[1], each[2]])
  const copied = eight.copied.flatMap(name => (node.attrs[name] ? [[name, node.attrs[name]] as const] : []))
  const types = Object.entries(eight.types).map(([name, type]) => [name, attr.type(type)] as const)
  const main = `${node.name}/eightbit`
  const made = beside(node, main, eight.op, [...front, ...ranges], Object.fromEntries([...copied, ...types]))
  draft.put({ ...made, controls: node.controls }, node.name)
  const result = eight.wide ? narrowed(draft, node, main, fallback) : main
  draft.put(dequantized(node, node.name, triple(result)))
  for (const input of node.inputs) unused(draft, input.node)
}

/** From 32 bits to 8, by a fixed range or by that of each run. */
function narrowed(draft: Draft, node: GraphNode, main: string, fallback: Range | undefined): string {
  const types = { Tinput: attr.type('qint32'), out_type: attr.type('quint8') }
  let ends = [port(`${main}/fallback_min`), port(`${main}/fallback_max`)]
  if (fallback) {
    draft.put(scalarOf(`${main}/fallback_min`, fallback.min, node), node.name)
    draft.put(scalarOf(`${main}/fallback_max`, fallback.max, node), node.name)
  } else {
    const range = `${main}/requant_range`
    draft.put(beside(node, range, 'RequantizationRange', triple(main), { Tinput: types.Tinput }), node.name)
    ends = [port(range, 0), port(range, 1)]
  }
  const name = `${main}/requantize`
  draft.put(beside(node, name, 'Requantize', [...triple(main), ...ends], types), node.name)
  return name
}

/** A way back to floats that nobody takes. */
function unused(draft: Draft, name: string): void {
  if (!draft.isRead(name) && draft.get(name)?.op === 'Dequantize') draft.remove(name)
  draft.release(name)
}

/** Float placeholders that are fed in 8 bits, and brought back to floats for whoever reads them. */
function quantizedInputs(graph: Graph, { min, max }: Range): Graph {
  const draft = new Draft(graph)
  const fed = new Map<string, string>()
  for (const node of graph.nodes) {
    if (node.op !== 'Placeholder' || attrOf(node, 'dtype', 'type') !== 'float32') continue
    const prefix = `${node.name}_eightbit`
    draft.put({ ...node, attrs: { ...node.attrs, dtype: attr.type('quint8') } })
    fed.set(node.name, `${prefix}/dequantize`)
  }
  for (const node of graph.nodes) {
    if (!node.inputs.some(input => fed.has(input.node))) continue
    draft.put({
      ...node,
      inputs: node.inputs.map(input => port(fed.get(input.node) ?? input.node, input.port)),
    })
  }
  const nodes = draft.graph().nodes.flatMap((node): GraphNode[] => {
    const name = fed.get(node.name)
    if (!name) return [node]
    const prefix = `${node.name}_eightbit`
    const ends = [scalarOf(`${prefix}/min`, min, node), scalarOf(`${prefix}/max`, max, node)]
    return [
      node,
      ...ends,
      dequantized(node, name, [port(node.name), ...ends.map(end => port(end.name))] as Triple),
    ]
  })
  return {
    ...graph,
    nodes,
    inputs: graph.inputs.map(end => (fed.has(portOf(end.name).node) ? { ...end, dtype: 'quint8' } : end)),
    // What is an input and an output at once is still to be read as floats.
    outputs: graph.outputs.map(end => {
      const name = fed.get(end.name)
      return name ? { ...end, name, key: end.key ?? end.name } : end
    }),
  }
}
