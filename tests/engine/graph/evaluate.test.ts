import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { float16Of, fromFloat16 } from '../../../main/engine/graph/evaluate/half.ts'
import {
  attr,
  attrOf,
  canEvaluate,
  type DataType,
  evaluate,
  type GraphNode,
  readGraphDef,
  type Tensor,
} from '../../../main/engine/graph/index.ts'
import { node } from './build.ts'

const golden = (name: string) =>
  readGraphDef(readFileSync(join(import.meta.dirname, `../../golden/graph/evaluate/${name}.pb`)))

const whole = (shape: number[], ...values: number[]): Tensor => ({
  dtype: 'int32',
  shape,
  data: Int32Array.from(values),
})
const float = (shape: number[], ...values: number[]): Tensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(values),
})

/** How far a result may be from TensorFlow's, whose kernels approximate in the precision of their type. */
const TOLERANCE: Partial<Record<DataType, number>> = {
  float32: 3e-6,
  float64: 1e-12,
  float16: 1e-3,
  bfloat16: 1e-2,
}

function floatsOf({ dtype, data }: Tensor): number[] {
  if (dtype === 'float16') return Array.from(data as Uint16Array, fromFloat16)
  return Array.from(data as Float32Array)
}

describe('computes what TensorFlow computes', () => {
  const graph = golden('operations')
  const values = new Map<string, Tensor[]>()
  const made: GraphNode[] = []
  for (const each of graph.nodes) {
    const value = attrOf(each, 'value', 'tensor')
    if (value) values.set(each.name, [value])
    else {
      const inputs = each.inputs.map(input => values.get(input.node)?.[input.port] as Tensor)
      const results = evaluate(each, inputs)
      if (results) values.set(each.name, results)
      made.push(each)
    }
  }
  const expected = new Map(golden('results').nodes.map(each => [each.name, attrOf(each, 'value', 'tensor')]))
  const tested = made.filter(each => expected.has(each.name))

  test('for more than two hundred calls of many operations', () => {
    expect(tested.length).toBeGreaterThan(200)
    expect(new Set(tested.map(each => each.op)).size).toBeGreaterThan(100)
  })

  for (const each of tested)
    test(`${each.op} (${each.name})`, () => {
      const results = values.get(each.name) as Tensor[]
      expect(results).toBeDefined()
      results.forEach((result, i) => {
        const wanted = expected.get(i === 0 ? each.name : `${each.name}.${i}`) as Tensor
        expect({ dtype: result.dtype, shape: result.shape }).toEqual({
          dtype: wanted.dtype,
          shape: wanted.shape,
        })
        const tolerance = TOLERANCE[result.dtype]
        if (tolerance === undefined) expect(result.data).toEqual(wanted.data)
        else {
          const [ours, theirs] = [floatsOf(result), floatsOf(wanted)]
          ours.forEach((value, k) => {
            const other = theirs[k] as number
            if (Object.is(value, other)) return
            expect(Math.abs(value - other)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(other)))
          })
        }
      })
    })
})

describe('leaves what it cannot do', () => {
  const rest: [string, GraphNode, Tensor[]][] = [
    ['an operation without a rule', node('y', 'Conv2D'), [float([1], 1)]],
    ['a missing input', node('y', 'Add'), [float([1], 1)]],
    ['types that differ', node('y', 'Add'), [float([1], 1), whole([1], 1)]],
    ['shapes that do not fit', node('y', 'Add'), [float([2], 1, 2), float([3], 1, 2, 3)]],
    ['whole numbers by zero', node('y', 'FloorDiv'), [whole([1], 1), whole([1], 0)]],
    ['no permutation', node('y', 'Transpose'), [float([1, 1], 1), whole([2], 0, 0)]],
    ['an axis that is not there', node('y', 'ExpandDims'), [float([1], 1), whole([], 5)]],
    ['a reshape of another size', node('y', 'Reshape'), [float([2], 1, 2), whole([1], 3)]],
    ['an index out of range', node('y', 'Gather'), [float([2], 1, 2), whole([1], 2)]],
    ['a slice outside', node('y', 'Slice'), [float([2], 1, 2), whole([1], 1), whole([1], 2)]],
    ['no step', node('y', 'Range'), [whole([], 0), whole([], 5), whole([], 0)]],
    ['a size below zero', node('y', 'Fill'), [whole([1], -2), float([], 1)]],
    ['a float out of range', node('y', 'Cast', [], { DstT: attr.type('int32') }), [float([1], 1e20)]],
    ['a constant that is broken', node('y', 'Neg'), [float([5], 1)]],
    [
      'a split that does not come out',
      node('y', 'Split', [], { num_split: attr.int(2) }),
      [whole([], 0), float([3], 1, 2, 3)],
    ],
    [
      'a bad axis of a split',
      node('y', 'Split', [], { num_split: attr.int(2) }),
      [whole([], 7), float([2], 1, 2)],
    ],
  ]
  for (const [what, each, inputs] of rest) test(what, () => expect(evaluate(each, inputs)).toBeUndefined())

  test('names what it knows', () => {
    expect(canEvaluate('Add')).toBe(true)
    expect(canEvaluate('Conv2D')).toBe(false)
    expect(canEvaluate('constructor')).toBe(false)
  })
})

describe('stays within its limit', () => {
  const limit = { bytes: 1e6 }
  const huge: [string, GraphNode, Tensor[]][] = [
    ['Fill', node('y', 'Fill'), [whole([1], 1e9), float([], 1)]],
    ['Tile', node('y', 'Tile'), [float([1], 1), whole([1], 1e9)]],
    ['BroadcastTo', node('y', 'BroadcastTo'), [float([1], 1), whole([2], 1e5, 1e5)]],
    ['Range', node('y', 'Range'), [float([], 0), float([], 1e9), float([], 1)]],
    ['Pad', node('y', 'Pad'), [float([1], 1), whole([1, 2], 1e9, 0)]],
    ['OneHot', node('y', 'OneHot'), [whole([1], 1), whole([], 1e9), float([], 1), float([], 0)]],
    ['LinSpace', node('y', 'LinSpace'), [float([], 0), float([], 1), whole([], 1e9)]],
  ]
  for (const [op, each, inputs] of huge)
    test(`${op} of a billion elements`, () => {
      const before = process.memoryUsage().arrayBuffers
      expect(evaluate(each, inputs, limit)).toBeUndefined()
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e7)
    })

  test('an outer product is not made either', () => {
    const column: Tensor = { dtype: 'float32', shape: [1e4, 1], data: new Float32Array(1e4) }
    const row: Tensor = { ...column, shape: [1, 1e4] }
    expect(evaluate(node('y', 'Add'), [column, row], limit)).toBeUndefined()
    expect(evaluate(node('y', 'MatMul'), [column, row], limit)).toBeUndefined()
  })
})

test('16-bit floats: every one reads back as itself, and what lies between is rounded to the nearest', () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const value = fromFloat16(bits)
    if (!Number.isNaN(value)) expect(float16Of(value) === bits || value === 0).toBe(true)
  }
  fc.assert(
    fc.property(fc.double({ min: -70000, max: 70000, noNaN: true }), value => {
      const near = fromFloat16(float16Of(value))
      const bits = float16Of(value)
      for (const other of [bits - 1, bits + 1]) {
        const neighbor = fromFloat16(other & 0xffff)
        if (Number.isFinite(near) && Number.isFinite(neighbor) && other >= 0)
          expect(Math.abs(near - value)).toBeLessThanOrEqual(Math.abs(neighbor - value))
      }
    }),
  )
})
