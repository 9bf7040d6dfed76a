import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { int8Of, int16Of, quantized, roundAway } from '../../../main/engine/optimization/quantize/range.ts'
import { quantizeBias, quantizeWeights } from '../../../main/engine/optimization/quantize/weights.ts'

const value = fc.float({
  noNaN: true,
  noDefaultInfinity: true,
  min: Math.fround(-1e4),
  max: Math.fround(1e4),
})
const range = fc.tuple(value, value).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }))

describe('parameters of an activation', () => {
  test('hold zero exactly, and every value within half a step', () => {
    fc.assert(
      fc.property(range, fc.double({ min: 0, max: 1, noNaN: true }), (held, share) => {
        const params = int8Of(held)
        const [scale = 0] = params.scale
        const [zero = 0] = params.zeroPoint
        expect(scale).toBeGreaterThan(0)
        expect(zero).toBeGreaterThanOrEqual(-128)
        expect(zero).toBeLessThanOrEqual(127)
        expect([...quantized(Float32Array.of(0), params, 8)]).toEqual([zero])
        const real = Math.fround(held.min + share * (held.max - held.min))
        const [whole = 0] = quantized(Float32Array.of(real), params, 8)
        // The zero point is rounded, which moves either end by up to half a step more.
        expect(Math.abs((whole - zero) * scale - real)).toBeLessThanOrEqual(scale * 1.001)
      }),
    )
  })

  test('are those of the specification', () => {
    expect(int8Of({ min: 0, max: 6 })).toEqual({ scale: [Math.fround(6 / 255)], zeroPoint: [-128], axis: 0 })
    expect(int8Of({ min: 1, max: 6 })).toEqual(int8Of({ min: 0, max: 6 }))
    expect(int8Of({ min: -6, max: -1 })).toEqual({ scale: [Math.fround(6 / 255)], zeroPoint: [127], axis: 0 })
    expect(int16Of({ min: -3, max: 2 })).toEqual({ scale: [Math.fround(3 / 32767)], zeroPoint: [0], axis: 0 })
  })

  test('are usable for a range of nothing', () => {
    for (const only of [0, 1e-30, -1e-30])
      for (const params of [int8Of({ min: only, max: only }), int16Of({ min: only, max: only })]) {
        expect(params.scale[0]).toBeGreaterThan(1e-12)
        expect(quantized(Float32Array.of(0), params, 8)[0]).toBe(params.zeroPoint[0])
      }
  })

  test('cut off what lies beyond them', () => {
    const params = int8Of({ min: -1, max: 1 })
    expect([...quantized(Float32Array.of(-9, 9, Number.POSITIVE_INFINITY), params, 8)]).toEqual([
      -128, 127, 127,
    ])
    expect([...quantized(Float32Array.of(-9, 9), int16Of({ min: -1, max: 1 }), 16)]).toEqual([-32767, 32767])
  })

  test('halves are rounded away from zero', () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49, -0.49].map(roundAway).map(x => x + 0)).toEqual([
      1, 2, 3, -1, -2, -3, 0, 0,
    ])
  })
})

const shaped = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }))
  .chain(shape => {
    const size = shape[0] * shape[1] * shape[2]
    return fc.record({
      shape: fc.constant<number[]>([...shape]),
      values: fc.array(value, { minLength: size, maxLength: size }).map(values => Float32Array.from(values)),
      axis: fc.constantFrom(0, 1, 2, null),
    })
  })

/** The channel of each element, said plainly. */
const channelsOf = (shape: number[], axis: number | null): number[] => {
  const size = shape.reduce((product, each) => product * each, 1)
  if (axis === null) return new Array(size).fill(0)
  const inner = shape.slice(axis + 1).reduce((product, each) => product * each, 1)
  return Array.from({ length: size }, (_, i) => Math.floor(i / inner) % (shape[axis] as number))
}

describe('weights', () => {
  test('take the whole of -127..127 in each channel, zero at 0, within half a step', () => {
    fc.assert(
      fc.property(shaped, ({ shape, values, axis }) => {
        const { data, quantization } = quantizeWeights(values, shape, axis)
        const channels = channelsOf(shape, axis)
        expect(quantization.scale).toHaveLength(axis === null ? 1 : (shape[axis] as number))
        expect(quantization.zeroPoint.every(zero => zero === 0)).toBe(true)
        quantization.scale.forEach((scale, channel) => {
          const own = channels.flatMap((each, i) => (each === channel ? [i] : []))
          const most = Math.max(...own.map(i => Math.abs(values[i] as number)))
          expect(scale).toBe(Math.fround(Math.max(most, 5e-7) / 127))
          if (most > 1e-6) expect(Math.max(...own.map(i => Math.abs(data[i] as number)))).toBe(127)
          for (const i of own)
            expect(Math.abs((data[i] as number) * scale - (values[i] as number))).toBeLessThanOrEqual(
              scale * 0.5001,
            )
        })
      }),
    )
  })

  test('a channel of zeros has a scale that can be divided by', () => {
    const { data, quantization } = quantizeWeights(Float32Array.of(0, 0, 0, 1), [2, 2], 0)
    expect([...data]).toEqual([0, 0, 0, 127])
    expect(quantization.scale[0]).toBeGreaterThan(0)
    expect(quantizeWeights(new Float32Array(), [0, 3], 0).quantization.scale).toEqual([])
  })

  test('a bias that takes more than half of 32 bits widens the scale of its channel alone', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -40, max: 6, noNaN: true }), { minLength: 2, maxLength: 6 }),
        fc.double({ min: 1e-8, max: 1, noNaN: true }),
        (powers, step) => {
          const size = powers.length
          const bias = Float32Array.from({ length: size }, (_, i) => (i % 2 ? -1 : 1) * (0.5 + i))
          const values = Float32Array.from(powers, power => 2 ** power)
          const scale = Math.fround(step)
          const { quantization, products } = quantizeWeights(values, [size, 1], 0, { bias, scale })
          const whole = quantizeBias(bias, products, 32)
          whole.forEach((each, i) => {
            expect(Math.abs(Number(each))).toBeLessThanOrEqual(2 ** 30)
            const own = Math.fround(Math.max(values[i] as number, 5e-7) / 127)
            const wide = (2 * Math.abs(bias[i] as number)) / (2 ** 31 - 1) / scale
            expect(quantization.scale[i]).toBeCloseTo(Math.max(own, wide), 6)
            const real = Number(each) * (products[i] as number)
            expect(Math.abs(real - (bias[i] as number))).toBeLessThan(1e-5 + (products[i] as number))
          })
        },
      ),
    )
  })

  test('one scale for all looks at every bias', () => {
    const guard = { bias: Float32Array.of(0.1, -4000), scale: 1e-3 }
    const { quantization, products } = quantizeWeights(Float32Array.of(1e-6, 2e-6), [2, 1], null, guard)
    expect(quantization.scale).toHaveLength(1)
    expect(Math.abs(Number(quantizeBias(guard.bias, products, 32)[1]))).toBeLessThanOrEqual(2 ** 30)
  })
})

test('biases of 64 bits keep what 32 could not', () => {
  const made = quantizeBias(Float32Array.of(1, -1), [1e-12], 64)
  expect(Number(made[0]) / 1e12).toBeCloseTo(1, 6)
  expect(made[1]).toBe(-(made[0] as bigint))
  expect([...quantizeBias(Float32Array.of(1, -1), [1e-12], 32)]).toEqual([2 ** 31 - 1, -(2 ** 31 - 1)])
})
