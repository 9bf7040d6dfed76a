import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GraphView } from '#contract'
import { differenceOf } from '../../../../renderer/rooms/optimization/graph/difference.ts'
import { layered } from '../../../../renderer/rooms/optimization/graph/layered.ts'
import {
  bytesMarks,
  errorMarks,
  timeMarks,
  weightsOf,
} from '../../../../renderer/rooms/optimization/graph/marks.ts'
import { opening, type Scene, sceneOf } from '../../../../renderer/rooms/optimization/graph/scene.ts'
import { treeOf } from '../../../../renderer/rooms/optimization/graph/tree.ts'

type Node = GraphView['nodes'][number]
const node = (name: string, op: string, inputs: number[] = [], more: Partial<Node> = {}): Node => ({
  name,
  op,
  layer: null,
  inputs,
  dtype: 'float32',
  shape: null,
  bytes: 0,
  attrs: {},
  ...more,
})
const graph = (nodes: Node[]): GraphView => ({
  model: 'm',
  format: 'graphdef',
  nodes,
  inputs: [],
  outputs: [],
})

const overlaps = (a: Scene['boxes'][number], b: Scene['boxes'][number]) =>
  a.x < b.x + b.width - 0.01 &&
  b.x < a.x + a.width - 0.01 &&
  a.y < b.y + b.height - 0.01 &&
  b.y < a.y + a.height - 0.01

