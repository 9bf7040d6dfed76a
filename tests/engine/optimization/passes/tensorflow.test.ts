import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { attr, type Graph, type GraphNode, writeGraphDef } from '../../../../main/engine/graph/index.ts'
import { RECOMMENDED } from '../../../../main/engine/optimization/passes/index.ts'
import { floats, graphOf, largestDifference, node, placeholder, transform, waves, window } from './sample.ts'

const python = process.env.EDGEWRIGHT_TF_PYTHON
const runner = join(import.meta.dirname, '../../../golden/graph/run_graph.py')

/** What TensorFlow answers when it runs the file that is written of a graph. */
function answer(graph: Graph, scratch: string): number[] {
  const path = (name: string) => join(scratch, name)
  const shape = graph.inputs[0]?.shape as number[]
  writeFileSync(path('graph.pb'), writeGraphDef(graph))
  writeFileSync(
    path('rows.bin'),
    Float32Array.from(
      waves(
        shape.reduce((a, b) => a * b, 1),
        1.3,
      ),
    ),
  )
  const output = graph.outputs[0]?.name as string
  const args = [
    path('graph.pb'),
    graph.inputs[0]?.name as string,
    path('rows.bin'),
    output,
    path('result.bin'),
    shape.slice(1).join(','),
  ]
  execFileSync(python as string, [runner, ...args], { stdio: 'pipe' })
  const bytes = readFileSync(path('result.bin'))
  return [...new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))]
}

const axis = (name: string, value: number) =>
  node(name, 'Const', [], {
    T: attr.type('int32'),
    dtype: attr.type('int32'),
    value: attr.tensor({ dtype: 'int32', shape: [], data: Int32Array.of(value) }),
  })
/** Without the type that TensorFlow does not know of a constant or an input. */
const plain = (each: GraphNode): GraphNode => {
  const { T: _, ...attrs } = each.attrs
  return each.op === 'Const' || each.op === 'Placeholder' ? { ...each, attrs } : each
}

const net = graphOf(
  [
    placeholder('x', [1, 8, 8, 2]),
    floats('w', [3, 3, 2, 4], waves(72)),
    node('c', 'Conv2D', ['x', 'w'], window()),
    floats('s', [1, 1, 1, 4], [1, -0.5, 2, 0.3]),
    node('m', 'Mul', ['s', 'c']),
    floats('b', [4], [0.1, 0.2, -0.3, 0.4]),
    node('a', 'AddV2', ['m', 'b']),
    node('r', 'Relu', ['a']),
    floats('w2', [3, 3, 4, 2], waves(72, 2)),
    node('c2', 'Conv2D', ['r', 'w2'], window()),
    ...['gamma', 'beta', 'mean'].map((name, i) => floats(name, [2], waves(2, i + 3))),
    floats('variance', [2], [1, 2]),
    node('norm', 'FusedBatchNormV3', ['c2', 'gamma', 'beta', 'mean', 'variance'], {
      U: attr.type('float32'),
      is_training: attr.bool(false),
      epsilon: attr.float(0.01),
    }),
    axis('axis', 3),
    node('cat', 'ConcatV2', ['norm', 'r', 'axis'], { N: attr.int(2), Tidx: attr.type('int32') }),
    node('y', 'Relu6', ['cat']),
  ].map(plain),
  ['y'],
)

describe('TensorFlow runs what is written', () => {
  const cases: Record<string, number> = {
    [RECOMMENDED]: 1e-5,
    'fold_old_batch_norms add_default_attributes obfuscate_names': 1e-5,
    'quantize_weights(minimum_size=16)': 0.2,
    quantize_nodes: 0.5,
    'fold_constants fold_batch_norms quantize_nodes(fallback_min=-10, fallback_max=10)': 0.8,
    'insert_logging(op=Relu, show_name=true) backport_concatv2': 1e-5,
  }
  test(python
    ? `${Object.keys(cases).length} recipes`
    : 'recipes (skipped: set EDGEWRIGHT_TF_PYTHON to a Python with TensorFlow)', {
    skip: !python,
    timeout: 300_000,
  }, () => {
    const scratch = mkdtempSync(join(tmpdir(), 'transforms-'))
    try {
      const before = answer(net, scratch)
      for (const [transforms, tolerance] of Object.entries(cases)) {
        const after = answer(transform(net, transforms), scratch)
        expect({ transforms, close: largestDifference(after, before) <= tolerance, by: tolerance }).toEqual({
          transforms,
          close: true,
          by: tolerance,
        })
      }
    } finally {
      rmSync(scratch, { recursive: true, force: true })
    }
  })
})
