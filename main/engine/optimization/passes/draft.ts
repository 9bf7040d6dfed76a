import {
  attrOf,
  byName,
  constant,
  type Graph,
  type GraphNode,
  type Port,
  portOf,
  type Tensor,
} from '../../graph/index.ts'

/**
 * A graph while a pass works on it: nodes by name, who is read how often, and changes in place, each in constant time.
 * New nodes stand where the node stood that they came from.
 */
export class Draft {
  readonly source: Graph
  readonly #nodes: Map<string, GraphNode>
  /** Nodes of the result by the name of the node in whose place they stand, in order. */
  readonly #places: Map<string, string[]>
  /** How often the outputs of a node are read as data, the ends of the graph included. */
  readonly #reads = new Map<string, number>()
  readonly #waits = new Map<string, number>()
  readonly #ends = new Set<string>()
  readonly #second = new Set<string>()
  /** Nodes that are gone, by what readers of their `^name` are to wait for instead. */
  readonly #heirs = new Map<string, string>()
  /** How many tensors lie in a piece of memory; empty where none may be taken. */
  readonly #holders = new Map<ArrayBufferLike, number>()

  /** @param own whether the graph is given away, see {@link memoryOf} */
  constructor(graph: Graph, own = false) {
    this.source = graph
    this.#nodes = byName(graph)
    this.#places = new Map(graph.nodes.map(node => [node.name, [node.name]]))
    for (const node of graph.nodes) this.#count(node, 1)
    for (const end of [...graph.inputs, ...graph.outputs]) {
      const { node, port: index } = portOf(end.name)
      this.#ends.add(node)
      if (index > 0) this.#second.add(node)
    }
    if (!own) return
    const values = graph.nodes.map(node => tensorOf(node))
    for (const value of [...values, ...graph.variables.values()])
      if (value) this.#holders.set(value.data.buffer, (this.#holders.get(value.data.buffer) ?? 0) + 1)
  }

  get(name: string | undefined): GraphNode | undefined {
    return name === undefined ? undefined : this.#nodes.get(name)
  }

  /** The node behind an input. */
  input(node: GraphNode | undefined, index: number): GraphNode | undefined {
    return this.get(node?.inputs[index]?.node)
  }

  /** Whether the node is an input or output of the graph by its name. */
  isEnd(name: string): boolean {
    return this.#ends.has(name)
  }

  /** Whether exactly one input reads the node and it is no end of the graph; who only waits for it does not count. */
  readOnce(name: string): boolean {
    return !this.isEnd(name) && this.#reads.get(name) === 1
  }

