import { expect, test } from 'vitest'
import { attr } from '../../../../main/engine/graph/index.ts'
import {
  find,
  floats,
  graphOf,
  names,
  node,
  ops,
  placeholder,
  reads,
  tensorOf,
  transform,
  valuesOf,
} from './sample.ts'

const lookup = (shape: number[], values: number[], more: Parameters<typeof node>[3] = {}) =>
  graphOf(
    [
      placeholder('x', [3]),
      floats('w', shape, values),
      node('read', 'Identity', ['w']),
      node('g', 'Gather', ['read', 'x'], more),
      node('g2', 'Gather', ['read', 'x'], more),
      node('y', 'Add', ['g', 'g2']),
    ],
    ['y'],
  )

test('a column of mostly zeros becomes one table, however often it is read', () => {
  const made = transform(lookup([5, 1], [0, 2, 0, 1e-6, -3]), 'sparsify_gather')
  expect(valuesOf(made, 'w/values')).toEqual([2, -3])
  expect(tensorOf(made, 'w/indices').data).toEqual(BigInt64Array.of(1n, 4n))
  expect(ops(made).filter(op => op === 'HashTable').length).toBe(1)
  expect(reads(made, 'g')).toEqual(['g/LookupTableFind', 'g/ExpandDims/Const'])
  expect(reads(made, 'g2/LookupTableFind')).toEqual(['w/HashTable', 'x', 'g2/Const'])
  expect(find(made, 'group_deps').controls).toEqual(['w/InitializeTable'])
  expect(names(made)).not.toContain('Const w')
})

test('indices of 32 bits are widened, and the node that fills may have another name', () => {
  const made = transform(
    lookup([2, 1], [0, 0], { Tindices: attr.type('int32') }),
    'sparsify_gather(group_init_node=start)',
  )
  expect(reads(made, 'g/LookupTableFind')[1]).toBe('g/Cast')
  expect(find(made, 'start').op).toBe('NoOp')
  expect(valuesOf(made, 'w/values')).toEqual([0])
})

test('a variable is read from the model, and what is no column stays', () => {
  const graph = graphOf(
    [
      placeholder('x', [3]),
      node('v', 'VariableV2'),
      node('read', 'Identity', ['v']),
      node('y', 'Gather', ['read', 'x']),
    ],
    ['y'],
  )
  const value = { dtype: 'float32' as const, shape: [2, 1], data: Float32Array.of(0, 4) }
  expect(
    valuesOf(transform({ ...graph, variables: new Map([['v', value]]) }, 'sparsify_gather'), 'v/values'),
  ).toEqual([4])
  const wide = lookup([2, 2], [0, 0, 0, 1])
  expect(transform(wide, 'sparsify_gather')).toBe(wide)
})
