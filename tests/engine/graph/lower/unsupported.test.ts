import { describe, expect, test } from 'vitest'
import { attr, type Graph, toLite, unsupportedOps } from '../../../../main/engine/graph/index.ts'
import { FailureError } from '../../../../main/engine/kit/index.ts'
import { type Case, graphOf as graphOfCase, readCases } from '../../../golden/graph/lower/read.ts'
import { failureOf, floats, graphOf, node, placeholder } from '../build.ts'

const from = (layer: string, made: ReturnType<typeof node>) => ({
  ...made,
  origin: { node: made.name, layer },
})

const bad: Graph = graphOf(
  [
    placeholder('x', [1, 4]),
    from('noise', node('a', 'Erfinv', ['x'])),
    from('tail', node('b', 'Lgamma', ['a'])),
    node('c', 'Relu', ['b']),
    from('noise', node('d', 'Erfinv', ['c'])),
    from('alone', node('e', 'StringSplit', ['d'])),
    node('f', 'Relu', ['e']),
  ],
  ['f', 'd'],
)

describe('operations without a form in TensorFlow Lite', () => {
  test('are all named at once, with node and layer, and what can be done', () => {
    const failure = failureOf(() => toLite(bad))
    expect(failure.code).toBe('unsupported-graph')
    for (const word of [
      'Erfinv',
      'Lgamma',
      'StringSplit',
      '"a"',
      '"d"',
      '"b"',
      '"e"',
      'layer "noise"',
      'layer "tail"',
    ])
      expect(failure.message).toContain(word)
    expect(failure).toMatchObject({ node: 'a', layer: 'noise' })
    expect((failure as { remedy?: string }).remedy).toContain('GraphDef')
  })

  test('are told by operation without a failure', () => {
    expect(unsupportedOps(bad).map(({ op, nodes, layers }) => ({ op, nodes, layers }))).toEqual([
      { op: 'Erfinv', nodes: ['a', 'd'], layers: ['noise'] },
      { op: 'Lgamma', nodes: ['b'], layers: ['tail'] },
      { op: 'StringSplit', nodes: ['e'], layers: ['alone'] },
    ])
  })

  test('do not count where nobody needs them', () => {
    expect(unsupportedOps({ ...bad, outputs: [{ name: 'x', dtype: 'float32', shape: undefined }] })).toEqual(
      [],
    )
  })

  test('are none in what can be converted', () => {
    const one = readCases().find(({ name }) => name === 'attention') as Case
    expect(unsupportedOps(graphOfCase(one))).toEqual([])
  })

  test('a batch normalization that learns, a variable and a loop without end say so', () => {
    const norm = graphOf(
      [
        placeholder('x', [1, 2, 2, 1]),
        ...['g', 'b', 'm', 'v'].map(name => floats(name, [1], [1])),
        node('n', 'FusedBatchNormV3', ['x', 'g', 'b', 'm', 'v'], { is_training: attr.bool(true) }),
      ],
      ['n'],
    )
    expect(failureOf(() => toLite(norm)).message).toContain('averages over the batch')
    const variable = graphOf(
      [
        placeholder('x', [1]),
        node('w', 'VariableV2', [], { shape: attr.shape([1]), dtype: attr.type('float32') }),
        node('y', 'Add', ['x', 'w']),
      ],
      ['y'],
    )
    expect((failureOf(() => toLite(variable)) as { remedy?: string }).remedy).toContain('Freeze')
  })

  test('loops whose rounds depend on the data are named', () => {
    const one = readCases().find(({ name }) => name === 'loop_counted_functions') as Case
    const graph = graphOfCase(one)
    const loop = graph.nodes.find(({ op }) => op.endsWith('While'))
    // Behind two counters of TensorFlow's own stands the model's, which comes from the input now.
    const count = node('count', 'Cast', [one.inputs[0]?.name as string], {
      SrcT: attr.type('float32'),
      DstT: attr.type('int32'),
    })
    const open = graph.nodes.map(each =>
      each === loop
        ? { ...each, inputs: each.inputs.map((port, i) => (i === 2 ? { node: 'count', port: 0 } : port)) }
        : each,
    )
    const failure = failureOf(() => toLite({ ...graph, nodes: [...open, count] }))
    expect(failure.message).toContain(loop?.name)
    expect(failure.message).toContain('rounds')
  })
})

/** A number from 0 to below 1, the same sequence each time. */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    yield state / 2 ** 32
  }
}

test('damaged graphs end in a failure or a model, never in anything else', () => {
  const random = numbers(5)
  const pick = (count: number) => Math.floor((random.next().value as number) * count)
  let refused = 0
  for (const one of readCases())
    for (let round = 0; round < 3; round++) {
      const graph = graphOfCase(one)
      const nodes = graph.nodes.map(each => ({ ...each, inputs: [...each.inputs], attrs: { ...each.attrs } }))
      const victim = nodes[pick(nodes.length)] as (typeof nodes)[number]
      const kinds = [
        () => victim.inputs.pop(),
        () => victim.inputs.reverse(),
        () => delete victim.attrs[Object.keys(victim.attrs)[pick(Object.keys(victim.attrs).length)] ?? ''],
        () => {
          const other = nodes[pick(nodes.length)] as (typeof nodes)[number]
          victim.inputs = victim.inputs.map(() => ({ node: other.name, port: pick(3) }))
        },
        () => {
          const value = victim.attrs.value
          if (value?.kind === 'tensor')
            victim.attrs.value = attr.tensor({ ...value.value, shape: [value.value.data.length, 1] })
        },
        () => {
          victim.op = (nodes[pick(nodes.length)] as (typeof nodes)[number]).op
        },
      ]
      kinds[pick(kinds.length)]?.()
      try {
        toLite({ ...graph, nodes })
      } catch (error) {
        if (!(error instanceof FailureError)) throw new Error(`${one.name}, round ${round}`, { cause: error })
        refused++
      }
    }
  expect(refused).toBeGreaterThan(50)
})
