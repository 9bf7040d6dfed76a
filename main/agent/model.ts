import { readFileSync } from 'node:fs'
import {
  blankInstance,
  decodePrediction,
  encodeInstances,
  type Memory,
  openMemory,
  outputWidth,
  type Prediction,
  probabilitiesOf,
  TRANSFORM_FORMATS,
  type TransformSpec,
} from '../engine/encoding/index.ts'
import { type Executable, loadExecutable, readGraphDef } from '../engine/graph/index.ts'
import { fail } from '../engine/kit/index.ts'
import { type Description, ModelFile, RELEASE_FILES } from '../engine/release/index.ts'
import type { Tf } from '../engine/tensor/index.ts'
import type { State } from './state.ts'

/** A release in memory, ready to answer. */
export interface Model {
  readonly file: ModelFile
  readonly transform: TransformSpec
  /**
   * Answers, and remembers the instances for the windows of those that come after them.
   * @returns what a person reads, and the plain scores in the order of the classes (regression: the value alone)
   * @throws Failure `bad-input` that names the feature
   */
  predict(instances: readonly unknown[]): { predictions: Prediction[]; scores: number[][] }
  /** What it remembers of the instances that it was asked for. */
  readonly memory: Memory
  dispose(): void
}

/** Rows, and values of them, that go through the graph at once: more would only take memory. */
const AT_ONCE = 1024
const VALUES_AT_ONCE = 2 ** 20

/**
 * Loads an installed release and lets it answer once: a graph that does not run here, gives no numbers, or gives them
 * in another shape than it says is found before anyone asks it.
 * @throws Failure `unsupported-graph`, `unreadable-file`, `unsupported`
 */
export function loadModel(state: State, description: Description, tf: Tf): Model {
  const content = (name: string) => {
    const file = description.files.find(candidate => candidate.name === name)
    const path = file && state.blob(file.hash, file.bytes)
    if (!path) throw fail('tampered', `The file ${name} is missing on this device.`, 'It is fetched again.')
    return readFileSync(path)
  }
  const broken = (cause: unknown) =>
    fail(
      'unsupported',
      `${description.model} v${description.version} was written in a form that this device does not read.`,
      'Update Edgewright on this device, or publish the version again.',
      { cause },
    )
  let file: ModelFile
  let transform: TransformSpec
  try {
    file = ModelFile.parse(JSON.parse(content(RELEASE_FILES.model).toString('utf8')))
    transform = JSON.parse(content(RELEASE_FILES.transform).toString('utf8'))
    if (!TRANSFORM_FORMATS.includes(transform.format)) throw new Error(`transform ${transform.format}`)
  } catch (cause) {
    throw broken(cause)
  }
  const [input] = file.inputs
  const [output] = file.outputs
  if (!input || !output) throw broken('no input or output')
  const graph = readGraphDef(content(RELEASE_FILES.graph), { inputs: [input.name], outputs: [output.name] })
  const executable = loadExecutable(graph, tf)
  const model = answering(file, transform, executable, input.name, output.name)
  try {
    model.check()
  } catch (error) {
    model.dispose()
    throw error
  }
  return model
}

function answering(
  file: ModelFile,
  transform: TransformSpec,
  executable: Executable,
  input: string,
  output: string,
): Model & { check(): void } {
  const width = outputWidth(file.label)
  const memory = openMemory(transform)
  const atOnce = Math.max(1, Math.min(AT_ONCE, Math.floor(VALUES_AT_ONCE / transform.width)))
  const run = (encoded: Float32Array, rows: number): Float32Array => {
    const outputs = new Float32Array(rows * width)
    for (let from = 0; from < rows; from += atOnce) {
      const some = Math.min(atOnce, rows - from)
      const data = encoded.subarray(from * transform.width, (from + some) * transform.width)
      const result = executable.run({ [input]: { data, shape: [some, transform.width] } })[output]
      if (result?.data.length !== some * width)
        throw fail(
          'unsupported-graph',
          `${file.model} v${file.version} gives ${(result?.data.length ?? 0) / some} numbers for a row where ${width} are expected.`,
          'Publish a version that was made by Edgewright.',
          { node: output },
        )
      outputs.set(result.data, from * width)
    }
    const bad = outputs.findIndex(value => !Number.isFinite(value))
    if (bad >= 0)
      throw fail(
        'unsupported-graph',
        `${file.model} v${file.version} gives no number for row ${Math.floor(bad / width) + 1}.`,
        'Train it anew with a lower learning rate, or publish the version before it.',
        { node: output },
      )
    return outputs
  }
  const rowOf = (outputs: Float32Array, row: number): number[] => {
    const answer = decodePrediction(file.label, outputs, row)
    return 'value' in answer ? [answer.value] : probabilitiesOf(file.label, outputs, row)
  }
  return {
    file,
    transform,
    memory,
    predict(instances) {
      const rows = instances.length
      const outputs = run(encodeInstances(transform, instances, memory), rows)
      return {
        predictions: Array.from({ length: rows }, (_, row) => decodePrediction(file.label, outputs, row)),
        scores: Array.from({ length: rows }, (_, row) => rowOf(outputs, row)),
      }
    },
    check() {
      const outputs = run(encodeInstances(transform, [blankInstance(transform)]), 1)
      if (file.task === 'regression') return
      const scores = probabilitiesOf(file.label, outputs, 0)
      const sum = scores.reduce((total, score) => total + score, 0)
      if (scores.some(score => score < -1e-3 || score > 1 + 1e-3) || Math.abs(sum - 1) > 1e-2)
        throw fail(
          'unsupported-graph',
          `${file.model} v${file.version} gives ${scores.map(score => score.toFixed(3)).join(', ')} in its self-check, which are no probabilities.`,
          'Publish a version that was made by Edgewright.',
          { node: output },
        )
    },
    dispose: () => executable.dispose(),
  }
}
