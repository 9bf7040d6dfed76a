import { expect, test } from 'vitest'
import { attr, typesIn } from '../../../../main/engine/graph/index.ts'
import { find, graphOf, names, node, placeholder, reads, transform } from './sample.ts'

const graph = graphOf(
  [
    placeholder('x', [2]),
    node('s', 'Split', ['x', 'x'], { num_split: attr.int(3) }),
    node('deep/a', 'Relu', ['s:2']),
    node('y', 'Add', ['deep/a', 's']),
  ],
  ['y'],
)

test('prints all outputs that are read, and what flows on flows through', () => {
  const made = transform(graph, 'insert_logging(op=Split, message="here:", show_name=true, show_op=true)')
  expect(reads(made, 's__print__')).toEqual(['s', 's', 's:2'])
  expect(typesIn(find(made, 's__print__').attrs.U)).toEqual(['float32', 'float32'])
  expect(find(made, 's__print__').attrs).toMatchObject({
    message: attr.string(';Split;;s__print__;here:'),
    first_n: attr.int(-1),
    summarize: attr.int(1024),
  })
  expect(reads(made, 'y')).toEqual(['deep/a', 's__print__'])
  expect(reads(made, 'deep/a')).toEqual(['s:2'])
})

test('by operation, by the beginning of a name, or everything that is read', () => {
  const printed = (text: string) => names(transform(graph, text)).filter(name => name.startsWith('Print'))
  expect(printed('insert_logging(prefix=deep/)')).toEqual(['Print deep/a__print__'])
  expect(printed('insert_logging(op=Relu, op=Split, prefix=s)')).toEqual(['Print s__print__'])
  expect(printed('insert_logging')).toEqual(['Print x__print__', 'Print s__print__', 'Print deep/a__print__'])
})

test('what cannot be printed is not', () => {
  const handles = graphOf([node('v', 'VarHandleOp'), node('u', 'MyOp'), node('y', 'Add', ['v', 'u'])], ['y'])
  expect(names(transform(handles, 'insert_logging')).length).toBe(3)
})
