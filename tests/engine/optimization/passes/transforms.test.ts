import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attr } from '../../../../main/engine/graph/index.ts'
import {
  applyTransforms,
  formatTransforms,
  PASSES,
  parseTransforms,
  RECOMMENDED,
} from '../../../../main/engine/optimization/passes/index.ts'
import { failureOf, floats, graphOf, names, node, placeholder } from './sample.ts'

const plain = (text: string) => parseTransforms(text).map(({ name, args }) => ({ name, args: { ...args } }))

describe('the transform string', () => {
  test('is read as transform_graph reads it', () => {
    expect(plain('foo bar')).toEqual([
      { name: 'foo', args: {} },
      { name: 'bar', args: {} },
    ])
    expect(plain('  foo()  bar(a=1)baz ')).toEqual([
      { name: 'foo', args: {} },
      { name: 'bar', args: { a: ['1'] } },
      { name: 'baz', args: {} },
    ])
    expect(plain('foo(name="bar,baz,\\"x", other=a/b-c.d_e)')).toEqual([
      { name: 'foo', args: { name: ['bar,baz,\\"x'], other: ['a/b-c.d_e'] } },
    ])
    expect(plain('foo(op=A, op=B, op="C D")')).toEqual([{ name: 'foo', args: { op: ['A', 'B', 'C D'] } }])
    expect(plain('foo(a=1\n, b=2)\n bar(c=3, d=4)')).toEqual([
      { name: 'foo', args: { a: ['1'], b: ['2'] } },
      { name: 'bar', args: { c: ['3'], d: ['4'] } },
    ])
    expect(plain('')).toEqual([])
    expect(plain('f(__proto__=1, constructor=2)')[0]?.args).toEqual(
      Object.fromEntries([
        ['__proto__', ['1']],
        ['constructor', ['2']],
      ]),
    )
  })

  const broken: [string, string][] = [
    ['foo,bar', 'character 4'],
    ['(a=1)', 'character 1'],
    ['foo(', 'character 5'],
    ['foo(a', 'character 6'],
    ['foo(a=', 'character 7'],
    ['foo(a=1', 'character 8'],
    ['foo(a="x', 'closing quote'],
    ['foo(a=&)', 'character 7'],
    ['foo(=1)', 'character 5'],
    ['foo!', 'character 4'],
  ]
  for (const [text, where] of broken)
    test(`says where "${text}" goes wrong`, () =>
      expect(failureOf(() => parseTransforms(text))).toMatchObject({
        code: 'bad-input',
        message: expect.stringContaining(where),
      }))

  test('is written so that it reads back as the same', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9_]{1,8}$/).filter(text => text !== '__proto__')
    const value = fc.oneof(fc.stringMatching(/^[A-Za-z0-9./_-]{1,8}$/), fc.stringMatching(/^[^"\\]{0,12}$/))
    const step = fc.record({
      name: word,
      args: fc.dictionary(word, fc.array(value, { minLength: 1, maxLength: 3 })),
    })
    fc.assert(
      fc.property(fc.array(step), steps => {
        expect(plain(formatTransforms(steps))).toEqual(
          steps.map(({ name, args }) => ({ name, args: { ...args } })),
        )
      }),
    )
  })

  test('never fails in another way, whatever it is', () =>
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '(', ')', '=', ',', '"', ' ', "'", '\\', '-') }),
        text => {
          try {
            parseTransforms(text)
          } catch (error) {
            expect((error as { failure?: { code: string } }).failure?.code).toBe('bad-input')
          }
        },
      ),
    ))
})