  isRead(name: string): boolean {
    return this.isEnd(name) || (this.#reads.get(name) ?? 0) > 0 || (this.#waits.get(name) ?? 0) > 0
  }

  isWaitedFor(name: string): boolean {
    return (this.#waits.get(name) ?? 0) > 0
  }

  /** Whether an output of the graph is another output of this node than the first. */
  isSecondEnd(name: string): boolean {
    return this.#second.has(name)
  }

  has(name: string): boolean {
    return this.#nodes.has(name)
  }

  /** The name, or one like it that is not taken. */
  free(name: string): string {
    if (!this.has(name)) return name
    for (let i = 1; ; i++) if (!this.has(`${name}_${i}`)) return `${name}_${i}`
  }

  /**
   * Memory for what takes the place of a float constant: that of the constant itself, values and all, where the graph
   * was given away and nobody else reads it (its elements are then gone), else a copy.
   */
  memoryOf(node: GraphNode | undefined, { data }: Tensor): Float32Array {
    const { buffer } = data
    const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === data.byteLength
    const isMine = node !== undefined && tensorOf(node)?.data === data && this.readOnce(node.name)
    return isWhole && isMine && this.#holders.get(buffer) === 1
      ? new Float32Array(buffer.transfer())
      : (data as Float32Array).slice()
  }

  /** Puts a node in the place of the one of its name; a new one goes to the place of `beside`. */
  put(node: GraphNode, beside = node.name): void {
    const old = this.#nodes.get(node.name)
    if (old) this.#count(old, -1)
    else if (this.#places.get(node.name)?.includes(node.name) !== true) this.#home(beside).unshift(node.name)
    this.#nodes.set(node.name, node)
    this.#count(node, 1)
  }

  /** Takes a node out. Its readers must have been seen to, and those who wait for it will wait for `heir`. */
  remove(name: string, heir?: string): void {
    const old = this.#nodes.get(name)
    if (!old) return
    this.#count(old, -1)
    this.#nodes.delete(name)
    if (heir !== undefined) this.#heirs.set(name, heir)
  }

  /** Takes out what nobody reads or waits for any more, and what is then not read in its turn. */
  release(...names: (string | undefined)[]): void {
    const open = names.filter(name => name !== undefined)
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const node = this.#nodes.get(name)
      if (!node || this.isRead(name) || !['Const', 'Identity', 'NoOp'].includes(node.op)) continue
      this.remove(name)
      open.push(...node.inputs.map(input => input.node), ...node.controls)
    }
  }

  /** The result. Waiting for a node that is gone becomes waiting for its heir, or falls away. */
  graph(): Graph {
    const nodes: GraphNode[] = []
    for (const names of this.#places.values())
      for (const name of names) {
        const node = this.#nodes.get(name)
        if (node) nodes.push(this.#waiting(node))
      }
    return { ...this.source, nodes }
  }

  #waiting(node: GraphNode): GraphNode {
    if (node.controls.every(name => this.#nodes.has(name))) return node
    const controls = new Set<string>()
    for (const name of node.controls) {
      const found = this.#heir(name)
      if (found !== undefined && found !== node.name) controls.add(found)
    }
    return { ...node, controls: [...controls] }
  }

  #heir(name: string): string | undefined {
    const seen = new Set<string>()
    for (let at: string | undefined = name; at !== undefined && !seen.has(at); at = this.#heirs.get(at)) {
      if (this.#nodes.has(at)) return at
      seen.add(at)
    }
    return undefined
  }

  #home(beside: string): string[] {
    let home = this.#places.get(beside)
    if (!home) {
      home = []
      this.#places.set(beside, home)
    }
    return home
  }

  #count(node: GraphNode, by: number): void {
    for (const { node: name } of node.inputs) this.#reads.set(name, (this.#reads.get(name) ?? 0) + by)
    for (const name of node.controls) this.#waits.set(name, (this.#waits.get(name) ?? 0) + by)
  }
}

/** A port by the name of its node. */
export const port = (node: string, index = 0): Port => ({ node, port: index })

/** The tensor of a constant. */
export const tensorOf = (node: GraphNode | undefined): Tensor | undefined =>
  node?.op === 'Const' ? attrOf(node, 'value', 'tensor') : undefined

/** The float constant that a node is, or hands on. */
export function floatsBehind(draft: Draft, node: GraphNode | undefined): Tensor | undefined {
  let at = node
  for (let steps = 0; at?.op === 'Identity' && steps < 100; steps++) at = draft.input(at, 0)
  const value = tensorOf(at)
  return value?.dtype === 'float32' ? value : undefined
}

/** A constant that comes from a node of the model. */
export const constantFrom = (name: string, value: Tensor, from: GraphNode): GraphNode => ({
  ...constant(name, value),
  device: from.device,
  ...(from.origin && { origin: from.origin }),
})

/** The node without the shapes that TensorFlow recorded for its outputs. */
export function withoutShapes(node: GraphNode): GraphNode {
  if (!Object.hasOwn(node.attrs, '_output_shapes')) return node
  const { _output_shapes: _, ...attrs } = node.attrs
  return { ...node, attrs }
}

/** Names of nodes that are inputs or outputs of a graph. */
export const endsOf = (graph: Graph): Set<string> =>
  new Set([...graph.inputs, ...graph.outputs].map(end => portOf(end.name).node))

/** The graph with other names in its inputs and outputs; ports stay. */
export function renameEnds(graph: Graph, nameOf: (node: string) => string): Graph {
  const renamed = (end: Graph['inputs'][number]) => {
    const { node, port: index } = portOf(end.name)
    const name = nameOf(node)
    return name === node
      ? end
      : { ...end, name: index === 0 ? name : `${name}:${index}`, key: end.key ?? end.name }
  }
  return { ...graph, inputs: graph.inputs.map(renamed), outputs: graph.outputs.map(renamed) }
}

/** The nodes with the names of their inputs and of what they wait for changed. */
export function renameReads(nodes: GraphNode[], nameOf: (node: string) => string): GraphNode[] {
  return nodes.map(node => {
    const inputs = node.inputs.map(input => {
      const name = nameOf(input.node)
      return name === input.node ? input : { ...input, node: name }
    })
    const controls = node.controls.map(nameOf)
    const same =
      inputs.every((input, i) => input === node.inputs[i]) &&
      controls.every((name, i) => name === node.controls[i])
    return same ? node : { ...node, inputs, controls }
  })
}
