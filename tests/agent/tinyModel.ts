import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { LabelSpec, TransformSpec } from '../../main/engine/encoding/index.ts'
import { attr, type Graph, writeGraphDef } from '../../main/engine/graph/index.ts'

const made: string[] = []
/** A temporary folder that goes away after the test. */
export function folder(name = 'edgewright-test-'): string {
  const path = mkdtempSync(join(tmpdir(), name))
  made.push(path)
  return path
}
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true })
})

export const transform: TransformSpec = {
  format: 'edgewright-transform/1',
  features: [
    { kind: 'number', name: 'weight', type: 'float', mean: 10, deviation: 2, missing: false },
    {
      kind: 'vocabulary',
      name: 'color',
      type: 'text',
      values: ['red', 'green'],
      other: false,
      missing: false,
    },
  ],
  leftOut: [{ name: 'note', reason: 'says nothing' }],
  width: 3,
}
export const label: LabelSpec = { task: 'multiclass', column: 'kind', classes: ['bolt', 'nut', 'washer'] }
export const numberLabel: LabelSpec = {
  task: 'regression',
  column: 'price',
  classes: [],
  mean: 5,
  deviation: 2,
}

/**
 * A real frozen graph, `softmax(x W + b)`: `best` is the class it prefers, so that an answer tells its version.
 * @param curved goes through a hyperbolic tangent that changes nothing
 */
export function tinyGraph({ best = 0, poison = 0, outputs = 3, curved = false } = {}): Uint8Array {
  const float = attr.type('float32')
  const constant = (name: string, shape: number[], values: number[]) => ({
    name,
    op: 'Const',
    inputs: [],
    controls: [],
    device: '',
    attrs: {
      dtype: float,
      value: attr.tensor({ dtype: 'float32' as const, shape, data: Float32Array.from(values) }),
    },
  })
  const from = (name: string, op: string, inputs: string[]) => ({
    name,
    op,
    inputs: inputs.map(node => ({ node, port: 0 })),
    controls: [],
    device: '',
    attrs: { T: float },
  })
  const bias = Array.from({ length: outputs }, (_, i) => (i === best ? 4 : 0) + poison)
  const graph: Graph = {
    nodes: [
      {
        name: 'x',
        op: 'Placeholder',
        inputs: [],
        controls: [],
        device: '',
        attrs: { dtype: float, shape: attr.shape([-1, 3]) },
      },
      constant(
        'w',
        [3, outputs],
        Array.from({ length: 3 * outputs }, (_, i) => Math.fround(0.1 * (i - 4))),
      ),
      constant('b', [outputs], bias),
      from('matmul', 'MatMul', ['x', 'w']),
      from('sum', 'BiasAdd', ['matmul', 'b']),
      ...(curved
        ? [
            constant('zeros', [outputs], new Array(outputs).fill(0)),
            from('curve', 'Tanh', ['sum']),
            from('flat', 'Mul', ['curve', 'zeros']),
            from('same', 'AddV2', ['sum', 'flat']),
          ]
        : []),
      ...(outputs > 1
        ? [from('out', 'Softmax', [curved ? 'same' : 'sum'])]
        : [from('out', 'Identity', ['sum'])]),
    ],
    inputs: [{ name: 'x', dtype: 'float32', shape: [-1, 3] }],
    outputs: [{ name: 'out', dtype: 'float32', shape: [-1, outputs] }],
    variables: new Map(),
    versions: { producer: 1286, minConsumer: 0 },
  }
  return writeGraphDef(graph)
}

/** What the tiny models of the given version call an instance. */
export const classOf = (version: number): string => label.classes[version % 3] as string

export const instance = { weight: 11, color: 'red' }

/** Waits until something holds; says what it last saw when it never does. */
export async function until<T>(
  look: () => T | Promise<T>,
  holds: (seen: T) => boolean,
  within = 15_000,
): Promise<T> {
  const end = Date.now() + within
  for (;;) {
    const seen = await look()
    if (holds(seen)) return seen
    if (Date.now() > end) throw new Error(`it never came to it; last seen: ${JSON.stringify(seen, null, 1)}`)
    await new Promise(resolve => setTimeout(resolve, 25))
  }
}