describe('applying', () => {
  const graph = graphOf(
    [placeholder('x', [1, 2]), node('i', 'Identity', ['x']), node('y', 'Relu', ['i'])],
    ['y'],
  )

  test('reports nodes, bytes and words for each pass, and tells of each before it runs', () => {
    const seen: string[] = []
    const weights = { ...graph, nodes: [...graph.nodes, floats('w', [4], [1, 2, 3, 4])] }
    const { graph: made, reports } = applyTransforms(
      weights,
      'remove_nodes(op=Identity) strip_unused_nodes',
      (pass, index) => seen.push(`${index} ${pass.title}`),
    )
    expect(names(made)).toEqual(['Placeholder x', 'Relu y'])
    expect(reports).toEqual([
      {
        pass: 'remove_nodes',
        nodesBefore: 4,
        nodesAfter: 3,
        bytesBefore: 16,
        bytesAfter: 16,
        note: '1 node removed',
      },
      {
        pass: 'strip_unused_nodes',
        nodesBefore: 3,
        nodesAfter: 2,
        bytesBefore: 16,
        bytesAfter: 0,
        note: '1 node dropped',
      },
    ])
    expect(seen).toEqual(['0 Without certain operations', '1 Only what is needed'])
  })

  test('knows all names before it begins', () => {
    expect(failureOf(() => applyTransforms(graph, 'remove_nodes(op=Identity) shrink'))).toMatchObject({
      code: 'not-found',
      message: 'There is no transform named "shrink".',
    })
    for (const name of ['obsfucate_names', 'fuse_convolutions'])
      expect(failureOf(() => applyTransforms(graph, name)).code).toBe('not-found')
  })

  test('goes on after an error where that was asked for', () => {
    expect(failureOf(() => applyTransforms(graph, 'remove_nodes')).code).toBe('bad-input')
    const { graph: same, reports } = applyTransforms(graph, 'remove_nodes(ignore_errors=TRUE) remove_device')
    expect(names(same)).toEqual(names(graph))
    expect(reports[0]?.note).toContain('left out')
    expect(failureOf(() => applyTransforms(graph, 'remove_device(ignore_errors=maybe)')).code).toBe(
      'bad-input',
    )
  })

  test('a single argument may not be given twice, and must be what it is', () => {
    for (const text of [
      'quantize_weights(minimum_size=1, minimum_size=2)',
      'quantize_weights(minimum_size=many)',
      'set_device(if_default=perhaps)',
      'quantize_nodes(input_min=1)',
      'quantize_nodes(fallback_min=x, fallback_max=2)',
    ])
      expect(failureOf(() => applyTransforms(graph, text)).code).toBe('bad-input')
  })
})

test('every pass says what it is', () => {
  expect(new Set(PASSES.map(pass => pass.name)).size).toBe(PASSES.length)
  for (const { name, title, about, arguments: list } of PASSES) {
    expect(name).toMatch(/^[a-z0-9_]+$/)
    expect(title.length).toBeGreaterThan(3)
    expect(about).toMatch(/\.$/)
    for (const argument of list) expect(argument.about).toMatch(/\.$/)
  }
})

test('the recommended recipe is one that can be read, and leaves branches and checks alone', () => {
  const steps = parseTransforms(RECOMMENDED)
  expect(steps.every(({ name }) => PASSES.some(pass => pass.name === name))).toBe(true)
  const graph = graphOf(
    [
      placeholder('x', [1]),
      node('ok', 'Greater', ['x', 'zero']),
      floats('zero', [], [0]),
      { ...node('check', 'Assert', ['ok', 'x']), attrs: { summarize: attr.int(3) } },
      { ...node('i', 'Identity', ['x']), controls: ['check'] },
      node('switch', 'Switch', ['x', 'ok']),
      node('pivot', 'Identity', ['switch:1']),
      { ...floats('one', [1], [1]), controls: ['pivot'] },
      node('merge', 'Merge', ['one', 'switch']),
      node('y', 'Add', ['i', 'merge']),
    ],
    ['y'],
  )
  const made = applyTransforms(graph, RECOMMENDED).graph
  expect(names(made)).toContain('Assert check')
  expect(made.nodes.find(each => each.name === 'one')?.controls).toEqual(['pivot'])
  expect(made.nodes.find(each => each.name === 'y')?.controls).toEqual(['check'])
})
