import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import {
  attr,
  openModel,
  readGraphDef,
  readPbtxt,
  savePbtxt,
  writeGraphDef,
  writePbtxt,
} from '../../../main/engine/graph/index.ts'
import { failureOf, floats, graphOf, node, placeholder } from './build.ts'

const golden = join(import.meta.dirname, '../../golden/shapes')
const scratch = mkdtempSync(join(tmpdir(), 'pbtxt-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const graph = graphOf(
  [
    placeholder('x', [-1, 3]),
    floats('w', [3], [0.1, -1e-7, 3e38]),
    node('y', 'Relu', ['w'], {
      name: attr.string('größe "q" \n'),
      f: attr.float(Math.fround(0.1)),
      list: attr.ints([1, -2]),
    }),
  ],
  ['y'],
)

describe('a graph as text', () => {
  const text = readFileSync(join(golden, 'model.pbtxt'), 'utf8')
  const binary = readFileSync(join(golden, 'model.pb'))

  test('is read as the same graph as from the binary file that TensorFlow wrote', () => {
    expect(readPbtxt(text)).toEqual(readGraphDef(binary))
  })

  test('is written letter for letter as Python writes it', () => {
    expect(writePbtxt(readGraphDef(binary))).toBe(text)
  })

  test('comes back as it was written', async () => {
    expect(readPbtxt(writePbtxt(graph)).nodes).toEqual(graph.nodes)
    const path = join(scratch, 'graph.pbtxt')
    await savePbtxt(graph, path)
    expect(readFileSync(path, 'utf8')).toBe(writePbtxt(graph))
    const { format, graph: back } = await openModel(path)
    expect(format).toBe('graphdef')
    expect(writeGraphDef(back)).toEqual(writeGraphDef(graph))
  })

  test('may be written by hand, with a name of any kind', async () => {
    const path = join(scratch, 'graph.txt')
    writeFileSync(
      path,
      '# my graph\nnode { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } }\nnode: < name: "y", op: \'Relu\', input: "x" >',
    )
    expect((await openModel(path)).graph.nodes.map(({ op }) => op)).toEqual(['Placeholder', 'Relu'])
  })

  test('that is none is refused with its place', () => {
    expect(failureOf(() => readPbtxt('node {\n  name: "x"\n  operation: "Relu"\n}'))).toMatchObject({
      code: 'unreadable-file',
      message: expect.stringMatching(/line 3, column 3/),
    })
    for (const bad of [
      '',
      'age,income\n31,20000',
      'node {',
      'node { name: "x" op: "Relu" input: "gone" }',
      '{}',
      'node {}',
    ])
      expect(failureOf(() => readPbtxt(bad)).code).toMatch(/unreadable-file|unsupported-graph/)
  })

  test('cut off or damaged ends in a graph or in a failure', () => {
    const whole = writePbtxt(graph)
    fc.assert(
      fc.property(fc.nat(whole.length), fc.string({ maxLength: 3 }), (at, letters) => {
        try {
          readPbtxt(whole.slice(0, at) + letters + (letters ? whole.slice(at) : ''))
        } catch (error) {
          expect((error as { failure?: object }).failure).toBeDefined()
        }
      }),
      { numRuns: 200 },
    )
  })

  test('nested ten thousand deep is refused', () => {
    const deep = `node { name: "x" op: "y" attr { key: "a" value ${'{ func { attr { key: "a" value '.repeat(10_000)}`
    expect(failureOf(() => readPbtxt(deep)).code).toBe('unreadable-file')
  })
})
