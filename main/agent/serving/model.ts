import { readFileSync } from 'node:fs'
import {
  blankInstance,
  decodePrediction,
  encodeInstances,
  inputsOf,
  type Memory,
  openMemory,
  outputWidth,
  type Prediction,
  probabilitiesOf,
  TRANSFORM_FORMATS,
  type TransformInput,
  type TransformSpec,
} from '../../engine/encoding/index.ts'
import { fail } from '../../engine/kit/index.ts'
import { Golden, ModelFile } from '../../engine/release/index.ts'
import type { ReleaseFiles } from './door.ts'
import { openGraphNet } from './nets/graphNet.ts'
import { openLiteNet } from './nets/liteNet.ts'
import type { Net } from './nets/net.ts'

/** What a model answers to some rows. */
export interface Answers {
  /** What a person reads. */
  predictions: Prediction[]
  /** Plain scores in the order of the classes (regression: the value alone). */
  scores: number[][]
}

/** A release in memory, ready to answer. */
export interface Model {
  readonly version: number
  readonly file: ModelFile
  readonly transform: TransformSpec
  /** What an instance brings, in the order in which a list of values has it. */
  readonly inputs: readonly TransformInput[]
  /** A row that it was asked where it was published; null where it came with none. */
  readonly example: unknown
  /** What computes, in words. */
  readonly runtime: string
  /**
   * Answers, and remembers the instances for the windows of those that come after them.
   * @throws Failure `bad-input` that names the feature, `unsupported-graph` where it gives no numbers
   */
  predict(instances: readonly unknown[]): Answers
  /** What it remembers of the instances that it was asked for. */
  readonly memory: Memory
  dispose(): void
}

/** Rows, and values of them, that go through the net at once: more would only take memory. */
const AT_ONCE = 1024
const VALUES_AT_ONCE = 2 ** 20

/**
 * Loads an installed release and lets it answer once: a model that does not run here, gives no numbers, or gives them
 * in another shape than it says is found before anyone asks it.
 * @throws Failure `unsupported-graph`, `unreadable-file`, `unsupported`, `tampered`
 */
export async function loadModel(release: ReleaseFiles): Promise<Model> {
  const { file, transform } = describedBy(release)
  const net = await netOf(release, file, transform.width)
  const model = answering(file, transform, net, exampleOf(release))
  try {
    check(file, model.blank())
  } catch (error) {
    model.dispose()
    throw error
  }
  return model
}

function describedBy({ model, version, files }: ReleaseFiles): { file: ModelFile; transform: TransformSpec } {
  try {
    const read = (name: string): unknown => JSON.parse(readFileSync(files[name] as string, 'utf8'))
    const file = ModelFile.parse(read('model.json'))
    const transform = read('transform.json') as TransformSpec
    if (!TRANSFORM_FORMATS.includes(transform.format)) throw new Error(`transform ${transform.format}`)
    return { file, transform }
  } catch (cause) {
    throw fail(
      'unsupported',
      `${model} v${version} was written in a form that this device does not read.`,
      'Update Edgewright on this device, or publish the version again.',
      { cause },
    )
  }
}

async function netOf({ files, model, version }: ReleaseFiles, file: ModelFile, width: number): Promise<Net> {
  const [input] = file.inputs
  const [output] = file.outputs
  const lite = files['model.tflite']
  const graph = files['graph.pb']
  if (lite) return await openLiteNet(lite, width)
  if (graph && input && output) return await openGraphNet(graph, input.name, output.name, width)
  throw fail(
    'unsupported',
    `${model} v${version} has no file that this device can run.`,
    'Publish it as a frozen graph or as TensorFlow Lite.',
  )
}

/** The first of its golden rows: a person tries a model with what it knows. */
function exampleOf({ files }: ReleaseFiles): unknown {
  try {
    return Golden.parse(JSON.parse(readFileSync(files['golden.json'] as string, 'utf8'))).instances[0] ?? null
  } catch {
    // A rehearsal says so; to answer, none is needed.
    return null
  }
}

function answering(
  file: ModelFile,
  transform: TransformSpec,
  net: Net,
  example: unknown,
): Model & { blank(): number[] } {
  const width = outputWidth(file.label)
  const memory = openMemory(transform)
  const atOnce = Math.max(1, Math.min(AT_ONCE, Math.floor(VALUES_AT_ONCE / transform.width)))
  const noNumber = (sentence: string, remedy: string) =>
    fail('unsupported-graph', sentence, remedy, { node: file.outputs[0]?.name })
  const runSome = (encoded: Float32Array, rows: number): Float32Array => {
    const outputs = net.run(encoded, rows)
    if (outputs.length !== rows * width)
      throw noNumber(
        `${file.model} v${file.version} gives ${outputs.length / rows} numbers for a row where ${width} are expected.`,
        'Publish a version that was made by Edgewright.',
      )
    return outputs
  }
  const runAll = (encoded: Float32Array, rows: number): Float32Array => {
    const outputs = new Float32Array(rows * width)
    for (let from = 0; from < rows; from += atOnce) {
      const some = Math.min(atOnce, rows - from)
      const data = encoded.subarray(from * transform.width, (from + some) * transform.width)
      outputs.set(runSome(data, some), from * width)
    }
    return outputs
  }
  const run = (encoded: Float32Array, rows: number): Float32Array => {
    const outputs = rows > atOnce ? runAll(encoded, rows) : runSome(encoded, rows)
    const bad = outputs.findIndex(value => !Number.isFinite(value))
    if (bad >= 0)
      throw noNumber(
        `${file.model} v${file.version} gives no number for row ${Math.floor(bad / width) + 1}.`,
        'Train it anew with a lower learning rate, or publish the version before it.',
      )
    return outputs
  }
  const answersIn = (outputs: Float32Array, rows: number): Answers => {
    const answers: Answers = { predictions: [], scores: [] }
    for (let row = 0; row < rows; row++) {
      const prediction = decodePrediction(file.label, outputs, row)
      answers.predictions.push(prediction)
      answers.scores.push(
        'value' in prediction ? [prediction.value] : probabilitiesOf(file.label, outputs, row),
      )
    }
    return answers
  }
  return {
    version: file.version,
    file,
    transform,
    inputs: inputsOf(transform),
    example,
    runtime: net.runtime,
    memory,
    predict(instances) {
      const rows = instances.length
      const outputs = run(encodeInstances(transform, instances, memory), rows)
      return answersIn(outputs, rows)
    },
    // Without the memory: that row never was.
    blank: () =>
      answersIn(run(encodeInstances(transform, [blankInstance(transform)]), 1), 1).scores[0] as number[],
    dispose: () => net.dispose(),
  }
}

/** @param scores of a row that has nothing in it */
function check(file: ModelFile, scores: number[]): void {
  if (file.task === 'regression') return
  const sum = scores.reduce((total, score) => total + score, 0)
  // 8 bits know probabilities in steps of 1/256, for each class.
  const slack = 1e-2 + scores.length / 256
  if (scores.some(score => score < -1e-3 || score > 1 + 1e-3) || Math.abs(sum - 1) > slack)
    throw fail(
      'unsupported-graph',
      `${file.model} v${file.version} gives ${scores
        .slice(0, 10)
        .map(score => score.toFixed(3))
        .join(', ')} in its self-check, which are no probabilities.`,
      'Publish a version that was made by Edgewright.',
      { node: file.outputs[0]?.name },
    )
}
