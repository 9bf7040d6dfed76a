import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  attr,
  describe as described,
  FORMATS,
  freeze,
  type Graph,
  lowerLayersModel,
  openModel,
  writeGraphDef,
} from '../../../main/engine/graph/index.ts'
import { readModel } from '../../golden/graph/read.ts'
import { failureOf, graphOf, ints, node, placeholder } from './build.ts'

const scratch = mkdtempSync(join(tmpdir(), 'formats-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const file = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(scratch, name), content)
  return join(scratch, name)
}
const failing = async (act: Promise<unknown>) => {
  const outcome = await act.then(
    () => undefined,
    (error: unknown) => error,
  )
  return failureOf(() => {
    if (outcome) throw outcome
  })
}

const graph = graphOf(
  [
    placeholder('x', [-1, 3]),
    ints('axis', [1]),
    node('best', 'ArgMax', ['x', 'axis']),
    node('y', 'Relu', ['x']),
  ],
  ['y'],
)
const bytes = writeGraphDef(graph)

describe('a model of any format', () => {
  test('is told by what the file holds, whatever its name', async () => {
    for (const name of ['graph.pb', 'model', 'model.bin'])
      expect((await openModel(file(name, bytes))).format).toBe('graphdef')
  })

  test('says what it is, what goes in and out, and where its nodes came from', async () => {
    const opened = await openModel(file('graph.pb', bytes))
    expect(opened).toMatchObject({ signature: 'serving_default', bytes: bytes.length, notes: [] })
    expect(opened.graph.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: [-1, 3] }])
    expect(opened.graph.outputs).toEqual([
      { name: 'best', dtype: 'int64', shape: [-1] },
      { name: 'y', dtype: 'float32', shape: [-1, 3] },
    ])
    expect(opened.signatures).toEqual([
      { name: 'serving_default', inputs: opened.graph.inputs, outputs: opened.graph.outputs },
    ])
    expect(opened.graph.nodes.map(({ origin }) => origin?.node)).toEqual(['x', 'axis', 'best', 'y'])
  })

  test('gives the part that is asked for', async () => {
    const { graph: part } = await openModel(file('graph.pb', bytes), { inputs: ['x'], outputs: ['y'] })
    expect(part.outputs.map(({ name }) => name)).toEqual(['y'])
    for (const options of [{ signature: 'train' }, { outputs: ['nothing'] }, { inputs: ['nothing'] }])
      expect((await failing(openModel(file('graph.pb', bytes), options))).code).toBe('not-found')
  })

  test('says what of it is missing', async () => {
    const variable = { ...node('v', 'VarHandleOp', [], { dtype: attr.type('float32') }), controls: [] }
    const { notes } = await openModel(
      file('v.pb', writeGraphDef(graphOf([variable, node('y', 'ReadVariableOp', ['v'])], ['y']))),
    )
    expect(notes).toEqual([expect.stringContaining('no values for 1 variables')])
  })
})

describe('what is no model', () => {
  const cases: Record<string, string | Uint8Array> = {
    'table.csv': 'age,income\n31,20000\n',
    'notes.txt': 'node is a word',
    empty: '',
    'picture.png': Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10),
    'zeros.bin': new Uint8Array(5000),
    'package.json': '{"name": "x"}',
  }
  for (const [name, content] of Object.entries(cases))
    test(`${name} is refused with the formats that open`, async () => {
      const failure = await failing(openModel(file(name, content)))
      expect(failure.code).toBe('unsupported')
      expect(failure.message).toContain(name)
      for (const { title } of FORMATS) expect(failure.remedy).toContain(title)
    })

  test('an empty .pb, a folder with nothing known and a path without a file are refused', async () => {
    expect((await failing(openModel(file('none.pb', '')))).message).toMatch(/empty/)
    mkdirSync(join(scratch, 'folder'))
    expect((await failing(openModel(join(scratch, 'folder')))).code).toBe('unsupported')
    await expect(openModel(join(scratch, 'nowhere'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('what a graph holds', () => {
  const golden = join(import.meta.dirname, '../../golden/graph/classifier')
  const model = readModel(golden)
  const sizes = (model.weightSpecs ?? []).map(({ shape }) =>
    shape.reduce((product, size) => product * size, 1),
  )
  const parameters = sizes.reduce((sum, size) => sum + size, 0)

  test('is the same before and after its variables became constants', () => {
    const trained = lowerLayersModel(model)
    const frozen = freeze(trained).graph
    expect(described(trained)).toMatchObject({ variables: sizes.length, parameters })
    expect(described(frozen)).toMatchObject({ variables: 0, parameters })
    expect(described(frozen).weightBytes).toBe(described(frozen).constantBytes)
    expect(described(trained).weightBytes).toBeGreaterThanOrEqual(4 * parameters)
    expect(described(frozen).bytesByType[0]?.dtype).toBe('float32')
  })

  test('counts a variable once however many handles there are, and no shapes', () => {
    const handle = (name: string) => node(name, 'VarHandleOp', [], { shared_name: attr.string('v') })
    const value = { dtype: 'float32' as const, shape: [2, 3], data: new Float32Array(6) }
    const shared: Graph = {
      ...graphOf([handle('a'), handle('b'), ints('shape', [2, 3])], ['a']),
      variables: new Map([['v', value]]),
    }
    expect(described(shared)).toMatchObject({ variables: 1, parameters: 6, weightBytes: 24 + 8 })
  })
})
