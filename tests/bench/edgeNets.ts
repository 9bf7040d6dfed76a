import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ReleaseFiles } from '../../main/agent/serving/index.ts'
import type { LabelSpec, TransformSpec } from '../../main/engine/encoding/index.ts'
import {
  attr,
  type Graph,
  type GraphNode,
  readGraphDef,
  toLite,
  writeGraphDef,
  writeTflite,
} from '../../main/engine/graph/index.ts'
import { hashOf, seeded } from '../../main/engine/kit/index.ts'
import { FORMAT, type ModelFile } from '../../main/engine/release/index.ts'

export const MODEL = 'measured'

/** A net to be asked. */
export interface Sample {
  transform: TransformSpec
  label: LabelSpec
  graph: Graph
  row: unknown
  /** The transform as a person would write it for this one net. */
  encode(instances: unknown[]): Float32Array
}

/** A release on disk as a device keeps it. */
export function written(
  folder: string,
  { transform, label, graph, row }: Sample,
  runtime: string,
): ReleaseFiles {
  mkdirSync(folder, { recursive: true })
  const isLite = runtime === 'LiteRT.js'
  const file: ModelFile = {
    format: FORMAT,
    model: MODEL,
    version: 1,
    variant: isLite ? 'tflite-float32' : 'float32',
    task: label.task,
    label,
    inputs: [{ name: 'x', shape: [-1, transform.width] }],
    outputs: [{ name: 'out', shape: [-1, label.classes.length] }],
    metrics: {},
    lineage: {
      run: 'run',
      trained: hashOf('a'),
      dataset: hashOf('b'),
      transform: hashOf('c'),
      variant: hashOf('d'),
      evaluation: null,
    },
  }
  const contents: Record<string, Uint8Array | string> = {
    'model.json': JSON.stringify(file),
    'transform.json': JSON.stringify(transform),
    'golden.json': JSON.stringify({
      format: 'edgewright-golden/1',
      instances: [row],
      scores: [[]],
      tolerance: 1,
    }),
    ...(isLite
      ? { 'model.tflite': writeTflite(toLite(readBack(graph))) }
      : { 'graph.pb': writeGraphDef(graph) }),
  }
  const files: Record<string, string> = {}
  for (const [name, content] of Object.entries(contents)) {
    files[name] = join(folder, name)
    writeFileSync(files[name], content)
  }
  return {
    model: MODEL,
    version: 1,
    variant: file.variant,
    manifest: hashOf(folder),
    needs: { runtime: isLite ? 'litert' : 'tfjs', diskBytes: 1, memoryBytes: 1 },
    files,
  }
}

const readBack = (graph: Graph): Graph =>
  readGraphDef(writeGraphDef(graph), { inputs: ['x'], outputs: ['out'] })

const CLASSES = ['no', 'yes']
const label: LabelSpec = { task: 'multiclass', column: 'worn', classes: CLASSES }

export function table(): Sample {
  const numbers = Array.from({ length: 8 }, (_, i) => `reading ${i + 1}`)
  const words = ['side', 'shift', 'line', 'vendor']
  const values = Array.from({ length: 8 }, (_, i) => `value ${i + 1}`)
  const transform: TransformSpec = {
    format: 'edgewright-transform/1',
    features: [
      ...numbers.map(name => ({
        kind: 'number' as const,
        name,
        type: 'float' as const,
        mean: 10,
        deviation: 2,
        missing: false,
      })),
      ...words.map(name => ({
        kind: 'vocabulary' as const,
        name,
        type: 'text' as const,
        values,
        other: true,
        missing: false,
      })),
    ],
    leftOut: [],
    width: numbers.length + words.length * (values.length + 1),
  }
  const row = Object.fromEntries([
    ...numbers.map((name, i) => [name, 9.5 + i / 3] as const),
    ...words.map((name, i) => [name, values[i]] as const),
  ])
  const net = builder(transform.width)
  const { width } = transform
  return {
    transform,
    label,
    row,
    encode(instances) {
      const encoded = new Float32Array(instances.length * width)
      let start = 0
      for (const instance of instances as Record<string, unknown>[]) {
        for (let i = 0; i < numbers.length; i++)
          encoded[start + i] = ((instance[numbers[i] as string] as number) - 10) / 2
        let at = start + numbers.length
        for (const word of words) {
          const place = values.indexOf(instance[word] as string)
          encoded[at + (place < 0 ? values.length : place)] = 1
          at += values.length + 1
        }
        start += width
      }
      return encoded
    },
    graph: net.finish(net.dense(net.dense(net.dense('x', transform.width, 64, true), 64, 32, true), 32, 2)),
  }
}

