import type { GraphView } from '#contract'

export type Change = 'same' | 'changed' | 'only'

/** How a graph differs from another: for each node whether the other has it, and whether it is the same there. */
export interface Difference {
  /** By place in `view.nodes`; what is not listed is the same. */
  changes: Map<number, Change>
  same: number
  changed: number
  /** Nodes that only this one has. */
  only: number
}

/**
 * Holds one graph against another by the names of nodes. A node has changed where its operation, its shape, its type
 * or what it reads is another.
 */
export function differenceOf(view: GraphView, other: GraphView): Difference {
  const there = new Map(other.nodes.map(node => [node.name, node]))
  const changes = new Map<number, Change>()
  const count = { same: 0, changed: 0, only: 0 }
  view.nodes.forEach((node, i) => {
    const twin = there.get(node.name)
    const change: Change = !twin ? 'only' : wordsOf(view, node) === wordsOf(other, twin) ? 'same' : 'changed'
    count[change]++
    if (change !== 'same') changes.set(i, change)
  })
  return { changes, ...count }
}

const wordsOf = (view: GraphView, node: GraphView['nodes'][number]): string =>
  JSON.stringify([
    node.op,
    node.dtype,
    node.shape,
    node.bytes,
    node.inputs.map(from => view.nodes[from]?.name),
    Object.entries(node.attrs).sort(([a], [b]) => (a < b ? -1 : 1)),
  ])
