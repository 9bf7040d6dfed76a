import { describe, expect, test } from 'vitest'
import {
  attr,
  type Graph,
  type GraphNode,
  type LiteModel,
  toLite,
} from '../../../../main/engine/graph/index.ts'
import { failureOf, floats, graphOf, ints, node, placeholder } from '../build.ts'

const signatureOf = (model: LiteModel, name: string) =>
  model.subgraphs[0]?.tensors.find(tensor => tensor.name === name)

const dense = (x: string, rows: number, columns: number): GraphNode[] => [
  floats('w', [rows, columns], new Array(rows * columns).fill(0.5)),
  node('y', 'MatMul', [x, 'w']),
]

const flatten: Graph = graphOf(
  [
    placeholder('x', [-1, 2, 3]),
    ints('sizes', [-1, 6]),
    node('flat', 'Reshape', ['x', 'sizes']),
    ...dense('flat', 6, 2),
  ],
  ['y'],
)

/** The batch size taken from the shape, as Keras does it, and put into another shape. */
const byShape = (size: GraphNode[]): Graph =>
  graphOf(
    [
      placeholder('x', [-1, 2, 3]),
      node('shape', 'Shape', ['x'], { out_type: attr.type('int32') }),
      ints('from', [0]),
      ints('to', [1]),
      ints('step', [1]),
      node('batch', 'StridedSlice', ['shape', 'from', 'to', 'step'], {
        T: attr.type('int32'),
        shrink_axis_mask: attr.int(1),
        Index: attr.type('int32'),
      }),
      ...size,
    ],
    ['y'],
  )

describe('a batch that is open', () => {
  test('stays open where the model works for any', () => {
    const model = toLite(flatten)
    expect(signatureOf(model, 'x')).toMatchObject({ shape: [1, 2, 3], signature: [-1, 2, 3] })
    expect(signatureOf(model, 'y')).toMatchObject({ shape: [1, 2], signature: [-1, 2] })
    expect(model.subgraphs[0]?.operators.map(({ options }) => options.new_shape)).toContainEqual([-1, 6])
  })

  test('is what is asked for', () => {
    const model = toLite(flatten, { batch: 4 })
    expect(signatureOf(model, 'x')?.shape).toEqual([4, 2, 3])
    expect(signatureOf(model, 'y')?.shape).toEqual([4, 2])
    expect(model.subgraphs[0]?.tensors.every(({ signature }) => !signature)).toBe(true)
  })

  test('stays open where it goes into the shape of a RESHAPE', () => {
    const graph = byShape([
      node('six', 'Const', [], {
        dtype: attr.type('int32'),
        value: attr.tensor({ dtype: 'int32', shape: [], data: Int32Array.of(6) }),
      }),
      node('sizes', 'Pack', ['batch', 'six'], { T: attr.type('int32'), N: attr.int(2), axis: attr.int(0) }),
      node('y', 'Reshape', ['x', 'sizes']),
    ])
    const model = toLite(graph)
    expect(signatureOf(model, 'x')?.signature).toEqual([-1, 2, 3])
    expect(model.subgraphs[0]?.operators.map(({ op }) => op)).toEqual(['RESHAPE'])
  })

  test('becomes 1 where the model computes with it', () => {
    const graph = byShape([
      node('count', 'Cast', ['batch'], { SrcT: attr.type('int32'), DstT: attr.type('float32') }),
      node('y', 'Mul', ['x', 'count']),
    ])
    const model = toLite(graph)
    expect(model.subgraphs[0]?.tensors.every(({ signature }) => !signature)).toBe(true)
    expect(signatureOf(model, 'x')?.shape).toEqual([1, 2, 3])
    // Twice the batch, twice the factor.
    const factor = toLite(graph, { batch: 2 }).subgraphs[0]?.tensors.find(({ data }) => data?.length === 4)
    expect(new Float32Array(Uint8Array.from(factor?.data ?? []).buffer)[0]).toBe(2)
  })
})

describe('other open sizes', () => {
  const relu = graphOf([placeholder('x', [-1, -1, -1, 3]), node('y', 'Relu', ['x'])], ['y'])

  test('stay open where the model works for any', () => {
    expect(signatureOf(toLite(relu), 'x')?.signature).toEqual([-1, -1, -1, 3])
  })

  test('can be given', () => {
    const model = toLite(relu, { shapes: { x: [1, 8, 8, 3] } })
    expect(signatureOf(model, 'y')).toMatchObject({ shape: [1, 8, 8, 3] })
    expect(signatureOf(model, 'y')?.signature).toBeUndefined()
  })

  test('are asked for where the model computes with them', () => {
    const graph = graphOf(
      [
        placeholder('x', [-1, -1, 3]),
        node('shape', 'Shape', ['x'], { out_type: attr.type('int32') }),
        node('sizes', 'Cast', ['shape'], { SrcT: attr.type('int32'), DstT: attr.type('float32') }),
        node('y', 'Mul', ['x', 'sizes']),
      ],
      ['y'],
    )
    const failure = failureOf(() => toLite(graph))
    expect(failure.code).toBe('bad-input')
    expect(failure.message).toContain('"x"')
    expect(failure.message).toContain('axis 1')
  })
})
