import { attr, attrOf, type GraphNode, type Tensor } from '../../graph/index.ts'
import { Draft, floatsBehind, tensorOf } from './draft.ts'
import { replaceConstant } from './linear.ts'
import { inOrder } from './order.ts'
import { count, type Pass } from './pass.ts'

/**
 * A dilated convolution that is written as `SpaceToBatchND`, convolution, `BatchToSpaceND`, as one convolution with a
 * filter that has zeros between its values. It is padded by what the three together pad, which is not always SAME.
 */
export const flattenAtrousConv: Pass<{ flattened: string[] }> = {
  name: 'flatten_atrous_conv',
  title: 'Dilated convolutions in one',
  about:
    'Writes a dilated convolution of three nodes as one with a larger filter, for runtimes without dilation.',
  arguments: [],
  run(graph) {
    const draft = new Draft(graph)
    const flattened = inOrder(graph)
      .filter(node => node.op === 'BatchToSpaceND' && flatten(draft, node))
      .map(node => node.name)
    return {
      graph: flattened.length > 0 ? draft.graph() : graph,
      report: { flattened },
      note: `${count(flattened.length, 'convolution')} flattened`,
    }
  },
}

function flatten(draft: Draft, space: GraphNode): boolean {
  const conv = draft.input(space, 0)
  if (!conv || !/^(Conv2D|DepthwiseConv2dNative)$/.test(conv.op) || !draft.readOnce(conv.name)) return false
  const batch = draft.input(conv, 0)
  const source = batch?.inputs[0]
  if (batch?.op !== 'SpaceToBatchND' || !source || !draft.readOnce(batch.name)) return false
  const [rates, pads, crops] = [
    pair(draft.input(batch, 1)),
    flat(draft.input(batch, 2)),
    flat(draft.input(space, 2)),
  ]
  if (!rates || pads?.length !== 4 || crops?.length !== 4) return false
  if (pair(draft.input(space, 1))?.join() !== rates.join()) return false
  const plain =
    attrOf(conv, 'padding', 'string') === 'VALID' &&
    (attrOf(conv, 'data_format', 'string') ?? 'NHWC') === 'NHWC' &&
    [...(attrOf(conv, 'strides', 'ints') ?? [2]), ...(attrOf(conv, 'dilations', 'ints') ?? [])].every(
      x => x === 1,
    )
  const filter = floatsBehind(draft, draft.input(conv, 1))
  const padding = pads.map((pad, i) => pad - (crops[i] as number))
  if (!plain || filter?.shape.length !== 4 || padding.some(pad => pad < 0)) return false

  const made = upsampled(filter, rates)
  const linear = replaceConstant(draft, conv, 1, made, `${conv.name}_flattened_filter`)
  draft.remove(batch.name, space.name)
  draft.remove(conv.name, space.name)
  const origin = conv.origin ?? space.origin
  const { explicit_paddings: _, dilations: __, ...attrs } = linear.attrs
  draft.put({
    ...linear,
    name: space.name,
    inputs: linear.inputs.with(0, source),
    controls: [...new Set([...batch.controls, ...conv.controls, ...space.controls])],
    attrs: { ...attrs, ...paddingOf(padding, made.shape) },
    ...(origin && { origin }),
  })
  draft.release(...[...batch.inputs.slice(1), ...space.inputs.slice(1)].map(input => input.node))
  return true
}

const flat = (node: GraphNode | undefined): number[] | undefined => {
  const value = tensorOf(node)
  return value && /^u?int/.test(value.dtype) ? Array.from(value.data as Int32Array, Number) : undefined
}

function pair(node: GraphNode | undefined): [number, number] | undefined {
  const [rows, columns, ...more] = flat(node) ?? []
  return rows && columns && rows > 0 && columns > 0 && more.length === 0 ? [rows, columns] : undefined
}

/** Rows and columns before and after, in the shortest way to say it. */
function paddingOf(
  [top = 0, bottom = 0, left = 0, right = 0]: number[],
  [height = 1, width = 1]: number[],
): GraphNode['attrs'] {
  const same = (before: number, after: number, size: number) =>
    before + after === size - 1 && before === Math.floor((size - 1) / 2)
  if (same(top, bottom, height) && same(left, right, width)) return { padding: attr.string('SAME') }
  if (top + bottom + left + right === 0) return { padding: attr.string('VALID') }
  return {
    padding: attr.string('EXPLICIT'),
    explicit_paddings: attr.ints([0, 0, top, bottom, left, right, 0, 0]),
  }
}

function upsampled({ shape, data }: Tensor, [down, across]: [number, number]): Tensor {
  const [height = 0, width = 0, inputs = 0, outputs = 0] = shape
  const [tall, wide] = [(height - 1) * down + 1, (width - 1) * across + 1]
  const inner = inputs * outputs
  const made = new Float32Array(Math.max(0, tall * wide * inner))
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * inner
      made.set((data as Float32Array).subarray(from, from + inner), (y * down * wide + x * across) * inner)
    }
  return { dtype: 'float32', shape: [tall, wide, inputs, outputs], data: made }
}
