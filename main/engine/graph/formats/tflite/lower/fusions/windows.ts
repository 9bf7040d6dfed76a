import { sameShape } from '../../../../graph.ts'
import type { Draft, Operation, Value } from '../draft.ts'
import { type Fusion, madeBy } from './fusion.ts'

const CONVOLUTIONS = ['CONV_2D', 'DEPTHWISE_CONV_2D']

/** Height and width of the window, its step, and how far apart its elements lie. */
function windowOf(operation: Operation): { size: number; stride: number; dilation: number }[] {
  const [, height = 1, width = 1] = (operation.inputs[1] as Value).shape
  const { stride_h, stride_w, dilation_h_factor, dilation_w_factor } = operation.options
  return [
    { size: height, stride: Number(stride_h ?? 1), dilation: Number(dilation_h_factor ?? 1) },
    { size: width, stride: Number(stride_w ?? 1), dilation: Number(dilation_w_factor ?? 1) },
  ]
}

/** What SAME adds before and after an axis. */
function same(
  length: number,
  { size, stride, dilation }: { size: number; stride: number; dilation: number },
): [number, number] {
  const total = Math.max((Math.ceil(length / stride) - 1) * stride + (size - 1) * dilation + 1 - length, 0)
  return [Math.floor(total / 2), total - Math.floor(total / 2)]
}

const isFixed = (value: Value): boolean => !(value.signature ?? []).slice(1, 3).includes(-1)

const list = (value: Value | undefined): number[] => Array.from((value?.data ?? []) as Int32Array)

/** A PAD by what SAME would add. */
const padded: Fusion = {
  on: CONVOLUTIONS,
  rewrite(operation, draft) {
    const [x, ...others] = operation.inputs as Value[]
    const pad = madeBy(x, 'PAD')
    if (!pad || operation.options.padding !== 'VALID') return false
    const [image, sizes] = pad.inputs as [Value, Value]
    const wanted = windowOf(operation).flatMap((window, i) => same(image.shape[i + 1] as number, window))
    if (!isFixed(image) || !sameShape(list(sizes), [0, 0, ...wanted, 0, 0])) return false
    operation.options = { ...operation.options, padding: 'SAME' }
    draft.read(operation, [image, ...others])
    return true
  },
}

/** What stands between the two moves of a dilated convolution: images are one line where it is of one dimension. */
interface Between {
  convolution: Operation
  /** RESHAPEs that make a line an image and back. */
  into?: Operation
  back?: Operation
}

function between(operation: Operation, draft: Draft): Between | undefined {
  const [moved] = operation.inputs as [Value]
  const back = madeBy(moved, 'RESHAPE')
  if (!draft.isOnlyFor(moved, operation)) return undefined
  const result = back ? (back.inputs[0] as Value) : moved
  const convolution = madeBy(result, ...CONVOLUTIONS)
  if (!convolution || (back && !draft.isOnlyFor(result, back))) return undefined
  const [x] = convolution.inputs as [Value]
  const into = madeBy(x, 'RESHAPE')
  return Boolean(back) === Boolean(into) ? { convolution, into, back } : undefined
}

/**
 * SPACE_TO_BATCH_ND, a convolution and BATCH_TO_SPACE_ND are a dilated convolution, in the manner in which TensorFlow
 * has always written them.
 */
