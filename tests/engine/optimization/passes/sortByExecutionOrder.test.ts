import { expect, test } from 'vitest'
import { failureOf, graphOf, names, node, placeholder, transform, waiting } from './sample.ts'

test('every node comes after those it reads and waits for', () => {
  const graph = graphOf(
    [
      node('y', 'Add', ['b', 'a']),
      waiting(node('b', 'Relu', ['x']), 'a'),
      node('a', 'Neg', ['x']),
      placeholder('x', [1]),
    ],
    ['y'],
  )
  expect(names(transform(graph, 'sort_by_execution_order'))).toEqual([
    'Placeholder x',
    'Neg a',
    'Relu b',
    'Add y',
  ])
})

test('a loop has an order too, and a circle has none', () => {
  const loop = graphOf(
    [
      placeholder('x', [1]),
      node('enter', 'Enter', ['x']),
      node('merge', 'Merge', ['enter', 'next']),
      node('step', 'Neg', ['merge']),
      node('next', 'NextIteration', ['step']),
    ],
    ['step'],
  )
  expect(names(transform(loop, 'sort_by_execution_order')).length).toBe(5)
  const circle = graphOf([node('a', 'Neg', ['b']), node('b', 'Neg', ['a'])], ['a'])
  expect(failureOf(() => transform(circle, 'sort_by_execution_order'))).toMatchObject({
    code: 'unsupported-graph',
    node: 'a',
  })
})
