import { byName, type GraphNode, type Port } from '../../graph/index.ts'
import { fail } from '../../kit/index.ts'
import { texts, whole } from './arguments.ts'
import { endsOf } from './draft.ts'
import { count, type Pass } from './pass.ts'

/** Nodes that hand on their first input, taken out. What they wait for, their readers wait for. */
export const removeNodes: Pass<{ removed: number }> = {
  name: 'remove_nodes',
  title: 'Without certain operations',
  about: 'Removes the nodes of an operation and lets their readers read the first input instead.',
  arguments: [
    {
      name: 'op',
      about: 'The operation, such as Identity or CheckNumerics; may be given several times.',
      required: true,
    },
    { name: 'max_inputs', about: 'Nodes with more inputs stay; 1 without it.', required: false },
  ],
  run(graph, args = {}) {
    const ops = new Set(texts(args, 'op'))
    if (ops.size === 0)
      throw fail(
        'bad-input',
        'remove_nodes needs at least one "op".',
        'Write it like this: remove_nodes(op=Identity).',
      )
    const most = whole(args, 'max_inputs', 1)
    const ends = endsOf(graph)
    const nodes = byName(graph)
    const waited = new Set(graph.nodes.flatMap(node => node.controls))
    const goes = (node: GraphNode) =>
      ops.has(node.op) &&
      node.inputs.length >= 1 &&
      node.inputs.length <= most &&
      !ends.has(node.name) &&
      !isBranch(node, nodes, waited)
    const gone = new Set(graph.nodes.filter(goes).map(node => node.name))
    if (gone.size === 0) return { graph, report: { removed: 0 }, note: 'nothing to remove' }

    const follow = followed(nodes, gone)
    const kept = graph.nodes.filter(node => !gone.has(node.name))
    const result = kept.map(node => {
      if (!node.inputs.some(input => gone.has(input.node)) && !node.controls.some(name => gone.has(name)))
        return node
      const controls = new Set<string>()
      const inputs = node.inputs.map(input => {
        if (!gone.has(input.node)) return input
        const end = follow(input.node)
        for (const name of end.controls) controls.add(name)
        return end.port
      })
      for (const name of node.controls) {
        if (!gone.has(name)) controls.add(name)
        else {
          const end = follow(name)
          controls.add(end.port.node)
          for (const more of end.controls) controls.add(more)
        }
      }
      controls.delete(node.name)
      return { ...node, inputs, controls: [...controls] }
    })
    return {
      graph: { ...graph, nodes: result },
      report: { removed: gone.size },
      note: `${count(gone.size, 'node')} removed`,
    }
  },
}

/**
 * Where a chain of removed nodes begins, and what they waited for on the way. Each chain is walked once. A chain that
 * bites its own tail has no beginning; its nodes stay, which {@link gone} is told.
 */
function followed(nodes: Map<string, GraphNode>, gone: Set<string>) {
  const known = new Map<string, { port: Port; controls: string[] }>()
  for (const start of [...gone]) {
    const path: GraphNode[] = []
    const onPath = new Set<string>()
    let at: string | undefined = start
    while (at !== undefined && gone.has(at) && !known.has(at) && !onPath.has(at)) {
      const node = nodes.get(at) as GraphNode
      onPath.add(at)
      path.push(node)
      at = node.inputs[0]?.node
    }
    if (at !== undefined && onPath.has(at)) gone.delete(at)
    for (let node = path.pop(); node; node = path.pop()) {
      if (!gone.has(node.name)) continue
      const first = node.inputs[0] as Port
      const ahead = known.get(first.node)
      const more = node.controls.flatMap(name => known.get(name)?.controls ?? (gone.has(name) ? [] : [name]))
      known.set(node.name, {
        port: ahead?.port ?? first,
        controls:
          more.length > 0 ? [...new Set([...(ahead?.controls ?? []), ...more])] : (ahead?.controls ?? []),
      })
    }
  }
  return (name: string) => known.get(name) ?? { port: { node: name, port: 0 }, controls: [] }
}

/** The `Identity` behind a `Switch` that others wait for: which side is taken is told by it alone. */
const isBranch = (node: GraphNode, nodes: Map<string, GraphNode>, waited: Set<string>): boolean => {
  const source = nodes.get(node.inputs[0]?.node ?? '')
  return waited.has(node.name) && source?.op.endsWith('Switch') === true
}
