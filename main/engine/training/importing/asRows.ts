import {
  attr,
  attrOf,
  byName,
  constant,
  type Endpoint,
  type Graph,
  type GraphNode,
  inferShapes,
  portName,
  portOf,
  sizeOf,
  withoutUnused,
} from '../../graph/index.ts'
import { fail } from '../../kit/index.ts'

/** What goes into a model of ours, and what comes out: encoded rows, and answers as `outputWidth` says. */
const ROWS = 'rows'
const ANSWERS = 'answers'
const OWN = 'model/'

/** How many values a row brings to each input, in their order. */
export interface Entrance {
  input: Endpoint
  /** Sizes behind the rows; -1 where one is open. */
  sizes: number[]
}

export const shapeWords = ({ name, key, shape }: Endpoint): string =>
  `"${key ?? name}" [${shape ? shape.map(size => (size < 0 ? 'any' : size)).join(', ') : 'of unknown shape'}]`

/** @throws Failure `unsupported-graph` for an input that takes no numbers, or whose sizes nobody knows */
export function entrancesOf({ inputs }: Pick<Graph, 'inputs'>): Entrance[] {
  if (inputs.length === 0)
    throw fail('unsupported-graph', 'The model takes nothing in.', 'Export it with its inputs.')
  return inputs.map(input => {
    if (!/^(u?int|b?float|bool)/.test(input.dtype))
      throw fail(
        'unsupported-graph',
        `The input ${shapeWords(input)} of the model takes ${input.dtype === 'string' ? 'texts' : input.dtype}, and rows are numbers here.`,
        'Export it behind its own preprocessing, so that it takes numbers.',
        { node: portOf(input.name).node },
      )
    if (!input.shape || input.shape.length === 0)
      throw fail(
        'unsupported-graph',
        `The shape of the input ${shapeWords(input)} is not known.`,
        'Export the model with the shape of its inputs.',
        { node: portOf(input.name).node },
      )
    return { input, sizes: input.shape.slice(1) }
  })
}

/**
 * The same model with one input, encoded rows, and one output, so that it works wherever a trained one does.
 * @param graph frozen; of its outputs the first counts
 * @param entrances how a row is laid out over its inputs, without open sizes
 * @throws Failure `unsupported-graph` where a row has no answer of one line
 */
export function asRows(graph: Graph, entrances: Entrance[]): { graph: Graph; outputs: number } {
  const widths = entrances.map(({ sizes }) => sizeOf(sizes))
  const width = widths.reduce((sum, each) => sum + each, 0)
  const replaced = new Map(entrances.map(({ input }) => [portOf(input.name).node, input]))
  const [output] = graph.outputs as [Endpoint]
  const inner = free(graph, entrances)
  let at = 0
  const entering = entrances.flatMap(({ input, sizes }, i) => {
    const nodes = entrance(input, sizes, [at, widths[i] as number], width)
    at += widths[i] as number
    return nodes
  })
  const whole: Graph = {
    ...graph,
    nodes: [
      {
        ...plain(ROWS, 'Placeholder', []),
        attrs: { dtype: attr.type('float32'), shape: attr.shape([-1, width]) },
      },
      ...entering,
      ...inner
        .filter(node => !replaced.has(node.name))
        .map(node => ({
          ...node,
          name: OWN + node.name,
          inputs: node.inputs.map(port => ({ ...port, node: OWN + port.node })),
          controls: node.controls.filter(name => !replaced.has(name)).map(name => OWN + name),
        })),
    ],
    inputs: [{ name: ROWS, dtype: 'float32', shape: [-1, width] }],
    outputs: [{ ...output, name: OWN + portName(portOf(output.name)) }],
  }
  return answering(whole)
}

/** A model that was written for one row at a time takes many, where its shapes say only "one row". */
function free(graph: Graph, entrances: Entrance[]): GraphNode[] {
  if (!entrances.every(({ input }) => input.shape?.[0] === 1)) return graph.nodes
  const nodes = byName(graph)
  const shapes = new Set(
    graph.nodes.flatMap(node => (node.op === 'Reshape' && node.inputs[1] ? [node.inputs[1].node] : [])),
  )
  return graph.nodes.map(node => {
    if (!shapes.has(node.name)) return node
    const value = nodes.get(node.name) && attrOf(node, 'value', 'tensor')
    const sizes = value && [...value.data].map(Number)
    if (value?.dtype !== 'int32' || sizes?.[0] !== 1 || sizes.includes(-1)) return node
    return constant(node.name, { ...value, data: Int32Array.from([-1, ...sizes.slice(1)]) }, node.controls)
  })
}

