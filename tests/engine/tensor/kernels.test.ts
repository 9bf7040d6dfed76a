import type { NamedAttrMap, NamedTensorMap, Tensor } from '@tensorflow/tfjs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTensor, type Tf } from '../../../main/engine/tensor/index.ts'

let tf: Tf

beforeAll(async () => {
  tf = (await openTensor({ backend: 'wasm' })).tf
})
afterAll(() => tf.disposeVariables())

type Made = { shape: number[]; data: Float32Array }

/** Runs a computation on one backend from plain data, and checks that it leaves no tensor behind. */
async function on(
  backend: 'cpu' | 'wasm',
  inputs: Made[],
  compute: (...inputs: Tensor[]) => Tensor,
): Promise<Made> {
  await tf.setBackend(backend)
  const before = tf.memory()
  const data = tf.findBackend(backend).numDataIds()
  const made = tf.tidy(() => {
    const out = compute(...inputs.map(input => tf.tensor(input.data, input.shape)))
    return { shape: out.shape, data: Float32Array.from(out.dataSync()) }
  }) as unknown as Made
  expect(tf.memory().numTensors).toBe(before.numTensors)
  expect(tf.findBackend(backend).numDataIds()).toBe(data)
  return made
}

async function expectSame(inputs: Made[], compute: (...inputs: Tensor[]) => Tensor) {
  const wasm = await on('wasm', inputs, compute)
  const cpu = await on('cpu', inputs, compute)
  expect(wasm.shape).toEqual(cpu.shape)
  expect(difference(wasm.data, cpu.data)).toBeLessThanOrEqual(1e-5)
}

/** Largest difference relative to the largest value. */
function difference(a: Float32Array, b: Float32Array): number {
  const largest = b.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-6)
  return (
    a.reduce(
      (m, v, i) => Math.max(m, Number.isNaN(v) ? Number.POSITIVE_INFINITY : Math.abs(v - (b[i] as number))),
      0,
    ) / largest
  )
}

let seed = 1
function random(...shape: number[]): Made {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
    seed = (seed * 48271) % 2147483647
    return (seed / 2147483647) * 2 - 1
  })
  return { shape, data }
}

const images = [
  { batch: 1, size: [5, 5], cin: 1 },
  { batch: 3, size: [8, 7], cin: 3 },
  { batch: 2, size: [9, 12], cin: 5 },
] as const
const filters = [
  [1, 1],
  [2, 2],
  [3, 3],
  [3, 2],
  [1, 4],
  [5, 5],
] as const
const strides = [
  [1, 1],
  [2, 2],
  [2, 1],
  [3, 3],
] as const
type Pad = 'same' | 'valid' | number | [number, number][]
const uneven2d: [number, number][] = [
  [0, 0],
  [1, 0],
  [0, 2],
  [0, 0],
]
const pads: Pad[] = ['same', 'valid', 1, uneven2d]
const isSquare = ([a, b]: readonly [number, number]) => a === b

const convolutions = images.flatMap(image =>
  filters.flatMap(filter =>
    strides.flatMap(stride =>
      pads
        // TensorFlow.js takes one padding for both directions to mean equal sizes in both, and errs otherwise.
        .filter(pad => typeof pad !== 'number' || (isSquare(filter) && isSquare(stride)))
        .map(pad => ({ ...image, filter, stride, pad })),
    ),
  ),
)

/** The gradients of both operands, in one tensor. */
const gradients =
  (forward: (x: Tensor, filter: Tensor) => Tensor, dy: (shape: number[]) => Tensor) =>
  (x: Tensor, filter: Tensor) => {
    const out = forward(x, filter)
    const [dx, df] = tf.grads((a: Tensor, b: Tensor) => forward(a, b))([x, filter], dy(out.shape)) as [
      Tensor,
      Tensor,
    ]
    return tf.concat([tf.reshape(dx, [-1]), tf.reshape(df, [-1])])
  }

/** Uneven numbers that are the same on both backends. */
const uneven = (shape: number[]) =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 0.7) + 0.1),
    shape,
  )