describe('placing boxes in layers', () => {
  const sizes = fc.array(
    fc.record({ width: fc.integer({ min: 5, max: 200 }), height: fc.integer({ min: 5, max: 60 }) }),
    {
      minLength: 1,
      maxLength: 40,
    },
  )

  test('no two boxes overlap, and what is read lies above its reader unless a cycle forbids it', () => {
    fc.assert(
      fc.property(sizes, fc.array(fc.tuple(fc.nat(39), fc.nat(39)), { maxLength: 80 }), (boxes, pairs) => {
        // From a lower to a higher number: no cycles.
        const edges = pairs
          .map(([a, b]): [number, number] => [Math.min(a, b) % boxes.length, Math.max(a, b) % boxes.length])
          .filter(([a, b]) => a < b)
        const { places, width, height } = layered(boxes, edges, { x: 10, y: 20 })
        for (const [from, to] of edges) expect(places[from]?.y).toBeLessThan(places[to]?.y as number)
        const drawn = boxes.map((box, i) => ({
          ...box,
          x: (places[i]?.x ?? 0) - box.width / 2,
          y: (places[i]?.y ?? 0) - box.height / 2,
        }))
        for (const [i, a] of drawn.entries()) {
          expect(a.x).toBeGreaterThanOrEqual(-0.01)
          expect(a.x + a.width).toBeLessThanOrEqual(width + 0.01)
          expect(a.y + a.height).toBeLessThanOrEqual(height + 0.01)
          for (const b of drawn.slice(i + 1)) expect(overlaps(a as never, b as never)).toBe(false)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('cycles and loops are drawn, not followed forever', () => {
    const box = { width: 10, height: 10 }
    const { edges, places } = layered(
      [box, box, box],
      [
        [0, 1],
        [1, 2],
        [2, 0],
        [1, 1],
      ],
      { x: 5, y: 5 },
    )
    expect(edges).toHaveLength(4)
    expect(new Set(places.map(place => place.y)).size).toBe(3)
  })

  test('a chain stands straight, and an edge over many layers keeps to its ends', () => {
    const box = { width: 40, height: 10 }
    const { places, edges } = layered(
      [box, box, box, box],
      [
        [0, 1],
        [1, 2],
        [2, 3],
        [0, 3],
      ],
      { x: 5, y: 5 },
    )
    expect(
      Math.max(...places.map(place => place.x)) - Math.min(...places.map(place => place.x)),
    ).toBeLessThan(45)
    expect(edges[3]).toHaveLength(4)
  })
})

describe('scopes', () => {
  const view = graph([
    node('image', 'Placeholder'),
    node('net/stem/conv', 'Conv2D', [0, 2]),
    node('net/stem/kernel', 'Const', [], { bytes: 400 }),
    node('net/stem/relu', 'Relu', [1]),
    node('net/head/dense/MatMul', 'MatMul', [3]),
    node('net/head/dense/BiasAdd', 'BiasAdd', [4]),
    node('net/head', 'Softmax', [5]),
  ])

  test('a scope with only one other in it is joined with it, and constants are told on their readers', () => {
    const { root, within } = treeOf(view)
    expect(root.scopes.map(scope => scope.title)).toEqual(['net'])
    expect(root.scopes[0]?.scopes.map(scope => [scope.title, scope.size])).toEqual([
      ['stem', 2],
      ['head', 3],
    ])
    expect(within.has(2)).toBe(false)
    expect(treeOf(view, true).within.has(2)).toBe(true)
    // The node that has the name of a scope lies in it.
    expect(within.get(6)?.map(scope => scope.path)).toEqual(['net', 'net/head'])
  })

  test('an edge is drawn once between the shut scopes that its ends lie in', () => {
    const tree = treeOf(view)
    const shut = sceneOf(view, tree, new Set())
    expect(shut.boxes.map(box => box.title).sort()).toEqual(['image', 'net'])
    expect(shut.edges).toHaveLength(1)
    const open = sceneOf(view, tree, new Set(['net']))
    expect(open.boxes.map(box => [box.title, box.kind])).toEqual([
      ['image', 'node'],
      ['net', 'open'],
      ['stem', 'shut'],
      ['head', 'shut'],
    ])
    expect(open.edges).toHaveLength(2)
    const all = sceneOf(view, tree, new Set(['net', 'net/stem', 'net/head', 'net/head/dense']))
    expect(all.boxes.filter(box => box.kind === 'node')).toHaveLength(6)
  })

  test('what lies in an open scope lies inside of its box', () => {
    const scene = sceneOf(view, treeOf(view), new Set(['net', 'net/stem', 'net/head']))
    const outer = scene.boxes.find(box => box.of === 'net')
    for (const box of scene.boxes.filter(each => each.of !== 'net' && each.title !== 'image')) {
      expect(box.x).toBeGreaterThanOrEqual(outer?.x as number)
      expect(box.y + box.height).toBeLessThanOrEqual((outer?.y ?? 0) + (outer?.height ?? 0))
    }
  })

  test('a first look opens what can be seen at once, and never shows a single shut box', () => {
    expect(opening(treeOf(view)).has('net')).toBe(true)
    const many = graph(
      Array.from({ length: 900 }, (_, i) => node(`model/block_${i >> 1}/op_${i}`, 'Relu', i ? [i - 1] : [])),
    )
    expect([...opening(treeOf(many))]).toEqual(['model'])
  })

  test('ten thousand nodes, in one scope or in a thousand nested ones, are laid out', () => {
    const flat = graph(
      Array.from({ length: 10_000 }, (_, i) => node(`n${i}`, 'Relu', i > 2 ? [i - 1, i - 3] : [])),
    )
    expect(sceneOf(flat, treeOf(flat), new Set()).boxes).toHaveLength(10_000)
    const deep = graph([node(`${'a/'.repeat(1000)}x`, 'Relu'), node(`${'a/'.repeat(500)}y`, 'Relu', [0])])
    expect(sceneOf(deep, treeOf(deep), new Set()).boxes.length).toBeGreaterThan(0)
  })
})

describe('what colors the nodes', () => {
  const view = graph([
    node('w', 'Const', [], { bytes: 1000 }),
    node('w/read', 'Identity', [0]),
    node('x', 'Placeholder'),
    node('conv', 'Conv2D', [2, 1]),
    node('relu', 'Relu', [3]),
  ])

  test('weights count at the node that computes with them, through those that hand them on', () => {
    expect([...weightsOf(view)]).toEqual([[3, 1000]])
    expect(bytesMarks(view, String).get(3)).toEqual({ share: 1, words: '1000' })
  })

  test('the noise of a node is found by its name; an exact one is not marked', () => {
    const marks = errorMarks(view, [
      { tensor: 'conv', op: 'CONV_2D', layer: null, snr: 10, ms: 2 },
      { tensor: 'relu', op: 'RELU', layer: null, snr: null, ms: null },
    ])
    expect([...marks]).toEqual([[3, { share: 0.75, words: '10.0 dB' }]])
  })

  test('the time of a node stands beside the slowest; what was not timed is not marked', () => {
    const layers = [
      { tensor: 'conv', op: 'CONV_2D', layer: null, snr: 10, ms: 0.5 },
      { tensor: 'relu', op: 'RELU', layer: null, snr: null, ms: 2 },
      { tensor: 'x', op: 'RESHAPE', layer: null, snr: null, ms: null },
    ]
    expect([...timeMarks(view, layers, String)]).toEqual([
      [3, { share: 0.25, words: '0.5' }],
      [4, { share: 1, words: '2' }],
    ])
  })
})

test('two graphs are held against each other by the names of their nodes', () => {
  const before = graph([
    node('x', 'Placeholder'),
    node('conv', 'Conv2D', [0]),
    node('bn', 'FusedBatchNormV3', [1]),
  ])
  const after = graph([
    node('x', 'Placeholder'),
    node('conv', 'Conv2D', [0], { bytes: 4 }),
    node('bias', 'BiasAdd', [1]),
  ])
  expect(differenceOf(after, before)).toEqual({
    changes: new Map([
      [1, 'changed'],
      [2, 'only'],
    ]),
    same: 1,
    changed: 1,
    only: 1,
  })
  expect(differenceOf(before, before).changes.size).toBe(0)
})
