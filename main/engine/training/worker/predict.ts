import { readFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { io, Tensor } from '@tensorflow/tfjs'
import { loadExecutable, readGraphDef, readTflite, sizeOf } from '../../graph/index.ts'
import { fail } from '../../kit/index.ts'
import { openLiteRt, stepOf, toElements, toFloats } from '../../litert/index.ts'
import type { OpenedTensor, Tf } from '../../tensor/index.ts'
import { FILES, type Message, type PredictWork } from '../work.ts'
import { ownLayers } from './layers/index.ts'
import { openRowFile } from './rowFile.ts'
import { rowsAtOnce } from './rows.ts'

type Compute = (features: Float32Array, rows: number) => Float32Array

/** Writes the outputs for all rows of the folder's split, row after row. */
export async function predict(
  folder: string,
  work: PredictWork,
  opened: OpenedTensor,
  tell: (message: Message) => void,
): Promise<Message> {
  const { compute, backend } = await openForm(folder, work, opened)
  tell({ kind: 'ready', backend, parameters: null, epochs: [], best: null })
  const rows = openRowFile(join(folder, FILES.features(work.split)), work.inputs, work.rows)
  const out = await open(join(folder, FILES.outputs), 'w')
  try {
    const most = rowsAtOnce(work.inputs)
    for (let at = 0; at < work.rows; at += most) {
      const count = Math.min(most, work.rows - at)
      const features = new Float32Array(count * work.inputs)
      rows.range(at, count, features)
      await write(out, compute(features, count))
      tell({ kind: 'step', epoch: 1, share: (at + count) / work.rows })
    }
  } finally {
    await out.close()
    rows.close()
  }
  return { kind: 'done', best: null, stoppedEarly: false }
}

async function openForm(
  folder: string,
  work: PredictWork,
  { tf, backend, detail }: OpenedTensor,
): Promise<{ compute: Compute; backend: string }> {
  const ours = `${backend}: ${detail}`
  if (work.form.kind === 'layers') return { compute: await layers(tf, folder, work), backend: ours }
  if (work.form.kind === 'graph') return { compute: graph(tf, work.form.file, work), backend: ours }
  return tflite(work.form.file, work)
}

async function write(file: FileHandle, values: Float32Array): Promise<void> {
  await file.writeFile(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
}

async function layers(tf: Tf, folder: string, { inputs }: PredictWork): Promise<Compute> {
  const described = JSON.parse(readFileSync(join(folder, FILES.topology), 'utf8')) as io.ModelArtifacts
  const weights = readFileSync(join(folder, FILES.weights))
  const weightData = weights.buffer.slice(
    weights.byteOffset,
    weights.byteOffset + weights.byteLength,
  ) as ArrayBuffer
  ownLayers(tf)
  const model = await tf.loadLayersModel(tf.io.fromMemory({ ...described, weightData }))
  return (features, rows) =>
    tf.tidy(() =>
      Float32Array.from((model.predict(tf.tensor2d(features, [rows, inputs])) as Tensor).dataSync()),
    )
}

function graph(tf: Tf, file: string, { inputs }: PredictWork): Compute {
  const executable = loadExecutable(readGraphDef(readFileSync(file)), tf)
  const [input] = executable.inputs
  const [output] = executable.outputs
  if (!input || !output || executable.inputs.length > 1)
    throw fail(
      'unsupported-graph',
      'The graph does not have one input and an output.',
      'Freeze the run again.',
    )
  return (data, rows) => {
    const result = executable.run({ [input.name]: { data, shape: [rows, inputs] } })[output]
    return (result as { data: Float32Array }).data
  }
}

/** Row by row, as a device asks. What is in whole numbers is turned into them and back. */
async function tflite(file: string, { inputs }: PredictWork): Promise<{ compute: Compute; backend: string }> {
  const bytes = readFileSync(file)
  const runtime = await openLiteRt()
  const runner = await runtime.load(bytes)
  const main = readTflite(bytes).subgraphs[0]
  const [input, output] = [main?.inputs, main?.outputs].map(list => main?.tensors[list?.[0] ?? -1])
  const width = sizeOf(runner.inputs[0]?.shape ?? [])
  if (!input || !output || runner.inputs.length !== 1 || width !== inputs)
    throw fail(
      'unsupported-graph',
      `The model takes ${width} values a row where ${inputs} are given.`,
      'Convert the run again.',
    )
  return {
    backend: runtime.version,
    compute(features, rows) {
      const parts: Float32Array[] = []
      for (let row = 0; row < rows; row++) {
        const values = features.slice(row * inputs, (row + 1) * inputs)
        const [answer] = runner.run([toElements(values, input.type, stepOf(input), input.name)])
        parts.push(toFloats(answer ?? new Float32Array(), stepOf(output)))
      }
      const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
      let at = 0
      for (const part of parts) {
        all.set(part, at)
        at += part.length
      }
      return all
    },
  }
}
