import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LiteModel } from '../../../main/engine/graph/index.ts'
import { dynamicRange, float16 } from '../../../main/engine/optimization/quantize/index.ts'
import { build, type Step } from './quantizeGraphs.ts'

const options = { minElements: 1024, perTensorDense: false, keepFloat: [] }
const many = (shape: number[]) => ({
  values: Array.from({ length: shape.reduce((size, each) => size * each, 1) }, (_, i) => Math.sin(i)),
  shape,
})

const written = ({ subgraphs: [main] }: LiteModel): string[] =>
  (main?.operators ?? []).map(({ op, inputs, outputs }) => {
    const types = (list: number[]) => list.map(tensor => main?.tensors[tensor]?.type ?? '-').join(' ')
    return `${op} ${types(inputs)} > ${types(outputs)}`
  })

const half = (values: ArrayLike<number>): number[] => {
  const made = float16(build([['ADD', ['x', 'c'], ['y']]], { constants: { c: { values } } }).model)
  const tensor = made.subgraphs[0]?.tensors.find(({ type }) => type === 'float16')
  return [...new Float16Array(tensor?.data?.slice().buffer ?? new ArrayBuffer())]
}

describe('16-bit floats', () => {
  test('are the nearest, ties to even', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noDefaultInfinity: true }), { minLength: 1 }), drawn => {
        const values = Float32Array.from(drawn)
        expect(half(values)).toEqual(
          [...values].map(each => Math.min(65504, Math.max(-65504, Math.f16round(each)))),
        )
      }),
    )
    expect(half([1 + 2 ** -11, 1 + 3 * 2 ** -11, 2 ** -25, 3 * 2 ** -25])).toEqual([
      1,
      1 + 2 ** -9,
      0,
      2 ** -23,
    ])
  })

  test('hold what they can of what is too large, infinity and none', () => {
    expect(
      half([65519.9, 1e30, -1e30, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]),
    ).toEqual([65504, 65504, -65504, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN])
  })

  test('are unpacked once, in front of the first that reads them', () => {
    const steps: Step[] = [
      ['RELU', ['x'], ['a']],
      ['ADD', ['a', 'c'], ['b']],
      ['MUL', ['b', 'c'], ['d']],
    ]
    const model = float16(build(steps, { constants: { c: many([4]) } }).model)
    expect(written(model)).toEqual([
      'RELU float32 > float32',
      'DEQUANTIZE float16 > float32',
      'ADD float32 float32 > float32',
      'MUL float32 float32 > float32',
    ])
    expect(model.subgraphs[0]?.operators[1]?.version).toBe(3)
  })

  test('also of a constant that is an output, and of nothing else', () => {
    const model = float16(
      build([['RELU', ['x'], ['y']]], { constants: { c: many([3]) }, outputs: ['y', 'c'] }).model,
    )
    expect(written(model)).toEqual(['RELU float32 > float32', 'DEQUANTIZE float16 > float32'])
    const whole = build([['ADD', ['x', 'c'], ['y']]], {
      constants: { c: many([4]) },
      tensors: { c: { type: 'int32' }, x: { type: 'int32' }, y: { type: 'int32' } },
    }).model
    expect(float16(whole)).toEqual(whole)
  })
})

describe('8-bit weights beside float activations', () => {
  test('from so many elements on', () => {
    for (const [size, type] of [
      [1023, 'float32'],
      [1024, 'int8'],
    ] as const) {
      const { model } = build([['FULLY_CONNECTED', ['x', 'w', 'b'], ['y']]], {
        constants: { w: many([1, size]), b: many([2000]) },
      })
      expect(written(dynamicRange(model, options))).toEqual([
        `FULLY_CONNECTED float32 ${type} float32 > float32`,
      ])
    }
    const { model } = build([['CONV_2D', ['x', 'w', ''], ['y']]], { constants: { w: many([2, 1, 1, 2]) } })
    const small = dynamicRange(model, { ...options, minElements: 4 })
    expect(small.subgraphs[0]?.tensors.find(tensor => tensor.data)?.quantization?.scale).toHaveLength(2)
  })

  test('a dense kernel quantizes its data with a zero point, and takes one scale where that is wanted', () => {
    const { model } = build([['FULLY_CONNECTED', ['x', 'w', ''], ['y']]], {
      constants: { w: many([4, 512]) },
    })
    const [perChannel, perTensor] = [false, true].map(perTensorDense =>
      dynamicRange(model, { ...options, perTensorDense }),
    )
    for (const each of [perChannel, perTensor])
      expect(each?.subgraphs[0]?.operators[0]?.options).toEqual({ asymmetric_quantize_inputs: true })
    const scales = (each?: LiteModel) =>
      each?.subgraphs[0]?.tensors.find(tensor => tensor.data)?.quantization?.scale.length
    expect([scales(perChannel), scales(perTensor)]).toEqual([4, 1])
  })

  test('shared by two kernels of a kind once; by others too not at all', () => {
    const kernels: Step[] = [
      ['FULLY_CONNECTED', ['x', 'w', ''], ['p']],
      ['FULLY_CONNECTED', ['y', 'w', ''], ['q']],
    ]
    const constants = { w: many([4, 512]) }
    expect(written(dynamicRange(build(kernels, { constants }).model, options))).toEqual([
      'FULLY_CONNECTED float32 int8 - > float32',
      'FULLY_CONNECTED float32 int8 - > float32',
    ])
    const mixed = build([...kernels, ['ADD', ['z', 'w'], ['r']]], { constants }).model
    expect(dynamicRange(mixed, options)).toEqual(mixed)
    const seen = build(kernels, { constants, outputs: ['p', 'q', 'w'] }).model
    expect(dynamicRange(seen, options)).toEqual(seen)
  })

  test('are unpacked in front of kernels that only know floats', () => {
    const { model } = build(
      [
        ['GATHER', ['table', 'i'], ['p']],
        ['TRANSPOSE_CONV', ['shape', 'w', 'p', ''], ['y']],
      ],
      {
        constants: { table: many([64, 16]), w: many([8, 2, 2, 64]) },
        tensors: { i: { type: 'int32' }, shape: { type: 'int32' } },
      },
    )
    expect(written(dynamicRange(model, options))).toEqual([
      'DEQUANTIZE int8 > float32',
      'GATHER float32 int32 > float32',
      'DEQUANTIZE int8 > float32',
      'TRANSPOSE_CONV int32 float32 float32 - > float32',
    ])
  })

  test('stay float as asked, and where they are not all numbers', () => {
    const built = build([['FULLY_CONNECTED', ['x', 'w', ''], ['net/y']]], {
      constants: { w: many([4, 512]) },
    })
    expect(dynamicRange(built.model, { ...options, keepFloat: ['net'] })).toEqual(built.model)
    const odd = many([4, 512])
    odd.values[77] = Number.NaN
    const broken = build([['FULLY_CONNECTED', ['x', 'w', ''], ['net/y']]], { constants: { w: odd } })
    expect(dynamicRange(broken.model, options)).toEqual(broken.model)
  })

  test('of models with nothing in them', () => {
    const empty: LiteModel = { description: '', metadata: [], signatures: [], subgraphs: [] }
    expect(dynamicRange(empty, options)).toEqual(empty)
    expect(float16(empty)).toEqual(empty)
  })
})
