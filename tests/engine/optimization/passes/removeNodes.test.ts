import { expect, test } from 'vitest'
import { failureOf, find, graphOf, names, node, placeholder, reads, transform, waiting } from './sample.ts'

test('readers read the first input, by the port it had, through chains of any order in the file', () => {
  const graph = graphOf(
    [
      node('y', 'Add', ['b', 'c']),
      node('b', 'Identity', ['a']),
      node('a', 'Identity', ['s:1']),
      node('c', 'Identity', ['s']),
      node('s', 'Split', ['x', 'x']),
      placeholder('x', [2]),
    ],
    ['y'],
  )
  const made = transform(graph, 'remove_nodes(op=Identity)')
  expect(names(made)).toEqual(['Add y', 'Split s', 'Placeholder x'])
  expect(reads(made, 'y')).toEqual(['s:1', 's'])
})

test('inputs and outputs stay, and so does what has too many inputs', () => {
  const graph = graphOf(
    [
      placeholder('x', [2]),
      node('i', 'Identity', ['x']),
      node('two', 'Add', ['i', 'x']),
      node('y', 'Identity', ['two']),
    ],
    ['y'],
  )
  expect(names(transform(graph, 'remove_nodes(op=Identity, op=Add)'))).toEqual([
    'Placeholder x',
    'Add two',
    'Identity y',
  ])
  const both = transform(graph, 'remove_nodes(op=Identity, op=Add, max_inputs=2)')
  expect(names(both)).toEqual(['Placeholder x', 'Identity y'])
  expect(reads(both, 'y')).toEqual(['x'])
})

test('whoever waited for it waits for its input, and its readers for what it waited for', () => {
  const graph = graphOf(
    [
      placeholder('x', [2]),
      node('check', 'Assert', ['x']),
      waiting(node('i', 'Identity', ['x']), 'check'),
      waiting(node('z', 'Relu', ['x']), 'i'),
      node('y', 'Add', ['i', 'z']),
    ],
    ['y'],
  )
  const made = transform(graph, 'remove_nodes(op=Identity)')
  expect(find(made, 'z').controls).toEqual(['x', 'check'])
  expect(find(made, 'y').controls).toEqual(['check'])
})

test('the identity that tells which branch is taken stays', () => {
  const graph = graphOf(
    [
      placeholder('x', [2]),
      node('s', 'Switch', ['x', 'x']),
      node('pivot', 'Identity', ['s:1']),
      waiting(node('one', 'Const'), 'pivot'),
      node('y', 'Merge', ['one', 's']),
    ],
    ['y'],
  )
  expect(names(transform(graph, 'remove_nodes(op=Identity)'))).toContain('Identity pivot')
})

test('a circle of nothing but identities is no reason to hang', () => {
  const graph = graphOf(
    [
      placeholder('x', [2]),
      node('a', 'Identity', ['b']),
      node('b', 'Identity', ['a']),
      node('y', 'Add', ['x', 'b']),
    ],
    ['y'],
  )
  expect(names(transform(graph, 'remove_nodes(op=Identity)'))).toContain('Add y')
})

test('needs an operation', () => {
  expect(failureOf(() => transform(graphOf([], []), 'remove_nodes'))).toMatchObject({ code: 'bad-input' })
})
