import type { Tensor } from '@tensorflow/tfjs'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { openTensor, type Tf } from '../../../main/engine/tensor/index.ts'

let tf: Tf

beforeAll(async () => {
  tf = (await openTensor({ backend: 'wasm' })).tf
})

/** What a computation of uneven numbers gives on WASM and on the plain backend, and that WASM keeps nothing of it. */
async function differ(shapes: number[][], compute: (...inputs: Tensor[]) => Tensor): Promise<number> {
  const outs: { shape: number[]; data: Float32Array }[] = []
  for (const backend of ['wasm', 'cpu']) {
    await tf.setBackend(backend)
    const held = tf.backend().numDataIds()
    const out = tf.tidy(() => {
      const made = compute(...shapes.map((shape, i) => uneven(shape, i + 1)))
      return { shape: made.shape, data: Float32Array.from(made.dataSync()) }
    }) as unknown as (typeof outs)[number]
    expect(tf.backend().numDataIds()).toBe(held)
    outs.push(out)
  }
  const [wasm, plain] = outs as [(typeof outs)[number], (typeof outs)[number]]
  expect(wasm.shape).toEqual(plain.shape)
  const largest = plain.data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6)
  return wasm.data.reduce((most, value, i) => {
    const gap = Math.abs(value - (plain.data[i] as number)) / largest
    return Number.isNaN(gap) ? Number.POSITIVE_INFINITY : Math.max(most, gap)
  }, 0)
}

const uneven = (shape: number[], phase: number) =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((all, size) => all * size, 1) }, (_, i) =>
      Math.sin(i * 0.7 * phase + phase),
    ),
    shape,
  )

/** Sizes around the edges of tiles (6 and 8), and of blocks (192 rows, 256 steps). */
const sizes = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(192, 193, 256, 257, 520))

describe('products on WASM are those of the plain backend', () => {
  test('of matrices of any size, either one transposed', () =>
    fc.assert(
      fc.asyncProperty(sizes, sizes, sizes, fc.boolean(), fc.boolean(), async (n, k, m, turnA, turnB) => {
        const shapes = [turnA ? [k, n] : [n, k], turnB ? [m, k] : [k, m]]
        expect(await differ(shapes, (a, b) => tf.matMul(a as never, b as never, turnA, turnB))).toBeLessThan(
          1e-5,
        )
      }),
      { numRuns: 60 },
    ))

  test('with a bias and ReLU', () =>
    fc.assert(
      fc.asyncProperty(
        sizes,
        sizes,
        sizes,
        fc.boolean(),
        fc.constantFrom('relu', 'linear', 'sigmoid'),
        async (n, k, m, single, activation) => {
          const about = { transposeA: false, transposeB: false, activation }
          const dense = (a: Tensor, b: Tensor, bias: Tensor) =>
            tf.fused.matMul({ a, b, bias, ...about } as never) as Tensor
          // A bias of one number for all is added too.
          expect(await differ([[n, k], [k, m], [single ? 1 : m]], dense)).toBeLessThan(1e-5)
        },
      ),
      { numRuns: 40 },
    ))

  test('of what a filter sees: strides, dilations, paddings, a bias and ReLU', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          ...{ n: fc.integer({ min: 1, max: 3 }), height: fc.integer({ min: 1, max: 13 }) },
          ...{ width: fc.integer({ min: 1, max: 13 }), channels: fc.constantFrom(1, 4, 5, 33) },
          ...{ size: fc.integer({ min: 1, max: 3 }), filters: fc.constantFrom(3, 8, 11) },
          ...{ strides: fc.integer({ min: 1, max: 3 }), dilations: fc.integer({ min: 1, max: 2 }) },
          activation: fc.constantFrom('relu', 'linear'),
        }),
        async ({ n, height, width, channels, size, filters, strides, dilations, activation }) => {
          // TensorFlow.js has either strides or dilations.
          fc.pre(strides === 1 || dilations === 1)
          const shapes = [[n, height, width, channels], [size, size, channels, filters], [filters]]
          const about = { strides, dilations, pad: 'same', dataFormat: 'NHWC', activation }
          const convolve = (x: Tensor, filter: Tensor, bias: Tensor) =>
            tf.fused.conv2d({ x, filter, bias, ...about } as never) as Tensor
          expect(await differ(shapes, convolve)).toBeLessThan(1e-5)
        },
      ),
      { numRuns: 60 },
    ))
})
