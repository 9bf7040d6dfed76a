import { expect, test } from 'vitest'
import { find, graphOf, node, placeholder, transform, waiting } from './sample.ts'

const graph = graphOf(
  [
    placeholder('x', [2]),
    node('check', 'Assert', ['x']),
    waiting(node('late', 'NoOp'), 'x'),
    waiting(node('y', 'Relu', ['x']), 'check', 'late'),
  ],
  ['y'],
)

test('takes all of them', () => {
  expect(transform(graph, 'remove_control_dependencies').nodes.flatMap(each => each.controls)).toEqual([])
})

test('or only those that change nothing', () => {
  const made = transform(graph, 'remove_control_dependencies(keep_effects=true)')
  expect(find(made, 'y').controls).toEqual(['check'])
  expect(find(made, 'late').controls).toEqual([])
})
