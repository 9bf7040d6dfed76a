import {
  attr,
  attrOf,
  type Graph,
  type GraphNode,
  loadExecutable,
  type Tensor,
} from '../../../../main/engine/graph/index.ts'
import { applyTransforms, danglingInputs } from '../../../../main/engine/optimization/passes/index.ts'
import { openTensor, type Tf } from '../../../../main/engine/tensor/index.ts'

export { failureOf, floats, graphOf, ints, node, placeholder } from '../../graph/build.ts'

export const names = (graph: Graph): string[] => graph.nodes.map(({ op, name }) => `${op} ${name}`)

export const ops = (graph: Graph): string[] => graph.nodes.map(({ op }) => op).sort()

export const find = (graph: Graph, name: string): GraphNode => {
  const found = graph.nodes.find(node => node.name === name)
  if (!found) throw new Error(`${name} is gone`)
  return found
}

export const reads = (graph: Graph, name: string): string[] =>
  find(graph, name).inputs.map(({ node, port }) => (port > 0 ? `${node}:${port}` : node))

export const tensorOf = (graph: Graph, name: string): Tensor => {
  const value = attrOf(find(graph, name), 'value', 'tensor')
  if (!value) throw new Error(`${name} holds no tensor`)
  return value
}

export const valuesOf = (graph: Graph, name: string): number[] =>
  Array.from(tensorOf(graph, name).data as Float32Array)

/** The graph after the transforms, of which no input may be missing. */
export function transform(graph: Graph, transforms: string): Graph {
  const before = JSON.stringify(names(graph))
  const made = applyTransforms(graph, transforms).graph
  if (danglingInputs(made).length > 0) throw new Error(JSON.stringify(danglingInputs(made)))
  if (JSON.stringify(names(graph)) !== before) throw new Error('The graph that was given has changed')
  return made
}

/** What a graph answers to the same made-up inputs each time, output by output. */
export async function answers(graph: Graph): Promise<number[]> {
  const tf: Tf = (await openTensor({ backend: 'cpu' })).tf
  const executable = loadExecutable(graph, tf)
  try {
    const feeds = Object.fromEntries(
      graph.inputs.map(({ name, shape }) => {
        const sizes = (shape ?? []).map(size => (size < 0 ? 2 : size))
        const data = Float32Array.from({ length: sizes.reduce((a, b) => a * b, 1) }, (_, i) =>
          Math.cos(i * 1.7 + name.length),
        )
        return [name, { data, shape: sizes }]
      }),
    )
    return Object.values(executable.run(feeds)).flatMap(({ data }) => [...data])
  } finally {
    executable.dispose()
  }
}

export function largestDifference(a: number[], b: number[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  return a.reduce((most, value, i) => {
    const difference = Math.abs(value - (b[i] as number))
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(most, difference)
  }, 0)
}

export const window = (padding = 'SAME') => ({
  strides: attr.ints([1, 1, 1, 1]),
  padding: attr.string(padding),
})

export const waves = (count: number, seed = 1): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin(i * seed + seed))

export const waiting = (node: GraphNode, ...controls: string[]): GraphNode => ({ ...node, controls })
