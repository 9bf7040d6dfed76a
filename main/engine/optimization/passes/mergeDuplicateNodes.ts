import { createHash } from 'node:crypto'
import { type Attr, type GraphNode, portName, type Tensor } from '../../graph/index.ts'
import { endsOf } from './draft.ts'
import { inOrder } from './order.ts'
import { count, type Pass } from './pass.ts'
import { operationOf } from './registry/index.ts'

/** Constants up to this size are told apart by their bytes, larger ones by a hash of them. */
const SHORT = 64

/** Nodes that do the same to the same become one. Each is held against those before it, so one walk finds all. */
export const mergeDuplicateNodes: Pass<{ merged: number }> = {
  name: 'merge_duplicate_nodes',
  title: 'Nothing twice',
  about: 'Makes one node of several that compute the same from the same inputs.',
  arguments: [],
  run(graph) {
    const ends = endsOf(graph)
    const keyOf = keys(graph.nodes)
    const first = new Map<string, string>()
    const merged = new Map<string, string>()
    const nameOf = (name: string) => merged.get(name) ?? name
    const changed = new Map<string, GraphNode>()
    for (const node of inOrder(graph)) {
      const read = reading(node, nameOf)
      if (read !== node) changed.set(node.name, read)
      if (!isPure(node)) continue
      const key = keyOf(read)
      const known = first.get(key)
      if (known === undefined) first.set(key, node.name)
      else if (!ends.has(node.name)) merged.set(node.name, known)
    }
    if (merged.size === 0) return { graph, report: { merged: 0 }, note: 'nothing is there twice' }
    const nodes = graph.nodes
      .filter(node => !merged.has(node.name))
      // In a loop a node may read one that was only merged after it was looked at.
      .map(node => reading(changed.get(node.name) ?? node, nameOf))
    return {
      graph: { ...graph, nodes },
      report: { merged: merged.size },
      note: `${count(merged.size, 'node')} merged`,
    }
  },
}

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
function keys(nodes: GraphNode[]): (node: GraphNode) => string {
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
  return node => {
    const attrs = Object.keys(node.attrs)
      .sort()
      .map(name => `${name}=${attrText(node.attrs[name] as Attr, contents)}`)
    return JSON.stringify([node.op, node.device, node.inputs.map(portName), [...node.controls].sort(), attrs])
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
