import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  attr,
  type DataType,
  type Graph,
  type GraphNode,
  inferShapes,
  readGraphDef,
  type Shape,
} from '../../../main/engine/graph/index.ts'
import { floats, graphOf, ints, node, placeholder } from './build.ts'

const golden = join(import.meta.dirname, '../../golden/shapes')
const names = readdirSync(golden).flatMap(file => (file.endsWith('.pb') ? [file.slice(0, -3)] : []))

/** Where more is known here than there, since arithmetic on half-known sizes is followed. */
const FINER: Record<string, string[]> = {
  frames: [
    'while/enter/_2 (Enter): int32 [], not int32 null',
    'while/enter/_4 (Enter): int32 [], not int32 null',
    'while/enter/_5 (Enter): float32 [2], not float32 null',
  ],
  layout: [
    'Reshape_9 (Reshape): float32 [-1,72], not float32 [-1,-1]',
    'ExpandDims_2 (ExpandDims): float32 [-1,-1,-1,-1,-1], not float32 null',
  ],
  windows: ['ResizeNearestNeighbor (ResizeNearestNeighbor): float32 [-1,28,30,6], not float32 [-1,-1,-1,6]'],
}

/** Whether `ours` says all that `theirs` says; it may say more. */
const says = (ours: Shape, theirs: Shape): boolean =>
  theirs === undefined ||
  (ours?.length === theirs.length && theirs.every((size, axis) => size < 0 || size === ours[axis]))

const shapeOf = (graph: Graph, name: string, known?: Record<string, Shape>) =>
  inferShapes(graph, known).get(name)?.shape

describe('shapes as TensorFlow says them when it imports a graph', () => {
  test('there are goldens', () =>
    expect(names).toEqual(['arithmetic', 'frames', 'layout', 'loop', 'model', 'windows']))

  for (const name of names)
    test(name, () => {
      const graph = readGraphDef(readFileSync(join(golden, `${name}.pb`)))
      const theirs = JSON.parse(readFileSync(join(golden, `${name}.json`), 'utf8')) as Record<
        string,
        [string, number[] | null]
      >
      const ours = inferShapes(graph)
      const ops = new Map(graph.nodes.map(each => [each.name, each.op]))
      const wrong: string[] = []
      const finer: string[] = []
      for (const [port, [dtype, shape]] of Object.entries(theirs)) {
        const mine = ours.get(port)
        const op = ops.get(port.replace(/:\d+$/, ''))
        const line = `${port} (${op}): ${mine?.dtype} ${JSON.stringify(mine?.shape)}, not ${dtype} ${JSON.stringify(shape)}`
        // 8-bit and handle types go by other names there.
        if (!mine || mine.dtype !== dtype || !says(mine.shape, shape ?? undefined)) wrong.push(line)
        else if (!says(shape ?? undefined, mine.shape)) finer.push(line)
      }
      expect(wrong).toEqual([])
      expect(finer).toEqual(FINER[name] ?? [])
      expect(Object.keys(theirs).length).toBeGreaterThan(4)
    })
})

