import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { answerOf, readQuestion } from '../../main/agent/rest/request.ts'
import { openServing, type ReleaseFiles } from '../../main/agent/serving/index.ts'
import { openGraphNet } from '../../main/agent/serving/nets/graphNet.ts'
import { openLiteNet } from '../../main/agent/serving/nets/liteNet.ts'
import type { Net } from '../../main/agent/serving/nets/net.ts'
import { encodeInstances, type LabelSpec, type TransformSpec } from '../../main/engine/encoding/index.ts'
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
import { temporaryFolder } from '../contract/house.ts'
import { type Figure, figure, quantile } from './measure.ts'

const CALLS = 3000
const MODEL = 'measured'

/**
 * What an agent adds to the bare runtime for one row: reading the request, encoding, counting, writing the answer. The
 * promise of a share is for nets that take a millisecond; one of a table takes less than its request takes to be read.
 */
export async function edgePredict(): Promise<Figure[]> {
  const folder = temporaryFolder()
  try {
    return [
      ...(await compare(folder.path, 'table of 12 columns, 64-32-2', table())),
      ...(await compare(folder.path, 'picture of 96 × 96 × 3, 4 convolutions', picture())),
    ]
  } finally {
    folder.remove()
  }
}

interface Sample {
  transform: TransformSpec
  label: LabelSpec
  graph: Graph
  row: unknown
}

async function compare(folder: string, name: string, sample: Sample): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const runtime of ['TensorFlow.js', 'LiteRT.js'] as const) {
    const release = written(join(folder, `${name} ${runtime}`.replace(/\W+/g, '-')), sample, runtime)
    const { width } = sample.transform
    const net: Net =
      runtime === 'LiteRT.js'
        ? await openLiteNet(release.files['model.tflite'] as string, width)
        : await openGraphNet(release.files['graph.pb'] as string, 'x', 'out', width)
    const serving = openServing({ answered() {}, failed() {}, captured() {} })
    await serving.load(release)
    serving.serve(MODEL, { primary: 1, candidate: null })
    const body = JSON.stringify({ instances: [sample.row] })
    const encoded = encodeInstances(
      sample.transform,
      readQuestion(JSON.parse(body), undefined, serving.model(MODEL)).instances,
    )
    const bare = () => void net.run(encoded, 1)
    const whole = () => {
      const question = readQuestion(JSON.parse(body), undefined, serving.model(MODEL))
      JSON.stringify(answerOf(question, serving.ask(MODEL, undefined, question)))
    }
    const [alone, all] = await alternating(bare, whole)
    net.dispose()
    await serving.close()
    const [p50, with50] = [quantile(alone as number[], 0.5), quantile(all as number[], 0.5)]
    const what = `${name}, ${runtime}`
    figures.push(
      figure(`${what}: bare`, 'ms', [p50]),
      figure(`${what}: added by the agent`, 'ms', [with50 - p50]),
      figure(
        `${what}: added`,
        '%',
        [(100 * (with50 - p50)) / p50],
        name.startsWith('picture') ? 10 : undefined,
      ),
    )
  }
  return figures
}

/** Each in turn, so that what else the machine does falls on both. */
async function alternating(...runs: (() => void)[]): Promise<number[][]> {
  const times: number[][] = runs.map(() => [])
  const until = performance.now() + 12_000
  for (let turn = 0; turn < CALLS && performance.now() < until; turn++) {
    for (const [i, run] of runs.entries()) {
      const began = performance.now()
      run()
      if (turn >= 100 || turn * 4 > CALLS) times[i]?.push(performance.now() - began)
    }
    // What is done after an answer has its turn.
    if (turn % 50 === 0) await new Promise(done => setImmediate(done))
  }
  return times
}

function written(folder: string, { transform, label, graph, row }: Sample, runtime: string): ReleaseFiles {
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

function table(): Sample {
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
  return {
    transform,
    label,
    row,
    graph: net.finish(net.dense(net.dense(net.dense('x', transform.width, 64, true), 64, 32, true), 32, 2)),
  }
}

function picture(): Sample {
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