describe('gradients on WASM are those of the plain backend', () => {
  test(`conv2d, ${convolutions.length} shapes`, async () => {
    for (const { batch, size, cin, filter, stride, pad } of convolutions)
      await expectSame(
        [random(batch, ...size, cin), random(...filter, cin, 4)],
        gradients((x, f) => tf.conv2d(x as never, f as never, stride as never, pad as never), uneven),
      )
  })

  test(`depthwiseConv2d, ${convolutions.length} shapes`, async () => {
    for (const [i, { batch, size, cin, filter, stride, pad }] of convolutions.entries()) {
      // Unequal strides are refused by TensorFlow's own depthwise kernels.
      if (stride[0] !== stride[1]) continue
      await expectSame(
        [random(batch, ...size, cin), random(...filter, cin, 1 + (i % 3))],
        gradients(
          (x, f) => tf.depthwiseConv2d(x as never, f as never, stride as never, pad as never),
          uneven,
        ),
      )
    }
  })

  test('conv2dTranspose, forward and both gradients', async () => {
    for (const { batch, size, cin, filter, stride, pad } of convolutions) {
      if (pad !== 'same') continue
      const same = [batch, size[0] * stride[0], size[1] * stride[1], 2]
      const inputs = [random(batch, ...size, cin), random(...filter, 2, cin)]
      const forward = (x: Tensor, f: Tensor) =>
        tf.conv2dTranspose(x as never, f as never, same as never, stride as never, 'same') as Tensor
      await expectSame(inputs, forward)
      await expectSame(inputs, gradients(forward, uneven))
    }
  })

  test('conv1d and separableConv2d', async () => {
    await expectSame(
      [random(3, 11, 4), random(3, 4, 6)],
      gradients((x, f) => tf.conv1d(x as never, f as never, 2, 'same'), uneven),
    )
    const point = random(1, 1, 8, 5)
    await expectSame(
      [random(2, 9, 9, 4), random(3, 3, 4, 2)],
      gradients(
        (x, f) =>
          tf.separableConv2d(x as never, f as never, tf.tensor4d(point.data, [1, 1, 8, 5]), 1, 'same'),
        uneven,
      ),
    )
  })

  test('maxPool over window sizes, strides and pads', async () => {
    for (const { batch, size, cin, filter, stride, pad } of convolutions) {
      if (typeof pad === 'object' || (typeof pad === 'number' && Math.min(...filter) <= pad)) continue
      const x = random(batch, ...size, cin)
      await expectSame([x], input => {
        const forward = (t: Tensor) => tf.maxPool(t as never, filter as never, stride as never, pad) as Tensor
        return tf.grad(forward)(input, uneven(forward(input).shape))
      })
    }
  })

  test('maxPool gives a gradient to the first of equal pixels', async () => {
    const x = { shape: [1, 4, 4, 1], data: new Float32Array(16).fill(2) }
    const compute = (input: Tensor) =>
      tf.grad((t: Tensor) => tf.maxPool(t as never, 2, 2, 'valid') as Tensor)(input)
    expect([...(await on('wasm', [x], compute)).data]).toEqual([
      1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0,
    ])
    await expectSame([x], compute)
  })

  test('matMul with every combination of transposes, single and batched', async () => {
    for (const ta of [false, true])
      for (const tb of [false, true])
        for (const lead of [[], [1], [3]]) {
          const a = random(...lead, ...(ta ? [6, 5] : [5, 6]))
          const b = random(...lead, ...(tb ? [7, 6] : [6, 7]))
          await expectSame([a, b], (x, y) => tf.matMul(x, y, ta, tb))
          await expectSame(
            [a, b],
            gradients((x, y) => tf.matMul(x, y, ta, tb), uneven),
          )
        }
  })

  test('a batch too large to unfold at once', async () => {
    // 40 images of 64 x 64 pixels and 3 x 3 x 8 taps are unfolded in several parts.
    for (const stride of [1, 2])
      await expectSame(
        [random(12, 64, 64, 8), random(3, 3, 8, 2)],
        gradients((x, f) => tf.conv2d(x as never, f as never, stride, 'same'), uneven),
      )
  }, 120_000)

  test('gather, which an embedding is made of', async () => {
    for (const ids of [[0, 2, 2, 1, 5], [3], [5, 5, 5, 5]])
      await expectSame([random(6, 4)], table =>
        tf.grad((t: Tensor) => tf.gather(t, tf.tensor1d(ids, 'int32')))(table, uneven([ids.length, 4])),
      )
  })
})

test('convolutions with SAME padding are right where the stride skips the edge', async () => {
  // Shapes for which the package answers with wrong numbers.
  for (const [size, filter, stride] of [
    [
      [15, 15],
      [2, 2],
      [3, 3],
    ],
    [
      [10, 10],
      [1, 4],
      [2, 2],
    ],
    [
      [15, 10],
      [3, 2],
      [3, 3],
    ],
    [
      [9, 9],
      [1, 4],
      [3, 3],
    ],
  ] as const) {
    const x = random(2, ...size, 3)
    await expectSame([x, random(...filter, 3, 4)], (t, f) =>
      tf.conv2d(t as never, f as never, stride as never, 'same'),
    )
    await expectSame([x, random(...filter, 3, 4)], (t, f) =>
      tf.fused.conv2d({
        x: t as never,
        filter: f as never,
        strides: stride as never,
        pad: 'same',
        activation: 'relu',
      }),
    )
    if (stride[0] !== stride[1]) continue
    await expectSame([x, random(...filter, 3, 2)], (t, f) =>
      tf.depthwiseConv2d(t as never, f as never, stride as never, 'same'),
    )
    await expectSame([x, random(...filter, 3, 2)], (t, f) =>
      tf.fused.depthwiseConv2d({ x: t as never, filter: f as never, strides: stride as never, pad: 'same' }),
    )
  }
})

test('unsortedSegmentSum adds slices by id and drops ids out of range', async () => {
  const x = { shape: [2, 2, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) }
  const sums = await on('wasm', [x], t => {
    const ids = tf.tensor2d([1, -1, 1, 9], [2, 2], 'int32')
    const inputs = { x: t, segmentIds: ids } as unknown as NamedTensorMap
    return tf
      .engine()
      .runKernel('UnsortedSegmentSum', inputs, { numSegments: 3 } as unknown as NamedAttrMap) as Tensor
  })
  expect(sums.shape).toEqual([3, 2])
  expect([...sums.data]).toEqual([0, 0, 6, 8, 0, 0])
})

test('every added kernel says so when it cannot compute', async () => {
  await tf.setBackend('wasm')
  const run = (name: string, inputs: Record<string, Tensor>, attrs: object) => () =>
    tf.engine().runKernel(name, inputs, attrs as NamedAttrMap)
  const x = tf.zeros([1, 4, 4, 2])
  const before = tf.memory().numTensors
  const conv = {
    strides: 1,
    pad: 'same',
    dataFormat: 'NCHW',
    filterShape: [3, 3, 2, 2],
    inputShape: [1, 4, 4, 2],
  }
  expect(run('Conv2DBackpropFilter', { x, dy: x }, conv)).toThrow(/channels last/)
  const filter = tf.zeros([3, 3, 2, 2])
  expect(run('Conv2DBackpropInput', { dy: x, filter }, conv)).toThrow(/channels last/)
  filter.dispose()
  expect(tf.memory().numTensors).toBe(before)
  x.dispose()
})