describe('shapes', () => {
  test('follow sizes that are computed, from what is given for the input', () => {
    const wholes = (name: string, op: string, inputs: string[], attrs: GraphNode['attrs'] = {}) =>
      node(name, op, inputs, { T: attr.type('int32'), ...attrs })
    const graph = graphOf(
      [
        placeholder('x', [-1, -1, 6]),
        ints('at', [1]),
        ints('to', [2]),
        ints('one', [1]),
        ints('two', [2]),
        wholes('shape', 'Shape', ['x']),
        wholes('rows', 'StridedSlice', ['shape', 'at', 'to', 'one'], { shrink_axis_mask: attr.int(1) }),
        wholes('twice', 'Mul', ['rows', 'two']),
        ints('rest', [-1, 3]),
        ints('zero', [0]),
        wholes('wanted', 'ConcatV2', ['twice', 'rest', 'axis']),
        {
          ...ints('axis', [0]),
          attrs: { value: attr.tensor({ dtype: 'int32', shape: [], data: Int32Array.of(0) }) },
        },
        node('y', 'Reshape', ['x', 'wanted']),
      ],
      ['y'],
    )
    expect(shapeOf(graph, 'y')).toEqual([-1, -1, 3])
    expect(shapeOf(graph, 'y', { x: [2, 5, 6] })).toEqual([10, 2, 3])
    expect(shapeOf(graph, 'x', { x: [2, 5, 6] })).toEqual([2, 5, 6])
  })

  test('of an operation nobody knows are open, for each of its outputs that is read', () => {
    const graph = graphOf(
      [placeholder('x', [2]), node('u', 'Mystery', ['x']), node('y', 'Relu', ['u:3'])],
      ['y'],
    )
    const inferred = inferShapes(graph)
    for (const name of ['u', 'u:3', 'y'])
      expect(inferred.get(name)).toEqual({ dtype: 'float32', shape: undefined })
    expect(inferred.get('x')).toEqual({ dtype: 'float32', shape: [2] })
  })

  test('of what goes round in a loop are open, and finding that out ends', () => {
    const graph = graphOf(
      [
        ints('x', [2, 3]),
        node('enter', 'Enter', ['x']),
        node('merge', 'Merge', ['enter', 'next']),
        node('switch', 'Switch', ['merge', 'merge:1']),
        node('body', 'Relu', ['switch:1']),
        node('next', 'NextIteration', ['body']),
        node('exit', 'Exit', ['switch']),
        node('self', 'Relu', ['self']),
      ],
      ['exit'],
    )
    expect(shapeOf(graph, 'enter')).toEqual([2])
    expect(inferShapes(graph).get('exit')).toEqual({ dtype: 'int32', shape: undefined })
  })

  test('of a graph of 100,000 nodes in a row take a moment, not the stack', () => {
    const chain = Array.from({ length: 100_000 }, (_, i) =>
      node(`n${i}`, 'Relu', [i > 0 ? `n${i - 1}` : 'x']),
    )
    const graph = graphOf([...chain.reverse(), placeholder('x', [4, 5])], ['n99999'])
    const start = process.cpuUsage()
    expect(shapeOf(graph, 'n99999')).toEqual([4, 5])
    expect(process.cpuUsage(start).user).toBeLessThan(5e6)
  })

  test('that a damaged file claims take no memory', () => {
    const many = 2 ** 31 - 1
    const claims = Array.from({ length: 300 }, (_, i) =>
      node(`split${i}`, 'Split', ['axis', 'x'], { num_split: attr.int(many) }),
    )
    const rank = [placeholder('sizes', [many]), node('huge', 'Reshape', ['x', 'sizes'])]
    const doubled = Array.from({ length: 60 }, (_, i) => node(`d${i + 1}`, 'Diag', [i > 0 ? `d${i}` : 'x']))
    const graph = graphOf(
      [placeholder('x', [many, many]), ints('axis', [0]), ...claims, ...rank, ...doubled],
      ['x'],
    )
    const inferred = inferShapes(graph)
    expect(inferred.size).toBeLessThan(2_000_000)
    expect(inferred.get('huge')?.shape).toBeUndefined()
    expect(inferred.get('d60')?.shape).toBeUndefined()
  })

  test('of whatever a file holds are found without a bug, and are sizes', () => {
    const ops = fc.constantFrom(
      ...'Conv2D Reshape StridedSlice ConcatV2 Pack Unpack SplitV Mean GatherV2 Tile Pad Einsum Transpose Squeeze'.split(
        ' ',
      ),
      ...'ExpandDims Slice OneHot Fill Range BatchMatMulV2 Select Add Shape SpaceToBatchND TopKV2 MatMul Cast'.split(
        ' ',
      ),
    )
    const item = fc.record({
      op: ops,
      inputs: fc.array(fc.nat(60), { maxLength: 5 }),
      number: fc.integer({ min: -3, max: 9 }),
      list: fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 5 }),
      dtype: fc.constantFrom<DataType>('float32', 'int32', 'int64', 'bool'),
    })
    fc.assert(
      fc.property(fc.array(item, { maxLength: 30 }), items => {
        const made = items.map(({ op, inputs, number, list, dtype }, i) =>
          node(
            `n${i}`,
            op,
            inputs.map(from => (from < items.length ? `n${from}` : from % 2 ? `c${from}` : 'x')),
            {
              ...Object.fromEntries(
                ['axis', 'num', 'num_split', 'block_size', 'batch_dims', 'ellipsis_mask'].map(name => [
                  name,
                  attr.int(number),
                ]),
              ),
              ...Object.fromEntries(
                ['strides', 'dilations', 'squeeze_dims', 'explicit_paddings'].map(name => [
                  name,
                  attr.ints(list),
                ]),
              ),
              DstT: attr.type(dtype),
              equation: attr.string('ab...,b...c->...ac'),
              padding: attr.string('EXPLICIT'),
            },
          ),
        )
        const constants = Array.from({ length: 61 }, (_, i) => ints(`c${i}`, [i - 30, 2, -1].slice(i % 4)))
        const graph = graphOf([...made, ...constants, floats('x', [2, 3], [1, 2, 3, 4, 5, 6])], ['x'])
        for (const { shape } of inferShapes(graph).values())
          for (const size of shape ?? []) expect(Number.isSafeInteger(size) && size >= -1).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