export function picture(): Sample {
  const side = 96
  const transform: TransformSpec = {
    format: 'edgewright-transform/1',
    features: [
      {
        kind: 'image',
        name: 'picture',
        height: side,
        width: side,
        channels: 3,
        scale: '0..1',
        resize: 'stretch',
      },
    ],
    leftOut: [],
    width: side * side * 3,
  }
  const random = seeded(3)
  const bytes = Uint8Array.from({ length: transform.width }, () => Math.floor(random() * 256))
  const net = builder(transform.width)
  let at = net.reshape('x', [-1, side, side, 3])
  for (const [from, to] of [
    [3, 32],
    [32, 64],
    [64, 128],
    [128, 128],
  ] as const)
    at = net.convolution(at, from, to)
  const flat = (side / 16) ** 2 * 128
  return {
    transform,
    label,
    row: { picture: { b64: Buffer.from(bytes).toString('base64') } },
    encode(instances) {
      const encoded = new Float32Array(instances.length * transform.width)
      let at = 0
      for (const { picture } of instances as { picture: { b64: string } }[])
        for (const byte of Buffer.from(picture.b64, 'base64')) encoded[at++] = byte / 255
      return encoded
    },
    graph: net.finish(net.dense(net.reshape(at, [-1, flat]), flat, 2)),
  }
}

/** Nodes of a frozen graph, with drawn weights. */
function builder(width: number) {
  const float = attr.type('float32')
  const random = seeded(5)
  const node = (name: string, op: string, inputs: string[], attrs: GraphNode['attrs']): string => {
    nodes.push({
      name,
      op,
      inputs: inputs.map(each => ({ node: each, port: 0 })),
      controls: [],
      device: '',
      attrs,
    })
    return name
  }
  const nodes: GraphNode[] = []
  let count = 0
  const name = (kind: string) => `${kind}_${++count}`
  const weights = (shape: number[]): string => {
    const size = shape.reduce((product, each) => product * each, 1)
    const spread = 2 / Math.sqrt(size / (shape.at(-1) as number))
    const data = Float32Array.from({ length: size }, () => (random() - 0.5) * spread)
    return node(name('w'), 'Const', [], {
      dtype: float,
      value: attr.tensor({ dtype: 'float32', shape, data }),
    })
  }
  node('x', 'Placeholder', [], { dtype: float, shape: attr.shape([-1, width]) })
  return {
    dense(from: string, inputs: number, units: number, relu = false): string {
      const product = node(name('matmul'), 'MatMul', [from, weights([inputs, units])], { T: float })
      const sum = node(name('sum'), 'BiasAdd', [product, weights([units])], { T: float })
      return relu ? node(name('relu'), 'Relu', [sum], { T: float }) : sum
    },
    convolution(from: string, channels: number, filters: number): string {
      const at = node(name('conv'), 'Conv2D', [from, weights([3, 3, channels, filters])], {
        T: float,
        strides: attr.ints([1, 2, 2, 1]),
        padding: attr.string('SAME'),
        data_format: attr.string('NHWC'),
      })
      return node(name('relu'), 'Relu', [at], { T: float })
    },
    reshape(from: string, shape: number[]): string {
      const to = node(name('shape'), 'Const', [], {
        dtype: attr.type('int32'),
        value: attr.tensor({ dtype: 'int32', shape: [shape.length], data: Int32Array.from(shape) }),
      })
      return node(name('reshape'), 'Reshape', [from, to], { T: float, Tshape: attr.type('int32') })
    },
    finish(logits: string): Graph {
      node('out', 'Softmax', [logits], { T: float })
      return {
        nodes,
        inputs: [{ name: 'x', dtype: 'float32', shape: [-1, width] }],
        outputs: [{ name: 'out', dtype: 'float32', shape: [-1, CLASSES.length] }],
        variables: new Map(),
        versions: { producer: 1286, minConsumer: 0 },
      }
    },
  }
}
