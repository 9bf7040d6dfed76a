import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  attr,
  type Graph,
  type GraphNode,
  loadExecutable,
  readGraphDef,
  toLite,
  writeTflite,
} from '../../../../main/engine/graph/index.ts'
import { type LiteRt, openLiteRt } from '../../../../main/engine/litert/index.ts'
import { openTensor, type Tf } from '../../../../main/engine/tensor/index.ts'
import { readFloats } from '../../../golden/graph/read.ts'
import { floats, graphOf, ints, node, placeholder } from '../build.ts'

const golden = join(import.meta.dirname, '../../../golden/graph')
let runtime: LiteRt
let tf: Tf
beforeAll(async () => {
  runtime = await openLiteRt()
  tf = (await openTensor({ backend: 'cpu' })).tf
})

async function answersOf(graph: Graph, data: Float32Array, batch: number): Promise<Float32Array> {
  const runner = await runtime.load(writeTflite(toLite(graph, { batch })))
  try {
    return runner.run([data])[0] as Float32Array
  } finally {
    runner.dispose()
  }
}

describe('trained models', () => {
  for (const name of ['classifier', 'convnet'])
    for (const [file, answers] of [
      ['frozen.pb', 'frozen.bin'],
      ['quantized.pb', 'quantized.bin'],
      ['transform.pb', 'quantized.bin'],
    ] as const)
      test(`${name}/${file} answers 100 rows as in TensorFlow`, async () => {
        const graph = readGraphDef(readFileSync(join(golden, name, file)))
        const ours = await answersOf(graph, readFloats(join(golden, name, 'rows.bin')), 100)
        const theirs = readFloats(join(golden, name, answers))
        expect(ours.length).toBe(theirs.length)
        for (const [i, value] of theirs.entries())
          expect(Math.abs((ours[i] as number) - value)).toBeLessThan(1e-5)
      })
})

/** One more operation behind `x`, an image of four channels, and which value comes out of it. */
type Grow = (x: string, at: number) => GraphNode[]

const numbers = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin(seed * 12.9898 + i * 78.233) * 0.5)

const single =
  (op: string, attrs: GraphNode['attrs'] = {}): Grow =>
  (x, at) => [node(`n${at}`, op, [x], attrs)]

const withConstant =
  (op: string, shape: number[], first = false): Grow =>
  (x, at) => {
    const count = shape.reduce((product, size) => product * size, 1)
    const values = numbers(count, at + 1).map(value => (op === 'RealDiv' ? value + 1 : value))
    const inputs = first ? [`c${at}`, x] : [x, `c${at}`]
    return [floats(`c${at}`, shape, values), node(`n${at}`, op, inputs)]
  }

const convolution =
  (op: string, padding: string): Grow =>
  (x, at) => {
    const shape = op === 'Conv2D' ? [3, 3, 4, 4] : [3, 3, 4, 1]
    const strides = { strides: attr.ints([1, 1, 1, 1]), padding: attr.string(padding) }
    const count = shape.reduce((product, size) => product * size, 1)
    return [floats(`c${at}`, shape, numbers(count, at + 1)), node(`n${at}`, op, [x, `c${at}`], strides)]
  }

const norm: Grow = (x, at) => [
  ...['g', 'b', 'm', 'v'].map((name, i) =>
    floats(
      `${name}${at}`,
      [4],
      numbers(4, at + i).map(value => value + (i % 3 === 0 ? 1 : 0)),
    ),
  ),
  node(`n${at}`, 'FusedBatchNormV3', [x, `g${at}`, `b${at}`, `m${at}`, `v${at}`], {
    is_training: attr.bool(false),
    epsilon: attr.float(1e-3),
    data_format: attr.string('NHWC'),
  }),
]

const residual: Grow = (x, at) => [node(`s${at}`, 'Sigmoid', [x]), node(`n${at}`, 'AddV2', [x, `s${at}`])]

const framed: Grow = (x, at) => [
  {
    ...ints(`p${at}`, [0, 0, 1, 1, 1, 1, 0, 0]),
    attrs: {
      dtype: attr.type('int32'),
      value: attr.tensor({ dtype: 'int32', shape: [4, 2], data: Int32Array.of(0, 0, 1, 1, 1, 1, 0, 0) }),
    },
  },
  node(`q${at}`, 'Pad', [x, `p${at}`]),
  ...convolution('Conv2D', 'VALID')(`q${at}`, at),
]

const GROWTHS: Grow[] = [
  single('Relu'),
  single('Relu6'),
  single('Sigmoid'),
  single('Tanh'),
  single('Identity'),
  withConstant('AddV2', [4]),
  withConstant('AddV2', [], true),
  withConstant('Sub', [4]),
  withConstant('Sub', [4], true),
  withConstant('Mul', [4]),
  withConstant('Mul', [1, 1, 1, 4], true),
  withConstant('Mul', []),
  withConstant('RealDiv', [4]),
  withConstant('Maximum', []),
  convolution('Conv2D', 'SAME'),
  convolution('DepthwiseConv2dNative', 'SAME'),
  norm,
  residual,
  framed,
]

test('what is put together computes the same, in any order of operations', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(GROWTHS.length - 1), { minLength: 1, maxLength: 9 }),
      fc.boolean(),
      async (kinds, both) => {
        const nodes: GraphNode[] = [placeholder('x', [1, 5, 5, 4])]
        kinds.forEach((kind, at) => {
          nodes.push(...(GROWTHS[kind] as Grow)(at === 0 ? 'x' : `n${at - 1}`, at))
        })
        const last = `n${kinds.length - 1}`
        // Something in the middle is an output too, so that it must not be swallowed.
        const middle = `n${Math.floor(kinds.length / 2)}`
        const graph = graphOf(nodes, both && middle !== last ? [last, middle] : [last])
        const data = Float32Array.from(numbers(100, 99), value => value * 4)
        const executable = loadExecutable(graph, tf)
        const runner = await runtime.load(writeTflite(toLite(graph)))
        try {
          const expected = executable.run({ x: { data, shape: [1, 5, 5, 4] } })
          const answers = runner.run([data])
          graph.outputs.forEach(({ name }, k) => {
            const theirs = expected[name]?.data as Float32Array
            expect(answers[k]?.length).toBe(theirs.length)
            theirs.forEach((value, i) => {
              expect(Math.abs((answers[k]?.[i] as number) - value)).toBeLessThan(
                2e-4 * Math.max(1, Math.abs(value)),
              )
            })
          })
        } finally {
          runner.dispose()
          executable.dispose()
        }
      },
    ),
    { numRuns: 60 },
  )
})
