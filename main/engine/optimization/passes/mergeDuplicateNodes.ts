import { createHash } from 'node:crypto'
import { type Attr, type Graph, type GraphNode, portOf, type Tensor } from '../../graph/index.ts'
import { inOrder } from './order.ts'
import { count, type Pass } from './pass.ts'
import { operationOf } from './registry/index.ts'

/** Constants up to this size are told apart by their bytes, larger ones by a hash of them. */
const SHORT = 64

/**
 * Nodes that do the same to the same become one: the first of them in the file, or the one that is an output. Each node
 * is put into a class with those it equals, by the classes of what it reads, so one walk finds all.
 */
export const mergeDuplicateNodes: Pass<{ merged: number }> = {
  name: 'merge_duplicate_nodes',
  title: 'Nothing twice',
  about: 'Makes one node of several that compute the same from the same inputs.',
  arguments: [],
  run(graph) {
    const classes = classesOf(graph)
    const outputs = new Set(graph.outputs.map(end => portOf(end.name).node))
    const chosen = new Map<number, string>()
    for (const { name } of graph.nodes) {
      const found = classes.get(name) as number
      const known = chosen.get(found)
      if (known === undefined || (outputs.has(name) && !outputs.has(known))) chosen.set(found, name)
    }
    const nameOf = (name: string) => {
      const found = classes.get(name)
      return found === undefined ? name : (chosen.get(found) as string)
    }
    const nodes = graph.nodes.filter(({ name }) => outputs.has(name) || nameOf(name) === name)
    const merged = graph.nodes.length - nodes.length
    if (merged === 0) return { graph, report: { merged }, note: 'nothing is there twice' }
    return {
      graph: { ...graph, nodes: nodes.map(node => reading(node, nameOf)) },
      report: { merged },
      note: `${count(merged, 'node')} merged`,
    }
  },
}

/** A number for each node, the same for those that do the same. */
function classesOf(graph: Graph): Map<string, number> {
  const inputs = new Set(graph.inputs.map(end => portOf(end.name).node))
  const keyOf = keys(graph.nodes)
  const known = new Map<string, number>()
  const classes = new Map<string, number>()
  let next = 0
  for (const node of inOrder(graph)) {
    const key =
      isPure(node) && !inputs.has(node.name) ? keyOf(node, name => classes.get(name) ?? name) : undefined
    const found = key === undefined ? undefined : known.get(key)
    if (found === undefined && key !== undefined) known.set(key, next)
    classes.set(node.name, found ?? next++)
  }
  return classes
}

/** Two placeholders are two however alike, and so is what changes something. */
const isPure = (node: GraphNode): boolean =>
  !node.op.startsWith('Placeholder') && operationOf(node.op)?.stateful === false

function reading(node: GraphNode, nameOf: (name: string) => string): GraphNode {
  if (
    node.inputs.every(input => nameOf(input.node) === input.node) &&
    node.controls.every(name => nameOf(name) === name)
  )
    return node
  return {
    ...node,
    inputs: node.inputs.map(input => ({ ...input, node: nameOf(input.node) })),
    controls: [...new Set(node.controls.map(nameOf))],
  }
}

/** A text that is the same for nodes that do the same. */
function keys(nodes: GraphNode[]): (node: GraphNode, classOf: (name: string) => number | string) => string {
  // Only tensors of a form that occurs more than once need be read to the end.
  const forms = new Map<string, number>()
  for (const node of nodes)
    for (const attr of Object.values(node.attrs))
      if (attr.kind === 'tensor') forms.set(form(attr.value), (forms.get(form(attr.value)) ?? 0) + 1)
  const tensors = new Map<Tensor, string>()
  const contents = (tensor: Tensor): string => {
    let text = tensors.get(tensor)
    if (text === undefined) {
      const { buffer, byteOffset, byteLength } = tensor.data
      const bytes = Buffer.from(buffer, byteOffset, byteLength)
      const alone = byteLength > SHORT && forms.get(form(tensor)) === 1
      const content = alone ? '' : byteLength <= SHORT ? bytes.toString('hex') : sum(bytes)
      text = `${form(tensor)} ${content}`
      tensors.set(tensor, text)
    }
    return text
  }
  return (node, classOf) => {
    const attrs = Object.keys(node.attrs)
      .sort()
      .map(name => `${name}=${attrText(node.attrs[name] as Attr, contents)}`)
    const inputs = node.inputs.map(input => [classOf(input.node), input.port])
    return JSON.stringify([node.op, node.device, inputs, node.controls.map(classOf).sort(), attrs])
  }
}

const sum = (bytes: Buffer) => createHash('sha1').update(bytes).digest('base64')
const form = ({ dtype, shape }: Tensor) => `${dtype}[${shape}]`

function attrText(attr: Attr, contents: (tensor: Tensor) => string): string {
  if (attr.kind === 'tensor') return contents(attr.value)
  const value = attr.kind === 'opaque' ? attr.value.value : attr.value
  return `${attr.kind} ${JSON.stringify(value, plain)}`
}

/** What JSON leaves out: big numbers, and bytes as bytes. */
function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  return value
}