/** From rows to one input: its columns, in its shape and type. */
function entrance(
  input: Endpoint,
  sizes: number[],
  [from, width]: [number, number],
  all: number,
): GraphNode[] {
  const name = OWN + portOf(input.name).node
  const under = (part: string) => `${ROWS}/${portOf(input.name).node}/${part}`
  const ints = (part: string, values: number[]) =>
    constant(under(part), { dtype: 'int32', shape: [values.length], data: Int32Array.from(values) })
  const nodes: GraphNode[] = []
  let before = ROWS
  const add = (part: string, op: string, more: string[], attrs: GraphNode['attrs']) => {
    nodes.push({ ...plain(under(part), op, [before, ...more]), attrs })
    before = under(part)
  }
  if (width !== all) {
    nodes.push(ints('begin', [0, from]), ints('size', [-1, width]))
    add('columns', 'Slice', [under('begin'), under('size')], {
      T: attr.type('float32'),
      Index: attr.type('int32'),
    })
  }
  if (sizes.length !== 1) {
    nodes.push(ints('shape', [-1, ...sizes]))
    add('shaped', 'Reshape', [under('shape')], { T: attr.type('float32'), Tshape: attr.type('int32') })
  }
  if (input.dtype !== 'float32')
    add('cast', 'Cast', [], {
      SrcT: attr.type('float32'),
      DstT: attr.type(input.dtype),
      Truncate: attr.bool(false),
    })
  nodes.push({ ...plain(name, 'Identity', [before]), attrs: { T: attr.type(input.dtype) } })
  return nodes
}

/** Ends the graph in rows of 32-bit floats. */
function answering(graph: Graph): { graph: Graph; outputs: number } {
  const [output] = graph.outputs as [Endpoint]
  const { node, port } = portOf(output.name)
  const known = port === 0 ? inferShapes(graph).get(node) : undefined
  const shape = known?.shape ?? output.shape
  const rest = shape?.slice(1)
  if (!shape || !rest || rest.some(size => size < 0))
    throw fail(
      'unsupported-graph',
      `It is not known how many values the output ${shapeWords(output)} of the model has for a row.`,
      'Export the model with the shape of its outputs.',
      { node },
    )
  const outputs = sizeOf(rest)
  const nodes: GraphNode[] = []
  let before = output.name
  const dtype = known?.dtype ?? output.dtype
  if (dtype !== 'float32') {
    nodes.push({
      ...plain(`${ANSWERS}/cast`, 'Cast', [before]),
      attrs: { SrcT: attr.type(dtype), DstT: attr.type('float32'), Truncate: attr.bool(false) },
    })
    before = `${ANSWERS}/cast`
  }
  if (rest.length === 1)
    nodes.push({ ...plain(ANSWERS, 'Identity', [before]), attrs: { T: attr.type('float32') } })
  else
    nodes.push(
      constant(`${ANSWERS}/shape`, { dtype: 'int32', shape: [2], data: Int32Array.of(-1, outputs) }),
      {
        ...plain(ANSWERS, 'Reshape', [before, `${ANSWERS}/shape`]),
        attrs: { T: attr.type('float32'), Tshape: attr.type('int32') },
      },
    )
  const ended: Graph = {
    ...graph,
    nodes: [...graph.nodes, ...nodes],
    outputs: [{ name: ANSWERS, dtype: 'float32', shape: [-1, outputs] }],
  }
  return { graph: withoutUnused(ended), outputs }
}

const plain = (name: string, op: string, inputs: string[]): GraphNode => ({
  name,
  op,
  inputs: inputs.map(portOf),
  controls: [],
  device: '',
  attrs: {},
})

/** What values pass through on their way from the activation to the output. */
const PASSING = /^(Identity|Reshape|Squeeze|Cast|DequantizeV2|Dequantize|FakeQuant.*)$/

/** Whether a model of classes ends in probabilities; else in figures before the last activation. */
export function isProbability(graph: Graph): boolean {
  const nodes = byName(graph)
  const [output] = graph.outputs
  let node = output && nodes.get(portOf(output.name).node)
  while (node && PASSING.test(node.op)) node = nodes.get(node.inputs[0]?.node ?? '')
  return node !== undefined && /^(Softmax|Sigmoid)$/.test(node.op)
}

/** The probabilities of what a graph of {@link asRows} answers. */
export function withProbabilities(graph: Graph, outputs: number): Graph {
  const [output] = graph.outputs as [Endpoint]
  const name = 'probabilities'
  return {
    ...graph,
    nodes: [
      ...graph.nodes,
      {
        ...plain(name, outputs === 1 ? 'Sigmoid' : 'Softmax', [output.name]),
        attrs: { T: attr.type('float32') },
      },
    ],
    outputs: [{ ...output, name }],
  }
}