const dilated: Fusion = {
  on: ['BATCH_TO_SPACE_ND'],
  rewrite(operation, draft) {
    const found = between(operation, draft)
    if (!found) return false
    const { convolution, into, back } = found
    const [x, ...others] = convolution.inputs as [Value, ...(Value | undefined)[]]
    const split = madeBy(into ? (into.inputs[0] as Value) : x, 'SPACE_TO_BATCH_ND')
    if (!split || convolution.options.padding !== 'VALID') return false
    const [source, block, pads] = split.inputs as [Value, Value, Value]
    const [, blockBack, crops] = operation.inputs as [Value, Value, Value]
    const [result] = operation.outputs as [Value]
    if (!sameShape(list(block), list(blockBack)) || !isFixed(source)) return false
    const windows = windowOf(convolution)
    if (windows.some(({ stride, dilation }) => stride !== 1 || dilation !== 1)) return false

    // A line lies along one axis of the image; the other one is of size 1.
    const line = into && (x.shape[1] === 1 && !(x.shape[2] === 1) ? 1 : 0)
    const spread = (values: number[], nothing: number[]): number[] =>
      line === undefined ? values : line === 1 ? [...nothing, ...values] : [...values, ...nothing]
    const rates = spread(list(block), [1])
    const before = spread(list(pads), [0, 0])
    const cropped = spread(list(crops), [0, 0])
    if (rates.length !== 2) return false
    const around = [0, 1].map(i => [
      before[2 * i] as number,
      (before[2 * i + 1] as number) - (cropped[2 * i + 1] as number),
    ])
    if (cropped[0] !== 0 || cropped[2] !== 0 || around.some(([, after]) => (after as number) < 0))
      return false
    const asImage = (shape: number[]) =>
      line === undefined
        ? shape
        : line === 1
          ? [shape[0], 1, shape[1], shape[2]]
          : [shape[0], shape[1], 1, shape[2]]
    const [from, to] = [asImage(source.shape) as number[], asImage(result.shape) as number[]]
    const wide = windows.map((window, i) => ({ ...window, dilation: rates[i] as number }))
    const fits = wide.every(({ size, dilation }, i) => {
      const [start, end] = around[i] as [number, number]
      return (from[i + 1] as number) + start + end - (size - 1) * dilation === to[i + 1]
    })
    if (!fits) return false

    const isSame = wide.every((window, i) =>
      sameShape(same(from[i + 1] as number, window), around[i] as number[]),
    )
    const isValid = around.every(([start, end]) => start === 0 && end === 0)
    const open = source.signature ? { signature: asImage(source.signature) as number[] } : {}
    let image = source
    if (into) image = reshape(draft, into, source, from, open.signature)
    if (!isSame && !isValid) image = pad(draft, split, image, around)
    const [h, w] = rates as [number, number]
    convolution.options = {
      ...convolution.options,
      padding: isSame ? 'SAME' : 'VALID',
      dilation_h_factor: h,
      dilation_w_factor: w,
    }
    draft.read(convolution, [image, ...others])
    if (!back) {
      draft.absorb(convolution, operation)
      return true
    }
    const [made] = convolution.outputs as [Value]
    made.shape = to
    made.signature = result.signature && (asImage(result.signature) as number[])
    const sizes = [...(result.signature ?? result.shape)]
    const shape = draft.value({
      ...(back.inputs[1] as Value),
      shape: [sizes.length],
      data: Int32Array.from(sizes),
    })
    draft.read(back, [made, shape])
    back.options = { new_shape: sizes }
    draft.absorb(back, operation)
    return true
  },
}

function reshape(draft: Draft, like: Operation, x: Value, shape: number[], signature?: number[]): Value {
  const sizes = [...(signature ?? shape)]
  const target = draft.value({
    ...(like.inputs[1] as Value),
    shape: [sizes.length],
    data: Int32Array.from(sizes),
  })
  const made = draft.value({
    ...(like.outputs[0] as Value),
    name: `${(like.outputs[0] as Value).name}/whole`,
    shape,
    signature,
  })
  draft.add({
    op: 'RESHAPE',
    inputs: [x, target],
    outputs: [made],
    options: { new_shape: sizes },
    origin: like.origin,
  })
  return made
}

function pad(draft: Draft, like: Operation, x: Value, around: number[][]): Value {
  const [[top = 0, bottom = 0] = [], [left = 0, right = 0] = []] = around
  const data = Int32Array.from([0, 0, top, bottom, left, right, 0, 0])
  const sizes = draft.value({
    name: `${x.name}/paddings`,
    type: 'int32',
    shape: [4, 2],
    data,
    origin: like.origin,
  })
  const grow = (shape: number[]) =>
    shape.map((size, axis) => size + (data[2 * axis] as number) + (data[2 * axis + 1] as number))
  const made = draft.value({
    ...(like.outputs[0] as Value),
    name: `${x.name}/padded`,
    shape: grow(x.shape),
    signature: x.signature && [-1, ...grow(x.signature).slice(1)],
  })
  draft.add({ op: 'PAD', inputs: [x, sizes], outputs: [made], options: {}, origin: like.origin })
  return made
}

export const WINDOWS: Fusion[] = [padded, dilated]
