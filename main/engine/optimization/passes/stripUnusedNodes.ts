import {
  attr,
  byName,
  type DataType,
  type Endpoint,
  type Graph,
  type GraphNode,
  isDataType,
  portOf,
  type Shape,
} from '../../graph/index.ts'
import { fail } from '../../kit/index.ts'
import { type Arguments, text, texts } from './arguments.ts'
import { count, type Pass } from './pass.ts'

/** Keeps what the outputs need; what stands before the inputs goes, and an input that was computed becomes a Placeholder. */
export const stripUnusedNodes: Pass<{ dropped: number; placeholders: string[] }> = {
  name: 'strip_unused_nodes',
  title: 'Only what is needed',
  about: 'Drops every node that the outputs do not need, and what lies before the inputs.',
  arguments: [
    { name: 'type', about: 'Type of new placeholders; that of the node, or float.', required: false },
    { name: 'shape', about: 'Their shape, "1,299,299,3"; that of the node, or a scalar.', required: false },
    { name: 'name', about: 'One input, whose type or shape follows.', required: false },
    { name: 'type_for_name', about: 'Type of the input named in the same place.', required: false },
    { name: 'shape_for_name', about: 'Shape of the input named in the same place.', required: false },
  ],
  run(graph, args = {}) {
    if (graph.outputs.length === 0)
      return { graph, report: { dropped: 0, placeholders: [] }, note: 'no outputs are named, so all is kept' }
    const wanted = wishes(args)
    const nodes = byName(graph)
    const { needed, inputs } = reach(graph, nodes)

    const placeholders: string[] = []
    const aside = new Map<string, string>()
    const taken = (name: string): string => (nodes.has(name) || aside.has(name) ? taken(`${name}_`) : name)
    const kept = graph.nodes.flatMap((node): GraphNode[] => {
      if (!needed.has(node.name)) return []
      const ends = inputs.get(node.name)
      if (!ends || node.op === 'Placeholder') return [node]
      return ends.map(end => {
        const { port } = portOf(end.name)
        const name = port === 0 ? node.name : taken(`${node.name}_${port}`)
        if (port !== 0) aside.set(end.name, name)
        placeholders.push(name)
        return {
          name,
          op: 'Placeholder',
          inputs: [],
          controls: [],
          device: node.device,
          attrs: {
            dtype: attr.type(wanted.type(node.name) ?? end.dtype),
            shape: attr.shape(wanted.shape(node.name) ?? end.shape ?? []),
          },
          ...(node.origin && { origin: node.origin }),
        }
      })
    })
    const stripped = { ...graph, nodes: kept }
    return {
      graph: aside.size > 0 ? fromSecondPorts(stripped, aside) : stripped,
      report: { dropped: graph.nodes.length - kept.length, placeholders },
      note: `${count(graph.nodes.length - kept.length, 'node')} dropped`,
    }
  },
}

/** Nodes that the outputs lead back to, no farther than the inputs; and the inputs by node. */
function reach(graph: Graph, nodes: Map<string, GraphNode>) {
  const inputs = new Map<string, Endpoint[]>()
  for (const end of graph.inputs) {
    const { node } = portOf(end.name)
    inputs.set(node, [...(inputs.get(node) ?? []), end])
  }
  // An input that nothing reads stays, since it is a part of how the model is called.
  const needed = new Set(inputs.keys())
  const open = graph.outputs.map(end => portOf(end.name).node)
  const seen = new Set<string>()
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    needed.add(name)
    if (inputs.has(name)) continue
    const node = nodes.get(name)
    if (!node)
      throw fail(
        'not-found',
        `The node "${name}" is not in the graph.`,
        'Check the names of the inputs and outputs.',
        { node: name },
      )
    for (const input of node.inputs) open.push(input.node)
    for (const control of node.controls) open.push(control)
  }
  return { needed, inputs }
}

/** An input that was the second output of a node is now a Placeholder of its own, under a name of its own. */
function fromSecondPorts(graph: Graph, aside: Map<string, string>): Graph {
  return {
    ...graph,
    nodes: graph.nodes.map(node => ({
      ...node,
      inputs: node.inputs.map(input => {
        const name = input.port > 0 ? aside.get(`${input.node}:${input.port}`) : undefined
        return name === undefined ? input : { node: name, port: 0 }
      }),
    })),
    inputs: graph.inputs.map(end => ({ ...end, name: aside.get(end.name) ?? end.name })),
  }
}

/** What the arguments say about an input by name: its own, else what is said for all. */
function wishes(args: Arguments): {
  type(name: string): DataType | undefined
  shape(name: string): Shape
} {
  const names = texts(args, 'name')
  const byPlace = <T>(key: string, parse: (value: string) => T, example: string) => {
    const values = texts(args, key)
    if (values.length > 0 && values.length !== names.length)
      throw fail(
        'bad-input',
        `There are ${names.length} of "name" but ${values.length} of "${key}".`,
        `Give one for each: strip_unused_nodes(${example}).`,
      )
    return new Map(values.map((value, i) => [names[i] as string, parse(value)]))
  }
  const types = byPlace(
    'type_for_name',
    typeOf,
    'name=foo, type_for_name=float, name=bar, type_for_name=quint8',
  )
  const shapes = byPlace(
    'shape_for_name',
    shapeOf,
    'name=foo, shape_for_name="2,2,1", name=bar, shape_for_name="1"',
  )
  if (names.length > 0 && types.size === 0 && shapes.size === 0)
    throw fail(
      'bad-input',
      'Inputs are named, but neither a type nor a shape for them.',
      'Give a type_for_name or a shape_for_name with every name.',
    )
  const [type, shape] = [text(args, 'type'), text(args, 'shape')]
  const [anyType, anyShape] = [type && typeOf(type), shape === undefined ? undefined : shapeOf(shape)]
  return {
    type: name => types.get(name) ?? (anyType || undefined),
    shape: name => shapes.get(name) ?? anyShape,
  }
}

const SHORT: Record<string, DataType> = { float: 'float32', double: 'float64', half: 'float16' }

function typeOf(name: string): DataType {
  const found = SHORT[name] ?? name
  if (isDataType(found)) return found
  throw fail(
    'bad-input',
    `"${name}" is not a type.`,
    'Give a type such as float, int32, int64, uint8 or quint8.',
  )
}

function shapeOf(list: string): number[] {
  const sizes = list.split(',').map(size => (/^\s*-?\d+\s*$/.test(size) ? Number(size) : Number.NaN))
  if (sizes.every(size => Number.isSafeInteger(size) && size >= -1)) return sizes
  throw fail('bad-input', `"${list}" is not a shape.`, 'Give sizes with commas between them: "1,299,299,3".')
}
