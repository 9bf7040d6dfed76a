import { attr } from '../../graph.ts'
import type { GraphBuilder } from './builder.ts'
import { resized } from './frames.ts'
import { cast } from './functions.ts'
import type { Lowering } from './lowering.ts'
import { axisOf, type Place } from './place.ts'
import { reduced, sliced } from './shapes.ts'
import { channelsLast } from './window.ts'

/** `x * scale + offset`, with numbers or one for each channel. */
export const rescaling: Lowering = (builder, x) => {
  const input = cast(builder, x as Place, 'float32')
  const value = (name: string, otherwise: number) => {
    const given = builder.option<number | number[]>(name, otherwise)
    return Array.isArray(given) ? builder.floats(`${name}`, given) : given
  }
  const [scale, offset] = [value('scale', 1), value('offset', 0)]
  const scaled = builder.pair('Mul', 'mul', input, scale)
  return offset === 0 ? scaled : builder.pair('AddV2', 'add', scaled, offset)
}

/** Mean and variance as options, or as what `adapt` left in the weights. */
export const normalization: Lowering = (builder, x) => {
  const input = cast(builder, x as Place, 'float32')
  const given = builder.option<unknown>('axis', -1)
  const axes = (Array.isArray(given) ? given : given === null ? [] : [given])
    .map(axis => axisOf(Number(axis), input.shape.length))
    .sort((a, b) => a - b)
  const kept = 'axis' in builder.scope.layer.config && builder.scope.layer.config.axis === null ? [] : axes
  const wide = input.shape.map((size, axis) => (kept.includes(axis) ? size : 1))
  if (wide.slice(1).some(size => size < 0)) throw builder.unsupported('does not know the size of its input')
  const statistic = (name: 'mean' | 'variance'): ArrayLike<number> => {
    const option = builder.option<unknown>(name, undefined)
    if (option !== undefined) return [option].flat(8).map(Number)
    const stored = builder.value(name)
    if (!stored) throw builder.damaged('has neither mean nor variance')
    return stored.data as Float32Array
  }
  const size = wide.reduce((product, n) => product * n, 1)
  const filled = (values: ArrayLike<number>) => {
    if (values.length !== 1 && values.length !== size)
      throw builder.damaged(`has ${values.length} means or variances for ${size} values`)
    return Float32Array.from({ length: size }, (_, i) => values[values.length === 1 ? 0 : i] as number)
  }
  const mean = builder.floats('mean', filled(statistic('mean')), wide)
  const deviation = filled(statistic('variance')).map(value => Math.max(Math.sqrt(value), 1e-7))
  const root = builder.floats('deviation', deviation, wide)
  if (builder.option('invert', false))
    return builder.pair('AddV2', 'add', mean, builder.pair('Mul', 'mul', input, root))
  return builder.pair('RealDiv', 'truediv', builder.pair('Sub', 'sub', input, mean), root)
}

/** Images of another size. */
export const resizing: Lowering = (builder, x) =>
  channelsLast(builder, x as Place, input => {
    if (builder.option('crop_to_aspect_ratio', false) || builder.option('pad_to_aspect_ratio', false))
      return fitted(builder, input)
    const size = [builder.option('height', 0), builder.option('width', 0)]
    return resized(
      builder,
      cast(builder, input, 'float32'),
      size,
      builder.option('interpolation', 'bilinear'),
    )
  })

/** The largest part in the middle that has the wanted sides is taken, then scaled. */
function fitted(builder: GraphBuilder, input: Place): Place {
  if (builder.option('pad_to_aspect_ratio', false)) throw builder.unsupported('pads images to other sides')
  const [height, width] = [builder.option('height', 0), builder.option('width', 0)]
  const [rows, columns] = input.shape.slice(1, 3) as [number, number]
  if (rows < 0 || columns < 0) throw builder.unsupported('scales an image of which the size is open')
  const tall = Math.min(rows, Math.trunc((columns * height) / width))
  const broad = Math.min(columns, Math.trunc((rows * width) / height))
  const begin = [0, Math.trunc((rows - tall) / 2), Math.trunc((columns - broad) / 2), 0]
  const part = sliced(builder, input, begin, [-1, tall, broad, -1])
  return resized(
    builder,
    cast(builder, part, 'float32'),
    [height, width],
    builder.option('interpolation', 'bilinear'),
  )
}

/** The middle of an image; a smaller image is scaled first, so that it can be cut. */
export const centerCrop: Lowering = (builder, x) =>
  channelsLast(builder, x as Place, given => {
    const input = cast(builder, given, 'float32')
    const [height, width] = [builder.option('height', 0), builder.option('width', 0)]
    const [rows, columns] = input.shape.slice(1, 3) as [number, number]
    if (rows < 0 || columns < 0) throw builder.unsupported('cuts an image of which the size is open')
    if (rows < height || columns < width) return fitted(builder, input)
    const begin = [0, Math.trunc((rows - height) / 2), Math.trunc((columns - width) / 2), 0]
    return sliced(builder, input, begin, [-1, height, width, -1])
  })

/** Whole numbers as rows of zeros with a one, or with ones for all that occur, or counted. */
export const categoryEncoding: Lowering = (builder, x) => {
  const given = x as Place
  const input = given.dtype === 'int32' || given.dtype === 'int64' ? given : cast(builder, given, 'int32')
  const depth = builder.option('num_tokens', builder.option('max_tokens', 0))
  const mode = builder.option('output_mode', 'multi_hot')
  if (builder.option('sparse', false)) throw builder.unsupported('gives sparse values')
  if (!['one_hot', 'multi_hot', 'count'].includes(mode)) throw builder.unsupported(`encodes as ${mode}`)
  const hot = builder.add(
    'OneHot',
    'one_hot',
    [
      input,
      builder.int('one_hot/depth', depth),
      builder.number('one_hot/on_value', 1),
      builder.number('one_hot/off_value', 0),
    ],
    [...input.shape, depth],
    { T: attr.type('float32'), TI: attr.type(input.dtype), axis: attr.int(-1) },
    'float32',
  )
  const last = input.shape.length - 1
  if (mode === 'one_hot' && last > 0 && input.shape[last] === 1)
    return reduced(builder, 'Max', hot, [last], false)
  if (mode === 'one_hot') return hot
  return reduced(builder, mode === 'count' ? 'Sum' : 'Max', hot, [Math.max(last, 1)], false)
}

/** Which of the ranges between boundaries a number lies in. */
export const discretization: Lowering = (builder, x) => {
  const input = cast(builder, x as Place, 'float32')
  const boundaries = builder.option<number[]>('bin_boundaries', [])
  if (builder.option('output_mode', 'int') !== 'int' || boundaries.length === 0)
    throw builder.unsupported('does not give whole numbers by boundaries that its options name')
  const wide = builder.add(
    'ExpandDims',
    'ExpandDims',
    [input, builder.int('ExpandDims/dim', -1)],
    [...input.shape, 1],
    { Tdim: attr.type('int32') },
  )
  const over = builder.pair(
    'GreaterEqual',
    'GreaterEqual',
    wide,
    builder.floats('boundaries', boundaries),
    'bool',
  )
  return reduced(builder, 'Sum', cast(builder, over, 'int32'), [input.shape.length], false)
}
