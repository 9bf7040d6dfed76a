import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Graph, readGraphDef, writeGraphDef } from '../../../../main/engine/graph/index.ts'
import { applyTransforms, danglingInputs } from '../../../../main/engine/optimization/passes/index.ts'

/** What TensorFlow's own `transform_graph` made of small graphs (`make.py` beside the file). */
interface Case {
  name: string
  transforms: string
  inputs: string[]
  outputs: string[]
  before: string
  after: string
}

const folder = join(import.meta.dirname, '../../../golden/graph/transforms')
const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as Case[]

/** Nodes by name, in plain values that can be compared; the order of waits says nothing. */
const nodesOf = (graph: Graph) =>
  Object.fromEntries(
    graph.nodes.map(({ name, op, inputs, controls, device, attrs }) => [
      name,
      {
        op,
        inputs: inputs.map(input => `${input.node}:${input.port}`),
        controls: [...controls].sort(),
        device,
        attrs,
      },
    ]),
  )

/** As it is after it was written and read again. */
const written = (graph: Graph) => readGraphDef(writeGraphDef(graph))

const ends = ({ inputs, outputs }: Case) => ({
  inputs,
  outputs: outputs.filter(name => name !== 'group_deps'),
})
const open = (golden: Case) => readGraphDef(Buffer.from(golden.before, 'base64'), ends(golden))
const theirs = (golden: Case) => readGraphDef(Buffer.from(golden.after, 'base64'))
const ours = (golden: Case) =>
  applyTransforms(open(golden), golden.transforms.replace('LOG', join(folder, 'ranges.txt'))).graph

describe("gives what TensorFlow's transform gives", () => {
  test('for every kind of pass', () => expect(cases.length).toBeGreaterThan(40))

  const same = cases.filter(({ name }) => !/8-bit operations|round weights|duplicates|functions/.test(name))
  for (const golden of same)
    test(golden.name, () => {
      const made = ours(golden)
      expect(danglingInputs(made)).toEqual([])
      expect(nodesOf(written(made))).toEqual(nodesOf(theirs(golden)))
    })

  test('duplicates, but for which of two alike stays', () => {
    const golden = cases.find(({ name }) => name === 'duplicates') as Case
    const ops = (graph: Graph) => graph.nodes.map(node => node.op).sort()
    expect(ops(ours(golden))).toEqual(ops(theirs(golden)))
    expect(ours(golden).nodes.map(node => node.name)).toEqual(['x', 'k1', 'a', 'ra', 'out'])
  })

  test('functions, written out to the end and without what only marks their results', () => {
    const golden = cases.find(({ name }) => name === 'functions') as Case
    const made = ours(golden)
    expect(made.library?.function ?? []).toEqual([])
    expect(danglingInputs(made)).toEqual([])
    const computing = (graph: Graph) =>
      graph.nodes
        .filter(node => !/^(Const|Identity|NoOp)$/.test(node.op))
        .map(({ op, name }) => `${op} ${name}`)
        .sort()
    expect(computing(made)).toEqual(computing(theirs(golden)))
  })

  test('in the same order, where order is the purpose', () => {
    const golden = cases.find(({ name }) => name === 'execution order') as Case
    expect(ours(golden).nodes.map(node => node.name)).toEqual(theirs(golden).nodes.map(node => node.name))
  })

  test('round weights, but for the largest, which TensorFlow rounds to a level above all values', () => {
    const golden = cases.find(({ name }) => name === 'round weights') as Case
    const values = (graph: Graph) => {
      const value = graph.nodes.find(node => node.name === 'w')?.attrs.value
      return value?.kind === 'tensor' ? [...(value.value.data as Float32Array)] : []
    }
    const [before, after, mine] = [open(golden), theirs(golden), ours(golden)].map(values) as [
      number[],
      number[],
      number[],
    ]
    const largest = before.indexOf(Math.max(...before))
    expect(mine.with(largest, 0)).toEqual(after.with(largest, 0))
    expect(after[largest]).toBeGreaterThan(before[largest] as number)
    expect(mine[largest]).toBeLessThan(before[largest] as number)
    expect(new Set(mine).size).toBeLessThanOrEqual(16)
  })

  for (const golden of cases.filter(({ name }) => name.startsWith('8-bit operations')))
    test(`${golden.name}, with constants in 8 bits`, () => {
      const made = written(ours(golden))
      expect(danglingInputs(made)).toEqual([])
      expect(nodesOf(made)).toEqual(nodesOf(theirs(golden)))
    })
})
