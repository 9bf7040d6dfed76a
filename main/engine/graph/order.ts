import { byName, type Graph, type GraphNode } from './graph.ts'

/**
 * Things so that each comes after those it is made from, else as they stand. In a circle, where that cannot be, what
 * closes it is left out of account. Not recursive: graphs are deeper than the stack.
 * @param known what is there from the start, and is left out
 */
export function afterSources<T>(
  things: Iterable<T>,
  sourcesOf: (thing: T) => (T | undefined)[],
  known: Iterable<T> = [],
): T[] {
  const ordered: T[] = []
  const entered = new Set(known)
  const stack: { thing: T; sources: (T | undefined)[]; next: number }[] = []
  const enter = (thing: T | undefined) => {
    if (thing === undefined || entered.has(thing)) return
    entered.add(thing)
    stack.push({ thing, sources: sourcesOf(thing), next: 0 })
  }
  for (const start of things) {
    enter(start)
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      if (top.next < top.sources.length) enter(top.sources[top.next++])
      else {
        ordered.push(top.thing)
        stack.pop()
      }
    }
  }
  return ordered
}

/**
 * The nodes of a graph so that each comes after those it reads. Of a loop, the edge from `NextIteration` to `Merge` is
 * left out of account, which is made for that.
 */
export function inOrder(graph: Graph): GraphNode[] {
  const nodes = byName(graph)
  return afterSources(graph.nodes, ({ op, inputs }) =>
    inputs.map(input => {
      const source = nodes.get(input.node)
      return op === 'Merge' && source?.op === 'NextIteration' ? undefined : source
    }),
  )
}
