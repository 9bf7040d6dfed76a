import { describe, expect, test } from 'vitest'
import { attr, type Graph, type GraphNode } from '../../../../main/engine/graph/index.ts'
import { applyTransforms, PASSES, RECOMMENDED } from '../../../../main/engine/optimization/passes/index.ts'
import { floats, graphOf, node, placeholder, waiting, window } from './sample.ts'

const NODES = 20_000
/** Of the processor's time, so that a busy computer changes nothing: a pass takes a part of one, and many where it is not linear. */
const SECONDS = 4

const large: Record<string, Graph> = {
  'a chain of identities': (() => {
    const nodes = [placeholder('x', [1, 4, 4, 2])]
    for (let i = 0; i < NODES; i++) nodes.push(node(`n${i}`, 'Identity', [i === 0 ? 'x' : `n${i - 1}`]))
    return graphOf(nodes, [`n${NODES - 1}`])
  })(),
  'constants that depend on each other': (() => {
    const nodes = [floats('n0', [2], [1, 1])]
    for (let i = 1; i < NODES; i++) nodes.push(node(`n${i}`, 'Add', [`n${i - 1}`, `n${Math.floor(i / 2)}`]))
    return graphOf([...nodes, placeholder('x', [2]), node('y', 'Add', ['x', `n${NODES - 1}`])], ['y'])
  })(),
  'one node that all read': (() => {
    const nodes = [
      placeholder('x', [1, 4, 4, 2]),
      floats('w', [1, 1, 2, 2], [1, 2, 3, 4]),
      floats('s', [2], [2, 3]),
    ]
    for (let i = 0; i < NODES / 2; i++)
      nodes.push(node(`c${i}`, 'Conv2D', ['x', 'w'], window()), node(`m${i}`, 'Mul', [`c${i}`, 's']))
    return graphOf(nodes, [`m${NODES / 2 - 1}`])
  })(),
  'one node that all wait for': (() => {
    const nodes = [placeholder('x', [2]), node('late', 'Assert', ['x'])]
    for (let i = 0; i < NODES; i++)
      nodes.push(waiting(node(`n${i}`, 'Relu', [i === 0 ? 'x' : `n${i - 1}`]), 'late'))
    return graphOf(nodes, [`n${NODES - 1}`])
  })(),
}

/** Passes that only look at each node by itself are no news. */
const ALONE =
  /^(rename_(op|attribute)|(set|remove)_device|remove_attribute|add_default|backport_concat|freeze_requant|round|quantize_weights)/

const ARGUMENTS: Record<string, string> = {
  remove_nodes: '(op=Identity)',
  rename_node: '(old_node_name=n0, new_node_name=first)',
}

describe(`${NODES} nodes are no trouble`, () => {
  for (const [what, graph] of Object.entries(large))
    test(what, { timeout: 120_000 }, () => {
      for (const { name } of PASSES) {
        if (ALONE.test(name)) continue
        const before = process.cpuUsage()
        applyTransforms(graph, name + (ARGUMENTS[name] ?? ''))
        expect({ name, slow: process.cpuUsage(before).user > SECONDS * 1e6 }).toEqual({ name, slow: false })
      }
      applyTransforms(graph, RECOMMENDED)
    })
})

test('constants do not grow without bounds', () => {
  const nodes: GraphNode[] = [placeholder('x', [2]), floats('one', [], [1])]
  const size = (name: string, count: number) =>
    node(name, 'Const', [], {
      value: attr.tensor({ dtype: 'int32', shape: [1], data: Int32Array.of(count) }),
    })
  nodes.push(size('huge', 1_000_000_000), node('fill', 'Fill', ['huge', 'one']))
  nodes.push(size('some', 2_000_000))
  for (let i = 0; i < 40; i++)
    nodes.push(node(`part${i}`, 'Fill', ['some', 'one']), node(`y${i}`, 'Add', ['x', `part${i}`]))
  const graph = graphOf(
    [...nodes, node('y', 'Add', ['x', 'fill'])],
    ['y', ...Array.from({ length: 40 }, (_, i) => `y${i}`)],
  )
  const { graph: made, reports } = applyTransforms(graph, 'fold_constants')
  expect(made.nodes.some(({ op, name }) => op === 'Fill' && name === 'fill')).toBe(true)
  expect(reports[0]?.bytesAfter).toBeLessThan(100 * 2 ** 20)
  expect(made.nodes.filter(({ op }) => op === 'Fill').length).toBeGreaterThan(20)
})
