import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LiteQuantization } from '../../../main/engine/graph/index.ts'
import { parametersOf, type QuantizedOperator } from '../../../main/engine/optimization/quantize/classes.ts'
import { int8Of, type Range } from '../../../main/engine/optimization/quantize/range.ts'
import { type QuantRule, RULES } from '../../../main/engine/optimization/quantize/rules.ts'
import { build, type Step } from './quantizeGraphs.ts'

const fixedOf = ({ fixed }: QuantRule): LiteQuantization | undefined =>
  fixed && { scale: [fixed.int8.scale], zeroPoint: [fixed.int8.zeroPoint], axis: 0 }

/** Parameters of a graph of operators, with a range for each tensor by name. */
function paramsOf(steps: Step[], ranges: Record<string, Range>, outputs?: string[]) {
  const { model, at } = build(steps, outputs ? { outputs } : {})
  const [main] = model.subgraphs
  if (!main) throw new Error('no graph')
  const operators: QuantizedOperator[] = main.operators.map(operator => {
    const rule = RULES[operator.op] as QuantRule
    const data =
      rule.data === 'all' ? operator.inputs : rule.data.map(place => operator.inputs[place] as number)
    return { operator, rule, data, results: rule.plain ? [] : operator.outputs }
  })
  const params = parametersOf(
    operators,
    main,
    new Map(Object.entries(ranges).map(([name, range]) => [at(name), range])),
    int8Of,
    fixedOf,
  )
  return {
    of: (name: string) => params.of.get(at(name)),
    requantize: (step: number, name: string) => {
      const operator = main.operators[step]
      return operator && params.requantize(operator, at(name))
    },
  }
}

const wide = { min: -4, max: 9 }
const narrow = { min: -1, max: 2 }

describe('tensors that share parameters', () => {
  test('what is only moved keeps the range of what flows in', () => {
    const { of } = paramsOf(
      [
        ['RELU', ['x'], ['a']],
        ['MAX_POOL_2D', ['a'], ['b']],
        ['RESHAPE', ['b'], ['c']],
      ],
      { x: wide, a: wide, b: narrow, c: narrow },
    )
    expect(of('c')).toEqual(int8Of(wide))
    expect(of('b')).toEqual(of('c'))
  })

  test('what is joined takes the range of the result, and its inputs with it', () => {
    const { of, requantize } = paramsOf(
      [
        ['RELU', ['x'], ['a']],
        ['RELU', ['y'], ['b']],
        ['MAXIMUM', ['a', 'b'], ['c']],
      ],
      { x: wide, y: wide, a: wide, b: wide, c: narrow },
    )
    for (const name of ['a', 'b', 'c']) expect(of(name)).toEqual(int8Of(narrow))
    expect(requantize(2, 'a')).toBeUndefined()
  })

  test('what is read elsewhere, or is an output, is cut off nowhere', () => {
    const steps: Step[] = [
      ['RELU', ['x'], ['a']],
      ['MAXIMUM', ['a', 'y'], ['c']],
      ['EXP', ['a'], ['d']],
    ]
    const ranges = { x: wide, y: narrow, a: wide, c: narrow, d: wide }
    expect(paramsOf(steps, ranges).of('a')).toEqual(int8Of(wide))
    expect(paramsOf(steps, ranges).of('c')).toEqual(int8Of(wide))
    expect(paramsOf(steps.slice(0, 2), ranges, ['a', 'c']).of('c')).toEqual(int8Of(wide))
    expect(paramsOf(steps.slice(0, 2), ranges, ['c']).of('c')).toEqual(int8Of(narrow))
  })

  test('what is joined twice is requantized for the first', () => {
    const { of, requantize } = paramsOf(
      [
        ['RELU', ['x'], ['a']],
        ['CONCATENATION', ['a', 'y'], ['b']],
        ['CONCATENATION', ['a', 'z'], ['c']],
      ],
      { x: narrow, a: narrow, y: wide, z: narrow, b: wide, c: narrow },
    )
    expect(of('a')).toEqual(int8Of(narrow))
    expect(of('b')).toEqual(int8Of(wide))
    expect(requantize(1, 'a')).toEqual(int8Of(wide))
    expect(requantize(2, 'a')).toBeUndefined()
  })

  test('a chain of joins has one range', () => {
    const { of } = paramsOf(
      [
        ['CONCATENATION', ['x', 'y'], ['a']],
        ['CONCATENATION', ['a', 'z'], ['b']],
        ['CONCATENATION', ['b', 'w'], ['c']],
      ],
      { x: narrow, y: narrow, z: narrow, w: wide, a: narrow, b: narrow, c: wide },
    )
    for (const name of ['x', 'y', 'z', 'w', 'a', 'b', 'c']) expect(of(name)).toEqual(int8Of(wide))
  })

  test('all parts of a split have the range of the whole', () => {
    const { of } = paramsOf([['SPLIT', ['axis', 'x'], ['a', 'b']]], {
      x: wide,
      a: narrow,
      b: { min: 0, max: 0.1 },
    })
    expect([of('a'), of('b')]).toEqual([int8Of(wide), int8Of(wide)])
  })
})

