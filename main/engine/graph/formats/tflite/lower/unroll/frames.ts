import { attrOf, byName, type Graph, type GraphNode, type Port } from '../../../../graph.ts'
import { afterSources, inOrder } from '../../../../order.ts'
import type { Scope, Trace } from './trace.ts'
import { DEAD, Stuck, type Traced } from './traced.ts'

/** A loop in TensorFlow 1's form: the nodes between `Enter` and `Exit`. */
export interface Frame {
  name: string
  enters: GraphNode[]
  merges: GraphNode[]
  exits: GraphNode[]
  /** The rest of the nodes inside, in an order in which they can be computed from the merges. */
  inner: GraphNode[]
  condition: GraphNode
}

const MOST_ROUNDS = 10_000

/** Finds the loops of a graph by their frames. Loops inside loops stay as they are. */
export class Frames {
  private readonly frames = new Map<string, Frame>()
  private readonly inside = new Map<string, string>()

  constructor(nodes: GraphNode[]) {
    const readers = new Map<string, GraphNode[]>()
    for (const node of nodes)
      for (const { node: source } of node.inputs) {
        const known = readers.get(source)
        if (known) known.push(node)
        else readers.set(source, [node])
      }
    for (const node of nodes) {
      if (node.op !== 'Enter') continue
      const name = attrOf(node, 'frame_name', 'string') ?? ''
      const found = this.frames.get(name) ?? {
        name,
        enters: [],
        merges: [],
        exits: [],
        inner: [],
        condition: node,
      }
      found.enters.push(node)
      this.frames.set(name, found)
    }
    for (const frame of this.frames.values()) this.collect(frame, readers)
  }

  /** The loop that is to be written out when this node is reached: at its end. */
  startingAt(node: GraphNode): Frame | undefined {
    return node.op === 'Exit' ? this.frames.get(this.inside.get(node.name) ?? '') : undefined
  }

  /** The nodes in order, each end of a loop after all that goes into the loop: one round computes everything in it. */
  inOrder(graph: Graph): GraphNode[] {
    const nodes = byName(graph)
    const waiting = graph.nodes.map(node => {
      const frame = this.startingAt(node)
      const from = frame ? [...frame.enters, ...frame.inner].flatMap(({ inputs }) => inputs) : []
      return frame
        ? { ...node, inputs: from.filter(port => this.inside.get(port.node) !== frame.name) }
        : node
    })
    return inOrder({ ...graph, nodes: waiting }).map(({ name }) => nodes.get(name) as GraphNode)
  }

  isInside(node: GraphNode): boolean {
    return this.inside.has(node.name)
  }

  private collect(frame: Frame, readers: Map<string, GraphNode[]>): void {
    const open = [...frame.enters]
    const found = new Set<GraphNode>()
    for (let next = open.pop(); next; next = open.pop()) {
      if (found.has(next)) continue
      found.add(next)
      this.inside.set(next.name, frame.name)
      if (next.op === 'Exit') frame.exits.push(next)
      else open.push(...(readers.get(next.name) ?? []))
    }
    const nexts = new Set([...found].filter(node => node.op === 'NextIteration').map(node => node.name))
    frame.merges = [...found].filter(
      node => node.op === 'Merge' && node.inputs.some(port => nexts.has(port.node)),
    )
    const condition = [...found].find(node => node.op === 'LoopCond')
    if (condition) frame.condition = condition
    frame.inner = ordered([...found], new Set([...frame.enters, ...frame.merges, ...frame.exits]))
  }

  /** Goes through the rounds, and leaves what the loop hands out in the scope around it. */
  unroll(
    frame: Frame,
    trace: Trace,
    around: Scope,
    run: (node: GraphNode, scope: Scope, prefix: string) => Traced[] | string,
  ): void {
    const outer: Scope = new Map(around)
    for (const enter of frame.enters) {
      const [source] = enter.inputs as [Port]
      if (!around.has(source.node)) throw new Stuck('a loop lies in another')
      outer.set(enter.name, [trace.read(around, source)])
    }
    if (frame.condition.op !== 'LoopCond') throw new Stuck('its condition is not found')
    let state = frame.merges.map(merge =>
      trace.read(outer, merge.inputs.find(port => outer.has(port.node)) as Port),
    )
    for (let round = 0; ; round++) {
      const scope: Scope = new Map(outer)
      frame.merges.forEach((merge, i) => {
        scope.set(merge.name, [state[i] as Traced])
      })
      const prefix = `${frame.name}/${round}/`
      for (const node of frame.inner) scope.set(node.name, run(node, scope, prefix))
      const [more] = trace.ints(trace.read(scope, { node: frame.condition.name, port: 0 })) ?? []
      if (more === undefined) throw new Stuck('how many rounds it takes depends on the data')
      if (!more) {
        for (const exit of frame.exits) {
          const value = trace.read(scope, exit.inputs[0] as Port)
          if (value === DEAD) throw new Stuck('it hands out what it did not compute')
          around.set(exit.name, [value])
        }
        return
      }
      if (round >= MOST_ROUNDS) throw new Stuck(`it takes more than ${MOST_ROUNDS} rounds`)
      state = frame.merges.map(merge =>
        trace.read(scope, merge.inputs.find(port => !outer.has(port.node)) as Port),
      )
    }
  }
}

/** Nodes after those they read, where some are known from the start. */
function ordered(nodes: GraphNode[], known: Set<GraphNode>): GraphNode[] {
  const named = byName({ nodes })
  return afterSources(nodes, ({ inputs }) => inputs.map(port => named.get(port.node)), known)
}
