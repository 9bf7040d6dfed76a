import { beforeAll, describe, expect, test } from 'vitest'
import { attr, freeze, type Graph, loadExecutable, type Tensor } from '../../../main/engine/graph/index.ts'
import { openTensor, type Tf } from '../../../main/engine/tensor/index.ts'
import { failureOf, graphOf, node, placeholder } from './build.ts'

let tf: Tf
beforeAll(async () => {
  tf = (await openTensor({ backend: 'wasm' })).tf
})

const tensor = (...values: number[]): Tensor => ({
  dtype: 'float32',
  shape: [values.length],
  data: Float32Array.from(values),
})
const names = (graph: Graph) => graph.nodes.map(item => `${item.op} ${item.name}`)

describe('freeze', () => {
  const trained: Graph = {
    ...graphOf(
      [
        placeholder('x', [-1, 2]),
        node('v', 'VarHandleOp', [], { dtype: attr.type('float32'), shared_name: attr.string('shared') }),
        node('v/read', 'ReadVariableOp', ['v'], { dtype: attr.type('float32') }),
        node('old', 'VariableV2', [], { dtype: attr.type('float32') }),
        node('old/read', 'Identity', ['old']),
        node('sum', 'Add', ['v/read', 'old/read']),
        node('y', 'Mul', ['x', 'sum']),
        node('start', 'AssignVariableOp', ['v', 'sum']),
      ],
      ['y'],
    ),
    variables: new Map([
      ['shared', tensor(1, 2)],
      ['old', tensor(10, 20)],
    ]),
  }

  test('puts the values of TF2 and TF1 variables in their place and drops what only trains', () => {
    const before = JSON.stringify(names(trained))
    const { graph, report } = freeze.run(trained, {})
    expect(names(graph)).toEqual([
      'Placeholder x',
      'Const v',
      'Identity v/read',
      'Const old',
      'Identity old/read',
      'Add sum',
      'Mul y',
    ])
    expect(report).toEqual({ variables: 2, bytes: 16, dropped: 1 })
    expect(graph.variables.size).toBe(0)
    expect(JSON.stringify(names(trained))).toBe(before)
    const executable = loadExecutable(graph, tf)
    const { y } = executable.run({ x: { data: Float32Array.of(1, 1), shape: [1, 2] } })
    expect([...(y?.data ?? [])]).toEqual([11, 22])
    executable.dispose()
  })

  test('names a variable without a value, and a node that changes one', () => {
    const unknown = { ...trained, variables: new Map([['old', tensor(1, 2)]]) }
    expect(failureOf(() => freeze.run(unknown, {}))).toMatchObject({ code: 'unsupported-graph', node: 'v' })
    const training = { ...trained, outputs: [{ name: 'start', dtype: 'float32' as const, shape: undefined }] }
    expect(failureOf(() => freeze.run(training, {}))).toMatchObject({
      code: 'unsupported-graph',
      node: 'start',
    })
  })
})
