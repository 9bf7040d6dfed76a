import { attr } from '../../graph.ts'
import type { GraphBuilder } from './builder.ts'
import { finish } from './convolutions.ts'
import type { Lowering } from './lowering.ts'
import type { Place } from './place.ts'
import { expanded } from './shapes.ts'
import { onImage, perAxis } from './window.ts'

/** What TensorFlow's gradient operations ask for: the sizes of the result, of which the batch is known when it runs. */
export function sizesWithBatch(builder: GraphBuilder, of: Place, inner: number[]): Place {
  const shape = builder.add(
    'Shape',
    'Shape',
    [of],
    [of.shape.length],
    { out_type: attr.type('int32') },
    'int32',
  )
  const mask = { begin_mask: attr.int(0), end_mask: attr.int(0), ellipsis_mask: attr.int(0) }
  const batch = builder.add(
    'StridedSlice',
    'strided_slice',
    [
      shape,
      builder.ints('strided_slice/stack', [0]),
      builder.ints('strided_slice/stack_1', [1]),
      builder.ints('strided_slice/stack_2', [1]),
    ],
    [],
    { ...mask, Index: attr.type('int32'), new_axis_mask: attr.int(0), shrink_axis_mask: attr.int(1) },
    'int32',
  )
  const rest = inner.map((size, i) => builder.int(`stack/${i + 1}`, size))
  return builder.add('Pack', 'stack', [batch, ...rest], [inner.length + 1], {
    T: attr.type('int32'),
    N: attr.int(inner.length + 1),
    axis: attr.int(0),
  })
}

/** Rows (or columns) that come out of a transposed convolution, as Keras deduces them. */
function lengthOf(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: string,
  more?: number,
) {
  const reach = (kernel - 1) * dilation + 1
  if (more === undefined)
    return padding === 'SAME' ? size * stride : size * stride + Math.max(reach - stride, 0)
  const pad = padding === 'SAME' ? Math.floor(reach / 2) : 0
  return (size - 1) * stride + reach - 2 * pad + more
}

/** The gradient of a convolution towards its input: what upsamples in decoders. */
const transposedOf =
  (axes: 1 | 2 | 3): Lowering =>
  (builder, input) => {
    const name = axes === 3 ? 'conv3d_transpose' : axes === 2 ? 'conv2d_transpose' : 'conv1d_transpose'
    const out = onImage(
      builder,
      input as Place,
      axes,
      image => {
        const kernel = perAxis(builder, 'kernel_size', axes)
        const strides = perAxis(builder, 'strides', axes)
        const dilation = perAxis(builder, 'dilation_rate', axes)
        const given = builder.option<unknown>('output_padding', undefined)
        const more = given === undefined ? undefined : perAxis(builder, 'output_padding', axes)
        const padding = builder.option('padding', 'valid').toUpperCase()
        if (padding !== 'SAME' && padding !== 'VALID') throw builder.unsupported(`uses ${padding} padding`)
        if (dilation.some(rate => rate !== 1)) throw builder.unsupported('is transposed and has holes')
        const sizes = image.shape.slice(-axes - 1, -1)
        const channels = image.shape.at(-1) as number
        if ([...sizes, channels].some(size => size < 0))
          throw builder.unsupported(
            'makes an image of a size that is open',
            'Build the model with a fixed size of its input.',
          )
        const inner = sizes.map((size, i) =>
          lengthOf(size, kernel[i] as number, strides[i] as number, 1, padding, more?.[i]),
        )
        const filters = builder.option('filters', 0)
        const stored = builder.weight('kernel', `${name}/ReadVariableOp`, [...kernel, filters, channels])
        const row = axes === 1 ? [1] : []
        const weight = axes === 1 ? expanded(builder, stored, 0, `${name}/ExpandDims_1`) : stored
        const shape = [...row, ...inner, filters]
        const target = sizesWithBatch(builder, image, shape)
        return builder.add(
          axes === 3 ? 'Conv3DBackpropInputV2' : 'Conv2DBackpropInput',
          name,
          [target, weight, image],
          [-1, ...shape],
          {
            T: attr.type('float32'),
            strides: attr.ints([1, ...row, ...strides, 1]),
            padding: attr.string(padding),
            data_format: attr.string(axes === 3 ? 'NDHWC' : 'NHWC'),
            dilations: attr.ints(Array<number>(axes === 3 ? 5 : 4).fill(1)),
            ...(axes === 3 && { Tshape: attr.type('int32') }),
          },
          'float32',
        )
      },
      axes === 1 ? name : undefined,
    )
    return finish(builder, out)
  }

export const conv1DTranspose = transposedOf(1)
export const conv2DTranspose = transposedOf(2)
export const conv3DTranspose = transposedOf(3)
