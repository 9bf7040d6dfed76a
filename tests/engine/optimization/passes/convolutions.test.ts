import { describe, expect, test } from 'vitest'
import { attr, type GraphNode } from '../../../../main/engine/graph/index.ts'
import {
  answers,
  find,
  floats,
  graphOf,
  ints,
  largestDifference,
  names,
  node,
  placeholder,
  reads,
  tensorOf,
  transform,
  waves,
  window,
} from './sample.ts'

describe('flatten_atrous_conv', () => {
  const atrous = (pads: number[], crops: number[], more: Partial<GraphNode> = {}) =>
    graphOf(
      [
        placeholder('x', [1, 8, 8, 2]),
        floats('w', [3, 3, 2, 3], waves(54)),
        ints('block', [2, 2]),
        ints('pads', pads),
        ints('crops', crops),
        node('batch', 'SpaceToBatchND', ['x', 'block', 'pads']),
        { ...node('c', 'Conv2D', ['batch', 'w'], window('VALID')), ...more },
        node('y', 'BatchToSpaceND', ['c', 'block', 'crops']),
      ],
      ['y'],
    )

  /** The same by a dilated convolution with the padding written out. */
  const dilated = (pads: number[]) =>
    graphOf(
      [
        placeholder('x', [1, 8, 8, 2]),
        floats('w', [3, 3, 2, 3], waves(54)),
        node('y', 'Conv2D', ['x', 'w'], {
          strides: attr.ints([1, 1, 1, 1]),
          dilations: attr.ints([1, 2, 2, 1]),
          padding: attr.string('EXPLICIT'),
          explicit_paddings: attr.ints([0, 0, ...pads, 0, 0]),
        }),
      ],
      ['y'],
    )

  for (const [name, pads, crops, left] of [
    ['SAME', [2, 2, 2, 2], [0, 0, 0, 0], [2, 2, 2, 2]],
    ['VALID', [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]],
    ['SAME', [2, 4, 2, 4], [0, 2, 0, 2], [2, 2, 2, 2]],
    ['EXPLICIT', [4, 2, 0, 2], [1, 0, 0, 0], [3, 2, 0, 2]],
  ] as const)
    test(`pads as the three together do: ${name} of ${pads}`, async () => {
      const made = transform(atrous([...pads], [...crops]), 'flatten_atrous_conv')
      expect(names(made)).toEqual(['Placeholder x', 'Const w', 'Conv2D y'])
      expect(find(made, 'y').attrs.padding).toEqual(attr.string(name))
      expect(tensorOf(made, 'w').shape).toEqual([5, 5, 2, 3])
      expect(largestDifference(await answers(made), await answers(dilated([...left])))).toBeLessThan(1e-5)
    })

  test('what is something else stays', () => {
    for (const graph of [
      atrous([2, 2, 2, 2], [3, 0, 0, 0]),
      atrous([2, 2, 2, 2], [0, 0, 0, 0], { attrs: { ...window('SAME') } }),
      atrous([2, 2, 2, 2], [0, 0, 0, 0], { attrs: { ...window('VALID'), strides: attr.ints([1, 2, 2, 1]) } }),
    ])
      expect(transform(graph, 'flatten_atrous_conv')).toBe(graph)
  })
})

describe('fuse_pad_and_conv, fuse_resize_and_conv, fuse_resize_pad_and_conv', () => {
  const pad = (source: string) => [
    ints('pads', [0, 0, 1, 1, 1, 1, 0, 0]),
    node('pad', 'MirrorPad', [source, 'pads'], { mode: attr.string('SYMMETRIC') }),
  ]
  const resize = (more = {}) => [
    ints('size', [9, 9]),
    node('resize', 'ResizeBilinear', ['x', 'size'], { align_corners: attr.bool(true), ...more }),
  ]
  const conv = (source: string, more = {}) => [
    floats('w', [2, 2, 2, 3], waves(24)),
    node('y', 'Conv2D', [source, 'w'], { ...window('VALID'), ...more }),
  ]
  const graph = (...nodes: GraphNode[]) => graphOf([placeholder('x', [1, 4, 4, 2]), ...nodes], ['y'])
  const fused = (text: string, ...nodes: GraphNode[]) => {
    const made = transform(graph(...nodes), text)
    return [find(made, 'y').op, reads(made, 'y')]
  }

  test('what stands before the convolution goes into it', () => {
    expect(fused('fuse_pad_and_conv', ...pad('x'), ...conv('pad'))).toEqual([
      'FusedPadConv2D',
      ['x', 'pads', 'w'],
    ])
    expect(fused('fuse_resize_and_conv', ...resize(), ...conv('resize'))).toEqual([
      'FusedResizeAndPadConv2D',
      ['x', 'size', 'y_dummy_paddings', 'w'],
    ])
    expect(fused('fuse_resize_pad_and_conv', ...resize(), ...pad('resize'), ...conv('pad'))).toEqual([
      'FusedResizeAndPadConv2D',
      ['x', 'size', 'pads', 'w'],
    ])
  })

  test('what the fused operation does not know keeps them apart', () => {
    const kept: [string, GraphNode[]][] = [
      ['fuse_pad_and_conv', [...pad('x'), ...conv('pad', { dilations: attr.ints([1, 2, 2, 1]) })]],
      ['fuse_pad_and_conv', [...pad('x'), ...conv('pad', { data_format: attr.string('NCHW') })]],
      ['fuse_pad_and_conv', [...pad('x'), ...conv('pad'), node('other', 'Relu', ['pad'])]],
      ['fuse_resize_and_conv', [...resize({ half_pixel_centers: attr.bool(true) }), ...conv('resize')]],
      ['fuse_resize_pad_and_conv', [...pad('x'), ...conv('pad')]],
    ]
    for (const [text, nodes] of kept) expect(fused(text, ...nodes)[0]).toBe('Conv2D')
  })
})
