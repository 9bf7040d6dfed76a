import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  describe as describeGraph,
  type Graph,
  loadExecutable,
  readGraphDef,
  type Tensor,
  writeGraphDef,
} from '../../../main/engine/graph/index.ts'
import { applyTransforms } from '../../../main/engine/optimization/passes/index.ts'
import { openTensor, type TensorBackend, type Tf } from '../../../main/engine/tensor/index.ts'
import { readFloats, readModel } from '../../golden/graph/read.ts'
import { freezeLayers } from '../freezeLayers.ts'

const golden = join(import.meta.dirname, '../../golden/graph')
const models = readdirSync(golden, { withFileTypes: true })
  .filter(entry => existsSync(join(golden, entry.name, 'model.json')))
  .map(entry => entry.name)

let tf: Tf
beforeAll(async () => {
  tf = (await openTensor({ backend: 'wasm' })).tf
})

/** The answers of a graph, computed here, to the golden rows. */
function answers(graph: Graph, folder: string): Float32Array {
  const executable = loadExecutable(graph, tf)
  try {
    const [input] = executable.inputs
    const row = (input?.shape ?? []).slice(1)
    const data = readFloats(join(folder, 'rows.bin'))
    const result = executable.run({ [input?.name as string]: { data, shape: [100, ...row] } })
    return result[executable.outputs[0] as string]?.data as Float32Array
  } finally {
    executable.dispose()
  }
}

function expectClose(actual: Float32Array, expected: Float32Array, tolerance: number) {
  expect(actual.length).toBe(expected.length)
  expect(largestDifference(actual, expected)).toBeLessThanOrEqual(tolerance)
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => {
    const difference = Math.abs(value - (b[i] as number))
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(largest, difference)
  }, 0)
}

test('there are golden models', () => expect(models).toEqual(['classifier', 'convnet', 'layers']))

for (const name of models)
  describe(`the golden model ${name}`, () => {
    const folder = join(golden, name)
    const model = readModel(folder)
    const frozen = freezeLayers(model)
    const quantized = applyTransforms(frozen, `quantize_weights(minimum_size=${model.minimumSize})`).graph
    const file = (path: string) => readFileSync(join(folder, path))

    for (const backend of ['wasm', 'cpu'] satisfies TensorBackend[])
      test(`answers on ${backend} what Keras and TensorFlow answer, frozen and with 8-bit weights`, async () => {
        await openTensor({ backend })
        expectClose(answers(frozen, folder), readFloats(join(folder, 'keras.bin')), 1e-5)
        expectClose(
          answers(readGraphDef(file('frozen.pb')), folder),
          readFloats(join(folder, 'frozen.bin')),
          1e-5,
        )
        expectClose(
          answers(readGraphDef(file('quantized.pb')), folder),
          readFloats(join(folder, 'quantized.bin')),
          1e-5,
        )
        expectClose(
          answers(readGraphDef(file('transform.pb')), folder),
          readFloats(join(folder, 'quantized.bin')),
          1e-5,
        )
      })

    test('is written to the very bytes that TensorFlow was given', () => {
      expect(Buffer.compare(writeGraphDef(frozen), file('frozen.pb'))).toBe(0)
      expect(Buffer.compare(writeGraphDef(quantized), file('quantized.pb'))).toBe(0)
      expect(Buffer.compare(writeGraphDef(freezeLayers(readModel(folder))), file('frozen.pb'))).toBe(0)
    })

    test("gets the same 8-bit weights as from TensorFlow's own transform", () => {
      const theirs = constantsOf(readGraphDef(file('transform.pb')))
      const ours = constantsOf(quantized)
      expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort())
      expect([...ours.keys()].filter(key => key.endsWith('_quantized_const')).length).toBeGreaterThan(1)
      for (const [key, tensor] of theirs) {
        const mine = ours.get(key) as Tensor
        expect(mine.dtype).toBe(tensor.dtype)
        expect(mine.shape).toEqual(tensor.shape)
        expect([...(mine.data as Uint8Array)]).toEqual([...(tensor.data as Uint8Array)])
      }
    })

    test('keeps its answers when batch normalization goes into the convolutions', () => {
      const { graph } = applyTransforms(frozen, 'fold_old_batch_norms')
      expect(describeGraph(graph).ops.some(({ op }) => op === 'FusedBatchNormV3')).toBe(false)
      expectClose(answers(graph, folder), readFloats(join(folder, 'keras.bin')), 1e-5)
    })

    const python = process.env.EDGEWRIGHT_TF_PYTHON
    test(python
      ? 'is run by TensorFlow as written now'
      : 'is run by TensorFlow as written now (skipped: set EDGEWRIGHT_TF_PYTHON to a Python with TensorFlow)', {
      skip: !python,
      timeout: 180_000,
    }, () => {
      const scratch = mkdtempSync(join(tmpdir(), 'golden-graph-'))
      try {
        for (const graph of [frozen, quantized, applyTransforms(frozen, 'fold_old_batch_norms').graph]) {
          const [input, output] = [graph.inputs[0], graph.outputs[0]]
          const [pb, result] = [join(scratch, 'graph.pb'), join(scratch, 'result.bin')]
          writeFileSync(pb, writeGraphDef(graph))
          const row = (input?.shape ?? []).slice(1).join(',')
          const args = [pb, input?.name, join(folder, 'rows.bin'), output?.name, result, row] as string[]
          execFileSync(python as string, [join(golden, 'run_graph.py'), ...args], { stdio: 'pipe' })
          expectClose(answers(graph, folder), readFloats(result), 1e-5)
        }
      } finally {
        rmSync(scratch, { recursive: true, force: true })
      }
    })
  })

function constantsOf(graph: Graph): Map<string, Tensor> {
  return new Map(
    graph.nodes.flatMap(node => {
      const value = node.op === 'Const' ? node.attrs.value : undefined
      return value?.kind === 'tensor' ? [[node.name, value.value] as const] : []
    }),
  )
}
