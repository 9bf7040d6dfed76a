import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attr, type Graph, type GraphNode } from '../../../../main/engine/graph/index.ts'
import {
  applyTransforms,
  danglingInputs,
  RECOMMENDED,
} from '../../../../main/engine/optimization/passes/index.ts'
import {
  answers,
  floats,
  graphOf,
  ints,
  largestDifference,
  names,
  node,
  placeholder,
  waves,
} from './sample.ts'

/** Graphs over images of one shape, so that any node can read any other; convolutions keep it. */
const SHAPE = [1, 3, 3, 2]

type Step = { kind: number; a: number; b: number; seed: number; control: boolean }

const step = fc.record({
  kind: fc.nat(15),
  a: fc.nat(30),
  b: fc.nat(30),
  seed: fc.integer({ min: 1, max: 5 }),
  control: fc.boolean(),
})

/** Each step adds a few nodes and one more value that later steps may read. */
function build(steps: Step[], wanted: number[]): Graph {
  const nodes: GraphNode[] = [placeholder('x', SHAPE)]
  const values = ['x']
  steps.forEach(({ kind, a, b, seed, control }, i) => {
    const name = `n${i}`
    // Mostly one behind the other, so that there is something to fold.
    const first = (a < 24 ? values.at(-1) : values[a % values.length]) as string
    const second = values[b % values.length] as string
    const add = (...made: GraphNode[]) => nodes.push(...made)
    const window = { strides: attr.ints([1, 1, 1, 1]), padding: attr.string('SAME') }
    const constant = (part: string, shape: number[]) => {
      const made = floats(
        `${name}/${part}`,
        shape,
        waves(
          shape.reduce((x, y) => x * y, 1),
          seed,
        ),
      )
      add(control ? { ...made, controls: [first] } : made)
      return made.name
    }
    switch (kind) {
      case 0:
        add(node(name, 'Add', [first, second]))
        break
      case 1:
        add(node(name, 'Mul', [first, constant('s', [2])]))
        break
      case 2:
        add(node(name, 'Mul', [constant('s', [1, 1, 1, 2]), first]))
        break
      case 3:
        add(node(name, 'Relu', [first]))
        break
      case 4:
        add({ ...node(name, 'Identity', [first]), controls: control ? [second] : [] })
        break
      case 5:
      case 6:
        add(node(name, 'Conv2D', [first, constant('w', [2, 2, 2, 2])], window))
        break
      case 7:
        add(node(name, 'DepthwiseConv2dNative', [first, constant('w', [2, 2, 2, 1])], window))
        break
      case 8:
        add(node(name, 'BiasAdd', [first, constant('b', [2])]))
        break
      case 9: {
        add(floats(`${name}/variance`, [2], [seed, 0.5]))
        const parts = ['gamma', 'beta', 'mean'].map(part => constant(part, [2]))
        add(
          node(name, 'FusedBatchNormV3', [first, ...parts, `${name}/variance`], {
            is_training: attr.bool(false),
            epsilon: attr.float(0.01),
          }),
        )
        break
      }
      case 10:
        add(node(name, 'Sub', [constant('c', SHAPE), constant('d', [2])]))
        break
      case 11:
        add(ints(`${name}/order`, [0, 2, 1, 3]), node(name, 'Transpose', [first, `${name}/order`]))
        break
      case 12:
        add(ints(`${name}/shape`, SHAPE), node(name, 'Reshape', [first, `${name}/shape`]))
        break
      case 13:
        add(
          node(`${name}/sum`, 'Add', [constant('c', [2]), constant('d', [1])]),
          node(name, 'Mul', [first, `${name}/sum`]),
        )
        break
      case 14:
        add(node(name, 'StopGradient', [second]))
        break
      default:
        add(node(`${name}/wait`, 'NoOp'), {
          ...node(name, 'Maximum', [first, constant('c', [2])]),
          controls: [`${name}/wait`],
        })
    }
    values.push(name)
  })
  const outputs = [
    ...new Set([values.at(-1) as string, ...wanted.map(each => values[each % values.length] as string)]),
  ]
  return graphOf(
    nodes,
    outputs.filter(name => name !== 'x' || outputs.length === 1),
  )
}

const graphs = fc
  .tuple(fc.array(step, { minLength: 1, maxLength: 14 }), fc.array(fc.nat(20), { maxLength: 2 }))
  .map(([steps, wanted]) => build(steps, wanted))

/** By transform, how far answers may move for each unit of their size. */
const EXACT = 1e-4
const preserving: Record<string, { tolerance?: number; again?: boolean }> = {
  strip_unused_nodes: {},
  'remove_nodes(op=Identity, op=StopGradient)': {},
  remove_control_dependencies: {},
  'remove_control_dependencies(keep_effects=true)': {},
  fold_constants: {},
  fold_batch_norms: {},
  fold_old_batch_norms: {},
  merge_duplicate_nodes: {},
  sort_by_execution_order: { again: false },
  set_device: {},
  remove_device: {},
  add_default_attributes: {},
  obfuscate_names: {},
  flatten_atrous_conv: {},
  'remove_attribute(attribute_name=_class)': {},
  'quantize_weights(minimum_size=100000)': {},
  [RECOMMENDED]: { again: false },
}

describe('on any graph', () => {
  for (const [transforms, { tolerance = EXACT, again = true }] of Object.entries(preserving))
    test(`${transforms.length > 80 ? 'the recommended recipe' : transforms} keeps the answers, leaves nothing dangling${again ? ', and finds nothing the second time' : ''}`, () =>
      fc.assert(
        fc.asyncProperty(graphs, async graph => {
          const { graph: made } = applyTransforms(graph, transforms)
          expect(danglingInputs(made)).toEqual([])
          expect(new Set(made.nodes.map(each => each.name)).size).toBe(made.nodes.length)
          const [before, after] = [await answers(graph), await answers(made)]
          const size = Math.max(1, ...before.map(Math.abs))
          expect(largestDifference(before, after)).toBeLessThanOrEqual(tolerance * size)
          if (!again) return
          const second = applyTransforms(made, transforms).graph
          expect(names(second).sort()).toEqual(names(made).sort())
        }),
        { numRuns: 120 },
      ))

  test('8-bit weights read back within a step, and rounded ones within half of one', () =>
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 16, maxLength: 60 }),
        values => {
          const graph = graphOf([floats('w', [values.length], values)], ['w'])
          const rounded = applyTransforms(graph, 'round_weights').graph
          const value = rounded.nodes[0]?.attrs.value
          const made = value?.kind === 'tensor' ? [...(value.value.data as Float32Array)] : []
          const width = (Math.max(...values) - Math.min(...values)) / 256
          expect(largestDifference(made, values)).toBeLessThanOrEqual(width / 2 + 1e-4)
        },
      ),
    ))

  test('operations in 8 bits leave nothing dangling', () =>
    fc.assert(
      fc.property(graphs, graph => {
        const { graph: made } = applyTransforms(graph, 'fold_constants quantize_nodes')
        expect(danglingInputs(made)).toEqual([])
        for (const { name } of graph.outputs) expect(made.nodes.some(each => each.name === name)).toBe(true)
      }),
    ))
})