describe('what a kernel fixes', () => {
  const sigmoid = { scale: [1 / 256], zeroPoint: [-128], axis: 0 }
  const ones = { min: 0, max: 1 }

  test('goes along where it is moved alone', () => {
    const { of } = paramsOf(
      [
        ['LOGISTIC', ['x'], ['a']],
        ['RESHAPE', ['a'], ['b']],
        ['TRANSPOSE', ['b'], ['c']],
        ['MUL', ['c', 'x'], ['d']],
      ],
      { x: wide, a: ones, b: ones, c: ones, d: wide },
    )
    for (const name of ['a', 'b', 'c']) expect(of(name)).toEqual(sigmoid)
    expect(of('d')).toEqual(int8Of(wide))
  })

  test('is requantized where it is joined with others', () => {
    const { of, requantize } = paramsOf(
      [
        ['LOGISTIC', ['x'], ['a']],
        ['CONCATENATION', ['a', 'y'], ['b']],
      ],
      { x: wide, y: wide, a: ones, b: wide },
    )
    expect(of('a')).toEqual(sigmoid)
    expect(of('b')).toEqual(int8Of(wide))
    expect(requantize(1, 'a')).toEqual(int8Of(wide))
    expect(requantize(1, 'y')).toBeUndefined()
  })
})

test('every reader of shared parameters gets them, whatever the graph', () => {
  const names = fc.integer({ min: 0, max: 5 })
  const op = fc.constantFrom('RELU', 'MAX_POOL_2D', 'CONCATENATION', 'LOGISTIC', 'MAXIMUM', 'ADD')
  fc.assert(
    fc.property(fc.array(fc.tuple(op, names, names), { minLength: 1, maxLength: 12 }), drawn => {
      const made = ['x']
      const ranges: Record<string, Range> = { x: { min: -1, max: 1 } }
      const steps = drawn.map(([kind, a, b], i): Step => {
        const read = [a, b].map(each => made[made.length - 1 - (each % made.length)] as string)
        made.push(`t${i}`)
        ranges[`t${i}`] = { min: -i, max: i + 1 }
        return [kind, ['CONCATENATION', 'MAXIMUM', 'ADD'].includes(kind) ? read : read.slice(0, 1), [`t${i}`]]
      })
      const { of, requantize } = paramsOf(steps, ranges)
      steps.forEach(([kind, read, [result = '']], i) => {
        expect(of(result)).toBeDefined()
        if (kind === 'LOGISTIC') expect(of(result)?.scale).toEqual([1 / 256])
        if (!RULES[kind]?.same) return
        for (const name of read) expect(requantize(i, name) ?? of(name)).toEqual(of(result))
      })
    }),
  )
})
